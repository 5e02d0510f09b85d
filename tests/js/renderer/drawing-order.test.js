import assert from "node:assert/strict";
import { test } from "node:test";

import { DrawingOrder } from "../../../frontend/src/renderer/drawing-order.js";
import { byStacking } from "../../../frontend/src/stacking.js";
import { forSeeds } from "../support/random.js";
import { boxId, readBox } from "../support/wire.js";

/** @import { Box } from "../../../frontend/src/box.js" */

const PLAIN = readBox(0);

test("it keeps the order that sorting everything anew would give, whatever changes", () => {
  forSeeds(20, (random) => {
    /** @type {Map<string, Box>} */
    const boxes = new Map();
    const order = new DrawingOrder((box) => box.status !== "rejected");
    const put = (/** @type {number} */ number) => boxes.set(boxId(number), {
      ...PLAIN, id: boxId(number), z: random.integer(0, 2), x2: PLAIN.x1 + random.integer(1, 9), status: random.chance(0.1) ? "rejected" : "accepted",
    });
    for (let number = 0; number < 40; number++) put(number);
    for (let turn = 0; turn < 20; turn++) {
      const changed = Array.from({ length: random.integer(0, 4) }, () => random.integer(0, 45));
      for (const number of changed) if (random.chance(0.3)) boxes.delete(boxId(number)); else put(number);
      order.invalidate(changed.map(boxId));
      const expected = [...boxes.values()].filter((box) => box.status !== "rejected").sort(byStacking);
      assert.deepEqual(order.of(boxes).map(({ id }) => id), expected.map(({ id }) => id));
    }
  });
});

test("it sorts nothing again while nothing changes, and everything when anything may have", () => {
  const boxes = new Map([1, 2, 3].map((number) => [boxId(number), { ...PLAIN, id: boxId(number) }]));
  let asked = 0;
  const order = new DrawingOrder(() => Boolean(++asked));
  const first = order.of(boxes);
  assert.equal(order.of(boxes), first);
  assert.equal(asked, 3);
  order.invalidate([boxId(2)]);
  order.of(boxes);
  assert.equal(asked, 4);
  order.invalidate(null);
  order.of(boxes);
  assert.equal(asked, 7);
});
