import assert from "node:assert/strict";
import { test } from "node:test";

import { Detections } from "../../../frontend/src/detections.js";
import { foundText } from "../../../frontend/src/ui/models-seen.js";

/** @param {Partial<import("../../../frontend/src/detections.js").Detection>} [parts] */
const detection = (parts) => ({
  id: "a", model: "small 3", at: "2026-11-25T10:00:00Z", confidence: 0.25, proposed: 4, left_out: {}, is_silent: false,
  ...parts,
});

test("it says how much a model proposed, and from which confidence on", () => {
  assert.match(foundText(detection({})), /^4 proposals, confidence from 25\s?%\.$/);
  assert.match(foundText(detection({ proposed: 1 })), /^1 proposal, confidence from 25\s?%\.$/);
});

test("of the blind sample it says nothing of what was found", () => {
  assert.doesNotMatch(foundText(detection({ is_silent: true })), /\d/);
});

test("the sessions on an image are those of the image that is open", async () => {
  const visit = { by: "Ann", at: "2026-11-25T10:00:00Z", run: "/runs/1/" };
  const known = new Detections({ list: async (frame) => ({ detections: [], ...(frame === 12 && { visits: [visit] }) }) });
  await known.open(12);
  assert.deepEqual(known.visits, [visit]);
  const opened = known.open(13);
  assert.deepEqual(known.visits, []);
  await opened;
  assert.deepEqual(known.visits, []);
});

test("it knows whether MLflow is away, until it is back", async () => {
  let isAway = true;
  const known = new Detections({ list: async () => ({ detections: [detection({})], mlflow_away: isAway }) });
  await known.open(12);
  assert.equal(known.isMlflowAway, true);
  isAway = false;
  await known.refresh();
  assert.equal(known.isMlflowAway, false);
});
