import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../support/editor.js";
import { boxId } from "../support/wire.js";

/** @param {Editor} editor @param {number} sx @param {number} sy */
const at = (editor, sx, sy) => ({ ...editor.point(0, 0), sx, sy });

function panning() {
  const editor = new Editor({ boxes: [{}] });
  editor.toolbox.use("pan");
  return editor;
}

test("it moves the picture with the hand and touches no box", () => {
  const editor = panning();
  const { x, y } = editor.workspace.camera;
  editor.tool.down(at(editor, 150, 150));
  assert.equal(editor.view.cursor, "grabbing");
  editor.tool.move(at(editor, 160, 140));
  editor.tool.up(at(editor, 175, 130));
  assert.deepEqual([editor.workspace.camera.x - x, editor.workspace.camera.y - y], [25, -20]);
  assert.deepEqual([editor.view.cursor, editor.selected, editor.store.pending, editor.edges(boxId(1))], ["grab", [], [], [100, 100, 200, 180]]);
});

test("it moves nothing without a press", () => {
  const editor = panning();
  const { x } = editor.workspace.camera;
  editor.tool.move(at(editor, 10, 10));
  editor.tool.up(at(editor, 50, 50));
  editor.tool.hover(at(editor, 50, 50));
  assert.deepEqual([editor.workspace.camera.x, editor.view.cursor], [x, "grab"]);
});

test("it lets go of the picture when cancelled", () => {
  const editor = panning();
  assert.equal(editor.tool.cancel(), false);
  editor.tool.down(at(editor, 150, 150));
  assert.equal(editor.tool.cancel(), true);
  const { x } = editor.workspace.camera;
  editor.tool.move(at(editor, 300, 300));
  assert.equal(editor.workspace.camera.x, x);
});

// By keys

/** @param {Editor} editor @param {string} id @param {string} idle */
function moved(editor, id, idle) {
  const { x, y } = editor.workspace.camera;
  editor.commands.runKey({ id, idle });
  const { camera } = editor.workspace;
  return [camera.x - x, camera.y - y].map((by) => by + 0);
}

test("the keys that move a box move the view while none is selected: left shows what lies further left", () => {
  const editor = new Editor({ boxes: [{}], scale: 4 });
  assert.deepEqual(moved(editor, "box.move.left", "view.pan.left"), [64, 0]);
  assert.deepEqual(moved(editor, "box.move.down", "view.pan.down"), [0, -64]);
  assert.deepEqual(moved(editor, "box.move.right.far", "view.pan.right.far"), [-524, 0]);
  assert.deepEqual(moved(editor, "box.move.up.far", "view.pan.up.far"), [0, 424]);
  assert.deepEqual([editor.store.pending, editor.said], [[], []]);
  editor.store.select([boxId(1)]);
  editor.commands.runKey({ id: "box.move.left", idle: "view.pan.left" });
  assert.deepEqual(editor.edges(boxId(1)), [99, 100, 199, 180]);
});

test("who may only look moves the view also from a box that is selected", () => {
  const editor = new Editor({ boxes: [{}], scale: 4, role: "viewer" });
  editor.store.select([boxId(1)]);
  assert.deepEqual(moved(editor, "box.move.left", "view.pan.left"), [64, 0]);
  assert.deepEqual(editor.said, []);
});
