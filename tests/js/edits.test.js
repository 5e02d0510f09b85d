import assert from "node:assert/strict";
import { test } from "node:test";

import { changedFields, checkedFields } from "../../frontend/src/edits.js";
import { CAR, FRAME, LABELS, readBox, RETIRED, TREE } from "./support/wire.js";

/** @import { BoxFields } from "../../frontend/src/box.js" */

const box = readBox(1);
const whole = { x1: 10, y1: 20, x2: 30, y2: 40, label: CAR };

/** @type {[string, Partial<BoxFields>, Partial<BoxFields>|null][]} for a new box */
const NEW = [
  ["a sound box", whole, whole],
  ["edges in any order", { ...whole, x1: 30, x2: 10 }, whole],
  ["edges outside the image", { ...whole, x1: -5, y2: 9000 }, { ...whole, x1: 0, y2: FRAME.height }],
  ["less than a pixel", { ...whole, x2: 10.5 }, null],
  ["an edge that is missing", { x1: 10, y1: 20, x2: 30, label: CAR }, null],
  ["a label that does not exist", { ...whole, label: 77 }, null],
  ["a label that is no longer in use", { ...whole, label: RETIRED }, null],
  ["an edge that is not a number", { ...whole, x1: NaN }, null],
];

for (const [what, given, expected] of NEW) {
  test(`it ${expected ? "takes" : "refuses"} a new box with ${what}`, () => {
    assert.deepEqual(checkedFields(null, given, FRAME, LABELS), expected);
  });
}

const longName = "n".repeat(64);

/** @type {[string, any, boolean][]} */
const ATTRIBUTES = [
  ["none", {}, true],
  ["a text, a number, true, null", { a: "x", b: 1.5, c: true, d: null }, true],
  ["a list", { a: [] }, false],
  ["something nested", { a: { b: 1 } }, false],
  ["nothing at all", { a: undefined }, false],
  ["not a number", { a: NaN }, false],
  ["an infinite number", { a: Infinity }, false],
  ["a function", { a: () => 1 }, false],
  ["a nameless one", { "": 1 }, false],
  ["a name of 64 characters", { [longName]: 1 }, true],
  ["a name of 65 characters", { [`${longName}n`]: 1 }, false],
  ["a text of 2000 characters", { a: "x".repeat(2000) }, true],
  ["a text of 2001 characters", { a: "x".repeat(2001) }, false],
  ["4 KiB as JSON", { a: "x".repeat(2000), b: "x".repeat(2000), c: "x".repeat(4096 - 4000 - '{"a":"","b":"","c":""}'.length) }, true],
  ["a byte more than 4 KiB", { a: "x".repeat(2000), b: "x".repeat(2000), c: "x".repeat(4097 - 4000 - '{"a":"","b":"","c":""}'.length) }, false],
  ["4 KiB in fewer characters", { a: "é".repeat(2000), b: "é".repeat(100) }, false],
  ["a NUL", { a: "x\0" }, false],
  ["a NUL in a name", { "a\0": 1 }, false],
  ["half of an emoji", { a: "\ud83d" }, false],
  ["half of an emoji as a name", { "\udc00": 1 }, false],
  ["a whole emoji", { a: "🚗" }, true],
];

for (const [what, attributes, isTaken] of ATTRIBUTES) {
  test(`it ${isTaken ? "takes" : "refuses"} attributes with ${what}`, () => {
    assert.equal(checkedFields(box, { attributes }, FRAME, LABELS) !== null, isTaken);
  });
}

/** @type {[string, any, boolean][]} */
const VALUES = [
  ["z at its bound", { z: 1e9 }, true], ["z beyond it", { z: 1.1e9 }, false], ["z below it", { z: -1.1e9 }, false], ["z of NaN", { z: NaN }, false],
  ["a verdict", { status: "rejected" }, true], ["an unknown status", { status: "done" }, false],
  ["a label in use", { label: TREE }, true], ["a label out of use", { label: RETIRED }, false], ["a label of NaN", { label: NaN }, false],
  ["one edge", { x1: 5 }, true], ["an edge of Infinity", { x1: Infinity }, false], ["two edges at one place", { x1: 5, x2: 5 }, false],
  ["nothing", {}, true],
];

for (const [what, given, isTaken] of VALUES) {
  test(`it ${isTaken ? "takes" : "refuses"} a change of ${what}`, () => {
    assert.equal(checkedFields(box, given, FRAME, LABELS) !== null, isTaken);
  });
}

test("it lets a box keep a label that is out of use", () => {
  assert.deepEqual(checkedFields(readBox(1, { label: RETIRED }), { label: RETIRED, z: 2 }, FRAME, LABELS), { label: RETIRED, z: 2 });
});

test("it gives back the edges that were named and no others, and changes nothing that it was given", () => {
  const given = { x2: 5000 };
  assert.deepEqual(checkedFields(box, given, FRAME, LABELS), { x2: FRAME.width });
  assert.deepEqual(given, { x2: 5000 });
});

test("it leaves out what does not change", () => {
  const present = readBox(1, { attributes: { a: 1 } });
  assert.deepEqual(changedFields({ x1: 100, y1: 101, label: CAR, attributes: { a: 1 } }, present), { y1: 101 });
  assert.deepEqual(changedFields({ attributes: { a: 2 } }, present), { attributes: { a: 2 } });
  assert.deepEqual(changedFields({ x1: undefined, z: 0 }, present), {});
});
