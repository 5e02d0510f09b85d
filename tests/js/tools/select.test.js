import assert from "node:assert/strict";
import { test } from "node:test";

import { HANDLE_EDGES, handlePoint } from "../../../frontend/src/hit-test.js";
import { Editor } from "../support/editor.js";
import { forSeeds } from "../support/random.js";
import { boxId, readOp } from "../support/wire.js";

/** @import { Handle } from "../../../frontend/src/hit-test.js" */

const [A, B, C] = [boxId(1), boxId(2), boxId(3)];
/** A is large, B lies in it, C lies apart. */
const NESTED = [{ x1: 100, y1: 100, x2: 500, y2: 400 }, { x1: 200, y1: 200, x2: 300, y2: 300 }, { x1: 700, y1: 100, x2: 800, y2: 200 }];
const START = { x1: 100, y1: 100, x2: 500, y2: 400 };

/** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
const editing = (parts) => new Editor({ boxes: NESTED, ...parts });

test("it selects the topmost box, and nothing beside boxes", () => {
  const editor = editing();
  editor.click(250, 250);
  assert.deepEqual(editor.selected, [B]);
  editor.click(750, 150);
  assert.deepEqual(editor.selected, [C]);
  editor.click(600, 600);
  assert.deepEqual(editor.selected, []);
  assert.deepEqual(editor.store.pending, []);
});

test("it reaches the boxes below by clicking again, round and round", () => {
  const editor = editing();
  for (const expected of [B, A, B, A]) {
    editor.click(250, 250);
    assert.deepEqual(editor.selected, [expected]);
  }
  editor.click(150, 350);
  assert.deepEqual(editor.selected, [A], "alone under the pointer it stays selected");
  editor.click(150, 350);
  assert.deepEqual(editor.selected, [A]);
});

test("it adds with Shift and takes out again", () => {
  const editor = editing();
  editor.click(250, 250);
  editor.click(750, 150, { shift: true });
  assert.deepEqual(editor.selected, [B, C]);
  editor.click(250, 250, { shift: true });
  assert.deepEqual(editor.selected, [C]);
  editor.click(600, 600, { shift: true });
  assert.deepEqual(editor.selected, [C], "Shift beside boxes takes nothing away");
});

test("it selects one of several by a click on it", () => {
  const editor = editing();
  editor.store.select([A, C]);
  editor.click(750, 150);
  assert.deepEqual(editor.selected, [C]);
});

test("it moves a box that was pressed, as one edit of all four edges", () => {
  const editor = editing();
  editor.drag([750, 150], [760, 130]);
  assert.deepEqual([editor.selected, editor.edges(C)], [[C], [710, 80, 810, 180]]);
  assert.deepEqual(editor.store.pending.map(({ k, box, set }) => [k, box, Object.keys(set)]), [["set", C, ["x1", "y1", "x2", "y2"]]]);
  assert.deepEqual([editor.store.myPreview, editor.view.readout], [null, null]);
});

test("it writes only the edges that a move changes", () => {
  const editor = editing();
  editor.drag([750, 150], [790, 150]);
  assert.deepEqual(Object.keys(editor.store.pending[0]?.set ?? {}), ["x1", "x2"]);
});

test("it shows the move to me and the others while it lasts, without an edit", () => {
  const editor = editing();
  editor.tool.down(editor.point(750, 150));
  editor.tool.move(editor.point(760, 170));
  assert.deepEqual(editor.store.myPreview?.boxes, [{ id: C, x1: 710, y1: 120, x2: 810, y2: 220 }]);
  assert.deepEqual(editor.view.readout, { id: C, x1: 710, y1: 120, x2: 810, y2: 220 });
  assert.deepEqual([editor.store.pending, editor.edges(C)], [[], [700, 100, 800, 200]]);
  editor.tool.up(editor.point(760, 170));
  assert.deepEqual([editor.previews.at(-1)?.boxes, editor.previews.at(-1)?.committed], [null, true]);
});

test("it holds a moved box at the border of the image", () => {
  const editor = editing();
  editor.drag([750, 150], [5000, -5000]);
  assert.deepEqual(editor.edges(C), [900, 0, 1000, 100]);
});

test("it takes a trembling click for a click, not for a move", () => {
  const editor = editing();
  editor.drag([750, 150], [752, 148]);
  assert.deepEqual([editor.store.pending, editor.selected], [[], [C]]);
});

test("it makes no edit of a move that comes back", () => {
  const editor = editing();
  editor.tool.down(editor.point(750, 150));
  editor.tool.move(editor.point(790, 190));
  editor.tool.move(editor.point(750, 150));
  editor.tool.up(editor.point(750, 150));
  assert.deepEqual([editor.store.pending, editor.store.myPreview], [[], null]);
});

test("it moves several boxes as one gesture, and they keep their places to one another", () => {
  const editor = editing();
  editor.store.select([A, C]);
  editor.drag([750, 150], [5000, 160]);
  assert.deepEqual([editor.edges(A), editor.edges(C)], [[300, 110, 700, 410], [900, 110, 1000, 210]]);
  assert.deepEqual([editor.store.pending.length, new Set(editor.store.pending.map(({ g }) => g)).size], [2, 1]);
  editor.store.undo();
  assert.deepEqual([editor.edges(A), editor.edges(C)], [[100, 100, 500, 400], [700, 100, 800, 200]], "one undo takes it all back");
});

test("it keeps several boxes selected while they are moved, also from a box that lies over another", () => {
  const editor = editing();
  editor.store.select([A, C]);
  editor.drag([250, 250], [260, 250]);
  assert.deepEqual([editor.selected, editor.edges(A), editor.edges(B)], [[A, C], [110, 100, 510, 400], [200, 200, 300, 300]]);
});

/** @type {[Handle, number[]][]} where each handle leads when it is moved by (-30, 20) */
const RESIZES = [
  ["nw", [70, 120, 500, 400]], ["n", [100, 120, 500, 400]], ["ne", [100, 120, 470, 400]], ["e", [100, 100, 470, 400]],
  ["se", [100, 100, 470, 420]], ["s", [100, 100, 500, 420]], ["sw", [70, 100, 500, 420]], ["w", [70, 100, 500, 400]],
];

for (const [handle, expected] of RESIZES) {
  for (const scale of [1, 0.4, 3]) {
    test(`it resizes by the handle ${handle} at zoom ${scale}, and writes only the edges of that handle`, () => {
      const editor = new Editor({ boxes: [START], scale });
      editor.store.select([A]);
      const { x, y } = handlePoint(START, handle);
      editor.drag([x, y], [x - 30, y + 20]);
      assert.deepEqual(editor.edges(A), expected);
      assert.deepEqual(Object.keys(editor.store.pending[0]?.set ?? {}).sort(), [...HANDLE_EDGES[handle]].sort());
      assert.deepEqual(editor.selected, [A]);
    });
  }
}

test("it stops a resize a pixel before the opposite edge, and at the border", () => {
  const editor = new Editor({ boxes: [START] });
  editor.store.select([A]);
  editor.drag([100, 100], [900, 900]);
  assert.deepEqual(editor.edges(A), [499, 399, 500, 400]);
  const other = new Editor({ boxes: [START] });
  other.store.select([A]);
  other.drag([500, 400], [5000, 5000]);
  assert.deepEqual(other.edges(A), [100, 100, 1000, 800]);
});

test("it does not undo what somebody else did to the opposite edge meanwhile", () => {
  const editor = new Editor({ boxes: [START] });
  editor.store.select([A]);
  editor.tool.down(editor.point(500, 250));
  editor.tool.move(editor.point(550, 250));
  editor.store.confirm([readOp(2, { f: { x1: 50 }, b: { x1: 100 } })]);
  editor.tool.up(editor.point(550, 250));
  assert.deepEqual([editor.edges(A), editor.store.pending[0]?.set], [[50, 100, 550, 400], { x2: 550 }]);
});

test("it ends cleanly when somebody deletes the box in hand", () => {
  const editor = new Editor({ boxes: [START] });
  editor.store.select([A]);
  editor.tool.down(editor.point(300, 250));
  editor.tool.move(editor.point(350, 250));
  editor.store.confirm([readOp(2, { k: "delete", box: A })]);
  editor.tool.move(editor.point(360, 250));
  editor.tool.up(editor.point(360, 250));
  assert.deepEqual([editor.store.pending, editor.store.myPreview, editor.store.boxes.has(A)], [[], null, false]);
});

test("it resizes several boxes together by the handles of their common frame, as one gesture", () => {
  const editor = editing();
  editor.store.select([A, C]);
  editor.drag([800, 400], [870, 460]);
  assert.deepEqual([editor.edges(A), editor.edges(C), editor.edges(B)], [[100, 100, 540, 460], [760, 100, 870, 220], [200, 200, 300, 300]]);
  assert.equal(new Set(editor.store.pending.map(({ g }) => g)).size, 1);
  editor.store.undo();
  assert.deepEqual([editor.edges(A), editor.edges(C)], [[100, 100, 500, 400], [700, 100, 800, 200]]);
});

test("it frames boxes with Shift or Ctrl: those whose middle lies inside, added to the selection", () => {
  const editor = editing();
  editor.store.select([]);
  editor.tool.down(editor.point(690, 90, { shift: true }));
  editor.tool.move(editor.point(820, 220, { shift: true }));
  assert.deepEqual(editor.view.marquee, { x1: 690, y1: 90, x2: 820, y2: 220 });
  editor.tool.up(editor.point(820, 220, { shift: true }));
  assert.deepEqual([[...editor.store.selection], editor.view.marquee, editor.store.pending], [[C], null, []]);
});

test("it gives up a move or resize: everything is as it was", () => {
  const editor = editing();
  editor.tool.down(editor.point(750, 150));
  editor.tool.move(editor.point(790, 190));
  assert.equal(editor.tool.cancel(), true);
  editor.tool.move(editor.point(800, 200));
  editor.tool.up(editor.point(800, 200));
  assert.deepEqual([editor.store.pending, editor.store.myPreview, editor.edges(C), editor.view.readout], [[], null, [700, 100, 800, 200], null]);
  assert.deepEqual([editor.previews.at(-1)?.boxes, editor.previews.at(-1)?.committed], [null, false]);
  assert.equal(editor.tool.cancel(), false);
});

test("it moves the picture when dragged beside boxes, and keeps the selection", () => {
  const editor = editing();
  editor.store.select([A]);
  const { x, y } = editor.workspace.camera;
  const { sx, sy } = editor.point(600, 600);
  const at = (/** @type {number} */ dx) => ({ ...editor.point(600, 600), sx: sx + dx, sy: sy + dx });
  editor.tool.down(at(0));
  editor.tool.move(at(30));
  editor.tool.move(at(50));
  editor.tool.up(at(50));
  assert.deepEqual([editor.workspace.camera.x - x, editor.workspace.camera.y - y], [50, 50]);
  assert.deepEqual([editor.store.pending, editor.selected, editor.view.cursor], [[], [A], "default"]);
});

test("it lets a viewer look at boxes and select them, and changes nothing", () => {
  const editor = editing({ role: "viewer" });
  editor.click(750, 150);
  assert.deepEqual(editor.selected, [C]);
  editor.drag([750, 150], [790, 190]);
  editor.drag([800, 200], [850, 250]);
  assert.deepEqual([editor.store.pending, editor.previews, editor.edges(C)], [[], [], [700, 100, 800, 200]]);
});

test("it says by the pointer what a press would do", () => {
  const editor = editing();
  const cursor = (/** @type {number} */ x, /** @type {number} */ y) => {
    editor.tool.hover(editor.point(x, y));
    return [editor.view.cursor, editor.view.hover];
  };
  assert.deepEqual(cursor(750, 150), ["move", C]);
  assert.deepEqual(cursor(600, 600), ["default", null]);
  editor.store.select([C]);
  assert.deepEqual(cursor(800, 200), ["nwse-resize", null]);
  assert.deepEqual(cursor(800, 100), ["nesw-resize", null]);
  assert.deepEqual(cursor(750, 100), ["ns-resize", null]);
  assert.deepEqual(cursor(700, 150), ["ew-resize", null]);
  editor.store.setRole("viewer");
  assert.deepEqual(cursor(750, 150), ["pointer", C]);
});

test("it takes hold of a thin box a little beside it, the same on the screen at every zoom", () => {
  for (const scale of [0.25, 1, 8]) {
    const editor = new Editor({ boxes: [{ x1: 500, y1: 100, x2: 501, y2: 700 }], scale });
    editor.click(501 + 2.9 / scale, 400);
    assert.deepEqual(editor.selected, [A], `${scale}`);
    editor.store.select([]);
    editor.click(501 + 3.1 / scale, 400);
    assert.deepEqual(editor.selected, [], `${scale}`);
  }
});

test("it gives fingers a longer reach", () => {
  const reach = (/** @type {boolean} */ isTouch) => {
    const editor = new Editor({ boxes: [START] });
    editor.store.select([A]);
    editor.drag([518, 418], [528, 428], { isTouch });
    return editor.edges(A);
  };
  assert.deepEqual([reach(false), reach(true)], [[100, 100, 500, 400], [100, 100, 510, 410]]);
});

test("it takes every move of every box, the smallest too", () => {
  forSeeds(200, (random) => {
    const x1 = random.integer(0, 9900) / 10;
    const editor = new Editor({ boxes: [{ x1, y1: 300, x2: x1 + 1, y2: 301 }] });
    editor.store.select([A]);
    const dx = random.integer(-300, 300) / 10;
    editor.drag([x1 + 0.5, 300.5], [x1 + 0.5 + dx, 310.5]);
    const expected = Math.round(Math.min(Math.max(x1 + dx, 0), 999) * 10) / 10;
    assert.equal(editor.edges(A)?.[0], expected);
  });
});

// Held fingers

/** Pressed, held, and let go where it is. @param {Editor} editor @param {number} x @param {number} y */
function hold(editor, x, y) {
  editor.tool.down(editor.point(x, y, { isTouch: true }));
  editor.tool.hold?.(editor.point(x, y, { isTouch: true }));
  editor.tool.up(editor.point(x, y, { isTouch: true }));
}

test("a finger that is held on a box selects it too, and takes it out again", () => {
  const editor = editing();
  editor.click(250, 250, { isTouch: true });
  hold(editor, 750, 150);
  assert.deepEqual(editor.selected, [B, C]);
  hold(editor, 750, 150);
  assert.deepEqual(editor.selected, [B]);
  assert.deepEqual(editor.store.pending, []);
});

test("a finger that is held beside boxes frames what it is dragged over, and takes nothing away", () => {
  const editor = editing();
  const { x } = editor.workspace.camera;
  editor.store.select([B]);
  editor.tool.down(editor.point(650, 50, { isTouch: true }));
  editor.tool.hold?.(editor.point(650, 50, { isTouch: true }));
  editor.tool.move(editor.point(900, 300, { isTouch: true }));
  assert.deepEqual([editor.view.marquee, editor.workspace.camera.x], [{ x1: 650, y1: 50, x2: 900, y2: 300 }, x]);
  editor.tool.up(editor.point(900, 300, { isTouch: true }));
  assert.deepEqual([editor.selected, editor.view.marquee], [[B, C], null]);
  hold(editor, 650, 600);
  assert.deepEqual(editor.selected, [B, C], "held and let go beside boxes");
});

test("what was selected by holding is dragged together", () => {
  const editor = editing();
  editor.store.select([B]);
  editor.tool.down(editor.point(750, 150, { isTouch: true }));
  editor.tool.hold?.(editor.point(750, 150, { isTouch: true }));
  editor.tool.move(editor.point(770, 150, { isTouch: true }));
  editor.tool.up(editor.point(770, 150, { isTouch: true }));
  assert.deepEqual([editor.edges(B), editor.edges(C)], [[220, 200, 320, 300], [720, 100, 820, 200]]);
});

test("a handle that is held is still a handle", () => {
  const editor = editing();
  editor.store.select([C]);
  editor.tool.down(editor.point(800, 200, { isTouch: true }));
  editor.tool.hold?.(editor.point(800, 200, { isTouch: true }));
  editor.tool.move(editor.point(820, 220, { isTouch: true }));
  editor.tool.up(editor.point(820, 220, { isTouch: true }));
  assert.deepEqual([editor.selected, editor.edges(C)], [[C], [700, 100, 820, 220]]);
});
