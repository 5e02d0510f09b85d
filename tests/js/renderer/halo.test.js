/** Strokes of boxes are legible on any picture: measured on what the painter strokes, blended as a canvas does it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { paintBox } from "../../../frontend/src/renderer/paint.js";
import { forSeeds } from "../support/random.js";
import { contrast, cut, luminance, strokeRecorder } from "../support/strokes.js";

/** @import { Look } from "../../../frontend/src/renderer/paint.js" */
/** @import { Color } from "../support/strokes.js" */

const COLORS = [...readFileSync(new URL("../../../annotate/palette.py", import.meta.url), "utf8").matchAll(/#[0-9a-f]{6}/g)].map(([color]) => color).concat("#000000", "#ffffff");
const [LARGE, SMALL] = [{ x1: 20, y1: 20, x2: 90, y2: 70 }, { x1: 20, y1: 20, x2: 24, y2: 24 }];
/** Of noise along a stroke. */
const ROWS = 60;
const PLAIN = { pattern: [], name: "car", isProposed: false, confidence: null, isFaded: false };

/**
 * `least`: of the stroke's most visible pixel against an even ground (WCAG 2 wants 3 of what one has to see); what is meant to stay in the
 * background may be fainter, never gone.
 * @type {{what: string, look: Partial<Look>, edges: typeof LARGE, least: number}[]}
 */
const CASES = [
  { what: "a box", look: {}, edges: LARGE, least: 3 }, { what: "a box with a pattern", look: { pattern: [2, 4] }, edges: LARGE, least: 3 },
  { what: "a small box", look: {}, edges: SMALL, least: 3 }, { what: "a proposal", look: { isProposed: true }, edges: LARGE, least: 2 },
  { what: "a small proposal", look: { isProposed: true }, edges: SMALL, least: 2 }, { what: "a faded box", look: { isFaded: true }, edges: LARGE, least: 1.4 },
  { what: "a rejected box", look: { isRejected: true }, edges: LARGE, least: 2 },
];

/** @param {Partial<Look>} look @param {typeof LARGE} edges @param {string} color @param {(column: number) => Color} ground @returns {Color[]} in dashes and in gaps */
function pixels(look, edges, color, ground) {
  const { strokes, context } = strokeRecorder();
  paintBox(context, edges, { ...PLAIN, ...look, color });
  return [true, false].flatMap((isInDash) => cut(strokes, ground, { isInDash }));
}

/** @param {string} color @returns {Color} */
const rgb = (color) => /** @type {Color} */ ([1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255));

for (const { what, look, edges, least } of CASES) {
  test(`${what} stands out from black, white, every grey and its own colour`, () => {
    const greys = Array.from({ length: 21 }, (_, step) => /** @type {Color} */ ([step / 20, step / 20, step / 20]));
    for (const color of COLORS) {
      for (const ground of [...greys, rgb(color)]) {
        const best = Math.max(...pixels(look, edges, color, () => ground).map((pixel) => contrast(pixel, ground)));
        assert.ok(best >= least, `${color} on ${ground.map((share) => share.toFixed(2))}: ${best.toFixed(2)}`);
      }
    }
  });

  test(`${what} is a line of its own on noise: along it, its lightest and its darkest pixels differ`, () => {
    forSeeds(5, (random) => {
      const rows = Array.from({ length: ROWS }, () => Array.from({ length: 40 }, () => /** @type {Color} */ ([random.next(), random.next(), random.next()])));
      for (const color of COLORS) {
        const along = rows.map((row) => pixels(look, edges, color, (column) => row[column] ?? [0, 0, 0]).map(luminance));
        const means = (along[0] ?? []).map((_, at) => along.reduce((sum, row) => sum + (row[at] ?? 0), 0) / ROWS + 0.05);
        const most = Math.max(...means) / Math.min(...means);
        assert.ok(most >= least, `${color}: ${most.toFixed(2)}`);
      }
    });
  });
}

test("a proposal is dashed in its colour, and quieter than a box that a person drew", () => {
  const [own, models] = [{}, { isProposed: true }].map((look) => {
    const { strokes, context } = strokeRecorder();
    paintBox(context, LARGE, { ...PLAIN, ...look, color: "#332288" });
    return strokes;
  });
  assert.deepEqual([own?.at(-1)?.isDashed, models?.at(-1)?.isDashed], [false, true]);
  const strongest = (/** @type {string} */ ground, /** @type {Partial<Look>} */ look) => Math.max(...pixels(look, LARGE, "#332288", () => rgb(ground)).map((pixel) => contrast(pixel, rgb(ground))));
  assert.ok(strongest("#000000", { isProposed: true }) < strongest("#000000", {}));
});
