import assert from "node:assert/strict";
import { test } from "node:test";

import { BoxIndex, GRID_FROM } from "../../../frontend/src/hit-test.js";
import { Camera } from "../../../frontend/src/camera.js";
import { Layer } from "../../../frontend/src/renderer/layer.js";
import { StaticLayer } from "../../../frontend/src/renderer/static-layer.js";
import { fakeCanvas } from "../support/canvas.js";
import { pixelCanvas } from "../support/pixels.js";
import { forSeeds } from "../support/random.js";
import { boxId, readBox } from "../support/wire.js";

/** @import { Box } from "../../../frontend/src/box.js" */
/** @import { Look } from "../../../frontend/src/renderer/paint.js" */
/** @import { Random } from "../support/random.js" */

const IMAGE = { width: 2000, height: 2000 };
const LOOK = { color: "#0072b2", pattern: [], name: "car", isProposed: false, confidence: null, isFaded: false };
const NONE = new Set();

/** At the whole of an image, pixel by pixel. @param {Map<string, Box>} boxes @param {{width: number, height: number}} size */
function looking(boxes, size) {
  const index = new BoxIndex();
  index.reset(boxes, size);
  const camera = new Camera();
  camera.setImage(size);
  camera.view = size;
  camera.place({ x: 0, y: 0, scale: 1 });
  return { index, camera };
}

/** A layer with `count` boxes of 10 x 10 pixels in rows of 100. @param {number} count */
function started(count) {
  const boxes = new Map(Array.from({ length: count }, (_, number) => [boxId(number), boxAt(number)]));
  const { index, camera } = looking(boxes, IMAGE);
  const [front, spare] = [fakeCanvas(), fakeCanvas()];
  const looked = { count: 0 };
  /** @type {Set<string>} */
  const ringed = new Set();
  const layer = new StaticLayer(front.canvas, camera, {
    lookOf: () => {
      looked.count += 1;
      return LOOK;
    },
    isInSight: () => true, near: (edges) => index.near(edges), newLayer: () => new Layer(spare.canvas),
    ringOf: ({ id }) => (ringed.has(id) ? "#ff0000" : null),
  });
  layer.layer.resize(IMAGE, 1);
  layer.draw(boxes, NONE, false);
  front.calls.length = looked.count = 0;
  /** @param {string} id @param {Box} box */
  const put = (id, box) => {
    boxes.set(id, box);
    index.update([id]);
    layer.invalidate([id]);
  };
  return { layer, boxes, camera, front, spare, looked, ringed, put };
}

/** @param {number} number @returns {Box} */
function boxAt(number) {
  const [x1, y1] = [(number % 100) * 20, Math.floor(number / 100) * 20];
  return { ...readBox(0), id: boxId(number), x1, y1, x2: x1 + 10, y2: y1 + 10 };
}

/** Time passes with every look at the clock. @param {import("node:test").TestContext} context @param {number} ms */
function slowClock(context, ms) {
  let now = 0;
  context.mock.method(performance, "now", () => (now += ms));
}

for (const count of [1000, GRID_FROM + 1000]) {
  test(`it touches only the neighbourhood of a box that changed, among ${count}`, () => {
    const { layer, boxes, front, looked, put } = started(count);
    put(boxId(150), { ...boxAt(150), x2: boxAt(150).x2 + 2 });
    assert.equal(layer.draw(boxes, NONE, false), true);
    const regions = front.told("clearRect");
    assert.equal(regions.length, 2);
    for (const [x, y, width, height] of regions) assert.ok(x <= 1000 && y <= 20 && x > 900 && width < 200 && height < 60, `${x} ${y} ${width} ${height}`);
    assert.ok(looked.count > 0 && looked.count < 400, `${looked.count}`);
  });
}

test("it draws a box that is lifted once, where it was, and nothing while nothing changes", () => {
  const { layer, boxes, front } = started(100);
  layer.draw(boxes, new Set([boxId(50)]), false);
  assert.equal(front.told("clearRect").length, 1);
  front.calls.length = 0;
  layer.draw(boxes, new Set([boxId(50)]), false);
  assert.deepEqual(front.calls, []);
});

test("it follows the camera without drawing, and draws in slices out of sight when it rests", (context) => {
  const { layer, boxes, camera, front, spare } = started(400);
  layer.cost = 50;
  camera.panBy(30, 0);
  assert.equal(layer.draw(boxes, NONE, true), true);
  assert.match(front.canvas.style.transform, /translate\(30px, 0px\)/);
  assert.deepEqual(front.calls, []);
  slowClock(context, 0.01);
  let slices = 1;
  while (!layer.draw(boxes, NONE, false)) {
    slices += 1;
    assert.deepEqual(front.calls, []);
    assert.match(front.canvas.style.transform, /translate/);
  }
  assert.ok(slices > 1, `${slices}`);
  assert.deepEqual(front.told("drawImage"), [[spare.canvas, 0, 0]]);
  assert.equal(front.canvas.style.transform, "");
  assert.equal(layer.draw(boxes, NONE, false), true);
});

test("it shows an edit at once while it draws in slices, and again when that is shown", (context) => {
  const { layer, boxes, camera, front, put } = started(400);
  layer.cost = 50;
  camera.panBy(30, 0);
  slowClock(context, 0.01);
  assert.equal(layer.draw(boxes, NONE, false), false);
  put(boxId(3), { ...boxAt(3), x2: boxAt(3).x2 + 2 });
  assert.equal(layer.draw(boxes, NONE, false), false);
  assert.equal(front.told("clearRect").length, 2);
  front.calls.length = 0;
  while (!layer.draw(boxes, NONE, false));
  const [[first] = []] = [front.told("drawImage")];
  assert.ok(first);
  const after = front.calls.slice(front.calls.findIndex(({ name }) => name === "drawImage")).filter(({ name }) => name === "clearRect");
  assert.equal(after.length, 2);
});

test("it begins anew when the camera moves before a drawing in slices is done", (context) => {
  const { layer, boxes, camera, front } = started(400);
  layer.cost = 50;
  slowClock(context, 0.01);
  camera.panBy(30, 0);
  layer.draw(boxes, NONE, false);
  camera.panBy(30, 0);
  layer.draw(boxes, NONE, true);
  assert.match(front.canvas.style.transform, /translate\(60px, 0px\)/);
  while (!layer.draw(boxes, NONE, false));
  assert.equal(layer.sheet.at.x, camera.x);
  assert.equal(front.told("drawImage").length, 1);
});

test("it draws everything at once when anything may have changed", () => {
  const { layer, boxes, camera, front, looked } = started(100);
  layer.cost = 50;
  camera.panBy(3, 0);
  layer.invalidate(null);
  assert.equal(layer.draw(boxes, NONE, true), true);
  assert.deepEqual([front.told("drawImage").length, looked.count, layer.sheet.at.x], [0, 200, camera.x]);
});

test("it draws selected boxes where they are, with a ring, when it is told to", () => {
  const { layer, boxes, front, ringed } = started(10);
  const lines = () => {
    front.calls.length = 0;
    layer.blemish(null);
    layer.draw(boxes, NONE, false);
    return front.told("strokeRect").length;
  };
  const plain = lines();
  for (const number of [1, 2, 3]) ringed.add(boxId(number));
  assert.equal(lines(), plain + 3);
});

const STAGE = { width: 300, height: 220 };
const STATES = [LOOK, { ...LOOK, name: "platelets", color: "#009e73", isProposed: true, confidence: 0.87 }];

/** A layer on a canvas whose pixels can be compared. @param {Map<string, Box>} boxes */
function painted(boxes) {
  const { index, camera } = looking(boxes, STAGE);
  const { canvas, pixels } = pixelCanvas(STAGE);
  const layer = new StaticLayer(canvas, camera, {
    lookOf: ({ id }) => /** @type {Look} */ (STATES[Number(id.at(-1)) % 2]),
    isInSight: () => true, near: (edges) => index.near(edges),
  });
  layer.layer.resize(STAGE, 1);
  return { layer, index, pixels };
}

/** @param {Random} random @param {string} id @returns {Box} */
function anyBox(random, id) {
  const [x1, y1] = [random.between(-20, 280), random.between(-20, 200)];
  return { ...readBox(0), id, x1, y1, x2: x1 + random.between(3, 110), y2: y1 + random.between(3, 160) };
}

test("what it draws anew in part is, pixel by pixel, what it would draw as a whole", () => {
  forSeeds(100, (random) => {
    const ids = Array.from({ length: 14 }, (_, number) => boxId(number));
    const boxes = new Map(ids.slice(0, random.integer(2, 12)).map((id) => [id, anyBox(random, id)]));
    const { layer, index, pixels } = painted(boxes);
    let lifted = new Set(/** @type {string[]} */ ([]));
    layer.draw(boxes, lifted, false);
    for (let step = 0; step < 10; step++) {
      const id = random.pick(ids);
      if (random.chance(0.5)) lifted = new Set(Array.from({ length: random.integer(0, 5) }, () => random.pick(ids)));
      else if (random.chance(0.2)) boxes.delete(id);
      else boxes.set(id, anyBox(random, id));
      index.update([id]);
      layer.invalidate([id]);
      layer.draw(boxes, lifted, false);
      const whole = painted(boxes);
      whole.layer.draw(boxes, lifted, false);
      const wrong = pixels.findIndex((pixel, at) => pixel !== whole.pixels[at]);
      assert.equal(wrong, -1, `step ${step}: at ${wrong % STAGE.width}, ${Math.floor(wrong / STAGE.width)}`);
    }
  });
});
