import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, onlineStore } from "./support/stores.js";
import { boxId, readBox, readOp, wholeFields } from "./support/wire.js";

const [first, second, third] = [boxId(1), boxId(2), boxId(3)];

test("a box that was deleted and comes back has its old place in the list", () => {
  const store = onlineStore({ boxes: [{}, {}, {}] });
  store.remove(second);
  assert.deepEqual([...store.boxes.keys()], [first, third]);
  store.undo();
  assert.deepEqual([...store.boxes.keys()], [first, second, third]);
});

test("also when somebody else brings it back, and while newer ones are there", () => {
  const store = onlineStore({ boxes: [{}, {}] });
  store.confirm([
    readOp(2, { k: "delete", box: first, f: {}, b: {} }),
    readOp(3, { k: "create", box: third, f: wholeFields() }),
    readOp(4, { k: "restore", box: first, f: wholeFields() }),
  ]);
  assert.deepEqual([...store.boxes.keys()], [first, second, third]);
});

test("a snapshot brings the order of the server; what is only drawn here comes last", () => {
  const store = onlineStore({ boxes: [{}, {}] });
  const mine = store.create({ x1: 1, y1: 1, x2: 30, y2: 30, label: 1 });
  const changes = changesOf(store);
  store.replaceConfirmed(9, [readBox(3), readBox(2), readBox(1)]);
  assert.deepEqual([...store.boxes.keys()], [third, second, first, mine]);
  assert.deepEqual(changes.map(({ ids }) => ids), [new Set([third])], "being moved in the list is no change of a box");
});
