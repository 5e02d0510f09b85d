import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_REVIEW } from "../../../frontend/src/review.js";
import { reviewText } from "../../../frontend/src/ui/review-bar.js";

const PEOPLE = "2 of 3 people have labelled it";

test("it says what was decided before, and how many people have labelled the image", () => {
  assert.equal(reviewText(NO_REVIEW, 0), "Not reviewed before");
  assert.equal(reviewText({ ...NO_REVIEW, people: PEOPLE }, 0), `Not reviewed before · ${PEOPLE}`);
  const decided = { ...NO_REVIEW, since: 4, verdict: /** @type {const} */ ("returned"), by: "Maria", people: PEOPLE };
  assert.equal(reviewText(decided, 2), `Returned by Maria · 2 boxes changed · ${PEOPLE}`);
});

test("what stands in the way says it already", () => {
  const why = `${PEOPLE}. The others have to complete it in their copies first.`;
  assert.equal(reviewText({ ...NO_REVIEW, people: PEOPLE, why_not: why }, 0), "Not reviewed before");
  assert.equal(reviewText({ ...NO_REVIEW, people: PEOPLE, why_not: "Your own." }, 0), `Not reviewed before · ${PEOPLE}`);
});
