import assert from "node:assert/strict";
import { test } from "node:test";

import { hiddenCounts, isFiltering, NO_FILTER, visibilityOf } from "../../frontend/src/visibility.js";
import { Editor } from "./support/editor.js";
import { boxId, CAR, readBox, SOMEBODY, TREE } from "./support/wire.js";

/** @import { Filter, Sight } from "../../frontend/src/visibility.js" */

/** @param {Partial<Sight>} [parts] @returns {Sight} */
const sight = (parts = {}) => ({ filter: NO_FILTER, hidden: new Set(), isBlank: false, isFading: false, ...parts });

/** @param {Record<string, unknown>} box @param {Partial<Filter>} filter */
const passing = (box, filter) => visibilityOf(readBox(1, box), sight({ filter: { ...NO_FILTER, ...filter } })) === "shown";

/** @type {[string, Record<string, unknown>, Partial<Filter>, boolean][]} */
const CASES = [
  ["everything without a filter", {}, {}, true],
  ["no rejected box that nobody asked for", { status: "rejected" }, {}, false],
  ["a rejected box that is asked for", { status: "rejected" }, { statuses: new Set(["rejected"]) }, true],
  ["only the statuses asked for", { status: "accepted" }, { statuses: new Set(["rejected"]) }, false],
  ["the labels asked for", { label: CAR }, { labels: new Set([CAR]) }, true],
  ["no other label", { label: TREE }, { labels: new Set([CAR]) }, false],
  ["the people asked for", { by: SOMEBODY.id }, { people: new Set([SOMEBODY.id]) }, true],
  ["nobody else", { by: SOMEBODY.id }, { people: new Set([0]) }, false],
  ["a machine as user 0", { by: null, source: "model", status: "proposed" }, { people: new Set([0]) }, true],
  ["the sources asked for", { source: "model", status: "proposed" }, { sources: new Set(["model"]) }, true],
  ["no other source", { source: "human" }, { sources: new Set(["model"]) }, false],
  ["confidence at the end of the range", { confidence: 0.5 }, { confidence: [0.5, 0.5] }, true],
  ["nothing below the range", { confidence: 0.49 }, { confidence: [0.5, 1] }, false],
  ["nothing above the range", { confidence: 0.51 }, { confidence: [0, 0.5] }, false],
  ["what has no confidence", { confidence: null }, { confidence: [0.9, 1] }, true],
  ["only what all parts of the filter let through", { label: CAR, confidence: 0.2 }, { labels: new Set([CAR]), confidence: [0.5, 1] }, false],
];

for (const [what, box, filter, expected] of CASES) {
  test(`it shows ${what}`, () => assert.equal(passing(box, filter), expected));
}

test("it fades what the filter leaves out, if asked, but nothing that was hidden by hand or rejected", () => {
  const filter = { ...NO_FILTER, labels: new Set([TREE]) };
  const fading = sight({ filter, isFading: true });
  assert.deepEqual([visibilityOf(readBox(1), fading), visibilityOf(readBox(1, { status: "rejected" }), fading)], ["faded", "hidden"]);
  assert.equal(visibilityOf(readBox(1), { ...fading, hidden: new Set([boxId(1)]) }), "hidden");
  assert.equal(visibilityOf(readBox(1), { ...fading, isBlank: true }), "hidden");
});

test("it counts what is hidden, and by what", () => {
  const boxes = [readBox(1), readBox(2), readBox(3, { label: TREE }), readBox(4, { status: "rejected" })];
  const asked = { ...NO_FILTER, statuses: new Set(["rejected"]) };
  const filter = { ...NO_FILTER, labels: new Set([TREE]) };
  assert.deepEqual(hiddenCounts(boxes, sight()), { byFilter: 0, byHand: 0, covered: 0, rejected: 1 });
  assert.deepEqual(hiddenCounts(boxes, sight({ filter, hidden: new Set([boxId(1)]) })), { byFilter: 1, byHand: 1, covered: 0, rejected: 1 });
  assert.deepEqual(hiddenCounts(boxes, sight({ filter, isFading: true })), { byFilter: 0, byHand: 0, covered: 0, rejected: 1 });
  assert.deepEqual(hiddenCounts(boxes, sight({ filter, isBlank: true })), { byFilter: 0, byHand: 3, covered: 0, rejected: 1 });
  assert.deepEqual(hiddenCounts(boxes, sight({ filter: { ...NO_FILTER, statuses: new Set(["accepted"]) } })), { byFilter: 1, byHand: 0, covered: 0, rejected: 0 });
  assert.deepEqual(hiddenCounts(boxes, sight({ filter: asked })), { byFilter: 3, byHand: 0, covered: 0, rejected: 0 }, "somebody looks at them");
  for (const parts of [{}, { filter }, { isBlank: true }, { filter: asked }, { hidden: new Set([boxId(4)]) }]) {
    const shown = boxes.filter((box) => visibilityOf(box, sight(parts)) === "shown").length;
    assert.equal(shown + Object.values(hiddenCounts(boxes, sight(parts))).reduce((all, one) => all + one), boxes.length, "each box is shown or counted once");
  }
});

test("it knows a filter from none", () => {
  assert.equal(isFiltering(NO_FILTER), false);
  for (const part of [{ labels: new Set([1]) }, { people: new Set([0]) }, { sources: new Set(["model"]) }, { statuses: new Set(["rejected"]) }, { confidence: [0, 0.9] }]) {
    assert.equal(isFiltering(/** @type {Filter} */ ({ ...NO_FILTER, ...part })), true, Object.keys(part)[0]);
  }
});

test("what is hidden or locked cannot be grabbed, and what nobody sees is not changed", () => {
  const editor = new Editor({ boxes: [{}] });
  const { view } = editor.workspace;
  for (const parts of [{ hidden: new Set([boxId(1)]) }, { locked: new Set([boxId(1)]) }, { isBlank: true }, { filter: { ...NO_FILTER, labels: new Set([TREE]) } }]) {
    view.set(parts);
    editor.store.select([]);
    editor.click(150, 140);
    assert.deepEqual(editor.selected, [], Object.keys(parts)[0]);
    editor.store.select([boxId(1)]);
    editor.drag([150, 140], [250, 240]);
    editor.drag([200, 180], [300, 280]);
    for (const command of ["box.move.right", "label.2", "box.delete", "box.front"]) editor.commands.run(command);
    assert.deepEqual([editor.store.pending, editor.edges(boxId(1))], [[], [100, 100, 200, 180]], Object.keys(parts)[0]);
    view.set({ hidden: new Set(), locked: new Set(), isBlank: false, filter: NO_FILTER });
  }
  editor.store.select([boxId(1)]);
  editor.commands.run("box.delete");
  assert.equal(editor.store.pending.length, 1);
});

test("all that is selected at a stroke is fully shown: what the filter fades is not deleted with it", () => {
  const editor = new Editor({ boxes: [{}, { label: TREE }, { label: TREE, x1: 400, x2: 500 }] });
  editor.workspace.view.set({ filter: { ...NO_FILTER, labels: new Set([TREE]) }, isFading: true });
  assert.equal(editor.workspace.shownBoxes.length, 3);
  editor.commands.run("box.all");
  assert.deepEqual(editor.selected, [boxId(2), boxId(3)]);
  editor.commands.run("box.delete");
  assert.deepEqual([...editor.store.boxes.keys()], [boxId(1)]);
});

test("a filter deletes nothing, and another image begins with everything in sight", () => {
  const editor = new Editor({ boxes: [{}, { label: TREE }] });
  const { workspace, store } = editor;
  workspace.view.set({ filter: { ...NO_FILTER, labels: new Set([TREE]) }, hidden: new Set([boxId(2)]), locked: new Set([boxId(2)]) });
  assert.deepEqual([workspace.shownBoxes, store.boxes.size, store.pending], [[], 2, []]);
  workspace.open(store, workspace.page);
  assert.deepEqual([workspace.shownBoxes.map(({ id }) => id), workspace.view.now.locked.size], [[boxId(2)], 0]);
  editor.commands.run("view.show-hidden");
  assert.equal(workspace.shownBoxes.length, 2);
});

test("it hides what waits for a verdict by hand, and what is doubtful by its confidence, and counts both", () => {
  const boxes = [
    readBox(1, { source: "model", status: "proposed", confidence: 0.9 }), readBox(2, { source: "model", status: "proposed", confidence: 0.3 }),
    readBox(3, { source: "model", status: "proposed" }), readBox(4, { source: "model", status: "accepted", confidence: 0.3 }), readBox(5),
  ];
  const seen = (/** @type {Partial<Sight>} */ parts) => boxes.filter((box) => visibilityOf(box, sight(parts)) === "shown").map(({ id }) => Number(id.slice(-2)));
  assert.deepEqual(seen({ hidesProposals: true }), [4, 5]);
  assert.deepEqual(seen({ proposalsFrom: 0.5 }), [1, 3, 4, 5]);
  assert.deepEqual(hiddenCounts(boxes, sight({ hidesProposals: true })), { byFilter: 0, byHand: 3, covered: 0, rejected: 0 });
  assert.deepEqual(hiddenCounts(boxes, sight({ proposalsFrom: 0.5 })), { byFilter: 1, byHand: 0, covered: 0, rejected: 0 });
  assert.equal(visibilityOf(boxes[1] ?? readBox(1), sight({ proposalsFrom: 0.5, isFading: true })), "faded");
});
