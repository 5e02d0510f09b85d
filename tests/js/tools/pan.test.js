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
