import assert from "node:assert/strict";
import { test } from "node:test";

import { initials, patternOf, personColor, textOn } from "../../../frontend/src/renderer/colors.js";

/** Relative luminance of WCAG 2, written down a second time. @param {string} color */
function luminance(color) {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((one, two) => two - one);
  return (high + 0.05) / (low + 0.05);
}

test("it writes on every colour in whichever of black and white can be read better", () => {
  for (let step = 0; step <= 0xffffff; step += 0x010fff) {
    const color = `#${(step & 0xffffff).toString(16).padStart(6, "0")}`;
    const [chosen, other] = textOn(color) === "#fff" ? ["#ffffff", "#000000"] : ["#000000", "#ffffff"];
    const [best, worst] = [contrast(color, chosen), contrast(color, other)];
    assert.ok(best >= worst - 0.1 && best >= 4.5, `${color}: ${best} and ${worst}`);
  }
});

test("it gives a person a colour that white can be read on, the same everywhere", () => {
  for (let user = 0; user < 40; user++) {
    assert.equal(personColor(user), personColor(user));
    assert.ok(contrast(personColor(user), "#ffffff") >= 4.5, `${user}: ${personColor(user)}`);
  }
  assert.ok(new Set(Array.from({ length: 10 }, (_, user) => personColor(user))).size >= 10);
});

test("it tells neighbouring labels apart without colour", () => {
  const patterns = Array.from({ length: 17 }, (_, index) => patternOf(index).join());
  for (const round of [patterns.slice(0, 8), patterns.slice(8, 16)]) assert.equal(new Set(round).size, 8);
  for (let index = 0; index < 16; index++) assert.notEqual(patterns[index], patterns[index + 1], `${index}`);
  assert.deepEqual([patternOf(16), patternOf(-1)], [patternOf(0), patternOf(0)]);
});

test("it makes initials of any name", () => {
  const cases = { "Ada Lovelace": "AL", ada: "A", " Élodie  de la  Tour ": "ÉT", "": "?", "   ": "?", "李 小龙": "李小", "🚗 driver": "🚗D" };
  for (const [name, expected] of Object.entries(cases)) assert.equal(initials(name), expected, name);
});
