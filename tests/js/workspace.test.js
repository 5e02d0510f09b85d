import assert from "node:assert/strict";
import { test } from "node:test";

import { GRID_FROM } from "../../frontend/src/hit-test.js";
import { FrameStore } from "../../frontend/src/store.js";
import { NO_FILTER } from "../../frontend/src/visibility.js";
import { Workspace } from "../../frontend/src/workspace.js";
import { settle } from "./support/clock.js";
import { card, Editor, page } from "./support/editor.js";
import { onlineStore } from "./support/stores.js";
import { boxId, CAR, FRAME, LABELS, readBox, readOp, readWelcome, RETIRED, TREE } from "./support/wire.js";

/** @import { Change } from "../../frontend/src/store.js" */

test("it finds boxes where the store has them, as they change", () => {
  const { workspace, store } = new Editor({ boxes: [{}] });
  const at = (/** @type {number} */ x) => workspace.index.at({ x, y: 150 }).map(({ id }) => id);
  assert.deepEqual([at(150), at(400)], [[boxId(1)], []]);
  store.set(boxId(1), { x1: 350, x2: 450 });
  assert.deepEqual([at(150), at(400)], [[], [boxId(1)]]);
  store.confirm([readOp(2, { k: "delete" })]);
  assert.deepEqual(at(400), []);
});

test("it finds boxes where the store has them when there are thousands", () => {
  const { workspace, store } = new Editor();
  const boxes = Array.from({ length: GRID_FROM + 10 }, (_, number) => ({ ...readBox(0), id: boxId(number), x1: 0, y1: 0, x2: 5, y2: 5 }));
  store.replaceConfirmed(7, boxes);
  assert.ok(workspace.index.grid);
  store.set(boxId(5), { x1: 700, x2: 750 });
  assert.deepEqual(workspace.index.at({ x: 720, y: 3 }).map(({ id }) => id), [boxId(5)]);
});

test("it tells everybody of changes of the store that is open", () => {
  const { workspace, store } = new Editor({ boxes: [{}] });
  /** @type {Change[]} */
  const heard = [];
  workspace.subscribe((change) => heard.push(change));
  store.set(boxId(1), { x1: 50 });
  assert.deepEqual(heard.map(({ origin, ids }) => [origin, ids]), [["LOCAL", new Set([boxId(1)])]]);
});

test("it goes to another image: another store, everything new, and the old one is silent", () => {
  const { workspace, store } = new Editor({ boxes: [{}] });
  workspace.view.set({ tool: "draw", hover: boxId(1), label: TREE });
  workspace.camera.zoomTo(5);
  /** @type {Change[]} */
  const heard = [];
  workspace.subscribe((change) => heard.push(change));
  const other = onlineStore({ boxes: [{ x1: 600, x2: 700 }] });
  workspace.open(other, page({ frame: card(13, { width: 400, height: 300 }) }));
  assert.deepEqual([heard.length, heard[0]?.ids], [1, null]);
  for (const kind of /** @type {const} */ (["boxes", "ephemera", "frame", "notice", "people", "selection", "status"])) assert.ok(heard[0]?.kinds.has(kind), kind);
  assert.deepEqual([workspace.store, workspace.page.frame.id, workspace.camera.image.width, workspace.camera.isFitted], [other, 13, 400, true]);
  assert.deepEqual([workspace.view.now.tool, workspace.view.now.hover, workspace.view.now.label], ["draw", null, TREE]);
  assert.equal(workspace.index.at({ x: 150, y: 150 }).length, 0);
  assert.equal(workspace.index.at({ x: 650, y: 150 }).length, 1);
  heard.length = 0;
  store.set(boxId(1), { x1: 50 });
  assert.deepEqual(heard, []);
});

test("what else a page asks for waits until the boxes are known, or the frame is left", async () => {
  const store = new FrameStore({ now: () => 0, random: (bytes) => bytes });
  const { workspace } = new Editor({});
  workspace.open(store, page({}));
  /** @type {boolean[]} */
  const said = [];
  const first = workspace.whenKnown().then((isOpen) => said.push(isOpen));
  store.greet(readWelcome({ head: 1 }));
  await settle();
  assert.deepEqual(said, []);
  store.replaceConfirmed(1, [readBox(1, {})]);
  await first;
  assert.deepEqual(said, [true]);
  assert.equal(await workspace.whenKnown(), true);
  const left = new FrameStore({ now: () => 0, random: (bytes) => bytes });
  workspace.open(left, page({ frame: card(13) }));
  const late = workspace.whenKnown();
  workspace.open(store, page({}));
  left.replaceConfirmed(0, []);
  assert.equal(await late, false);
});

test("it takes the labels of the page until the connection says more", () => {
  const store = new FrameStore();
  const workspace = new Workspace(store, page({ labels: [{ id: 5, name: "old", color: "#000", key: "1", active: true }] }));
  assert.deepEqual([workspace.labels.map(({ id }) => id), workspace.view.now.label], [[5], 5]);
  store.greet(readWelcome());
  assert.deepEqual([workspace.labels.length, workspace.view.now.label], [LABELS.length, CAR]);
  assert.deepEqual(workspace.activeLabels.map(({ id }) => id), [CAR, TREE]);
  assert.deepEqual([workspace.labelOf(RETIRED)?.name, workspace.labelOf(77), workspace.labelOf(null)], ["sign", null, null]);
});

test("it never draws with a label that is out of use", () => {
  const { workspace, store } = new Editor();
  workspace.view.set({ label: TREE });
  store.greet(readWelcome({ labels: LABELS.map((label) => ({ ...label, active: label.id === CAR })) }));
  assert.equal(workspace.view.now.label, CAR);
  store.greet(readWelcome({ labels: LABELS.map((label) => ({ ...label, active: false })) }));
  assert.equal(workspace.view.now.label, null);
});

test("it takes other labels while somebody draws: the selection and the drawing stay", () => {
  const editor = new Editor({ boxes: [{}, { x1: 600, x2: 700 }] });
  const { workspace, store } = editor;
  store.select([boxId(2)]);
  workspace.view.set({ tool: "draw", label: TREE });
  editor.tool.down(editor.point(300, 300));
  editor.tool.move(editor.point(350, 350));
  store.setLabels([{ id: TREE, name: "oak", color: "#123456", key: "7", active: true }]);
  editor.tool.move(editor.point(380, 390));
  editor.tool.up(editor.point(400, 400));
  assert.deepEqual([workspace.labelOf(TREE)?.name, workspace.labelOf(CAR), workspace.view.now.label], ["oak", null, TREE]);
  assert.deepEqual(editor.drawn.map(({ label, x1, x2 }) => [label, x1, x2]), [[TREE, 300, 400]]);
  store.select([boxId(2)]);
  store.setLabels([{ id: CAR, name: "car", color: "#123456", key: "", active: true }]);
  assert.deepEqual([editor.selected, workspace.view.now.label, workspace.view.now.tool], [[boxId(2)], CAR, "draw"]);
});

test("a box that is being drawn gets a label that is in use when its own is set aside", () => {
  const editor = new Editor();
  editor.workspace.view.set({ tool: "draw", label: TREE });
  editor.tool.down(editor.point(300, 300));
  editor.tool.move(editor.point(350, 350));
  editor.store.setLabels(LABELS.map((label) => ({ ...label, active: label.id === CAR })));
  editor.tool.up(editor.point(400, 400));
  assert.deepEqual(editor.drawn.map(({ label }) => label), [CAR]);
});

test("a digit chooses the label that has it now", () => {
  const editor = new Editor();
  editor.store.setLabels([{ id: CAR, name: "car", color: "#123456", key: "", active: true }, { id: 88, name: "new", color: "#654321", key: "9", active: true }]);
  editor.commands.run("label.9");
  assert.equal(editor.view.label, 88);
});

test("without any label left nothing of the page's comes back, and a filter looks for none that is gone", () => {
  const { workspace, store } = new Editor({ boxes: [{}] });
  workspace.view.set({ filter: { ...NO_FILTER, labels: new Set([TREE, CAR]) } });
  store.setLabels(LABELS.filter(({ id }) => id !== TREE));
  assert.deepEqual(workspace.view.now.filter.labels, new Set([CAR]));
  store.setLabels([]);
  assert.deepEqual([workspace.labels, workspace.view.now.label, workspace.view.now.filter], [[], null, NO_FILTER]);
});

test("it knows what is shown and selected", () => {
  const { workspace, store } = new Editor({ boxes: [{}, { status: "rejected" }, {}] });
  assert.deepEqual(workspace.shownBoxes.map(({ id }) => id), [boxId(1), boxId(3)]);
  store.select([boxId(3), boxId(9)]);
  assert.deepEqual(workspace.selectedBoxes.map(({ id }) => id), [boxId(3)]);
  workspace.camera.zoomTo(4);
  assert.equal(workspace.pixel, 0.25);
  assert.equal(workspace.page.frame.width, FRAME.width);
});

test("it finds out what is in sight once, until that changes", () => {
  const { workspace, store } = new Editor({ boxes: [{}, {}] });
  const shown = workspace.shownBoxes;
  store.preview("drag", [{ id: boxId(1), x1: 0, y1: 0, x2: 9, y2: 9 }]);
  store.select([boxId(1)]);
  assert.equal(workspace.shownBoxes, shown);
  store.set(boxId(1), { x1: 50 });
  assert.deepEqual(workspace.shownBoxes.map(({ x1 }) => x1), [50, 100]);
  workspace.view.set({ hidden: new Set([boxId(2)]) });
  assert.deepEqual(workspace.shownBoxes.map(({ id }) => id), [boxId(1)]);
  workspace.open(onlineStore({ boxes: [] }), page({ frame: card(13) }));
  assert.deepEqual(workspace.shownBoxes, []);
});
