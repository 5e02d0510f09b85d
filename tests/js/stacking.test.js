import assert from "node:assert/strict";
import { test } from "node:test";

import { byStacking, isShown } from "../../frontend/src/stacking.js";
import { forSeeds } from "./support/random.js";
import { readBox } from "./support/wire.js";

test("it puts a higher order above, then the smaller box, then the later one", () => {
  const large = readBox(1, { x1: 0, x2: 500 });
  const small = readBox(2, { x1: 150, x2: 160 });
  const high = readBox(3, { x1: 0, x2: 900, z: 1 });
  const [twin, laterTwin] = [readBox(4), readBox(5)];
  assert.deepEqual([small, high, laterTwin, large, twin].sort(byStacking), [large, twin, laterTwin, small, high]);
});

test("it is one order, whatever order the boxes come in", () => {
  forSeeds(30, (random) => {
    const boxes = Array.from({ length: 20 }, (_, index) => readBox(index, { x2: 100 + random.integer(1, 4), z: random.integer(0, 1) }));
    const sorted = [...boxes].sort(byStacking);
    const shuffled = boxes.map((box) => ({ box, at: random.next() })).sort((a, b) => a.at - b.at).map(({ box }) => box);
    assert.deepEqual(shuffled.sort(byStacking), sorted);
  });
});

test("it hides what was rejected and nothing else", () => {
  assert.equal(isShown(readBox(1, { status: "rejected" })), false);
  assert.equal(isShown(readBox(1, { status: "proposed" })), true);
  assert.equal(isShown(readBox(1)), true);
});
