/** The default colours of labels (annotate/palette.py) as people see them who see colours otherwise. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { patternOf } from "../../../frontend/src/renderer/colors.js";

/** @typedef {[number, number, number]} Triple */

const source = readFileSync(new URL("../../../annotate/palette.py", import.meta.url), "utf8");
const PALETTE = [.../** @type {string} */ (source.match(/PALETTE = \[([^\]]*)\]/)?.[1]).matchAll(/#[0-9a-f]{6}/g)].map(([color]) => color);

/** On linear RGB; Machado, Oliveira and Fernandes 2009, severity 1. @type {Record<string, Triple[]>} */
const SIGHTS = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
};
/** From linear sRGB to XYZ, by the white of D65. @type {Triple[]} */
const XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]];
const WHITE = [0.95047, 1, 1.08883];

/** A difference (CIE76) at a glance, in lines two pixels wide. What is nearer has to differ in its pattern. */
const APART = 20;

/** @param {Triple[]} matrix @param {number[]} vector */
const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0));

/** @param {string} color @param {Triple[]} sight @returns {number[]} L*, a*, b* */
function labOf(color, sight) {
  const linear = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  const seen = times(sight, linear).map((share) => Math.min(Math.max(share, 0), 1));
  const [x = 0, y = 0, z = 0] = times(XYZ, seen).map((value, at) => value / (WHITE[at] ?? 1)).map((t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** @param {string} a @param {string} b @param {Triple[]} sight */
function difference(a, b, sight) {
  const other = labOf(b, sight);
  return Math.hypot(...labOf(a, sight).map((value, at) => value - (other[at] ?? 0)));
}

/** Every two labels, by their places from 0. @returns {Generator<[number, number, string, string]>} */
function* pairs() {
  for (const [a, first] of PALETTE.entries()) for (const [b, second] of PALETTE.entries()) if (a < b) yield [a, b, first, second];
}

test("the arithmetic is right: white, black and the red that protanopia darkens", () => {
  const usual = /** @type {Triple[]} */ (SIGHTS["usual"]);
  assert.deepEqual(labOf("#ffffff", usual).map(Math.round).map(Math.abs), [100, 0, 0]);
  assert.ok(Math.abs(difference("#000000", "#ffffff", usual) - 100) < 0.1);
  assert.deepEqual(labOf("#ff0000", usual).map(Math.round), [53, 80, 67]);
  const [lightness = 100] = labOf("#ff0000", /** @type {Triple[]} */ (SIGHTS["protanopia"]));
  assert.ok(lightness < 47, `${lightness}`);
});

test("sixteen labels have sixteen colours, and no two of them colour and pattern alike", () => {
  assert.equal(PALETTE.length, 16);
  assert.equal(new Set(PALETTE).size, 16);
});

for (const [name, sight] of Object.entries(SIGHTS)) {
  test(`two labels that share a pattern are told apart by colour: ${name}`, () => {
    for (const [a, b, first, second] of pairs()) {
      if (patternOf(a).join() !== patternOf(b).join()) continue;
      const apart = difference(first, second, sight);
      assert.ok(apart >= APART, `${a + 1} and ${b + 1}: ${apart.toFixed(1)}`);
    }
  });
}

/** Which of the first eight are near to one another: these rely on their patterns. */
const NEAR = { usual: [], protanopia: ["3 8", "7 8"], deuteranopia: ["1 4", "1 6", "3 7", "3 8", "7 8"], tritanopia: ["1 7", "2 3", "3 5"] };

test("of the first eight labels only pairs that are known here rely on their patterns", () => {
  for (const [name, sight] of Object.entries(SIGHTS)) {
    const near = [...pairs()].filter(([, b, first, second]) => b < 8 && difference(first, second, sight) < APART).map(([a, b]) => `${a + 1} ${b + 1}`);
    assert.deepEqual(near, NEAR[/** @type {keyof typeof NEAR} */ (name)], name);
  }
});
