import assert from "node:assert/strict";
import { test } from "node:test";

import { areaOf, iou, mergedEdges, MIN_SIDE_PX, movedEdges } from "../../frontend/src/geometry.js";
import { sharedCases } from "./support/files.js";
import { forSeeds } from "./support/random.js";

/** @import { Edges } from "../../frontend/src/box.js" */
/** @import { Random } from "./support/random.js" */
/** @typedef {[number, number, number, number]} Corners */

/** @type {{merge: {name: string, image: [number, number], present: Corners|null, given: Record<string, number|string>, result: Corners|null}[], iou: {name: string, a: Corners, b: Corners, iou: number}[]}} */
const CASES = sharedCases("geometry-cases.json");

/** @param {Corners} corners @returns {Edges} */
const edgesIn = ([x1, y1, x2, y2]) => ({ x1, y1, x2, y2 });

/** @param {Random} random @param {{width: number, height: number}} image @returns {Edges} whole tenths, at least a pixel */
function anyBox(random, image) {
  const [width, height] = [random.integer(10, image.width * 10), random.integer(10, image.height * 10)];
  const [left, top] = [random.integer(0, image.width * 10 - width), random.integer(0, image.height * 10 - height)];
  return { x1: left / 10, y1: top / 10, x2: (left + width) / 10, y2: (top + height) / 10 };
}

for (const { name, image: [width, height], present, given, result } of CASES.merge) {
  test(`it merges edges as the server does: ${name}`, () => {
    const numbers = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, Number(value)]));
    const merged = mergedEdges(present && edgesIn(present), numbers, { width, height });
    assert.deepEqual(merged, result && edgesIn(result));
  });
}

for (const { name, a, b, iou: expected } of CASES.iou) {
  test(`it measures overlap as the server does: ${name}`, () => {
    assert.ok(Math.abs(iou(edgesIn(a), edgesIn(b)) - expected) < 1e-12);
    assert.equal(iou(edgesIn(a), edgesIn(b)), iou(edgesIn(b), edgesIn(a)));
  });
}

test("it only ever makes boxes that lie on the image and have a pixel to each side", () => {
  forSeeds(300, (random) => {
    const image = { width: random.integer(1, 300), height: random.integer(1, 300) };
    const present = random.chance(0.3) ? null : anyBox(random, image);
    /** @type {Partial<Edges>} */
    const given = {};
    for (const name of /** @type {const} */ (["x1", "y1", "x2", "y2"])) if (random.chance(0.6)) given[name] = random.between(-400, 700);
    const merged = mergedEdges(present, given, image);
    if (!merged) return;
    assert.ok(merged.x1 >= 0 && merged.y1 >= 0 && merged.x2 <= image.width && merged.y2 <= image.height, JSON.stringify(merged));
    assert.ok(merged.x2 - merged.x1 > MIN_SIDE_PX - 1e-5 && merged.y2 - merged.y1 > MIN_SIDE_PX - 1e-5, JSON.stringify(merged));
    for (const name of /** @type {const} */ (["x1", "y1", "x2", "y2"])) {
      const axis = name.startsWith("x") ? /** @type {const} */ (["x1", "x2"]) : /** @type {const} */ (["y1", "y2"]);
      const isUnnamed = present && axis.some((one) => !(one in given)) && !(name in given);
      if (isUnnamed) assert.equal(merged[name], present[name], `${name} was not named`);
    }
  });
});

test("it moves a box as a whole and holds it at the border", () => {
  const image = { width: 100, height: 80 };
  const box = { x1: 10, y1: 20, x2: 40, y2: 50 };
  assert.deepEqual(movedEdges(box, 5, -3, image), { x1: 15, y1: 17, x2: 45, y2: 47 });
  assert.deepEqual(movedEdges(box, -50, 0, image), { x1: 0, y1: 20, x2: 30, y2: 50 });
  assert.deepEqual(movedEdges(box, 500, 500, image), { x1: 70, y1: 50, x2: 100, y2: 80 });
  assert.deepEqual(movedEdges({ x1: 0, y1: 0, x2: 100, y2: 80 }, 7, -7, image), { x1: 0, y1: 0, x2: 100, y2: 80 });
});

test("it takes every move, of the smallest box too", () => {
  forSeeds(2000, (random) => {
    const image = { width: 200, height: 200 };
    const box = anyBox(random, random.chance(0.5) ? { width: 1, height: 1 } : image);
    const place = movedEdges(box, random.integer(0, 1990) / 10, random.integer(0, 1990) / 10, image);
    const moved = movedEdges(place, random.integer(-2000, 2000) / 10, random.integer(-2000, 2000) / 10, image);
    assert.ok(mergedEdges(place, moved, image), `${JSON.stringify(place)} to ${JSON.stringify(moved)} was refused`);
  });
});

test("it knows the area", () => {
  assert.equal(areaOf({ x1: 1, y1: 2, x2: 4, y2: 6 }), 12);
});
