/** Edges by keys: each of the four, one undo step for a row of presses. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../support/editor.js";
import { boxId } from "../support/wire.js";

const [A] = [boxId(1)];
const BOX = { x1: 100, y1: 100, x2: 200, y2: 180 };

/** @param {Record<string, unknown>[]} [boxes] */
function editing(boxes = [BOX]) {
  const editor = new Editor({ boxes });
  editor.commands.run("box.all");
  return editor;
}

/** @type {[string, number[]][]} */
const EDGES = [
  ["box.resize-start.left", [99, 100, 200, 180]], ["box.resize-start.right", [101, 100, 200, 180]],
  ["box.resize-start.up", [100, 99, 200, 180]], ["box.resize-start.down", [100, 101, 200, 180]],
  ["box.resize-start.left.far", [90, 100, 200, 180]], ["box.resize-start.down.far", [100, 110, 200, 180]],
  ["box.resize.left", [100, 100, 199, 180]], ["box.resize.down.far", [100, 100, 200, 190]],
];

for (const [command, edges] of EDGES) {
  test(`it moves one edge: ${command}`, () => {
    const editor = editing();
    editor.commands.run(command);
    assert.deepEqual(editor.edges(A), edges);
  });
}

test("it stops a pixel before the opposite edge, and at the edge of the image", () => {
  const editor = editing([{ x1: 4, y1: 100, x2: 7, y2: 180 }]);
  editor.commands.run("box.resize-start.right.far");
  assert.deepEqual(editor.edges(A), [6, 100, 7, 180]);
  editor.commands.run("box.resize-start.left.far");
  assert.deepEqual(editor.edges(A), [0, 100, 7, 180]);
});

test("it writes only the edge that moves: somebody else may be moving the opposite one", () => {
  const editor = editing();
  editor.commands.run("box.resize-start.up");
  assert.deepEqual(editor.store.pending.map(({ set }) => set), [{ y1: 99 }]);
});

test("it moves the edges of all selected boxes as one step", () => {
  const editor = editing([BOX, { ...BOX, x1: 50 }]);
  editor.commands.run("box.resize-start.left");
  editor.commands.run("box.resize-start.left");
  assert.deepEqual([editor.edges(A), editor.edges(boxId(2))], [[98, 100, 200, 180], [48, 100, 200, 180]]);
  editor.store.undo();
  assert.deepEqual([editor.edges(A), editor.edges(boxId(2))], [[100, 100, 200, 180], [50, 100, 200, 180]]);
});

test("it selects all boxes in sight", () => {
  const editor = new Editor({ boxes: [BOX, { ...BOX, status: "rejected" }, BOX] });
  editor.commands.run("box.all");
  assert.deepEqual(editor.selected, [A, boxId(3)]);
});
