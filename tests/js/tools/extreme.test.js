import assert from "node:assert/strict";
import { test } from "node:test";

import { card, Editor } from "../support/editor.js";
import { FRAME } from "../support/wire.js";

/** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
function drawing(parts) {
  const editor = new Editor(parts);
  editor.toolbox.use("extreme");
  return editor;
}

/** The four ends of an object from 200, 150 to 320, 260. @type {[number, number][]} */
const ENDS = [[240, 150], [200, 190], [250, 260], [320, 200]];

test("it makes a box of four outermost points, in any order", () => {
  for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]) {
    const editor = drawing();
    for (const at of order) editor.click(.../** @type {[number, number]} */ (ENDS[at]));
    const [box, another] = editor.drawn;
    assert.ok(box && !another);
    assert.deepEqual([editor.edges(box.id), editor.selected], [[200, 150, 320, 260], [box.id]]);
    assert.deepEqual([editor.view.tool, editor.view.dots, editor.view.isDrawing], ["extreme", [], false], "ready for the next one");
  }
});

test("it makes nothing of three points, and shows the others what it would become", () => {
  const editor = drawing();
  for (const point of ENDS.slice(0, 3)) editor.click(...point);
  assert.deepEqual([editor.drawn, editor.view.dots.length], [[], 3]);
  editor.tool.hover(editor.point(320, 200));
  const [preview] = editor.store.myPreview?.boxes ?? [];
  assert.deepEqual([preview?.x1, preview?.y1, preview?.x2, preview?.y2], [200, 150, 320, 260]);
});

test("it gives up on Escape, and then chooses the select tool", () => {
  const editor = drawing();
  for (const point of ENDS.slice(0, 2)) editor.click(...point);
  editor.commands.run("edit.cancel");
  assert.deepEqual([editor.view.dots, editor.store.myPreview, editor.view.tool], [[], null, "extreme"]);
  editor.commands.run("edit.cancel");
  assert.deepEqual([editor.view.tool, editor.store.pending], ["select", []]);
});

test("it keeps points outside at the border of the image", () => {
  const editor = drawing();
  for (const point of /** @type {[number, number][]} */ ([[-40, 300], [500, -60], [FRAME.width + 90, 300], [500, FRAME.height + 9]])) editor.click(...point);
  const [box] = editor.drawn;
  assert.deepEqual(box && editor.edges(box.id), [0, 0, FRAME.width, FRAME.height]);
});

test("it makes no box without a side", () => {
  const editor = drawing();
  for (let click = 0; click < 4; click++) editor.click(300, 300);
  assert.deepEqual([editor.drawn, editor.view.dots, editor.store.myPreview], [[], [], null]);
});

test("it makes no box of points that lie on one another on the screen, however many pixels of the image that is", () => {
  const editor = drawing({ scale: 1 / 16, page: { frame: card(FRAME.id, { width: 16_000, height: 12_800 }) } });
  for (const [x, y] of /** @type {[number, number][]} */ ([[320, 300], [300, 310], [320, 340], [340, 320]])) editor.click(x, y);
  assert.deepEqual([editor.drawn, editor.view.dots, editor.store.myPreview], [[], [], null], "40 pixels are two and a half here");
  for (const [x, y] of /** @type {[number, number][]} */ ([[330, 300], [300, 310], [320, 360], [360, 320]])) editor.click(x, y);
  assert.deepEqual(editor.drawn.map(({ id }) => editor.edges(id)), [[300, 300, 360, 360]], "60 are nearly four");
});

test("it draws nothing for those who only look", () => {
  const editor = drawing({ role: "viewer" });
  for (const point of ENDS) editor.click(...point);
  assert.deepEqual([editor.store.boxes.size, editor.view.dots], [0, []]);
});

test("a finger sees where it sets each point, from the press to the release", () => {
  const editor = drawing();
  for (const [x, y] of ENDS.slice(0, 3)) {
    editor.tool.down(editor.point(x - 3, y, { isTouch: true }));
    assert.ok(editor.view.readout, `${x}`);
    editor.tool.move(editor.point(x, y, { isTouch: true }));
    assert.ok(editor.view.readout, `${x}`);
    editor.tool.up(editor.point(x, y, { isTouch: true }));
    assert.equal(editor.view.readout, null, `${x}`);
  }
  editor.tool.down(editor.point(...(ENDS[3] ?? [0, 0]), { isTouch: true }));
  editor.tool.cancel();
  assert.deepEqual([editor.view.readout, editor.view.dots], [null, []]);
});

test("a press that is given up leaves no place behind", () => {
  const editor = drawing();
  editor.tool.down(editor.point(240, 150, { isTouch: true }));
  editor.tool.cancel();
  assert.equal(editor.view.readout, null);
});
