import assert from "node:assert/strict";
import { test } from "node:test";

import { changedBoxes, isChangedSince, isDone } from "../../frontend/src/review.js";
import { Reviewing } from "../../frontend/src/reviewing.js";
import { whyNotApprove, whyNotReview, whyNotReviewer, whyNotWalk } from "../../frontend/src/tools/commands/review.js";
import { settle } from "./support/clock.js";
import { card, Editor } from "./support/editor.js";
import { boxId, readBox } from "./support/wire.js";

/** @import { Decided, Offered } from "../../frontend/src/net/review.js" */
/** @import { ReviewCard } from "../../frontend/src/review.js" */

/** @param {number} number @param {number} version @param {Record<string, unknown>} [parts] */
const box = (number, version, parts = {}) => ({ ...readBox(number, parts), versions: { x1: 1, label: version } });

/** @type {ReviewCard} */
const CARD = { is_on: true, may_review: true, why_not: "", people: "", since: 4, verdict: "returned", by: "Maria", text: "Too wide." };

test("a box is new when any of its fields was written since", () => {
  assert.deepEqual([isChangedSince(box(1, 4), 4), isChangedSince(box(1, 5), 4)], [false, true]);
});

test("new boxes are walked from top to bottom; before the first review none stands out", () => {
  const boxes = [box(1, 9, { y1: 200, y2: 300 }), box(2, 2), box(3, 7, { y1: 10 })];
  assert.deepEqual(changedBoxes(boxes, 4).map(({ id }) => id), [boxId(3), boxId(1)]);
  assert.deepEqual(changedBoxes(boxes, null), []);
});

test("what is approved needs no more labelling, what was returned does", () => {
  assert.deepEqual(["to_annotate", "in_progress", "complete", "approved", "returned"].map(isDone), [false, false, true, true, false]);
});

/** @param {Partial<ReviewCard>} [review] @param {string} [status] */
function opened(review = {}, status = "complete") {
  const editor = new Editor({ boxes: [{}, {}], page: { review: { ...CARD, ...review }, frame: { ...card(12), status } } });
  assert.ok(editor.store.frame);
  editor.store.setFrame({ ...editor.store.frame, status });
  return editor;
}

test("it says why nothing can be decided", () => {
  assert.match(whyNotReviewer(opened({ is_on: false }).workspace), /without review/);
  assert.match(whyNotReviewer(opened({ may_review: false }).workspace), /role/);
  assert.match(whyNotReview(opened({}, "in_progress").workspace), /complete/);
  assert.match(whyNotApprove(opened({}, "approved").workspace), /already/);
  assert.equal(whyNotApprove(opened({ why_not: "Your own." }).workspace), "Your own.");
  assert.equal(whyNotReview(opened({ why_not: "Your own." }).workspace), "", "returning it is possible");
  assert.equal(whyNotApprove(opened().workspace), "");
  assert.match(whyNotWalk(opened({ since: null }).workspace), /all of it is new/);
  assert.match(whyNotWalk(opened({ since: 99 }).workspace), /Nothing in sight/);
});

/**
 * @param {Editor} editor
 * @param {{isSaved?: boolean, decided?: Decided|string, next?: Offered|string}} [server]
 */
function reviewing(editor, { isSaved = true, decided = { status: "approved", review: { ...CARD, since: 1 } }, next = "Nothing left." } = {}) {
  /** @type {unknown[]} */
  const sent = [];
  const made = new Reviewing(editor.workspace, {
    decide: async (review) => (sent.push(review), decided), nextToReview: async (project, frame) => (sent.push([project, frame]), next),
  }, { go: ({ id }) => void editor.gone.push(id), say: (text) => void editor.said.push(text), whenSaved: async () => isSaved, newId: () => "reason-1" });
  return { made, sent };
}

test("it approves the revision that was seen, and goes on", async () => {
  const editor = opened();
  const { made, sent } = reviewing(editor, { next: { frame: card(40), claim: { id: 1, from_queue: false, text: "" } } });
  assert.equal(await made.decide("approved"), true);
  assert.deepEqual(sent[0], { frame: 12, verdict: "approved", revision: editor.store.revision, reason: null });
  assert.deepEqual([editor.workspace.frameStatus, editor.workspace.page.review?.since, editor.gone], ["approved", 1, [40]]);
});

test("a reason is pinned to the box that is selected, and to none of several", async () => {
  const editor = opened();
  const { made, sent } = reviewing(editor);
  editor.store.select([boxId(1)]);
  await made.decide("returned", "Too wide.");
  editor.store.select([boxId(1), boxId(2)]);
  await made.decide("returned", "Both.");
  const reasons = sent.flatMap((one) => (one && typeof one === "object" && "reason" in one ? [one.reason] : []));
  assert.deepEqual(reasons, [{ id: "reason-1", text: "Too wide.", box: boxId(1) }, { id: "reason-1", text: "Both." }]);
});

test("nothing is decided before what was corrected is saved", async () => {
  const editor = opened();
  const { made, sent } = reviewing(editor, { isSaved: false });
  assert.equal(await made.decide("approved"), false);
  assert.deepEqual(sent, []);
  assert.match(editor.said.join(), /not saved yet/);
});

test("a refusal is said, and changes nothing", async () => {
  const editor = opened();
  const { made } = reviewing(editor, { decided: "Somebody changed this image." });
  assert.equal(await made.decide("approved"), false);
  assert.deepEqual([editor.workspace.frameStatus, editor.said.at(-1), editor.gone], ["complete", "Somebody changed this image.", []]);
});

test("pressed twice it decides once", async () => {
  const editor = opened();
  const { made, sent } = reviewing(editor);
  const [first, second] = await Promise.all([made.decide("approved"), made.decide("approved")]);
  await settle();
  assert.deepEqual([first, second, sent.filter((one) => !Array.isArray(one)).length], [true, false, 1]);
});
