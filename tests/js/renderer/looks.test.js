import assert from "node:assert/strict";
import { test } from "node:test";

import { Looks } from "../../../frontend/src/renderer/looks.js";
import { paintBox } from "../../../frontend/src/renderer/paint.js";
import { fakeCanvas } from "../support/canvas.js";
import { CAR, LABELS } from "../support/wire.js";

const EDGES = { x1: 10, y1: 10, x2: 110, y2: 90 };
const proposed = { label: CAR, status: "proposed", confidence: 0.872 };

test("it makes each look once, so that thousands of boxes cost nothing", () => {
  const looks = new Looks(() => LABELS);
  assert.equal(looks.of(proposed, false), looks.of({ ...proposed, confidence: 0.8749 }, false));
  assert.notEqual(looks.of(proposed, false), looks.of(proposed, true));
  assert.equal(looks.of({ label: CAR }, false), looks.of({ label: CAR, status: "accepted", confidence: 0.9 }, false));
});

test("it tells apart what is proposed, accepted and rejected", () => {
  const looks = new Looks(() => LABELS);
  const [open, kept, gone] = ["proposed", "accepted", "rejected"].map((status) => looks.of({ ...proposed, status }, false));
  assert.deepEqual([open?.isProposed, open?.confidence, open?.name, kept?.isProposed, kept?.confidence], [true, 0.87, "car", false, null]);
  assert.deepEqual([open?.isRejected, kept?.isRejected, gone?.isRejected], [false, false, true]);
  assert.equal(looks.of({ label: CAR, status: "proposed" }, false).confidence, null);
});

test("it forgets looks when the labels change", () => {
  let labels = LABELS;
  const looks = new Looks(() => labels);
  assert.equal(looks.of({ label: CAR }, false).name, "car");
  labels = [{ id: CAR, name: "lorry", color: "#000000", key: "", active: true }];
  looks.clear();
  assert.equal(looks.of({ label: CAR }, false).name, "lorry");
});

/** @param {string} status */
function painted(status) {
  const canvas = fakeCanvas();
  const context = /** @type {any} */ (canvas.canvas.getContext("2d"));
  paintBox(context, EDGES, new Looks(() => LABELS).of({ ...proposed, status }, false));
  return canvas;
}

test("it dashes what is proposed, and crosses out what is rejected", () => {
  assert.deepEqual(painted("proposed").told("setLineDash").at(-2), [[6, 4]]);
  assert.equal(painted("accepted").told("setLineDash").length, 0);
  const gone = painted("rejected");
  assert.deepEqual([gone.told("lineTo"), gone.told("fillRect")], [[[110, 90], [10, 90]], []]);
});
