import assert from "node:assert/strict";
import { test } from "node:test";

import { Keymap, whyNotKey } from "../../../frontend/src/input/keymap.js";
import { SHORTCUTS } from "../../../frontend/src/input/shortcuts.js";
import { Preferences } from "../../../frontend/src/preferences.js";
import { press } from "../support/presses.js";

/**
 * @import { KeyChoices } from "../../../frontend/src/input/keymap.js"
 * @import { Shortcut } from "../../../frontend/src/input/shortcuts.js"
 */

/** @param {Partial<KeyChoices>} [choices] @param {readonly Shortcut[]} [table] */
function keymapOf(choices = {}, table) {
  const keymap = new Keymap(table);
  keymap.apply({ preset: "ours", keys: {}, single_keys: true, ...choices });
  return keymap;
}

/** @param {string} id @param {Partial<Shortcut>} [parts] @returns {Shortcut} */
const row = (id, parts = {}) => ({ id, group: "view", keys: [], name: () => id, ...parts });

// The table

test("no two commands have the same name", () => {
  const names = SHORTCUTS.map(({ name }) => name());
  assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
});

test("the server can store a choice for every command", () => {
  assert.deepEqual(SHORTCUTS.map(({ id }) => id).filter((id) => !/^[a-z0-9.-]{1,64}$/.test(id)), []);
  assert.ok(SHORTCUTS.length <= 200, "annotate/preferences.py takes 200");
});

test("the verdict keys of the audit do nothing while one draws", () => {
  const keymap = keymapOf();
  assert.equal(keymap.find(press("a")), null);
  assert.equal(keymap.find(press("s")), null);
});

// Presets

test("the presets mean what they mean elsewhere", () => {
  const cvat = keymapOf({ preset: "cvat" });
  assert.deepEqual(["n", "d", "f", "F1", "F2"].map((key) => cvat.find(press(key))?.id),
    ["tool.draw", "frame.previous", "frame.next", "help.show", "settings.show"]);
  assert.equal(cvat.find(press("3", { ctrlKey: true }))?.id, "label.3");
  const studio = keymapOf({ preset: "labelstudio" });
  assert.deepEqual(["r", "v", "h", "u"].map((key) => studio.find(press(key))?.id), ["tool.draw", "tool.select", "tool.pan", "edit.cancel"]);
  assert.equal(studio.find(press("ArrowRight", { ctrlKey: true }))?.id, "frame.next");
  assert.equal(studio.find(press("Enter", { ctrlKey: true }))?.id, "frame.complete-next");
  assert.equal(studio.find(press("Enter", { altKey: true }))?.id, "frame.complete-next");
  const image = keymapOf({ preset: "labelimg" });
  assert.deepEqual(["a", "d", "w"].map((key) => image.find(press(key))?.id), ["frame.previous", "frame.next", "tool.draw"]);
  assert.deepEqual(["+", "=", "-"].map((key) => image.find(press(key, { ctrlKey: true }))?.id), ["view.in", "view.in", "view.out"]);
  assert.equal(image.find(press(" ", { code: "Space" }))?.id, "frame.complete");
});

// The person's own keys

test("it prefers the person's own key to the preset's, and the preset's to ours", () => {
  const keymap = keymapOf({ preset: "cvat", keys: { "box.all": ["N"] } });
  assert.equal(keymap.find(press("n"))?.id, "box.all");
  assert.deepEqual(keymap.boundTo("tool.draw"), []);
  assert.deepEqual(keymap.conflicts, [{ id: "tool.draw", keys: "N", by: "box.all" }]);
});

test("an empty list takes every key away", () => {
  const keymap = keymapOf({ keys: { "box.delete": [] } });
  assert.deepEqual(keymap.boundTo("box.delete"), []);
  assert.equal(keymap.find(press("Delete")), null);
});

test("of two own keys that are alike one holds, and the other is a conflict", () => {
  const keymap = keymapOf({ keys: { "view.fit": ["Q"], "view.actual": ["Q", "Shift+2"] } });
  assert.deepEqual([keymap.boundTo("view.fit"), keymap.boundTo("view.actual")], [["Q"], ["Shift+2"]]);
  assert.deepEqual(keymap.conflicts, [{ id: "view.actual", keys: "Q", by: "view.fit" }]);
});

test("what is no key is not shown as one", () => {
  const keys = /** @type {any} */ ({ "view.fit": "Q", "view.actual": ["<b>", "W", 3, null] });
  const keymap = keymapOf({ keys });
  assert.deepEqual([keymap.boundTo("view.fit"), keymap.boundTo("view.actual")], [[], ["W"]]);
});

test("it takes no more keys for a command than the server does", () => {
  assert.equal(keymapOf({ keys: { "view.fit": ["1", "2", "3", "4", "5"] } }).boundTo("view.fit").length, 4);
});

test("it follows the preferences, and says so", () => {
  const preferences = new Preferences({ preset: "labelimg" });
  const keymap = new Keymap();
  let heard = 0;
  keymap.subscribe(() => heard++);
  keymap.follow(preferences);
  assert.equal(keymap.find(press("w"))?.id, "tool.draw");
  preferences.set({ keys: { "view.fit": ["Q"] } });
  preferences.set({ panel_width: 400 });
  assert.deepEqual([keymap.boundTo("view.fit"), heard], [["Q"], 2]);
});

// Modes

test("a key may mean different things in different modes without being a conflict", () => {
  const keymap = keymapOf({}, [
    row("edit.one", { keys: ["S"], modes: ["edit"] }), row("audit.one", { keys: ["S"], modes: ["audit"] }), row("both", { keys: ["Q"] }),
  ]);
  assert.deepEqual(keymap.conflicts, []);
  assert.deepEqual([keymap.find(press("s"))?.id, keymap.find(press("s"), "audit")?.id, keymap.find(press("s"), "review")], ["edit.one", "audit.one", null]);
  assert.deepEqual(["edit", "audit", "review"].map((mode) => keymap.find(press("q"), /** @type {any} */ (mode))?.id), ["both", "both", "both"]);
});

test("in its mode a verdict goes before what the key does elsewhere, and gives it back afterwards", () => {
  const keymap = keymapOf({}, [...SHORTCUTS, row("review.wrong", { keys: ["F"], modes: ["review"] })]);
  assert.deepEqual(keymap.conflicts, []);
  assert.deepEqual([keymap.find(press("f"), "review")?.id, keymap.find(press("f"))?.id], ["review.wrong", "frame.next"]);
});

test("two commands of the same mode cannot have the same key", () => {
  const keymap = keymapOf({}, [row("a", { keys: ["S"], modes: ["audit", "review"] }), row("b", { keys: ["S"], modes: ["review"] })]);
  assert.deepEqual(keymap.conflicts, [{ id: "b", keys: "S", by: "a" }]);
  assert.equal(keymap.holderOf("b", "S"), "a");
  assert.equal(keymap.holderOf("a", "S"), null);
});

// Single keys

test("with single keys off, letters, digits and signs do nothing and the rest stays", () => {
  const keymap = keymapOf({ single_keys: false });
  for (const key of ["b", "1", "?", "+", "n"]) assert.equal(keymap.find(press(key)), null, key);
  for (const key of ["Tab", "ArrowLeft", "Delete", "Escape", "PageDown", "F1"]) assert.ok(keymap.find(press(key)), key);
  assert.equal(keymap.find(press("k", { ctrlKey: true }))?.id, "palette.show");
  assert.equal(keymap.find(press("ArrowLeft", { altKey: true }))?.id, "box.resize.left");
  assert.equal(keymap.find(press("!", { code: "Digit1", shiftKey: true })), null);
});

test("with single keys off, nothing is shown that does nothing", () => {
  const keymap = keymapOf({ single_keys: false });
  assert.deepEqual([keymap.keysOf("tool.draw"), keymap.keysOf("frame.next"), keymap.keysOf("help.show")], [[], ["PageDown"], ["F1"]]);
  assert.deepEqual(keymap.boundTo("frame.next"), ["F", "PageDown"]);
});

test("keys that browsers keep, and those by which one gets around, cannot be chosen", () => {
  assert.deepEqual(["Mod+T", "F5", "Tab", "Escape", "Enter", "Space"].map(whyNotKey), ["browser", "browser", "needed", "needed", "needed", "needed"]);
  assert.deepEqual(["A", "Mod+Enter", "F3", "Mod+Alt+T"].map(whyNotKey), [null, null, null, null]);
});

// Modes

/** @type {[import("../../../frontend/src/preferences.js").Preset, string, string][]} preset, and what A and D mean there while one draws */
const DRAWING = [["ours", "", "frame.previous"], ["cvat", "", "frame.previous"], ["labelstudio", "", ""], ["labelimg", "frame.previous", "frame.next"]];
for (const [preset, a, d] of DRAWING) {
  test(`the verdict keys work in audit mode only, whatever the preset means by them: ${preset}`, () => {
    const keymap = keymapOf({ preset });
    assert.deepEqual(["a", "s", "d"].map((key) => keymap.find(press(key), "audit")?.id), ["audit.positive", "audit.negative", "audit.neutral"]);
    assert.deepEqual(["a", "s", "d"].map((key) => keymap.find(press(key), "edit")?.id ?? ""), [a, "", d]);
    assert.equal(keymap.find(press("Tab"), "audit")?.id, "audit.next");
    assert.equal(keymap.find(press("Tab"), "edit")?.id, "box.next");
  });
}

/** @type {import("../../../frontend/src/preferences.js").Preset[]} */
const PRESETS = ["ours", "cvat", "labelstudio", "labelimg"];
for (const preset of PRESETS) {
  test(`what is for a mode has its keys there, and what they do elsewhere has another one: ${preset}`, () => {
    const keymap = keymapOf({ preset });
    for (const { id, keys, modes = [] } of SHORTCUTS) {
      for (const mode of modes) {
        const holders = keys.flatMap((one) => keymap.holders.get(one) ?? []).filter((one) => one.modes?.includes(mode));
        assert.deepEqual(holders.map((one) => one.id), keys.map(() => id), `${mode}: ${keys}`);
        for (const other of keys.flatMap((one) => keymap.overlapsOf(id, one))) {
          keymap.enter(mode);
          assert.ok(keymap.keysOf(other.id).length, `${other.id} has no key in the ${mode}: ${keys} is of ${id}`);
          keymap.enter("edit");
        }
      }
    }
  });
}

test("it knows who shares a key with a command of a mode, and who goes first", () => {
  const keymap = keymapOf({ keys: { "frame.next": ["S"], "audit.positive": ["Mod+Z"] } });
  assert.deepEqual(keymap.conflicts, [], "both may have it");
  assert.deepEqual(keymap.overlapsOf("frame.next", "S"), [
    { id: "audit.negative", modes: ["audit"], isFirst: true }, { id: "review.return", modes: ["review"], isFirst: true }]);
  assert.deepEqual(keymap.overlapsOf("audit.positive", "Mod+Z"), [{ id: "edit.undo", modes: ["audit"], isFirst: false }]);
  assert.deepEqual(keymap.overlapsOf("edit.undo", "Mod+Z"), [{ id: "audit.positive", modes: ["audit"], isFirst: true }]);
  assert.deepEqual([keymap.overlapsOf("frame.next", "F"), keymap.overlapsOf("audit.many", "M")], [[], []]);
});

test("the keys of a command are shown with what they do while nothing is selected", () => {
  const keymap = keymapOf({ keys: { "view.pan.left": ["Q"], "box.move.left": ["Shift+A"] } });
  assert.deepEqual([keymap.keysOf("view.pan.left"), keymap.keysOf("view.pan.right.far")], [["Q", "Shift+A"], ["Shift+ArrowRight"]]);
  assert.deepEqual(keymap.boundTo("view.pan.left"), ["Q"]);
});

test("keys are shown as they act in the mode, and those of another mode as they act there", () => {
  const keymap = keymapOf();
  let told = 0;
  keymap.subscribe(() => void told++);
  assert.deepEqual([keymap.keysOf("frame.previous"), keymap.keysOf("audit.neutral")], [["D", "PageUp"], ["D"]]);
  keymap.enter("audit");
  keymap.enter("audit");
  assert.deepEqual([keymap.keysOf("frame.previous"), keymap.keysOf("audit.neutral"), told], [["PageUp"], ["D"], 1]);
  assert.deepEqual(keymap.boundTo("frame.previous"), ["D", "PageUp"]);
});
