/** What the audit's panels say, as far as it is decided without a page. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { tallyText, targetText } from "../../../frontend/src/ui/audit-bar.js";
import { manyText } from "../../../frontend/src/ui/audit-many.js";
import { promptsIn, usableClasses } from "../../../frontend/src/ui/detect-prompts.js";
import { leftOutText, progressText, shortProgress } from "../../../frontend/src/ui/detection-words.js";
import { ratedText } from "../../../frontend/src/ui/rating.js";
import { opinionsText } from "../../../frontend/src/ui/opinion-words.js";
import { describeSaid, describeVerdict } from "../../../frontend/src/ui/verdict-notice.js";
import { statusOf } from "../../../frontend/src/ui/verdict-words.js";
import { Editor } from "../support/editor.js";
import { boxId } from "../support/wire.js";

/**
 * @import { Progress, Run } from "../../../frontend/src/detecting.js"
 * @import { BoxFields } from "../../../frontend/src/box.js"
 */

test("it says what is left to judge", () => {
  assert.equal(tallyText({ all: 12, unrated: 7, undecided: 2 }), "7 of 12 to judge · 2 undecided");
  assert.equal(tallyText({ all: 12, unrated: 0, undecided: 0 }), "Every proposal is judged");
  assert.equal(tallyText({ all: 3, unrated: 0, undecided: 1 }), "Every proposal is judged · 1 undecided");
  assert.equal(tallyText({ all: 0, unrated: 0, undecided: 0 }), "No proposals on this image");
});

test("it says what the verdict keys mean now", () => {
  const { workspace, store } = new Editor({ boxes: [{ source: "model", status: "proposed", confidence: 0.873, x1: 300, x2: 400 }, { source: "model", status: "proposed", x1: 500, x2: 600 }, {}] });
  assert.deepEqual([targetText(workspace, true), targetText(workspace, false)], ["Whole detection", ""]);
  store.select([boxId(1)]);
  assert.equal(targetText(workspace, true), "car 87\u202f%");
  store.select([boxId(2)]);
  assert.equal(targetText(workspace, true), "car");
  store.select([boxId(1), boxId(2), boxId(3)]);
  assert.equal(targetText(workspace, true), "2 proposals");
  store.select([boxId(3)]);
  assert.equal(targetText(workspace, true), "Not a proposal");
});

test("it counts before it judges many", () => {
  assert.deepEqual([manyText("accept", 1), manyText("reject", 7)], ["Accept 1 proposal", "Reject 7 proposals"]);
});

/** @param {Partial<Progress>} parts @returns {Progress} */
const progress = (parts) => ({ state: "none", run: null, why: "", isAsked: false, ...parts });
/** @param {Partial<Run>} [parts] @returns {Run} */
const run = (parts) => ({ id: "d", state: "running", done: 3, total: 40, proposed: 0, replaced: 0, left_out: {}, eta_s: null, message: "", may_cancel: true, ...parts });

/** @type {[Partial<Progress>, string, string][]} what, in a sentence, on the button */
const STATES = [
  [{}, "", "Detect"],
  [{ state: "asking" }, "Waiting for a worker.", "Waiting"],
  [{ state: "queued", run: run() }, "Waiting for a worker.", "Waiting"],
  [{ state: "running", run: run({ total: 1 }) }, "The model is looking at the image.", "Detecting"],
  [{ state: "running", run: run({ eta_s: 41.4 }) }, "The model is looking: 3 of 40 images. About 41 seconds left.", "3 / 40"],
  [{ state: "running", run: run(), isAsked: true }, "Cancelling…", "3 / 40"],
  [{ state: "done", run: run({ total: 1, proposed: 1 }) }, "Done: 1 proposal.", "Detect"],
  [{ state: "done", run: run({ proposed: 80, replaced: 3, left_out: { unmapped: 5, too_small: 1, outside: 0 } }) },
    "Done: 80 proposals on 40 images. 3 older ones were replaced. 6 left out: 5 without a label in this project, 1 smaller than a pixel.", "Detect"],
  [{ state: "cancelled", run: run() }, "Cancelled. Proposals that were made stay.", "Detect"],
  [{ state: "failed", run: run({ message: "The file of the model is broken." }) }, "The file of the model is broken.", "Detect"],
  [{ state: "failed" }, "The detection failed. Your boxes are as they were.", "Detect"],
  [{ state: "refused", why: "No model." }, "No model.", "Detect"],
  [{ state: "away" }, "The server cannot be reached now. Nothing was started; your boxes are kept.", "Detect"],
];

for (const [parts, sentence, short] of STATES) {
  test(`it says how far a detection is: ${parts.state ?? "none"} ${sentence}`, () => {
    assert.deepEqual([progressText(progress(parts)), shortProgress(progress(parts))], [sentence, short]);
  });
}

test("it says reasons that it does not know in the server's own word", () => {
  assert.equal(leftOutText({ new_reason: 2 }), "2 left out: 2 new reason.");
  assert.equal(leftOutText({}), "");
});

test("it reads prompts between commas and lines, and offers only classes that mean a label", () => {
  assert.deepEqual(promptsIn(" red car, dog;\ncat,, dog "), ["red car", "dog", "cat"]);
  const model = { id: 1, name: "m", classes: ["car", "dog", "cat"], image_size: 640, open_vocabulary: false, labels: { car: 1, dog: null } };
  assert.deepEqual(usableClasses(model), ["car"]);
});

/** @param {Partial<BoxFields>|null} mine null: to delete it @param {Partial<BoxFields>} theirs */
const told = (mine, theirs) => describeVerdict({
  id: 1, kind: "stale", boxId: boxId(1), code: "stale", detail: "", fields: Object.keys(theirs), by: 4, mine, theirs, ...mine ? {} : { removes: true },
}, "Ben");

test("it tells the second of two what the first one's verdict was", () => {
  const other = told({ status: "accepted", feedback: "positive" }, { status: "rejected", feedback: "negative" });
  assert.equal(other.title, "Ben judged this proposal before you");
  assert.equal(other.text, "They rejected it. You wanted to accept it. Theirs holds until you choose.");
  assert.deepEqual([other.keep, other.dismiss, other.mood], ["Use mine", "Keep theirs", "warning"]);
  assert.match(told({ feedback: "neutral" }, { status: "accepted", feedback: "positive" }).text, /^They accepted it. You wanted to leave it undecided./);
  assert.match(told({ status: "accepted" }, { feedback: "neutral" }).text, /^They rated it: neutral. You wanted to accept it./);
  assert.match(told({ feedback: "positive" }, { feedback: "" }).text, /^They took their rating back. You rated it./);
  assert.match(told({ x1: 5, status: "accepted" }, { status: "rejected" }).text, /^They rejected it. You wanted to correct it./);
  assert.match(told({ status: "rejected" }, { status: "proposed", feedback: "neutral" }).text, /^They opened it again. You wanted to reject it./);
  assert.match(told(null, { status: "accepted" }).text, /^They accepted it. You wanted to delete it./);
  assert.notEqual(told(null, { status: "rejected" }).keep, null);
  const same = told({ status: "accepted", feedback: "positive" }, { status: "accepted", feedback: "positive" });
  assert.deepEqual([same.keep, same.mood], [null, "info"]);
  assert.notEqual(told({ status: "accepted", x1: 5 }, { status: "accepted" }).keep, null, "what was moved is not so yet");
});

test("it names status and confidence as the list does", () => {
  assert.equal(statusOf({ status: "proposed", confidence: 0.873 }), "proposed 87\u202f%");
  assert.equal(statusOf({ status: "accepted", confidence: 0.873 }), "accepted");
});

test("it says what was rated, and how many say so", () => {
  assert.equal(ratedText({ model: "small 3", mine: "negative" }), "You rated the whole detection by small 3: negative.");
  const opinions = { positive: 2, neutral: 0, negative: 1, mine: /** @type {const} */ (""), note: "" };
  assert.equal(opinionsText(opinions), "Ratings of the whole detection: 2 positive, 0 neutral, 1 negative");
  assert.equal(opinionsText({ ...opinions, positive: 0, negative: 0 }), "", "nobody has said anything");
});

test("it tells a person who rated elsewhere meanwhile what they said here", () => {
  const { title, text, keep } = describeSaid({ opinion: { feedback: "negative", note: "" } });
  assert.match(title, /elsewhere/);
  assert.match(text, /holds until you choose\. What you said here: negative\./);
  assert.equal(keep, "Use the one from here");
  assert.match(describeSaid({ opinion: { feedback: "", note: "" } }).text, /took it back/);
});
