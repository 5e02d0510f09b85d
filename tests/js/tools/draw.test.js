import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../support/editor.js";
import { boxId, CAR, TREE } from "../support/wire.js";

/** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
function drawing(parts) {
  const editor = new Editor(parts);
  editor.toolbox.use("draw");
  return editor;
}

/** @param {Editor} editor */
function onlyBox(editor) {
  const [box, another] = editor.drawn;
  assert.ok(box && !another, `${editor.drawn.length} boxes were drawn`);
  return box;
}

test("it draws by a drag, selects the box and stays ready for the next", () => {
  const editor = drawing();
  editor.drag([10, 20], [110, 90]);
  const box = onlyBox(editor);
  assert.deepEqual([editor.edges(box.id), box.label, editor.selected], [[10, 20, 110, 90], CAR, [box.id]]);
  assert.deepEqual([editor.view.tool, editor.view.isDrawing, editor.view.readout, editor.store.myPreview], ["draw", false, null, null]);
  editor.drag([300, 300], [350, 360]);
  assert.equal(editor.drawn.length, 2);
  assert.notEqual(editor.store.pending[0]?.g, editor.store.pending[1]?.g, "each box is an undo step of its own");
});

test("it draws in every direction, across the border too", () => {
  for (const [from, to, expected] of /** @type {[[number, number], [number, number], number[]][]} */ ([
    [[110, 90], [10, 20], [10, 20, 110, 90]], [[110, 20], [10, 90], [10, 20, 110, 90]], [[900, 700], [1400, 1000], [900, 700, 1000, 800]],
    [[-50, -50], [30, 40], [0, 0, 30, 40]],
  ])) {
    const editor = drawing();
    editor.drag(from, to);
    assert.deepEqual(editor.edges(onlyBox(editor).id), expected);
  }
});

test("it draws by two clicks, with the box following the pointer between", () => {
  const editor = drawing();
  editor.click(10, 20);
  assert.deepEqual([editor.drawn, editor.view.isDrawing], [[], true]);
  editor.tool.hover(editor.point(60, 70));
  assert.deepEqual(editor.store.myPreview?.boxes.map(({ x1, y1, x2, y2, label }) => [x1, y1, x2, y2, label]), [[10, 20, 60, 70, CAR]]);
  assert.deepEqual(editor.view.readout, { x1: 10, y1: 20, x2: 60, y2: 70 });
  editor.click(110, 90);
  assert.deepEqual(editor.edges(onlyBox(editor).id), [10, 20, 110, 90]);
  editor.tool.hover(editor.point(500, 500));
  assert.equal(editor.store.myPreview, null);
});

test("it takes a trembling click for a click", () => {
  const editor = drawing();
  editor.tool.down(editor.point(10, 20));
  editor.tool.up(editor.point(12, 22));
  assert.deepEqual([editor.drawn, editor.view.isDrawing], [[], true]);
});

test("it draws nothing by a slip of the hand", () => {
  for (const [scale, to] of /** @type {[number, [number, number]][]} */ ([[1, [100, 12]], [1, [12, 100]], [0.25, [100, 21]], [4, [10.5, 90]]])) {
    const editor = drawing({ scale });
    editor.drag([10, 10], to);
    assert.deepEqual([editor.drawn, editor.selected, editor.store.myPreview, editor.view.isDrawing], [[], [], null, false], `${scale} ${to}`);
  }
});

test("it lets one draw as small as the zoom allows", () => {
  const editor = drawing({ scale: 4 });
  editor.drag([10, 10], [11.5, 90]);
  assert.deepEqual(editor.edges(onlyBox(editor).id), [10, 10, 11.5, 90]);
});

test("it draws nothing by two clicks on one spot", () => {
  const editor = drawing();
  editor.click(10, 20);
  editor.click(10, 20);
  assert.deepEqual([editor.drawn, editor.view.isDrawing], [[], false]);
});

test("it draws over a box that is there, and never takes hold of it", () => {
  const editor = drawing({ boxes: [{}] });
  editor.store.select([boxId(1)]);
  editor.drag([150, 140], [190, 170]);
  const box = onlyBox(editor);
  assert.deepEqual([editor.edges(box.id), editor.edges(boxId(1)), editor.selected], [[150, 140, 190, 170], [100, 100, 200, 180], [box.id]]);
});

test("it draws from the very handle of a selected box", () => {
  const editor = drawing({ boxes: [{}] });
  editor.store.select([boxId(1)]);
  editor.drag([200, 180], [260, 240]);
  assert.deepEqual([editor.edges(onlyBox(editor).id), editor.edges(boxId(1))], [[200, 180, 260, 240], [100, 100, 200, 180]]);
});

test("it writes tenths of pixels", () => {
  const editor = drawing();
  editor.drag([10.123456, 20.06], [110.987654, 90.04]);
  const { x1, y1, x2, y2 } = onlyBox(editor);
  assert.deepEqual([x1, y1, x2, y2], [10.1, 20.1, 111, 90]);
});

test("it gives the label that is chosen, also when that changes while drawing", () => {
  const editor = drawing();
  editor.commands.chooseLabel(TREE);
  editor.drag([10, 20], [110, 90]);
  assert.equal(onlyBox(editor).label, TREE);
  const other = drawing();
  other.click(10, 20);
  other.commands.run("label.2");
  other.click(110, 90);
  assert.equal(onlyBox(other).label, TREE);
});

test("it previews under the gesture and the id of the box that follows", () => {
  const editor = drawing();
  editor.drag([10, 20], [110, 90]);
  const box = onlyBox(editor);
  const [command] = editor.store.pending;
  const shown = editor.previews;
  assert.ok(shown.length >= 3);
  assert.ok(shown.every(({ gesture }) => gesture === command?.g));
  assert.equal(/** @type {any} */ (shown[0]?.boxes)?.[0].id, box.id);
  assert.deepEqual([shown.at(-1)?.boxes, shown.at(-1)?.committed], [null, true]);
});

test("it gives up what was begun, and tells the others", () => {
  const editor = drawing();
  editor.tool.down(editor.point(10, 20));
  editor.tool.move(editor.point(80, 80));
  assert.equal(editor.tool.cancel(), true);
  editor.tool.up(editor.point(90, 90));
  assert.deepEqual([editor.drawn, editor.view.isDrawing, editor.store.myPreview, editor.view.readout], [[], false, null, null]);
  assert.deepEqual([editor.previews.at(-1)?.boxes, editor.previews.at(-1)?.committed], [null, false]);
  assert.equal(editor.tool.cancel(), false, "nothing more to give up");
});

test("it gives up the first of two clicks", () => {
  const editor = drawing();
  editor.click(10, 20);
  editor.commands.run("edit.cancel");
  editor.click(110, 90);
  assert.deepEqual([editor.drawn, editor.view.isDrawing], [[], true], "that was a first click again");
});

test("it draws nothing for who may only look, nor without a label", () => {
  const viewer = drawing({ role: "viewer" });
  viewer.drag([10, 20], [110, 90]);
  const unlabelled = drawing();
  unlabelled.workspace.view.set({ label: null });
  unlabelled.drag([10, 20], [110, 90]);
  assert.deepEqual([viewer.store.pending, unlabelled.store.pending, viewer.store.myPreview], [[], [], null]);
});

test("it ends cleanly when the right to edit is lost while drawing", () => {
  const editor = drawing();
  editor.tool.down(editor.point(10, 20));
  editor.store.setRole("viewer");
  editor.tool.move(editor.point(80, 80));
  editor.tool.up(editor.point(110, 90));
  assert.deepEqual([editor.store.pending, editor.view.isDrawing, editor.store.myPreview], [[], false, null]);
});

test("it shows a cross and no box under the pointer", () => {
  const editor = drawing({ boxes: [{}] });
  editor.tool.hover(editor.point(150, 150));
  assert.deepEqual([editor.view.cursor, editor.view.hover], ["crosshair", null]);
});

test("a finger sees where it sets a corner, from the press to the release", () => {
  const editor = drawing();
  editor.tool.down(editor.point(50.04, -10, { isTouch: true }));
  assert.deepEqual(editor.view.readout, { x1: 50, y1: 0, x2: 50, y2: 0 });
  editor.tool.up(editor.point(50.04, -10, { isTouch: true }));
  assert.deepEqual([editor.view.readout, editor.view.isDrawing], [null, true]);
  editor.click(150, 90, { isTouch: true });
  assert.deepEqual(editor.edges(onlyBox(editor).id), [50, 0, 150, 90]);
});
