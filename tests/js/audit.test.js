import assert from "node:assert/strict";
import { test } from "node:test";

import { hasObjects, isProposal, nextToJudge, proposalsBeside, proposalsIn, tallyOf } from "../../frontend/src/audit.js";
import { boxId, readBox } from "./support/wire.js";

/** @param {number} number @param {Record<string, unknown>} [parts] */
const proposal = (number, parts) => readBox(number, { source: "model", status: "proposed", confidence: 0.5, ...parts });

/** @param {import("../../frontend/src/box.js").Box[]} boxes */
const numbers = (boxes) => boxes.map(({ id }) => Number(id.slice(-12)));

test("it waits for verdicts on what a model proposed, and on nothing else", () => {
  const boxes = [proposal(1), proposal(2, { status: "accepted" }), proposal(3, { status: "rejected" }), readBox(4, { status: "proposed" }), readBox(5)];
  assert.deepEqual(boxes.map(isProposal), [true, false, false, false, false]);
});

test("it begins with the most doubtful, from top to bottom among equals, and ends with what was left undecided", () => {
  const boxes = [
    proposal(1, { confidence: 0.9 }), proposal(2, { confidence: 0.51 }), proposal(3, { confidence: 0.3, y1: 300, y2: 400 }),
    proposal(4, { confidence: 0.7, y1: 20 }), proposal(5, { confidence: null }), proposal(6, { feedback: "neutral", confidence: 0.5 }),
    proposal(7, { confidence: 0.7, y1: 20, x1: 5 }), readBox(8),
  ];
  assert.deepEqual(numbers(proposalsIn(boxes)), [2, 7, 4, 3, 1, 5, 6]);
});

test("it goes on behind what was judged, and at the end with what was passed over", () => {
  const order = [1, 2, 3, 4].map((number) => proposal(number, number === 3 ? { feedback: "neutral" } : {}));
  const next = (/** @type {number[]} */ judged) => nextToJudge(order, new Set(judged.map(boxId)))?.id ?? null;
  assert.equal(next([1]), boxId(2));
  assert.equal(next([2]), boxId(4), "not to what somebody left undecided");
  assert.equal(next([4]), boxId(1));
  assert.equal(next([1, 2, 4]), null);
  assert.equal(next([9]), boxId(1), "something else was judged");
  assert.equal(nextToJudge([], new Set()), null);
});

test("it divides at the threshold, and leaves out what has no confidence", () => {
  const boxes = [proposal(1, { confidence: 0.3 }), proposal(2, { confidence: 0.5 }), proposal(3, { confidence: 0.9 }), proposal(4, { confidence: null }),
    proposal(5, { confidence: 0.9, status: "accepted" })];
  assert.deepEqual(numbers(proposalsBeside(boxes, { threshold: 0.5, side: "above" })), [2, 3]);
  assert.deepEqual(numbers(proposalsBeside(boxes, { threshold: 0.5, side: "below" })), [1]);
});

test("it counts what is left, what is undecided and how many there were", () => {
  const boxes = [proposal(1), proposal(2, { feedback: "neutral" }), proposal(3, { status: "accepted", feedback: "positive" }), proposal(4, { status: "rejected" }), readBox(5)];
  assert.deepEqual(tallyOf(boxes), { all: 4, unrated: 1, undecided: 1 });
});

test("it knows when there is nothing on the image", () => {
  assert.equal(hasObjects([proposal(1), proposal(2, { status: "rejected" })]), false);
  assert.equal(hasObjects([proposal(1), readBox(2)]), true);
});
