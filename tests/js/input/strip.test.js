import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { keyNames } from "../../../frontend/src/input/key-names.js";
import { Keymap } from "../../../frontend/src/input/keymap.js";
import { FAMILIES } from "../../../frontend/src/input/shortcuts.js";
import { familyKeys, stripEnd, stripFor } from "../../../frontend/src/input/strip.js";

/** @import { Choices } from "../../../frontend/src/preferences.js" */
/** @import { Mood } from "../../../frontend/src/input/shortcuts.js" */

const translator = /** @type {Record<string, unknown>} */ (globalThis);

afterEach(() => {
  delete translator.gettext;
});

/** @param {Partial<Choices>} [choices] */
function keymapOf(choices = {}) {
  const keymap = new Keymap();
  keymap.apply({ preset: "ours", keys: {}, single_keys: true, ...choices });
  return keymap;
}

/** @param {Keymap} keymap @param {Mood} mood @returns {Record<string, string>} */
const strip = (keymap, mood) => Object.fromEntries(stripFor(keymap, mood).map(({ label, keys }) => [label, keys.join(" ")]));

test("it changes with the mood", () => {
  const keymap = keymapOf();
  const idle = strip(keymap, "idle");
  const selected = strip(keymap, "selected");
  assert.deepEqual([idle.Draw, idle["Next image"], idle.Move], ["B", "F", undefined]);
  assert.deepEqual([selected.Move, selected.Resize, selected.Label, selected.Delete], ["Arrows", "Alt+Arrows", "1-9", "Delete"]);
  assert.ok(strip(keymap, "drawing").Cancel);
});

test("it shows the keys that the person has, and none that are off", () => {
  assert.equal(strip(keymapOf({ preset: "labelimg" }), "idle").Draw, "W");
  assert.equal(strip(keymapOf({ keys: { "tool.draw": ["Q"] } }), "idle").Draw, "Q");
  const off = strip(keymapOf({ single_keys: false }), "selected");
  assert.deepEqual([off.Draw, off.Label, off.Move, off.Undo], [undefined, undefined, "Arrows", "Mod+Z"]);
});

test("the way to all commands and all keys stands at the end, whatever one does", () => {
  assert.deepEqual(stripEnd(keymapOf()).map(({ label, keys }) => `${keys} ${label}`), ["Mod+K Commands", "? Help"]);
  assert.deepEqual(stripEnd(keymapOf({ preset: "cvat" })).map(({ keys }) => keys), [["Mod+K"], ["F1"]]);
  assert.deepEqual(stripEnd(keymapOf({ single_keys: false })).map(({ keys }) => keys), [["Mod+K"], ["F1"]]);
});

test("it says that arrows move the view while nothing is selected", () => {
  for (const preset of /** @type {const} */ (["ours", "cvat", "labelstudio", "labelimg"])) {
    assert.deepEqual([strip(keymapOf({ preset }), "idle").Scroll, strip(keymapOf({ preset }), "selected").Scroll], ["Arrows", undefined]);
  }
});

test("it leaves out what has no key", () => {
  assert.equal("Draw" in strip(keymapOf({ keys: { "tool.draw": [] } }), "idle"), false);
});

/** @param {string} start */
const family = (start) => FAMILIES.find(({ ids }) => ids[0]?.startsWith(start))?.ids ?? [];

test("it writes keys that belong together as one, and each by itself once they do not", () => {
  assert.deepEqual(familyKeys(keymapOf(), family("label.")), ["1-9", "0"]);
  assert.deepEqual(familyKeys(keymapOf({ preset: "cvat" }), family("label.")), ["Mod+1-9", "Mod+0"]);
  assert.deepEqual(familyKeys(keymapOf(), family("box.resize-start")), ["Mod+Arrows"]);
  assert.deepEqual(familyKeys(keymapOf({ keys: { "box.move.left": ["J"] } }), family("box.move")), ["J", "ArrowRight", "ArrowUp", "ArrowDown"]);
  const mixed = { "box.move.left": ["Alt+Shift+ArrowLeft"], "box.resize.left.far": [] };
  assert.deepEqual(familyKeys(keymapOf({ keys: mixed }), family("box.move")), ["Alt+Shift+ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
  assert.deepEqual(familyKeys(keymapOf({ single_keys: false }), family("label.")), []);
});

test("it begins with what the mode is for, and shows no key that the mode has given away", () => {
  const keymap = keymapOf();
  keymap.enter("audit");
  for (const mood of /** @type {Mood[]} */ (["idle", "selected"])) {
    const items = stripFor(keymap, mood, "audit");
    assert.deepEqual(items.slice(0, 4).map(({ label, keys }) => `${keys} ${label}`), ["A Positive", "S Negative", "D Neutral", "Tab Next proposal"]);
    const keys = items.flatMap((item) => item.keys);
    assert.equal(new Set(keys).size, keys.length, mood);
  }
  assert.equal(stripFor(keymapOf(), "idle").some(({ label }) => label === "Positive"), false);
});

// How keys are written

test("it writes keys in the language of the keyboard", () => {
  translator.gettext = (/** @type {string} */ text) => ({ Shift: "Maj", Del: "Suppr", Enter: "Entrée" })[text] ?? text;
  assert.deepEqual([keyNames("Shift+Delete", false), keyNames("Mod+Enter", false)], [["Maj", "Suppr"], ["Ctrl", "Entrée"]]);
});

