import assert from "node:assert/strict";
import { test } from "node:test";

import { BoxIndex, GRID_FROM, HANDLE_EDGES, handleAt, handlePoint, handlesOf, SIDE_HANDLE_FROM_PX } from "../../frontend/src/hit-test.js";
import { byStacking, isShown } from "../../frontend/src/stacking.js";
import { forSeeds } from "./support/random.js";
import { boxId, readBox } from "./support/wire.js";

/** @import { Box } from "../../frontend/src/box.js" */
/** @import { Handle } from "../../frontend/src/hit-test.js" */
/** @import { Random } from "./support/random.js" */

const IMAGE = { width: 2000, height: 1500 };
const ALL = /** @type {Handle[]} */ (Object.keys(HANDLE_EDGES));

/** @param {Box[]} boxes */
const mapOf = (boxes) => new Map(boxes.map((box) => [box.id, box]));

/** @param {ReadonlyMap<string, Box>} boxes @param {{x: number, y: number}} point @param {number} tolerance */
function scan(boxes, { x, y }, tolerance) {
  const found = [...boxes.values()].filter((box) => isShown(box) && x >= box.x1 - tolerance && x <= box.x2 + tolerance
    && y >= box.y1 - tolerance && y <= box.y2 + tolerance);
  return found.sort((a, b) => byStacking(b, a)).map((box) => box.id);
}

const PLAIN = readBox(0);

/** @param {Random} random @param {number} number @returns {Box} */
function anyBox(random, number) {
  const large = random.chance(0.02);
  const [width, height] = [random.between(1, large ? 1900 : 60), random.between(1, large ? 1400 : 60)];
  const [x1, y1] = [random.between(0, IMAGE.width - width), random.between(0, IMAGE.height - height)];
  const status = random.chance(0.05) ? /** @type {const} */ ("rejected") : /** @type {const} */ ("accepted");
  return { ...PLAIN, id: boxId(number), x1, y1, x2: x1 + width, y2: y1 + height, z: random.integer(0, 2), status };
}

test("it finds the topmost first", () => {
  const index = new BoxIndex();
  const large = { ...PLAIN, id: boxId(1), x1: 0, x2: 900 };
  const small = { ...PLAIN, id: boxId(2) };
  const high = { ...PLAIN, id: boxId(3), x1: 0, x2: 999, z: 1 };
  index.reset(mapOf([small, large, high]), IMAGE);
  assert.deepEqual(index.at({ x: 150, y: 150 }).map(({ id }) => id), [boxId(3), boxId(2), boxId(1)]);
  assert.deepEqual(index.at({ x: 150, y: 99 }), []);
});

test("it finds boxes at their very edge, and a little beside them when asked to", () => {
  const index = new BoxIndex();
  index.reset(mapOf([PLAIN]), IMAGE);
  assert.equal(index.at({ x: 100, y: 180 }).length, 1);
  assert.equal(index.at({ x: 98, y: 150 }).length, 0);
  assert.equal(index.at({ x: 98, y: 150 }, 2).length, 1);
  assert.equal(index.at({ x: 97.9, y: 150 }, 2).length, 0);
});

test("it does not find what was rejected", () => {
  const index = new BoxIndex();
  index.reset(mapOf([{ ...PLAIN, status: "rejected" }]), IMAGE);
  assert.deepEqual(index.at({ x: 150, y: 150 }), []);
});

test("it finds with the grid what a look at every box finds, also after changes", () => {
  forSeeds(3, (random) => {
    const boxes = mapOf(Array.from({ length: GRID_FROM + 500 }, (_, number) => anyBox(random, number)));
    const index = new BoxIndex();
    index.reset(boxes, IMAGE);
    assert.ok(index.grid);
    for (let round = 0; round < 4; round++) {
      for (let query = 0; query < 60; query++) {
        const point = { x: random.between(-50, IMAGE.width + 50), y: random.between(-50, IMAGE.height + 50) };
        const tolerance = random.pick([0, 0, 2, 40]);
        assert.deepEqual(index.at(point, tolerance).map(({ id }) => id), scan(boxes, point, tolerance), JSON.stringify(point));
      }
      /** @type {string[]} */
      const changed = [];
      for (let change = 0; change < 100; change++) {
        const number = random.integer(0, GRID_FROM + 600);
        changed.push(boxId(number));
        if (random.chance(0.3)) boxes.delete(boxId(number));
        else boxes.set(boxId(number), anyBox(random, number));
      }
      index.update(changed);
    }
  });
});

test("it changes from looking at every box to the grid and back, as boxes come and go", () => {
  forSeeds(1, (random) => {
    const boxes = mapOf(Array.from({ length: GRID_FROM }, (_, number) => anyBox(random, number)));
    const index = new BoxIndex();
    index.reset(boxes, IMAGE);
    assert.equal(index.grid, null);
    boxes.set(boxId(9000), { ...PLAIN, id: boxId(9000), x1: 1, y1: 1, x2: 3, y2: 3, z: 9 });
    index.update([boxId(9000)]);
    assert.ok(index.grid);
    assert.equal(index.at({ x: 2, y: 2 })[0]?.id, boxId(9000));
    boxes.delete(boxId(9000));
    index.update([boxId(9000)]);
    assert.equal(index.grid, null);
    assert.deepEqual(index.at({ x: 2, y: 2 }).map(({ id }) => id), scan(boxes, { x: 2, y: 2 }, 0));
  });
});

const LARGE = { x1: 100, y1: 100, x2: 400, y2: 300 };

test("it puts handles on corners and in the middle of sides", () => {
  const points = Object.fromEntries(ALL.map((handle) => [handle, handlePoint(LARGE, handle)]));
  assert.deepEqual(points, {
    n: { x: 250, y: 100 }, s: { x: 250, y: 300 }, e: { x: 400, y: 200 }, w: { x: 100, y: 200 },
    nw: { x: 100, y: 100 }, ne: { x: 400, y: 100 }, sw: { x: 100, y: 300 }, se: { x: 400, y: 300 },
  });
});

test("it moves with a handle exactly the edges that lie at it", () => {
  for (const handle of ALL) {
    const { x, y } = handlePoint(LARGE, handle);
    const expected = [["x1", x === 100], ["y1", y === 100], ["x2", x === 400], ["y2", y === 300]].filter(([, is]) => is).map(([name]) => name);
    assert.deepEqual([...HANDLE_EDGES[handle]].sort(), expected.sort(), handle);
  }
});

test("it draws handles in the middle of long sides only", () => {
  assert.deepEqual([...handlesOf(LARGE)].sort(), [...ALL].sort());
  assert.deepEqual(handlesOf({ x1: 0, y1: 0, x2: 20, y2: 20 }), ["nw", "ne", "sw", "se"]);
  assert.deepEqual(handlesOf({ x1: 0, y1: 0, x2: SIDE_HANDLE_FROM_PX, y2: 20 }).slice(4), ["n", "s"]);
  assert.deepEqual(handlesOf({ x1: 0, y1: 0, x2: 20, y2: SIDE_HANDLE_FROM_PX }).slice(4), ["e", "w"]);
});

test("it takes hold of every handle at the handle, and within reach of it", () => {
  for (const handle of ALL) {
    const { x, y } = handlePoint(LARGE, handle);
    const [dx, dy] = [handle.includes("w") ? -11 : handle.includes("e") ? 11 : 0, handle.startsWith("n") ? -11 : handle.startsWith("s") ? 11 : 0];
    assert.equal(handleAt(LARGE, { x, y }, 12), handle);
    assert.equal(handleAt(LARGE, { x: x + dx, y: y + dy }, 12), handle, `${handle}, from outside`);
    assert.equal(handleAt(LARGE, { x: x - dx, y: y - dy }, 12), handle, `${handle}, from inside`);
    assert.equal(handleAt(LARGE, { x: x + 2 * dx, y: y + 2 * dy }, 12), null, `${handle}, out of reach`);
  }
});

test("it takes hold of a side anywhere along it, though less far from it", () => {
  assert.equal(handleAt(LARGE, { x: 180, y: 95 }, 12), "n");
  assert.equal(handleAt(LARGE, { x: 180, y: 305 }, 12), "s");
  assert.equal(handleAt(LARGE, { x: 95, y: 150 }, 12), "w");
  assert.equal(handleAt(LARGE, { x: 405, y: 150 }, 12), "e");
  assert.equal(handleAt(LARGE, { x: 180, y: 92 }, 12), null);
  assert.equal(handleAt(LARGE, { x: 250, y: 200 }, 12), null, "the middle moves the box");
});

test("it reaches as far on the screen whatever the zoom: reach is in CSS pixels", () => {
  for (const scale of [0.05, 0.3, 1, 7, 64]) {
    const onScreen = { x1: 100 * scale, y1: 100 * scale, x2: 5000 * scale, y2: 4000 * scale };
    for (const [distance, expected] of /** @type {[number, Handle|null][]} */ ([[11.9, "se"], [12.1, null]])) {
      const point = { x: onScreen.x2 + distance, y: onScreen.y2 + distance };
      assert.equal(handleAt(onScreen, point, 12), expected, `at ${scale}`);
    }
  }
});

test("it leaves the middle of a small box for moving it", () => {
  for (const side of [3, 6, 10, 20, 30]) {
    assert.equal(handleAt({ x1: 0, y1: 0, x2: side, y2: side }, { x: side / 2, y: side / 2 }, 12), null, `${side}`);
    assert.equal(handleAt({ x1: 0, y1: 0, x2: side, y2: side }, { x: side + 5, y: side + 5 }, 12), "se", `${side}`);
  }
});

test("from outside all eight have their whole hit area at a box of any size, also where they are not drawn", () => {
  for (const side of [2, 8, 14, 20, 26, 40]) {
    const box = { x1: 100, y1: 100, x2: 100 + side, y2: 100 + side };
    for (const handle of ALL) {
      for (const [reach, distance] of /** @type {const} */ ([[12, 11.9], [22, 21.9]])) {
        const { x, y } = handlePoint(box, handle);
        const dx = handle.includes("w") ? -distance : handle.includes("e") ? distance : 0;
        const dy = handle.startsWith("n") ? -distance : handle.startsWith("s") ? distance : 0;
        assert.equal(handleAt(box, { x: x + dx, y: y + dy }, reach), handle, `${handle} of ${side}, ${reach}`);
      }
    }
  }
});

test("inside a narrow box it reaches over a third of the narrow side only, and as far as ever along the other", () => {
  const narrow = { x1: 0, y1: 0, x2: 15, y2: 200 };
  assert.equal(handleAt(narrow, { x: 1, y: 11 }, 12), "nw");
  assert.equal(handleAt(narrow, { x: 4, y: 100 }, 12), "w");
  assert.equal(handleAt(narrow, { x: 7.5, y: 100 }, 12), null);
});

test("it takes the nearest of several handles in reach", () => {
  const narrow = { x1: 0, y1: 0, x2: 14, y2: 200 };
  assert.equal(handleAt(narrow, { x: 2, y: -3 }, 12), "nw");
  assert.equal(handleAt(narrow, { x: 7, y: -3 }, 12), "n");
  assert.equal(handleAt(narrow, { x: 12, y: -3 }, 12), "ne");
});
