import assert from "node:assert/strict";
import { test } from "node:test";

import { DRAG_THRESHOLD_PX, isDrag, toTenth } from "../../../frontend/src/tools/tool.js";
import { Editor } from "../support/editor.js";
import { boxId } from "../support/wire.js";

test("it gives the pointer the tool that is chosen, with its cursor", () => {
  const editor = new Editor();
  for (const [name, cursor] of /** @type {const} */ ([["draw", "crosshair"], ["pan", "grab"], ["select", "default"]])) {
    editor.toolbox.use(name);
    assert.deepEqual([editor.view.tool, editor.view.cursor, editor.toolbox.current], [name, cursor, editor.toolbox.tools[name]]);
  }
});

test("it gives up what one tool had begun when another is taken", () => {
  const editor = new Editor();
  editor.toolbox.use("draw");
  editor.click(10, 20);
  editor.toolbox.use("select");
  assert.deepEqual([editor.view.isDrawing, editor.store.myPreview], [false, null]);
  editor.toolbox.use("draw");
  editor.click(100, 90);
  assert.deepEqual(editor.drawn, []);
});

test("it gives up a move by the select tool that was lent while drawing", () => {
  const editor = new Editor({ boxes: [{}] });
  editor.toolbox.use("draw");
  const { select } = editor.toolbox.tools;
  select.down(editor.point(150, 150));
  select.move(editor.point(190, 190));
  assert.ok(editor.store.myPreview);
  assert.equal(editor.toolbox.cancel(), true);
  select.up(editor.point(190, 190));
  assert.deepEqual([editor.store.myPreview, editor.edges(boxId(1)), editor.view.tool], [null, [100, 100, 200, 180], "draw"]);
});

test("it has nothing to give up when nothing was begun", () => {
  const editor = new Editor();
  for (const name of /** @type {const} */ (["select", "draw", "pan"])) {
    editor.toolbox.use(name);
    assert.equal(editor.toolbox.cancel(), false, name);
  }
});

test("it tells drags from clicks by the way on the screen", () => {
  const editor = new Editor();
  const start = editor.point(0, 0);
  assert.equal(isDrag(start, { ...start, sx: start.sx + DRAG_THRESHOLD_PX }), false);
  assert.equal(isDrag(start, { ...start, sy: start.sy - DRAG_THRESHOLD_PX - 0.1 }), true);
});

test("it keeps tenths of pixels", () => {
  assert.deepEqual([toTenth(1.2345), toTenth(1.25), toTenth(-0.04), toTenth(7)], [1.2, 1.3, -0, 7]);
});
