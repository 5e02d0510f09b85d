import assert from "node:assert/strict";
import { test } from "node:test";

import { epochsText, leftText } from "../../frontend/src/pages/training-words.js";

/** @import { TrainingCard } from "../../frontend/src/pages/training-words.js" */

/** @param {Partial<TrainingCard>} given @returns {TrainingCard} */
const card = (given) => ({
  id: "1", is_active: true, state: "running", state_name: "Running", stage_name: "Trains", epoch: 3, epochs: 10, share: 0.3, eta_s: null,
  spent_s: null, message: "", log: "", may_cancel: true, may_retry: false, curves: [], ...given,
});

test("epochs are counted once their number is known", () => {
  assert.equal(epochsText(card({})), "epoch 3 of 10");
  assert.equal(epochsText(card({ epoch: 0, epochs: 0 })), "");
});

test("of a training that runs people want to know what is left", () => {
  assert.equal(leftText(card({ eta_s: 161, spent_s: 30 })), "about 2 min 41 s left");
  assert.equal(leftText(card({ spent_s: 30 })), "30 s so far");
  assert.equal(leftText(card({})), "");
});

test("of one that is over, what it took", () => {
  assert.equal(leftText(card({ is_active: false, eta_s: 5, spent_s: 90 })), "took 90 s");
});
