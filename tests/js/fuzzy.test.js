import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, ranked, scoreOf } from "../../frontend/src/fuzzy.js";

/** @param {string} query @param {string[]} names */
const order = (query, names) => ranked(query, names, (name) => ({ name }));

test("it puts the better match first: whole, start, start of a word, inside, first letters, letters in order", () => {
  const names = ["zebra crossing of magpies", "damage", "red image", "images", "image", "my arc gets elephants", "milk"];
  assert.deepEqual(order("image", names), ["image", "images", "red image"]);
  const mag = names.filter((name) => !/^(red )?images?$/.test(name));
  assert.deepEqual(order("mag", mag), ["zebra crossing of magpies", "damage", "my arc gets elephants"]);
});

test("it prefers the shorter of two that match alike", () => {
  assert.deepEqual(order("zoom", ["Zoom into the picture", "Zoom in"]), ["Zoom in", "Zoom into the picture"]);
});

test("case and accents do not count, on either side", () => {
  for (const query of ["etiquette", "ÉTIQUETTE", "étiquette", "e\u0301tiquette"]) {
    assert.ok(scoreOf(query, { name: "Donner l’étiquette" }) > 0, query);
  }
  assert.ok(scoreOf("precedente", { name: "Image précédente" }) > 0);
  assert.ok(scoreOf("Précédente", { name: "image precedente" }) > 0);
  assert.equal(fold("Œuvre d’Émile"), "oeuvre d'emile");
});

test("every word must be found, in any order", () => {
  assert.ok(scoreOf("image next", { name: "Next image" }) > 0);
  assert.equal(scoreOf("next door", { name: "Next image" }), 0);
});

test("a query typed as the name begins goes before one that only has its words", () => {
  assert.deepEqual(order("next image", ["Image that is next", "Next image"]), ["Next image", "Image that is next"]);
});

test("other words count, but less than the name", () => {
  const items = [{ name: "Delete", words: "remove erase" }, { name: "Remove the filter", words: "" }];
  assert.deepEqual(ranked("remove", items, (item) => item).map(({ name }) => name), ["Remove the filter", "Delete"]);
  assert.deepEqual(ranked("erase", items, (item) => item).map(({ name }) => name), ["Delete"]);
});

test("letters may be left out, from the first letter of a word on", () => {
  assert.ok(scoreOf("dlt", { name: "Delete" }) > 0);
  assert.ok(scoreOf("prvs", { name: "Image previous" }) > 0);
  assert.equal(scoreOf("tld", { name: "Delete" }), 0);
  assert.equal(scoreOf("lt", { name: "Delete" }), 0);
});

test("one letter finds what begins with it, not everything that has it", () => {
  assert.deepEqual(order("z", ["Freeze", "Zoom in", "Show the zoo"]), ["Zoom in", "Show the zoo"]);
});

test("what matches alike stays in its order, and an empty query keeps all", () => {
  const names = ["box a", "box b", "box c"];
  assert.deepEqual(order("box", names), names);
  assert.deepEqual(order("  ", names), names);
  assert.deepEqual(order("nothing like it", names), []);
});

test("it does not stumble over signs that mean something elsewhere", () => {
  for (const query of ["(", "[a", "\\", ".*", "💡", "100 %"]) assert.ok(Number.isFinite(scoreOf(query, { name: "Show at 100 %" })), query);
  assert.ok(scoreOf("100 %", { name: "Show at 100 %" }) > 0);
});
