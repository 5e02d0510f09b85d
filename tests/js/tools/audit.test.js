import assert from "node:assert/strict";
import { test } from "node:test";

import { settle } from "../support/clock.js";
import { Editor } from "../support/editor.js";
import { changesOf } from "../support/stores.js";
import { boxId, nackOf } from "../support/wire.js";

const [A, B, C, D] = [boxId(1), boxId(2), boxId(3), boxId(4)];
/** In the order of doubt: B, C, A; D is a person's. Side by side. */
const SEEN = [
  { source: "model", status: "proposed", confidence: 0.95, detection: "d1" }, { source: "model", status: "proposed", confidence: 0.45, x1: 300, x2: 400 },
  { source: "model", status: "proposed", confidence: 0.3, x1: 500, x2: 600 }, { x1: 700, x2: 800 },
];

/** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
function auditing(parts) {
  const editor = new Editor({ boxes: SEEN, ...parts });
  editor.commands.run("mode.audit");
  editor.said.length = 0;
  /** @type {string[]} */
  const rated = [];
  editor.workspace.host.rateDetection = (rating) => void rated.push(rating);
  return { ...editor, editor, rated };
}

/** @param {Editor} editor @param {string} id */
const verdict = ({ store }, id) => [store.boxes.get(id)?.status, store.boxes.get(id)?.feedback];

/** @param {Editor} editor */
const gestures = ({ store }) => new Set(store.pending.map(({ g }) => g)).size;

test("it is a mode, and the person's from then on", () => {
  const { editor } = auditing();
  assert.deepEqual([editor.view.mode, editor.workspace.preferences.now.audit], ["audit", true]);
  editor.commands.run("mode.audit");
  assert.deepEqual([editor.view.mode, editor.workspace.preferences.now.audit], ["edit", false]);
  assert.equal(new Editor({ page: { preferences: { audit: true } } }).view.mode, "audit");
});

test("it walks what waits for a verdict, the most doubtful first, and says where it ends", () => {
  const { editor: { commands, store } } = auditing();
  const walked = [];
  for (const step of [1, 1, 1, 1, -1]) walked.push([commands.walkProposals(step), ...store.selection]);
  assert.deepEqual(walked, [[true, B], [true, C], [true, A], [false, A], [true, C]]);
  store.select([]);
  assert.deepEqual([commands.walkProposals(-1), ...store.selection], [true, A]);
  assert.equal(new Editor({ boxes: [{}] }).commands.walkProposals(1), false);
});

test("it goes on from what was put right just now, not from the start", () => {
  const { editor } = auditing();
  for (const [moved, step, next] of /** @type {const} */ ([[C, 1, A], [C, -1, B]])) {
    editor.store.select([moved]);
    editor.commands.run("box.move.right");
    assert.equal(verdict(editor, moved)[0], "accepted");
    editor.commands.walkProposals(step);
    assert.deepEqual(editor.selected, [next]);
  }
  editor.store.select([D]);
  editor.commands.walkProposals(1);
  assert.deepEqual(editor.selected, [B], "a person's box is no part of the walk");
});

test("it walks only where the eye can follow, and brings it into sight", () => {
  const { editor } = auditing({ boxes: [{ ...SEEN[1], x1: 960, x2: 990, y1: 770, y2: 790 }, ...SEEN.slice(0, 1)], scale: 8 });
  editor.commands.run("audit.next");
  const { camera } = editor.workspace;
  const at = camera.toScreen({ x: 975, y: 780 });
  assert.ok(at.x > 0 && at.x < camera.view.width && at.y > 0 && at.y < camera.view.height);
  editor.workspace.view.set({ proposalsFrom: 0.6 });
  editor.store.select([]);
  editor.commands.run("audit.next");
  assert.deepEqual(editor.selected, [B]);
  editor.workspace.view.set({ hidesProposals: true });
  assert.equal(editor.commands.walkProposals(1), false);
});

/** @type {[string, string[]][]} */
const VERDICTS = [
  ["audit.positive", ["accepted", "positive"]], ["audit.negative", ["rejected", "negative"]], ["audit.neutral", ["proposed", "neutral"]],
  ["audit.accept", ["accepted", ""]], ["audit.reject", ["rejected", ""]],
];

for (const [command, expected] of VERDICTS) {
  test(`it judges with one key and goes on: ${command}`, () => {
    const { editor, rated } = auditing();
    editor.commands.run("audit.next");
    editor.commands.run(command);
    assert.deepEqual(verdict(editor, B), expected);
    assert.deepEqual([editor.selected, rated, gestures(editor), editor.store.pending.length], [[C], [], 1, 1]);
    assert.deepEqual(editor.store.pending[0]?.base, { status: 1, feedback: 0 }, "it goes by all that was said of it");
    editor.commands.run("edit.undo");
    assert.deepEqual(verdict(editor, B), ["proposed", ""]);
  });
}

test("whatever judges a proposal goes by what was said of it, and so does what follows on the way", () => {
  for (const command of ["box.delete", "box.move.right", "label.2"]) {
    const { editor } = auditing();
    editor.store.select([B]);
    editor.commands.run(command);
    const { status, feedback } = editor.store.pending[0]?.base ?? {};
    assert.deepEqual([status, feedback], [1, 0], command);
  }
  const { editor } = auditing();
  editor.store.select([B]);
  editor.commands.run("box.move.right");
  editor.clock.advance(1000);
  editor.commands.run("box.move.right");
  editor.store.set(B, { z: 3 });
  const [, second, third] = editor.store.pending;
  assert.deepEqual([second?.set.status, second?.base["status"]], [undefined, 1], "the first may come second");
  assert.deepEqual(third?.base, { z: 1 }, "the order is no verdict");
});

test("it takes the neutral rating back by a verdict, and opens again what it rates neutral", () => {
  for (const command of ["audit.accept", "box.move.right", "label.2"]) {
    const { editor } = auditing();
    editor.store.select([B]);
    editor.commands.run("audit.neutral");
    editor.store.select([B]);
    editor.commands.run(command);
    assert.deepEqual(verdict(editor, B), ["accepted", ""], command);
    editor.commands.run("audit.neutral");
    editor.store.select([B]);
    editor.commands.run("audit.neutral");
    assert.deepEqual(verdict(editor, B), ["proposed", "neutral"], command);
  }
});

test("it judges all that is selected at once, and takes it back at once", () => {
  const { editor } = auditing();
  editor.store.select([A, C, D]);
  editor.commands.run("audit.negative");
  assert.deepEqual([A, B, C, D].map((id) => verdict(editor, id)[0]), ["rejected", "proposed", "rejected", "accepted"]);
  assert.deepEqual([gestures(editor), editor.selected], [1, [B]]);
  editor.commands.run("edit.undo");
  assert.deepEqual([A, C].map((id) => verdict(editor, id)), [["proposed", ""], ["proposed", ""]]);
});

test("it comes to an end, and does not take the next quick key for the detection as a whole", () => {
  const { editor, rated } = auditing();
  editor.commands.run("audit.next");
  for (let press = 0; press < 3; press++) editor.commands.run("audit.positive");
  assert.deepEqual([editor.selected, editor.said], [[], ["Every proposal is judged."]]);
  editor.clock.advance(200);
  editor.commands.run("audit.negative");
  assert.deepEqual(rated, []);
  editor.clock.advance(1000);
  editor.commands.run("audit.negative");
  assert.deepEqual(rated, ["negative"]);
  assert.deepEqual([A, B, C].map((id) => verdict(editor, id)[0]), ["accepted", "accepted", "accepted"]);
});

test("it rates the whole detection with nothing selected, and nobody's own boxes", () => {
  const { editor, rated } = auditing();
  for (const command of ["audit.positive", "audit.negative", "audit.neutral"]) editor.commands.run(command);
  assert.deepEqual(rated, ["positive", "negative", "neutral"]);
  editor.store.select([D]);
  editor.commands.run("audit.positive");
  assert.deepEqual([editor.said, editor.store.pending, rated.length], [["Only what a model proposed can be judged."], [], 3]);
});

test("it lets somebody change their mind", () => {
  const { editor } = auditing();
  editor.workspace.view.set({ filter: { ...editor.view.filter, statuses: new Set(["rejected", "proposed", "accepted"]) } });
  editor.store.select([B]);
  editor.commands.run("audit.negative");
  editor.store.select([B]);
  editor.commands.run("audit.positive");
  assert.deepEqual(verdict(editor, B), ["accepted", "positive"]);
});

test("it judges nothing for those who may only look", () => {
  const { editor, rated } = auditing({ role: "viewer" });
  for (const command of ["audit.positive", "audit.accept-many", "audit.accept-rest"]) editor.commands.run(command);
  editor.store.select([B]);
  editor.commands.run("audit.reject");
  assert.deepEqual([editor.store.pending, rated, new Set(editor.said)], [[], [], new Set(["Your role in this project lets you look, not edit."])]);
});

test("it judges many by confidence, says how many, and takes all back at once", () => {
  const { editor } = auditing();
  editor.workspace.view.set({ many: { isOpen: true, threshold: 0.4, side: "above" } });
  editor.commands.run("audit.accept-many");
  assert.deepEqual([A, B, C].map((id) => verdict(editor, id)), [["accepted", ""], ["accepted", ""], ["proposed", ""]]);
  assert.deepEqual([editor.said, gestures(editor), editor.selected], [["2 proposals accepted. One undo takes all back."], 1, [C]]);
  editor.commands.run("edit.undo");
  assert.equal(verdict(editor, A)[0], "proposed");
  editor.workspace.view.set({ many: { isOpen: true, threshold: 0.4, side: "below" } });
  editor.commands.run("audit.reject-many");
  assert.deepEqual([A, B, C].map((id) => verdict(editor, id)[0]), ["proposed", "proposed", "rejected"]);
  editor.workspace.view.set({ many: { isOpen: true, threshold: 0.1, side: "below" } });
  editor.commands.run("audit.reject-many");
  assert.match(editor.said.at(-1) ?? "", /No proposal is on this side/);
});

test("it accepts what is left with one key, and neither what is hidden nor what was left undecided", () => {
  const { editor } = auditing();
  editor.store.select([B]);
  editor.commands.run("audit.neutral");
  editor.workspace.view.set({ proposalsFrom: 0.4 });
  editor.said.length = 0;
  editor.commands.run("audit.accept-rest");
  assert.deepEqual([A, B, C].map((id) => verdict(editor, id)), [["accepted", ""], ["proposed", "neutral"], ["proposed", ""]]);
  assert.equal(editor.said.at(-1), "1 proposal accepted. One undo takes it back.");
  editor.commands.run("audit.accept-rest");
  assert.match(editor.said.at(-1) ?? "", /No proposal is left/);
  editor.commands.run("edit.undo");
  editor.workspace.view.set({ proposalsFrom: 0 });
  editor.commands.run("audit.accept-rest");
  assert.deepEqual([A, B, C].map((id) => verdict(editor, id)[0]), ["accepted", "proposed", "accepted"]);
  editor.commands.run("edit.undo");
  assert.deepEqual([A, C].map((id) => verdict(editor, id)[0]), ["proposed", "proposed"]);
});

test("it tells of many verdicts as one change", () => {
  const { editor } = auditing({ boxes: Array.from({ length: 300 }, () => SEEN[0] ?? {}) });
  const changes = changesOf(editor.store);
  editor.commands.run("audit.accept-many");
  assert.deepEqual(changes.filter(({ kinds }) => kinds.has("boxes")).map(({ ids }) => ids?.size), [300]);
  assert.deepEqual([editor.store.pending.length, gestures(editor)], [300, 1]);
});

test("it accepts what is moved or relabelled, as corrected", () => {
  const { editor } = auditing();
  editor.store.select([A]);
  editor.commands.run("box.move.right");
  editor.store.select([B]);
  editor.commands.run("label.2");
  assert.deepEqual([verdict(editor, A), verdict(editor, B)], [["accepted", ""], ["accepted", ""]]);
});

test("it keeps the first verdict of two, tells the second, and lets them have their way", () => {
  const { editor } = auditing();
  editor.store.select([B]);
  editor.commands.run("audit.positive");
  const [mine] = editor.store.pending;
  assert.ok(mine);
  editor.store.refuse(mine, nackOf({ c: mine.c, code: "stale", cur: { status: "rejected", feedback: "negative" }, versions: { status: 9, feedback: 9 } }));
  assert.deepEqual(verdict(editor, B), ["proposed", ""]);
  const [notice] = editor.store.notices;
  assert.deepEqual([notice?.kind, notice?.mine, notice?.theirs], ["stale", { status: "accepted", feedback: "positive" }, { status: "rejected", feedback: "negative" }]);
  editor.store.keepMine(notice?.id ?? 0);
  assert.deepEqual(verdict(editor, B), ["accepted", "positive"]);
});

test("it hides and shows proposals with one key", () => {
  const { editor } = auditing();
  editor.commands.run("view.proposals");
  assert.deepEqual(editor.workspace.shownBoxes.map(({ id }) => id), [D]);
  editor.commands.run("view.show-hidden");
  assert.equal(editor.workspace.shownBoxes.length, 4);
});

/** @param {Record<string, unknown>[]} boxes */
async function completing(boxes) {
  const { editor } = auditing({ boxes });
  /** @type {string[]} */
  const statuses = [];
  editor.workspace.host.setStatus = async (status) => Boolean(statuses.push(status));
  editor.commands.run("frame.no-objects");
  await settle();
  return { editor, statuses };
}

test("it says that there are no objects, and only where there are none", async () => {
  const empty = await completing([{ source: "model", status: "rejected" }]);
  assert.deepEqual([empty.statuses, empty.editor.gone, empty.editor.said], [["complete"], [13], []]);
  const full = await completing([{}]);
  assert.deepEqual([full.statuses, full.editor.said], [[], ["There are boxes on this image."]]);
  const open = await completing(SEEN.slice(0, 1));
  assert.deepEqual([open.statuses, open.editor.said], [[], ["There are proposals to judge first."]]);
});
