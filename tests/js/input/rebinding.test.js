import assert from "node:assert/strict";
import { test } from "node:test";

import { Keymap, MOST_KEYS } from "../../../frontend/src/input/keymap.js";
import { reset, swapped, withKey, withoutKey } from "../../../frontend/src/input/rebinding.js";

/** @param {Record<string, string[]>} [keys] */
function keymapOf(keys = {}) {
  const made = new Keymap();
  made.apply({ preset: "ours", keys, single_keys: true });
  return made;
}

/** The keys that hold after a choice is stored. @param {Record<string, string[]>} own @param {string[]} ids */
const after = (own, ...ids) => ids.map((id) => keymapOf(own).boundTo(id));

test("it gives a command another key in place of an old one, or one more", () => {
  assert.deepEqual(after(withKey(keymapOf(), "tool.draw", "B", "J"), "tool.draw"), [["J"]]);
  assert.deepEqual(after(withKey(keymapOf(), "tool.draw", null, "J"), "tool.draw"), [["B", "J"]]);
});

test("it takes the key from whoever has it, and leaves that one its others", () => {
  const own = withKey(keymapOf(), "tool.draw", "B", "F");
  assert.deepEqual(after(own, "tool.draw", "frame.next"), [["F"], ["PageDown"]]);
  assert.deepEqual(keymapOf(own).conflicts, []);
});

test("it swaps keys, so that nobody goes without", () => {
  assert.deepEqual(after(swapped(keymapOf(), "tool.draw", "B", "V"), "tool.draw", "tool.select"), [["V"], ["B"]]);
});

test("it takes a key away", () => {
  assert.deepEqual(after(withoutKey(keymapOf(), "frame.next", "F"), "frame.next"), [["PageDown"]]);
  assert.deepEqual(after(withoutKey(keymapOf(), "tool.draw", "B"), "tool.draw"), [[]]);
});

test("it stores nothing for a command that is as the preset has it", () => {
  const changed = withKey(keymapOf(), "tool.draw", "B", "J");
  assert.deepEqual(withKey(keymapOf(changed), "tool.draw", "J", "B"), {});
  assert.deepEqual(reset(keymapOf(changed), "tool.draw"), {});
});

test("it changes nothing before somebody stores it", () => {
  const keymap = keymapOf({ "box.new": ["J"] });
  withKey(keymap, "tool.draw", "B", "J");
  swapped(keymap, "tool.draw", "B", "J");
  withoutKey(keymap, "box.new", "J");
  assert.deepEqual([keymap.choices.keys, keymap.boundTo("tool.draw")], [{ "box.new": ["J"] }, ["B"]]);
});

test("it keeps to as many keys as the server takes", () => {
  /** @type {Record<string, string[]>} */
  let own = {};
  for (const key of "QWERTYUIOP") own = withKey(keymapOf(own), "tool.draw", null, key);
  assert.equal(keymapOf(own).boundTo("tool.draw").length, MOST_KEYS);
});
