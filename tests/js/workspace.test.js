import assert from "node:assert/strict";
import { test } from "node:test";

import { GRID_FROM } from "../../frontend/src/hit-test.js";
import { Workspace } from "../../frontend/src/workspace.js";
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

test("it takes the labels of the page until the connection says more", () => {
  const store = onlineStore();
  store.labels = [];
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
