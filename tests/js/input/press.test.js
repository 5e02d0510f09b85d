import assert from "node:assert/strict";
import { test } from "node:test";

import { isSingleKey, isWritten, keyOf, namesOf, partsOf } from "../../../frontend/src/input/press.js";
import { FRENCH_DIGITS, press } from "../support/presses.js";

/** @import { Press } from "../../../frontend/src/input/press.js" */

/** @type {[string, Press, string[]][]} */
const NAMES = [
  ["a letter", press("v"), ["V"]],
  ["a letter with Shift", press("F", { shiftKey: true }), ["Shift+F"]],
  ["a letter with Caps Lock", press("F"), ["F"]],
  ["Ctrl and a letter", press("k", { ctrlKey: true }), ["Mod+K"]],
  ["Cmd and a letter", press("k", { metaKey: true }), ["Mod+K"]],
  ["all modifiers, always in the same order", press("ArrowUp", { ctrlKey: true, shiftKey: true, altKey: true }), ["Mod+Alt+Shift+ArrowUp"]],
  ["a sign that needs Shift here", press("?", { shiftKey: true, code: "Slash" }), ["Shift+?", "?"]],
  ["a sign that needs none there", press("?", { code: "Minus" }), ["?", "?"]],
  ["a digit", press("1"), ["1", "1"]],
  ["a digit with Shift", press("!", { shiftKey: true, code: "Digit1" }), ["Shift+1", "Shift+!", "!"]],
  ["a digit on a French keyboard", press("é", { code: "Digit2" }), ["2", "É"]],
  ["a digit on a French keyboard with Shift", press("2", { code: "Digit2", shiftKey: true }), ["Shift+2", "Shift+2"]],
  ["a letter of a Greek keyboard", press("ω", { code: "KeyV" }), ["Ω", "V"]],
  ["what Alt types on a Mac", press("˙", { code: "KeyH", altKey: true }), ["Alt+˙", "Alt+˙", "Alt+H"]],
  ["what Alt types on a Mac, a letter", press("ç", { code: "KeyC", altKey: true }), ["Alt+Ç", "Alt+C"]],
  ["the space bar", press(" ", { code: "Space" }), ["Space"]],
];

for (const [what, given, names] of NAMES) {
  test(`it names ${what}`, () => assert.deepEqual(namesOf(given), names));
}

test("it takes AltGr for typing, as Windows reports it and as Linux does", () => {
  const windows = press("]", { code: "BracketRight", ctrlKey: true, altKey: true, altGraph: true });
  const linux = press("]", { code: "BracketRight", altGraph: true });
  for (const one of [windows, linux]) assert.ok(namesOf(one).every((name) => name === "]"), namesOf(one).join(" "));
});

test("it hears the digits of a French keyboard, with Shift and without", () => {
  for (const [digit, typed] of Object.entries(FRENCH_DIGITS)) {
    assert.equal(namesOf(press(typed, { code: `Digit${digit}` }))[0], digit);
    assert.equal(namesOf(press(digit, { code: `Digit${digit}`, shiftKey: true }))[0], `Shift+${digit}`);
  }
});

/** @type {[string, Press, string|null][]} */
const CHOSEN = [
  ["a letter", press("q"), "Q"],
  ["a letter with Shift", press("Q", { shiftKey: true }), "Shift+Q"],
  ["a sign, whether it needs Shift or not", press("?", { shiftKey: true, code: "Slash" }), "?"],
  ["a digit with Shift", press("!", { shiftKey: true, code: "Digit1" }), "Shift+1"],
  ["a digit of a French keyboard", press("à", { code: "Digit0" }), "0"],
  ["Ctrl and a digit", press("4", { ctrlKey: true }), "Mod+4"],
  ["Alt and a letter on a Mac", press("˙", { code: "KeyH", altKey: true }), "Alt+H"],
  ["a function key", press("F3"), "F3"],
  ["plus", press("+", { shiftKey: true, code: "Equal" }), "+"],
  ["Ctrl and plus", press("+", { ctrlKey: true, code: "Equal" }), "Mod++"],
  ["Ctrl alone", press("Control", { ctrlKey: true }), null],
  ["Shift alone", press("Shift", { shiftKey: true }), null],
  ["a dead key", press("Dead", { code: "BracketLeft" }), null],
  ["a letter of an input method", press("Process", { code: "KeyA" }), null],
];

for (const [what, given, keys] of CHOSEN) {
  test(`it records ${what}`, () => assert.equal(keyOf(given), keys));
}

test("what it records is a way to write keys, and is found again by the same press", () => {
  for (const [, given, keys] of CHOSEN) {
    if (keys === null) continue;
    assert.ok(isWritten(keys), keys);
    assert.ok(namesOf(given).includes(keys), keys);
  }
});

test("it takes keys apart, plus included", () => {
  assert.deepEqual(partsOf("Mod+Shift+Z"), { modifiers: ["Mod", "Shift"], key: "Z" });
  assert.deepEqual(partsOf("+"), { modifiers: [], key: "+" });
  assert.deepEqual(partsOf("Mod++"), { modifiers: ["Mod"], key: "+" });
  assert.deepEqual(partsOf("Space"), { modifiers: [], key: "Space" });
});

test("it knows the single keys of WCAG 2.1.4 from those that stay", () => {
  const single = ["A", "1", "?", "+", "-", "]", "Shift+1", "Shift+Z", "É"];
  const others = ["Mod+A", "Alt+H", "Mod++", "F1", "Tab", "Shift+Tab", "ArrowLeft", "Escape", "Delete", "Backspace", "PageDown", "Mod+Shift+Z"];
  assert.deepEqual(single.filter((keys) => !isSingleKey(keys)), []);
  assert.deepEqual(others.filter(isSingleKey), []);
});

test("it does not take what is no way to write keys", () => {
  const wrong = ["", " ", "Shift+Mod+A", "Mod+", "Mod+AB c", "<img src=x onerror=alert(1)>", "ctrl+a", 3, null, undefined, ["A"], "A".repeat(30), "A\u0000"];
  assert.deepEqual(wrong.filter(isWritten), []);
});
