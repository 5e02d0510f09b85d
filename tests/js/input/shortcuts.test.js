import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { keyNames, ariaKeys } from "../../../frontend/src/input/key-names.js";
import { Keymap, whyNotKey } from "../../../frontend/src/input/keymap.js";
import { PRESET_NAMES, PRESETS } from "../../../frontend/src/input/presets.js";
import { isWritten, keyOf, partsOf } from "../../../frontend/src/input/press.js";
import { FAMILIES, GROUP_NAMES, shortcutOf, SHORTCUTS } from "../../../frontend/src/input/shortcuts.js";
import { stripFor } from "../../../frontend/src/input/strip.js";
import { GESTURES, gesturesIn, isHeld, isMeant, isPressed } from "../../../frontend/src/input/table/gestures.js";
import { gestures } from "../../../frontend/src/ui/help.js";
import { Editor } from "../support/editor.js";

/** @import { Press } from "../../../frontend/src/input/press.js" */
/** @import { Preset } from "../../../frontend/src/preferences.js" */

const translator = /** @type {Record<string, unknown>} */ (globalThis);
const NAMES = /** @type {Preset[]} */ (Object.keys(PRESETS));

afterEach(() => {
  delete translator.gettext;
});

/** @param {Preset} preset @param {Record<string, string[]>} [keys] @param {boolean} [hasSingleKeys] */
function keymapOf(preset, keys = {}, hasSingleKeys = true) {
  const made = new Keymap();
  made.apply({ preset, keys, single_keys: hasSingleKeys });
  return made;
}

/**
 * `Ctrl+Alt+Shift+Meta+AltGr+<key>`, and its place on the keyboard.
 * @param {string} text
 * @param {string} [code]
 * @returns {Press}
 */
function press(text, code = "") {
  const { modifiers, key } = partsOf(text);
  const has = (/** @type {string} */ name) => modifiers.includes(name);
  const isAltGr = has("AltGr"); // Windows reports it as Ctrl and Alt
  return {
    key, code, ctrlKey: has("Ctrl") || isAltGr, altKey: has("Alt") || isAltGr, shiftKey: has("Shift"), metaKey: has("Meta"),
    getModifierState: () => isAltGr,
  };
}

// The table

test("it names every command once", () => {
  const ids = SHORTCUTS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.equal(shortcutOf(id).id, id);
  assert.throws(() => shortcutOf("box.explode"), /no such shortcut: box.explode/);
});

test("it has a command for every line, and a line for every command", () => {
  const { commands } = new Editor();
  assert.deepEqual(SHORTCUTS.map(({ id }) => id).sort(), [...commands.ids].sort());
});

test("it names only commands that exist in families, presets and releases", () => {
  const known = new Set(SHORTCUTS.map(({ id }) => id));
  const named = [...FAMILIES.flatMap(({ ids }) => ids), ...Object.values(PRESETS).flatMap((bindings) => Object.keys(bindings)),
    ...SHORTCUTS.flatMap(({ release }) => release ?? [])];
  assert.deepEqual(named.filter((id) => !known.has(id)), []);
});

test("it writes keys as they are pressed, and none that browsers keep for themselves", () => {
  const all = [...SHORTCUTS.flatMap(({ keys }) => keys), ...Object.values(PRESETS).flatMap((bindings) => Object.values(bindings).flat())];
  assert.deepEqual(all.filter((keys) => !isWritten(keys)), []);
  assert.deepEqual(all.filter((keys) => whyNotKey(keys) === "browser"), []);
});

for (const preset of NAMES) {
  test(`it gives no key to two commands in one situation: ${preset}`, () => {
    const keymap = keymapOf(preset);
    assert.deepEqual(keymap.conflicts, []);
    /** @type {Map<string, typeof SHORTCUTS[number][]>} */
    const holders = new Map();
    for (const one of SHORTCUTS) for (const keys of keymap.wantedBy(one.id)) holders.set(keys, [...(holders.get(keys) ?? []), one]);
    for (const [keys, [first, ...others]] of holders) {
      const clash = others.filter((one) => !one.modes || !first?.modes || one.modes.some((mode) => first.modes?.includes(mode)));
      const isLayered = others.every((one) => Boolean(one.modes) !== Boolean(first?.modes));
      assert.ok(!clash.length || isLayered, `${keys}: ${first?.id}, ${clash.map(({ id }) => id)}`);
    }
  });

  test(`it leaves no command without a key that has one: ${preset}`, () => {
    const keymap = keymapOf(preset);
    assert.deepEqual(SHORTCUTS.filter(({ id, keys }) => keys.length && !keymap.keysOf(id).length).map(({ id }) => id), []);
  });

  test(`it answers every key with its command: ${preset}`, () => {
    const keymap = keymapOf(preset);
    for (const { id, modes } of SHORTCUTS) {
      for (const keys of keymap.keysOf(id)) {
        const { modifiers, key } = partsOf(keys);
        const found = keymap.find(press([...modifiers.map((name) => (name === "Mod" ? "Ctrl" : name)), key].join("+")), modes?.[0] ?? "edit");
        assert.ok(found?.id === id || found?.idle === id, `${keys}: ${found?.id}, not ${id}`);
      }
    }
  });
}

test("it can be translated as a whole", () => {
  translator.gettext = (/** @type {string} */ text) => `fr:${text}`;
  const texts = [
    ...SHORTCUTS.flatMap(({ name, hint, short }) => [name(), hint?.() ?? "fr:", short?.() ?? "fr:"]),
    ...FAMILIES.flatMap(({ name, short }) => [name(), short?.() ?? "fr:"]), ...GESTURES.flatMap(({ name, short }) => [name(), short?.() ?? "fr:"]),
    ...Object.values(GROUP_NAMES).map((name) => name()), PRESET_NAMES.ours(),
    ...["Mod", "Escape", "Delete", "Space", "Tab", "Shift", "Alt", "PageUp", "PageDown"].map((key) => keyNames(key, false)[0] ?? ""),
  ];
  assert.deepEqual(texts.filter((text) => !text.startsWith("fr:")), []);
});

test("it has a name and a group for everything", () => {
  for (const { id, name, group } of SHORTCUTS) assert.ok(name().trim() && group in GROUP_NAMES, id);
});

test("it shows names that tell commands of one group apart", () => {
  const shown = SHORTCUTS.map(({ group, name, hint }) => `${group} ${name()} ${hint?.() ?? ""}`);
  assert.deepEqual(shown.filter((text, index) => shown.indexOf(text) !== index), []);
});

// Presses

/** @type {[string, Press, string|null][]} */
const PRESSES = [
  ["a letter", press("b", "KeyB"), "tool.draw"],
  ["a letter with Caps Lock", press("B", "KeyB"), "tool.draw"],
  ["a letter with Shift", press("Shift+B", "KeyB"), null],
  ["a letter with Ctrl that is no command", press("Ctrl+b", "KeyB"), null],
  ["undo", press("Ctrl+z", "KeyZ"), "edit.undo"],
  ["undo on a Mac", press("Meta+z", "KeyZ"), "edit.undo"],
  ["redo", press("Ctrl+Shift+Z", "KeyZ"), "edit.redo"],
  ["redo with Y", press("Ctrl+y", "KeyY"), "edit.redo"],
  ["undo where Z and Y are swapped: the letter counts", press("Ctrl+z", "KeyY"), "edit.undo"],
  ["undo on a Russian keyboard: the place counts", press("Ctrl+я", "KeyZ"), "edit.undo"],
  ["drawing on a Greek keyboard", press("β", "KeyB"), "tool.draw"],
  ["drawing on a Hebrew keyboard", press("נ", "KeyB"), "tool.draw"],
  ["a digit", press("2", "Digit2"), "label.2"],
  ["a digit on a French keyboard, where it types é", press("é", "Digit2"), "label.2"],
  ["a digit on a French keyboard with Caps Lock", press("2", "Digit2"), "label.2"],
  ["a digit of the number pad", press("2", "Numpad2"), "label.2"],
  ["Shift and 1: the whole image", press("Shift+!", "Digit1"), "view.fit"],
  ["Shift and 1 on a French keyboard", press("Shift+1", "Digit1"), "view.fit"],
  ["a question mark with Shift", press("Shift+?", "Slash"), "help.show"],
  ["a question mark on a German keyboard", press("Shift+?", "Minus"), "help.show"],
  ["a question mark on a French keyboard", press("Shift+?", "KeyM"), "help.show"],
  ["a question mark without Shift", press("?", ""), "help.show"],
  ["plus with Shift", press("Shift++", "Equal"), "view.in"],
  ["plus on a German keyboard", press("+", "BracketRight"), "view.in"],
  ["plus of the number pad", press("+", "NumpadAdd"), "view.in"],
  ["the key of plus without Shift", press("=", "Equal"), "view.in"],
  ["minus", press("-", "Minus"), "view.out"],
  ["an arrow", press("ArrowLeft", "ArrowLeft"), "box.move.left"],
  ["an arrow with Shift", press("Shift+ArrowLeft", "ArrowLeft"), "box.move.left.far"],
  ["an arrow with Alt", press("Alt+ArrowUp", "ArrowUp"), "box.resize.up"],
  ["an arrow with Alt and Shift", press("Alt+Shift+ArrowUp", "ArrowUp"), "box.resize.up.far"],
  ["Tab", press("Tab", "Tab"), "box.next"],
  ["Shift and Tab", press("Shift+Tab", "Tab"), "box.previous"],
  ["Delete", press("Delete", "Delete"), "box.delete"],
  ["Backspace", press("Backspace", "Backspace"), "box.delete"],
  ["Escape", press("Escape", "Escape"), "edit.cancel"],
  ["a sign that AltGr types, which Windows calls Ctrl and Alt", press("AltGr+@", "KeyQ"), null],
  ["a letter that AltGr types", press("AltGr+ł", "KeyL"), null],
  ["a modifier alone", press("Ctrl+Control", "ControlLeft"), null],
  ["a key that does nothing here", press("ScrollLock", "ScrollLock"), null],
];

for (const [what, event, expected] of PRESSES) {
  test(`it understands ${what}`, () => {
    assert.equal(new Keymap().find(event)?.id ?? null, expected);
  });
}

test("it turns off single keys and nothing else, for those who speak to their machine", () => {
  const keymap = keymapOf("ours", {}, false);
  for (const event of [press("b", "KeyB"), press("2", "Digit2"), press("?", "Slash"), press("Shift+?", "Slash"), press("Shift+Z", "KeyZ")]) {
    assert.equal(keymap.find(event), null, event.key);
  }
  for (const event of [press("Ctrl+z", "KeyZ"), press("Tab", "Tab"), press("Delete", "Delete"), press("Alt+ArrowUp", "ArrowUp")]) {
    assert.ok(keymap.find(event), event.key);
  }
  assert.deepEqual([keymap.keysOf("tool.draw"), keymap.boundTo("tool.draw")], [[], ["B"]]);
});

test("it lets a person's own choice win, and tells whose key is gone", () => {
  const keymap = keymapOf("ours", { "tool.draw": ["V", "D"], "box.new": [] });
  assert.deepEqual([keymap.find(press("v", "KeyV"))?.id, keymap.find(press("d", "KeyD"))?.id], ["tool.draw", "tool.draw"]);
  assert.deepEqual([keymap.find(press("b", "KeyB")), keymap.find(press("n", "KeyN"))], [null, null]);
  assert.deepEqual(keymap.conflicts, [{ id: "tool.select", keys: "V", by: "tool.draw" }, { id: "frame.previous", keys: "D", by: "tool.draw" }]);
  assert.equal(keymap.find(press("PageUp", "PageUp"))?.id, "frame.previous", "its other key stays");
});

test("it is not led astray by choices that make no sense", () => {
  const strange = /** @type {any} */ ({ "tool.draw": ["not a key", 5, "B", "Mod+Mod+B"], "box.explode": ["J"], "edit.undo": "Mod+Z", constructor: ["Q"] });
  const keymap = keymapOf("ours", strange);
  assert.equal(keymap.find(press("b", "KeyB"))?.id, "tool.draw");
  assert.equal(keymap.find(press("j", "KeyJ")), null);
  const unknown = keymapOf(/** @type {any} */ ("constructor"));
  assert.equal(unknown.find(press("b", "KeyB"))?.id, "tool.draw");
});

test("it knows which key a person means who presses it to choose it", () => {
  /** @type {[Press, string|null][]} */
  const cases = [
    [press("b", "KeyB"), "B"], [press("Shift+B", "KeyB"), "Shift+B"], [press("Ctrl+Shift+b", "KeyB"), "Mod+Shift+B"], [press("é", "Digit2"), "2"],
    [press("Shift+?", "Slash"), "?"], [press("ArrowLeft", "ArrowLeft"), "ArrowLeft"], [press("Control", "ControlLeft"), null],
    [press("Dead", "KeyN"), null], [press("Shift+!", "Digit1"), "Shift+1"],
  ];
  for (const [event, expected] of cases) assert.equal(keyOf(event), expected, `${event.key} at ${event.code}`);
});

// How keys are shown

test("it writes keys as they stand on the keyboard, on a Mac too", () => {
  assert.deepEqual(keyNames("Mod+Shift+Z", false), ["Ctrl", "Shift", "Z"]);
  assert.deepEqual(keyNames("Mod+Shift+Z", true), ["⌘", "⇧", "Z"]);
  assert.deepEqual(keyNames("Alt+ArrowLeft", true), ["⌥", "←"]);
  assert.deepEqual(keyNames("+", false), ["+"]);
  assert.deepEqual(keyNames("Mod++", false), ["Ctrl", "+"]);
  assert.deepEqual(keyNames("Escape", false), ["Esc"]);
  assert.deepEqual(keyNames("Space", false), ["Space"]);
});

test("it tells assistive technology the keys as ARIA writes them", () => {
  assert.equal(ariaKeys(["Mod+Shift+Z", "+"], false), "Control+Shift+Z Plus");
  assert.equal(ariaKeys(["Mod+Z"], true), "Meta+Z");
});

test("it takes keys apart", () => {
  assert.deepEqual(partsOf("Mod+Alt+Shift+X"), { modifiers: ["Mod", "Alt", "Shift"], key: "X" });
  assert.deepEqual([partsOf("+"), partsOf("Shift++"), partsOf("Tab")].map(({ modifiers, key }) => [...modifiers, key]), [["+"], ["Shift", "+"], ["Tab"]]);
});

for (const mood of /** @type {const} */ (["idle", "selected", "draw", "drawing", "pan"])) {
  test(`it shows on the strip only keys that act now: ${mood}`, () => {
    const keymap = keymapOf("ours");
    const items = stripFor(keymap, mood);
    assert.ok(items.length >= 2);
    const known = new Set([...SHORTCUTS.flatMap(({ id }) => keymap.keysOf(id)), "Arrows", "Alt+Arrows", "1-9", "Mod", "Space"]);
    for (const { label, keys } of items) assert.ok(label && keys.length && keys.every((one) => known.has(one)), `${label}: ${keys}`);
    const single = stripFor(keymapOf("ours", {}, false), mood).flatMap(({ keys }) => keys);
    assert.deepEqual(single.filter((one) => /^.$|^1-9$/.test(one)), []);
  });
}

// Gestures

test("keyboard and pointer ask the table what is held with the hand", () => {
  const none = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
  assert.equal(new Set(GESTURES.map(({ id }) => id)).size, GESTURES.length);
  assert.deepEqual([isPressed("hand.pan", press("b", "KeyB")), isPressed("hand.lend", press("Space"))], [false, false]);
  assert.equal(isPressed("hand.pan", { ...press("b"), key: " ", code: "Space", shiftKey: true }), true);
  assert.deepEqual([{ ...none, ctrlKey: true }, { ...none, metaKey: true }, { ...none, shiftKey: true }].map((event) => isHeld("hand.lend", event)), [true, true, false]);
  assert.deepEqual([{ ...none, shiftKey: true }, none].map((event) => isHeld("hand.more", event)), [true, false]);
});

test("the help sheet says every gesture, with what is held", () => {
  assert.deepEqual(gestures().map(({ name, keys }) => [name, keys]), GESTURES.map(({ name, keys }) => [name(), keys]));
});

test("a hand gives up a key that a preset gives to a command, and the strip does not promise it", () => {
  const [ours, labelimg] = [keymapOf("ours"), keymapOf("labelimg")];
  const lost = GESTURES.filter((one) => !gesturesIn(labelimg).includes(one)).map(({ id }) => id);
  assert.deepEqual([gesturesIn(ours).length, lost], [GESTURES.length, ["hand.pan"]]);
  const space = { ...press("b"), key: " ", code: "Space" };
  assert.deepEqual([ours.find(space)?.id, labelimg.find(space)?.id], [undefined, "frame.complete"]);
  assert.equal(stripFor(labelimg, "idle").some(({ keys }) => keys.includes("Space")), false);
});

test("a whole press is asked for in lists and texts", () => {
  const asked = /** @type {const} */ (["list.more", "list.walk", "list.toggle", "text.send"]);
  /** @type {[string, string, string[]][]} */
  const cases = [
    ["Shift+ArrowDown", "", ["list.more"]], ["Ctrl+ArrowUp", "", ["list.walk"]], ["ArrowDown", "", []], ["Ctrl+Shift+ArrowDown", "", []],
    ["Ctrl+Enter", "", ["text.send"]], ["Meta+Enter", "", ["text.send"]], ["Enter", "", []], ["Shift+Enter", "", []],
  ];
  for (const [text, code, wanted] of cases) assert.deepEqual(asked.filter((id) => isMeant(id, press(text, code))), wanted, text);
  assert.ok(isMeant("list.toggle", { ...press("b"), key: " ", code: "Space" }));
});
