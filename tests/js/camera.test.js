import assert from "node:assert/strict";
import { test } from "node:test";

import { Camera, MAX_SCALE, ZOOM_STEP } from "../../frontend/src/camera.js";
import { Layer } from "../../frontend/src/renderer/layer.js";
import { forSeeds } from "./support/random.js";

/** @import { Random } from "./support/random.js" */

const KEEP_PX = 48;
const MARGIN_PX = 24;

function camera(view = { width: 800, height: 600 }, image = { width: 1000, height: 800 }) {
  const made = new Camera();
  made.resize(view);
  made.setImage(image);
  return made;
}

/** @param {Camera} one */
const placement = ({ x, y, scale }) => ({ x, y, scale });

/** @param {number} a @param {number} b @param {string} [what] */
function near(a, b, what = "") {
  assert.ok(Math.abs(a - b) < 1e-6, `${what} ${a} is not ${b}`);
}

/** @param {Random} random */
function anywhere(random) {
  const made = camera({ width: random.integer(200, 3000), height: random.integer(200, 2000) }, { width: random.integer(1, 9000), height: random.integer(1, 9000) });
  for (let step = 0; step < 5; step++) {
    made.zoomBy(random.between(0.3, 4), { x: random.between(0, made.view.width), y: random.between(0, made.view.height) });
    made.panBy(random.between(-900, 900), random.between(-900, 900));
  }
  return made;
}

test("it shows a new image whole and in the middle", () => {
  const made = camera();
  near(made.scale, (600 - 2 * MARGIN_PX) / 800);
  const [low, high] = [made.toScreen({ x: 0, y: 0 }), made.toScreen({ x: 1000, y: 800 })];
  near(low.y, MARGIN_PX);
  near(high.y, 600 - MARGIN_PX);
  near(low.x, 800 - high.x);
  assert.equal(made.isFitted, true);
});

test("it does not blow up a tiny image without end", () => {
  assert.equal(camera({ width: 800, height: 600 }, { width: 10, height: 10 }).scale, 8);
});

test("it survives a stage without room", () => {
  const made = camera({ width: 0, height: 0 });
  assert.ok(made.scale > 0 && Number.isFinite(made.x) && Number.isFinite(made.y));
});

test("it leads from the screen to the image and back", () => {
  forSeeds(50, (random) => {
    const made = anywhere(random);
    const point = { x: random.between(-100, 9000), y: random.between(-100, 9000) };
    const back = made.toImage(made.toScreen(point));
    near(back.x, point.x);
    near(back.y, point.y);
  });
});

test("it keeps the point under the pointer while zooming", () => {
  forSeeds(200, (random) => {
    const made = camera({ width: 1200, height: 900 }, { width: 4000, height: 3000 });
    const under = { x: random.between(200, 3800), y: random.between(200, 2800) };
    made.centreOn(under);
    const at = made.toScreen(under);
    made.zoomBy(random.between(1, 6), at);
    const after = made.toScreen(under);
    near(after.x, at.x);
    near(after.y, at.y);
    assert.equal(made.isFitted, false);
  });
});

test("it zooms at the middle of the stage when nobody points", () => {
  const made = camera();
  const before = made.centre();
  made.zoomBy(ZOOM_STEP);
  near(made.centre().x, before.x);
  near(made.centre().y, before.y);
  made.zoomTo(1);
  assert.equal(made.scale, 1);
});

test("it zooms no further than one can use, in and out", () => {
  const made = camera();
  for (let step = 0; step < 60; step++) made.zoomBy(1.5);
  assert.equal(made.scale, MAX_SCALE);
  for (let step = 0; step < 60; step++) made.zoomBy(0.5);
  near(made.scale, made.fitScale() / 4);
  const small = camera({ width: 800, height: 600 }, { width: 10, height: 10 });
  small.zoomTo(0.0001);
  assert.equal(small.scale, 1, "a tiny image can always be seen at its own size");
});

test("it always keeps a part of the image in sight", () => {
  forSeeds(200, (random) => {
    const made = anywhere(random);
    made.panBy(random.pick([-1e6, 0, 1e6]), random.pick([-1e6, 0, 1e6]));
    const [low, high] = [made.toScreen({ x: 0, y: 0 }), made.toScreen({ x: made.image.width, y: made.image.height })];
    assert.ok(high.x >= KEEP_PX - 1e-6 && low.x <= made.view.width - KEEP_PX + 1e-6, `${low.x} to ${high.x} of ${made.view.width}`);
    assert.ok(high.y >= KEEP_PX - 1e-6 && low.y <= made.view.height - KEEP_PX + 1e-6, `${low.y} to ${high.y} of ${made.view.height}`);
  });
});

test("it pans by what the hand moves", () => {
  const made = camera();
  const { x, y, scale } = placement(made);
  made.panBy(30, -20);
  assert.deepEqual(placement(made), { x: x + 30, y: y - 20, scale });
});

test("it fits again when the stage changes, until somebody zooms or pans", () => {
  const made = camera();
  made.resize({ width: 1600, height: 1200 });
  near(made.scale, (1200 - 2 * MARGIN_PX) / 800);
  made.zoomTo(3);
  const middle = made.centre();
  made.resize({ width: 700, height: 500 });
  assert.equal(made.scale, 3);
  near(made.centre().x, middle.x);
  near(made.centre().y, middle.y);
});

test("it leaves a box alone that is in sight", () => {
  const made = camera();
  const before = placement(made);
  made.reveal({ x1: 10, y1: 10, x2: 990, y2: 790 });
  assert.deepEqual(placement(made), before);
  assert.equal(made.isFitted, true);
});

test("it brings every box into sight by moving alone, and no further than needed", () => {
  forSeeds(300, (random) => {
    const made = camera({ width: 800, height: 600 }, { width: 4000, height: 3000 });
    made.zoomTo(random.between(0.5, 3));
    made.panBy(random.between(-4000, 4000), random.between(-4000, 4000));
    const { scale } = made;
    const [width, height] = [random.between(1, 790 / scale), random.between(1, 590 / scale)];
    const [x1, y1] = [random.between(0, 4000 - width), random.between(0, 3000 - height)];
    const edges = { x1, y1, x2: x1 + width, y2: y1 + height };
    const before = placement(made);
    made.reveal(edges);
    assert.equal(made.scale, scale);
    const [low, high] = [made.toScreen({ x: edges.x1, y: edges.y1 }), made.toScreen({ x: edges.x2, y: edges.y2 })];
    assert.ok(low.x >= -1e-6 && high.x <= 800 + 1e-6 && low.y >= -1e-6 && high.y <= 600 + 1e-6, JSON.stringify({ low, high }));
    const again = placement(made);
    made.reveal(edges);
    near(made.x, again.x, "twice is once");
    near(made.y, again.y, "twice is once");
    for (const [moved, start, end, room] of [[again.x - before.x, low.x, high.x, 800], [again.y - before.y, low.y, high.y, 600]]) {
      if (!moved || start === undefined || end === undefined || room === undefined) continue;
      const margin = moved > 0 ? start : room - end;
      assert.ok(margin <= MARGIN_PX + 1e-6, `moved ${moved}, so that ${margin} are free`);
    }
  });
});

test("it shows the middle of a box that is larger than the stage", () => {
  const made = camera({ width: 800, height: 600 }, { width: 4000, height: 3000 });
  made.zoomTo(2);
  made.reveal({ x1: 100, y1: 1000, x2: 1100, y2: 1010 });
  const [low, high] = [made.toScreen({ x: 100, y: 1000 }), made.toScreen({ x: 1100, y: 1010 })];
  near((low.x + high.x) / 2, 400);
  const before = placement(made);
  made.panBy(150, 0);
  made.reveal({ x1: 100, y1: 1000, x2: 1100, y2: 1010 });
  near(made.x, before.x + 150, "a box that fills the stage stays where it is:");
});

test("it tells everybody of every move", () => {
  const made = camera();
  let calls = 0;
  made.subscribe(() => calls++);
  made.panBy(1, 0);
  made.zoomBy(2);
  made.fit();
  made.setImage({ width: 5, height: 5 });
  made.resize({ width: 500, height: 500 });
  assert.equal(calls, 5);
});

/** A canvas, as far as a layer uses it. */
class FakeCanvas {
  constructor() {
    this.width = 0;
    this.height = 0;
    /** @type {unknown[]} */
    this.log = [];
  }

  getContext() {
    return {
      setTransform: (/** @type {number[]} */ ...parts) => this.log.push(parts),
      clearRect: (/** @type {number[]} */ ...parts) => this.log.push(parts),
    };
  }
}

test("it draws sharp on screens with more than one device pixel per CSS pixel", () => {
  for (const [ratio, width, height] of /** @type {const} */ ([[1, 801, 600], [2, 1602, 1200], [1.25, 1001, 750], [0.5, 401, 300]])) {
    const canvas = new FakeCanvas();
    const layer = new Layer(/** @type {any} */ (canvas));
    layer.resize({ width: 801, height: 600 }, ratio);
    assert.deepEqual([canvas.width, canvas.height, layer.width, layer.height], [width, height, 801, 600]);
    layer.clear();
    assert.deepEqual(canvas.log, [[ratio, 0, 0, ratio, 0, 0], [0, 0, 801, 600]]);
  }
});

test("it never makes a canvas of no size, and says so where there are no canvases", () => {
  const canvas = new FakeCanvas();
  new Layer(/** @type {any} */ (canvas)).resize({ width: 0, height: 0 }, 1);
  assert.deepEqual([canvas.width, canvas.height], [1, 1]);
  assert.throws(() => new Layer(/** @type {any} */ ({ getContext: () => null })), /no canvas/);
});

test("it shows a part of the image as large as the stage allows, with something around it", () => {
  const made = camera();
  made.show({ x1: 400, y1: 300, x2: 500, y2: 350 });
  const [low, high] = [made.toScreen({ x: 400, y: 300 }), made.toScreen({ x: 500, y: 350 })];
  near((low.x + high.x) / 2, 400);
  near((low.y + high.y) / 2, 300);
  near(low.x, 96);
  made.show({ x1: 10, y1: 10, x2: 11, y2: 11 });
  assert.equal(made.scale, MAX_SCALE);
  const small = camera({ width: 150, height: 120 });
  small.show({ x1: 400, y1: 300, x2: 500, y2: 350 });
  assert.ok(small.toScreen({ x: 400, y: 300 }).x >= 0 && small.scale > 0.5, `${small.scale}`);
});

test("it keeps its place on the next image only where that is wanted, chosen, and of the same size", () => {
  const size = { width: 1000, height: 800 };
  /** @type {[boolean, boolean, {width: number, height: number}, boolean][]} wanted, chosen, next image, kept */
  const cases = [[true, true, size, true], [false, true, size, false], [true, false, size, false], [true, true, { width: 999, height: 800 }, false]];
  for (const [keepsPlace, isChosen, next, isKept] of cases) {
    const made = camera();
    if (isChosen) made.zoomBy(3, { x: 100, y: 100 });
    const before = placement(made);
    made.setImage(next, { keepsPlace });
    assert.equal(JSON.stringify(placement(made)) === JSON.stringify(before), isKept || !isChosen && next === size, JSON.stringify([keepsPlace, isChosen, next]));
    assert.equal(made.isFitted, !isKept);
  }
});
