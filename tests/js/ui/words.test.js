/** What panels say, as far as it is decided without a page. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { countedBoxes, spokenBox } from "../../../frontend/src/ui/box-list.js";
import { moodOf } from "../../../frontend/src/ui/key-strip.js";
import { describeNotice } from "../../../frontend/src/ui/notices.js";
import { describeStatus } from "../../../frontend/src/ui/save-state.js";
import { Editor } from "../support/editor.js";
import { shortVerdictOf } from "../../../frontend/src/ui/verdict-words.js";
import { boxId, MY_WHO, readBox, SOMEBODY } from "../support/wire.js";

/** @import { Notice, StoreStatus } from "../../../frontend/src/store.js" */

const translator = /** @type {Record<string, unknown>} */ (globalThis);

afterEach(() => {
  for (const name of ["gettext", "ngettext"]) delete translator[name];
});

/** @param {Partial<StoreStatus>} parts @returns {StoreStatus} */
const status = (parts) => ({ connection: "online", save: "saved", pending: 0, reason: null, code: null, storage: "durable", ...parts });

/** @type {[string, Partial<StoreStatus>, number, string, string][]} what, status, edits elsewhere, mood, text */
const STATES = [
  ["everything saved", {}, 0, "ok", "Saved"],
  ["an edit on its way", { pending: 1, save: "saving" }, 0, "busy", "Saving"],
  ["an edit on another image on its way", {}, 2, "busy", "Saving"],
  ["connecting", { connection: "connecting" }, 0, "busy", "Connecting"],
  ["offline without edits", { connection: "offline" }, 0, "warn", "Offline"],
  ["offline with one edit", { connection: "offline", pending: 1, save: "offline" }, 0, "warn", "Offline, 1 edit kept"],
  ["offline with edits here and elsewhere", { connection: "offline", pending: 2, save: "offline" }, 3, "warn", "Offline, 5 edits kept"],
  ["connecting with edits", { connection: "connecting", pending: 2, save: "offline" }, 0, "warn", "Offline, 2 edits kept"],
];

for (const [what, parts, elsewhere, mood, text] of STATES) {
  test(`it says how safe the edits are: ${what}`, () => {
    const shown = describeStatus(status(parts), elsewhere);
    assert.deepEqual([shown.mood, shown.text], [mood, text]);
  });
}

test("it never says Saved while anything is not", () => {
  for (const connection of /** @type {const} */ (["connecting", "online", "offline", "refused"])) {
    for (const [pending, elsewhere] of [[1, 0], [0, 1], [3, 4]]) {
      assert.notEqual(describeStatus(status({ connection, pending: pending ?? 0 }), elsewhere ?? 0).mood, "ok", connection);
    }
  }
});

for (const code of [4400, 4401, 4403, 4404, 4409, 4413, 4426, 4999, null]) {
  test(`it says what happened, that nothing was lost and what to do: ${code}`, () => {
    const shown = describeStatus(status({ connection: "refused", code, pending: 3, save: "offline" }), 1);
    assert.equal(shown.mood, "bad");
    assert.ok(shown.text && shown.detail.length > 20);
    assert.match(shown.detail, /4 edits are kept in this browser/);
    assert.equal(shown.action, code === 4401 ? "signin" : code === 4403 || code === 4404 ? null : "reload");
  });
}

test("it says when somebody else has signed in", () => {
  const shown = describeStatus(status({ connection: "refused", code: 4401, reason: "other-user" }), 0);
  assert.match(shown.detail, /Somebody else has signed in/);
  assert.equal(shown.action, "signin");
});

/** @param {Partial<Notice>} parts @returns {Notice} */
const notice = (parts) => ({ id: 1, kind: "refused", boxId: boxId(1), code: null, detail: "", fields: [], by: null, mine: null, theirs: null, ...parts });

/** @type {[string, Partial<Notice>, string, boolean][]} what, notice, mood, whether one can keep one's own */
const NOTICES = [
  ["a stale edit", { kind: "stale", fields: ["x1", "label"] }, "warning", true],
  ["a verdict after somebody else's", { kind: "stale", fields: ["status"], mine: { status: "accepted" }, theirs: { status: "rejected" } }, "warning", true],
  ["the same verdict as somebody else's", { kind: "stale", fields: ["status"], mine: { status: "accepted" }, theirs: { status: "accepted" } }, "info", false],
  ["an edit of a box that is gone", { kind: "gone" }, "warning", true],
  ["overwritten", { kind: "overwritten", fields: ["x2"], by: SOMEBODY.id }, "info", false],
  ["an undo in part", { kind: "partial-undo", fields: ["status"] }, "info", false],
  ["a browser that keeps nothing", { kind: "storage" }, "warning", false],
  ...["forbidden", "invalid", "exists", "nothing", "rate", "new-code"].map((code) => /** @type {[string, Partial<Notice>, string, boolean]} */ (
    [`refused: ${code}`, { code }, "error", false])),
];

for (const [what, parts, mood, canKeep] of NOTICES) {
  test(`it has words for ${what}`, () => {
    const shown = describeNotice(notice(parts), new Editor({ boxes: [{}] }).workspace);
    assert.deepEqual([shown.mood, shown.keep !== null], [mood, canKeep]);
    assert.ok([shown.title, shown.text, shown.dismiss].every((text) => typeof text === "string" && text && !text.includes("%(")), JSON.stringify(shown));
  });
}

test("it names who did it, and the fields in words", () => {
  const { workspace, store } = new Editor({ boxes: [{}] });
  const overwritten = notice({ kind: "overwritten", fields: ["x1", "y2", "label"], by: SOMEBODY.id });
  assert.match(describeNotice(overwritten, workspace).title, /^Somebody changed/);
  store.setPeople([{ who: "who-ben", user: SOMEBODY.id, name: "Ben", role: "annotator" }]);
  assert.match(describeNotice(overwritten, workspace).title, /^Ben changed/);
  assert.match(describeNotice(overwritten, workspace).text, /left edge, lower edge, label/);
  assert.match(describeNotice({ ...overwritten, by: null }, workspace).title, /^A model changed/);
});

test("it says boxes aloud by label, place and size", () => {
  assert.equal(spokenBox(readBox(1, { x1: 10.4 }), 2, 5, "car"), "car 2 of 5, left 10, top 100, width 190, height 80, accepted");
  assert.match(spokenBox(readBox(1, { status: "proposed", confidence: 0.755 }), 1, 1, "car"), /, proposed 76\u202f%$/);
  assert.match(spokenBox(readBox(1, { status: "proposed" }), 1, 1, "car"), /, proposed$/);
  assert.match(spokenBox(readBox(1, { status: "proposed", confidence: 0.5, feedback: "neutral" }), 1, 1, "car"), /, proposed 50\u202f%, rated neutral$/);
  assert.match(spokenBox(readBox(1, { status: "rejected", confidence: 0.5, feedback: "negative" }), 1, 1, "car"), /, rejected, rated negative$/);
});

test("it says of a box that no person was asked about it, until one decides", () => {
  const alone = { source: /** @type {const} */ ("model"), confidence: 0.97, detection: boxId(9), by: null };
  assert.match(spokenBox(readBox(1, alone), 1, 1, "car"), /, accepted, without a person$/);
  assert.equal(shortVerdictOf(readBox(1, alone)), "by itself 97\u202f%");
  for (const parts of [{ versions: { status: 5 } }, { versions: { x1: 5 } }, { versions: { label: 5 } }, { detection: null }, { by: 7 }]) {
    assert.match(spokenBox(readBox(1, { ...alone, ...parts }), 1, 1, "car"), /, accepted$/);
    assert.equal(shortVerdictOf(readBox(1, { ...alone, ...parts })), "");
  }
  assert.equal(shortVerdictOf(readBox(1, { ...alone, feedback: "positive" })), "positive");
  assert.equal(shortVerdictOf(readBox(1, { ...alone, versions: { z: 5 } })), "by itself 97\u202f%", "what is in front is no verdict");
});

test("it counts boxes in the language of the page", () => {
  assert.deepEqual([countedBoxes(0), countedBoxes(1), countedBoxes(2)], ["0 boxes", "1 box", "2 boxes"]);
  translator.ngettext = (/** @type {string} */ _one, /** @type {string} */ _many, /** @type {number} */ count) => (count < 2 ? "%(count)s cadre" : "%(count)s cadres");
  assert.deepEqual([countedBoxes(0), countedBoxes(2)], ["0 cadre", "2 cadres"]);
});

test("it knows what a person is about to do", () => {
  const { workspace, store, toolbox } = new Editor({ boxes: [{}] });
  assert.equal(moodOf(workspace), "idle");
  store.select([boxId(1)]);
  assert.equal(moodOf(workspace), "selected");
  store.setRole("viewer");
  assert.equal(moodOf(workspace), "idle", "a viewer can do nothing with a selection");
  store.setRole("annotator");
  store.select([]);
  for (const tool of /** @type {const} */ (["draw", "extreme"])) {
    toolbox.use(tool);
    assert.equal(moodOf(workspace), "draw", tool);
    workspace.view.set({ isDrawing: true });
    assert.equal(moodOf(workspace), "drawing", tool);
    workspace.view.set({ isDrawing: false });
  }
  toolbox.use("pan");
  assert.equal(moodOf(workspace), "pan");
  assert.equal(store.me?.who, MY_WHO);
});
