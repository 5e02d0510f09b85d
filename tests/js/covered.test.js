/** Proposals of what is labelled already: out of sight as long as the box of a person is there. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Covered, SAME_OBJECT_IOU } from "../../frontend/src/covered.js";
import { isAcceptedAlone } from "../../frontend/src/box.js";
import { iou } from "../../frontend/src/geometry.js";
import { tallyText } from "../../frontend/src/ui/audit-bar.js";
import { tallyOf } from "../../frontend/src/audit.js";
import { hiddenCounts } from "../../frontend/src/visibility.js";
import { Editor } from "./support/editor.js";
import { forSeeds } from "./support/random.js";
import { changesOf } from "./support/stores.js";
import { boxId, CAR, readBox, readOp, TREE, wholeFields } from "./support/wire.js";

/** @import { Box } from "../../frontend/src/box.js" */
/** @import { Random } from "./support/random.js" */

const IMAGE = { width: 1000, height: 800 };
const PROPOSED = { source: "model", status: "proposed", confidence: 0.6, by: null };
const [A, B] = [boxId(1), boxId(2)];

/** @param {Box[]} boxes */
const mapOf = (boxes) => new Map(boxes.map((box) => [box.id, box]));

/** The rule, without an index. @param {ReadonlyMap<string, Box>} boxes @returns {string[]} */
function covered(boxes) {
  const all = [...boxes.values()];
  const people = all.filter((box) => box.status === "accepted" && !isAcceptedAlone(box));
  const open = all.filter((box) => box.source === "model" && box.status === "proposed");
  return open.filter((one) => people.some((box) => box.label === one.label && iou(box, one) >= SAME_OBJECT_IOU)).map(({ id }) => id).sort();
}

/** @param {Random} random @param {number} number @returns {Box} */
function anyBox(random, number) {
  const made = readBox(number, random.chance(0.5) ? PROPOSED : { source: random.chance(0.5) ? "human" : "model", status: random.chance(0.8) ? "accepted" : "rejected", by: 3 });
  const [x1, y1] = [random.integer(0, 8) * 100 + random.integer(0, 12), random.integer(0, 6) * 100 + random.integer(0, 12)];
  return { ...made, label: random.chance(0.7) ? CAR : TREE, x1, y1, x2: x1 + 90 + random.integer(0, 10), y2: y1 + 90 };
}

test("it finds what lies under a box of a person of its class, whatever is drawn, moved, judged or deleted", () => {
  forSeeds(60, (random) => {
    const boxes = mapOf(Array.from({ length: 60 }, (_, number) => anyBox(random, number)));
    const rule = new Covered();
    rule.open(boxes, IMAGE);
    assert.deepEqual([...rule.ids].sort(), covered(boxes));
    for (let turn = 0; turn < 30; turn++) {
      const before = new Set(rule.ids);
      const changed = Array.from({ length: random.integer(1, 4) }, () => random.integer(0, 70));
      for (const number of changed) {
        if (random.chance(0.25)) boxes.delete(boxId(number));
        else boxes.set(boxId(number), anyBox(random, number));
      }
      const turned = rule.update(boxes, changed.map(boxId));
      assert.deepEqual([...rule.ids].sort(), covered(boxes));
      const all = new Set([...before, ...rule.ids]);
      assert.deepEqual([...turned].sort(), [...all].filter((id) => before.has(id) !== rule.ids.has(id)).sort());
    }
  });
});

test("it begins to look when the first proposal comes, and looks at what was there before", () => {
  const boxes = mapOf([readBox(1)]);
  const rule = new Covered();
  rule.open(boxes, IMAGE);
  assert.equal(rule.grids, null);
  boxes.set(B, readBox(2, PROPOSED));
  assert.deepEqual([...rule.update(boxes, [B])], [B]);
  rule.open(mapOf([readBox(2, PROPOSED)]), IMAGE);
  assert.equal(rule.ids.size, 0, "another image");
});

test("it looks only at what is near what changed", () => {
  const across = (/** @type {number} */ number) => ({ x1: (number % 50) * 20, x2: (number % 50) * 20 + 18, y1: Math.floor(number / 50) * 8, y2: Math.floor(number / 50) * 8 + 7 });
  const boxes = mapOf(Array.from({ length: 5000 }, (_, number) => readBox(number, { ...across(number), ...(number % 2 ? PROPOSED : {}) })));
  const rule = new Covered();
  rule.open(boxes, IMAGE);
  let looks = 0;
  for (const [id, box] of boxes) {
    const counted = Object.defineProperty({ ...box }, "label", { get: () => [CAR][looks++ * 0], enumerable: true });
    boxes.set(id, counted);
  }
  rule.open(boxes, IMAGE);
  looks = 0;
  boxes.set(boxId(7777), readBox(7777, across(1)));
  assert.deepEqual([...rule.update(boxes, [boxId(7777)])], [boxId(1)]);
  assert.ok(looks > 0 && looks < 40, `looked at ${looks} boxes of 5000`);
});

// In the editor

/** @param {Record<string, unknown>[]} boxes */
function auditing(boxes) {
  const editor = new Editor({ boxes });
  editor.commands.run("mode.audit");
  return editor;
}

test("a proposal goes out of sight under a box that is drawn, and comes back when that moves or goes", () => {
  const editor = auditing([PROPOSED, { ...PROPOSED, x1: 500, x2: 600 }]);
  const { workspace, store, commands } = editor;
  const shown = () => workspace.shownBoxes.map(({ id }) => id);
  const changes = changesOf(store);
  /** @type {(ReadonlySet<string>|null)[]} */
  const told = [];
  workspace.subscribe(({ kinds, ids }) => kinds.has("boxes") && told.push(ids));
  const drawn = store.create({ x1: 105, y1: 100, x2: 205, y2: 180, label: CAR });
  assert.ok(drawn);
  assert.deepEqual([shown(), told.at(-1)], [[B, drawn], new Set([drawn, A])]);
  assert.deepEqual(changes.at(-1)?.ids, new Set([drawn]), "the store knows nothing of it");
  assert.deepEqual(workspace.index.at({ x: 150, y: 140 }).map(({ id }) => id), [drawn], "no click reaches it");
  assert.deepEqual([commands.walkProposals(1), editor.selected, commands.walkProposals(1)], [true, [B], false]);
  store.set(drawn, { x1: 150 });
  assert.deepEqual(shown(), [A, B, drawn]);
  commands.run("edit.undo");
  assert.deepEqual(shown(), [B, drawn]);
  store.set(drawn, { label: TREE });
  assert.deepEqual(shown(), [A, B, drawn], "of another class");
  commands.run("edit.undo");
  store.remove(drawn);
  assert.deepEqual(shown(), [A, B]);
});

test("what others draw counts as well, and what a person kept of a model; what no person looked at does not", () => {
  const { store, workspace } = auditing([PROPOSED, { ...PROPOSED, x1: 500, x2: 600 }, { ...PROPOSED, x1: 502, x2: 602, confidence: 0.9 }]);
  const theirs = wholeFields({ x1: 100, y1: 100, x2: 200, y2: 180, by: 4 });
  store.confirm([readOp(2, { k: "create", box: boxId(9), f: theirs })]);
  assert.deepEqual([...workspace.view.now.covered], [A]);
  store.set(boxId(3), { status: "accepted" });
  assert.deepEqual([...workspace.view.now.covered].sort(), [A, B]);
  const alone = { ...theirs, x1: 500, x2: 600, source: "model", status: "accepted", detection: "d", by: null };
  const other = auditing([{ ...PROPOSED, x1: 500, x2: 600 }]);
  other.store.confirm([readOp(2, { k: "create", o: "model", by: null, box: boxId(9), f: alone })]);
  assert.equal(other.workspace.view.now.covered.size, 0);
});

test("it is counted among what is hidden, by itself, and is left to nobody to judge", () => {
  const { store, workspace } = auditing([PROPOSED, { ...PROPOSED, x1: 500, x2: 600 }, {}]);
  const counts = () => hiddenCounts(store.boxes.values(), workspace.view.now);
  assert.deepEqual(counts(), { byFilter: 0, byHand: 0, covered: 1, rejected: 0 });
  workspace.view.set({ hidden: new Set([A]) });
  assert.deepEqual(counts(), { byFilter: 0, byHand: 1, covered: 0, rejected: 0 }, "each once");
  workspace.view.set({ hidden: new Set(), isFading: true, proposalsFrom: 0.9 });
  assert.deepEqual([counts(), workspace.shownBoxes.map(({ id }) => id)], [{ byFilter: 0, byHand: 0, covered: 1, rejected: 0 }, [B, boxId(3)]], "never faded");
  assert.equal(tallyText(tallyOf(store.boxes.values(), workspace.view.now.covered)), "1 of 1 to judge");
  store.set(B, { status: "rejected" });
  assert.equal(tallyText(tallyOf(store.boxes.values(), workspace.view.now.covered)), "Every proposal is judged");
});

test("accepting or rejecting many does not offer it", () => {
  const editor = auditing([PROPOSED, { ...PROPOSED, x1: 500, x2: 600 }, {}]);
  editor.workspace.view.set({ many: { isOpen: true, threshold: 0.5, side: "above" } });
  editor.commands.run("audit.accept-many");
  assert.deepEqual([A, B].map((id) => editor.store.boxes.get(id)?.status), ["proposed", "accepted"]);
  assert.match(editor.said.join(), /1 proposal accepted/);
});

test("after a verdict the way on leads past what that verdict covered", () => {
  const editor = auditing([{ ...PROPOSED, confidence: 0.5 }, { ...PROPOSED, x1: 102, confidence: 0.55 }, { ...PROPOSED, x1: 500, x2: 600, confidence: 0.9 }]);
  editor.commands.run("audit.next");
  editor.commands.run("audit.positive");
  assert.deepEqual(editor.selected, [boxId(3)], "not the second find of the same object");
  editor.commands.run("edit.undo");
  assert.equal(editor.workspace.view.now.covered.size, 0);
});

test("another image begins with what is covered there", () => {
  const editor = auditing([PROPOSED, {}]);
  assert.deepEqual([...editor.workspace.view.now.covered], [A]);
  const other = new Editor({ boxes: [{}, PROPOSED, PROPOSED] });
  editor.workspace.open(other.store, other.workspace.page);
  assert.deepEqual([...editor.workspace.view.now.covered].sort(), [B, boxId(3)]);
});
