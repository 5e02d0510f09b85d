import assert from "node:assert/strict";
import { test } from "node:test";

import { iou } from "../../../frontend/src/geometry.js";
import { byStacking } from "../../../frontend/src/stacking.js";
import { Editor } from "../support/editor.js";
import { forSeeds } from "../support/random.js";
import { boxId } from "../support/wire.js";

const [A, B, C] = [boxId(1), boxId(2), boxId(3)];

/** From below to above. @param {Editor} editor */
const stack = (editor) => [...editor.store.boxes.values()].sort(byStacking).map(({ id }) => id);

/** Boxes in a heap, some of one size and some with an order of their own. @param {import("../support/random.js").Random} dice */
function heap(dice) {
  const boxes = Array.from({ length: dice.integer(2, 7) }, () => {
    const [x1, y1, side] = [dice.integer(0, 300), dice.integer(0, 300), 50 * dice.integer(1, 4)];
    return { x1, y1, x2: x1 + side, y2: y1 + side, z: dice.integer(0, 2) };
  });
  const editor = new Editor({ boxes });
  editor.store.select(boxes.flatMap((_, index) => (index === 0 || dice.chance(0.25) ? [boxId(index + 1)] : [])));
  return editor;
}

test("all the way: past everything else, among themselves as they were, whatever the heap", () => {
  forSeeds(200, (dice) => {
    for (const command of ["box.front", "box.back"]) {
      const editor = heap(dice);
      const before = stack(editor);
      const isChosen = (/** @type {string} */ id) => editor.store.selection.has(id);
      editor.commands.run(command);
      const [chosen, others] = [before.filter(isChosen), before.filter((id) => !isChosen(id))];
      assert.deepEqual(stack(editor), command === "box.front" ? [...others, ...chosen] : [...chosen, ...others], command);
      const again = editor.store.pending.length;
      editor.commands.run(command);
      assert.equal(editor.store.pending.length, again, "what is there already is not edited");
    }
  });
});

test("one step: past the next box that it touches, and no further where the orders differ", () => {
  let exact = 0;
  forSeeds(200, (dice) => {
    for (const [command, way] of /** @type {[string, 1|-1][]} */ ([["box.forward", 1], ["box.backward", -1]])) {
      const editor = heap(dice);
      editor.store.select([A]);
      const box = editor.store.boxes.get(A);
      assert.ok(box);
      const beyond = [...editor.store.boxes.values()].filter((one) => one.id !== A && iou(one, box) > 0 && way * byStacking(one, box) > 0)
        .sort((a, b) => way * byStacking(a, b));
      editor.commands.run(command);
      const [next, afterNext] = beyond;
      const moved = editor.store.boxes.get(A);
      assert.ok(moved);
      if (!next) {
        assert.deepEqual([editor.store.pending, editor.said.length], [[], 1]);
        continue;
      }
      assert.ok(way * byStacking(moved, next) > 0, command);
      if (!afterNext || afterNext.z === next.z) continue;
      exact += 1;
      assert.ok(way * byStacking(moved, afterNext) < 0, command);
    }
  });
  assert.ok(exact > 15, `${exact} heaps had a box beyond the next`);
});

test("a box goes through a pile step by step, and back again", () => {
  const editor = new Editor({ boxes: [{ z: 1 }, { z: 2 }, { z: 3 }] });
  editor.store.select([A]);
  /** @type {string[][]} */
  const seen = [];
  for (const command of ["box.forward", "box.forward", "box.backward", "box.backward"]) {
    editor.commands.run(command);
    seen.push(stack(editor));
  }
  assert.deepEqual(seen, [[B, A, C], [B, C, A], [B, A, C], [A, B, C]]);
});

test("a lock holds against hand and keys, in this window only, until it is taken off", () => {
  const editor = new Editor({ boxes: [{}, { x1: 300, x2: 400 }] });
  editor.store.select([A, B]);
  editor.workspace.view.set({ locked: new Set([A]) });
  editor.commands.run("box.move.right");
  assert.deepEqual([editor.edges(A)?.[0], editor.edges(B)?.[0]], [100, 301]);
  editor.commands.run("box.lock");
  assert.deepEqual([...editor.view.locked], [A, B], "where some are locked, all will be");
  editor.commands.run("box.delete");
  assert.deepEqual([editor.store.boxes.size, editor.said.at(-1)], [2, "What is selected is locked. Unlock it first."]);
  editor.commands.run("box.lock");
  assert.deepEqual([editor.view.locked.size, editor.workspace.selectedBoxes.length], [0, 2]);
});

test("hidden boxes are out of sight, not deleted, and come back together", () => {
  const editor = new Editor({ boxes: [{}, {}, {}] });
  editor.store.select([A, C]);
  editor.commands.run("box.hide");
  assert.deepEqual([editor.workspace.shownBoxes.map(({ id }) => id), editor.selected, editor.store.pending], [[B], [], []]);
  editor.commands.run("box.all");
  assert.deepEqual(editor.selected, [B]);
  editor.commands.run("view.show-hidden");
  assert.equal(editor.workspace.shownBoxes.length, 3);
});

test("all boxes are hidden while a key is held, or until it is pressed again", () => {
  const editor = new Editor({ boxes: [{}] });
  const shown = () => editor.workspace.shownBoxes.length;
  const counts = ["view.blank-while", "view.blank-end", "view.blank", "view.blank"].map((command) => (editor.commands.run(command), shown()));
  assert.deepEqual(counts, [0, 1, 0, 1]);
});

test("it zooms to all that is selected", () => {
  const editor = new Editor({ boxes: [{ x1: 100, x2: 140, y1: 100, y2: 130 }, { x1: 180, x2: 200, y1: 100, y2: 130 }] });
  editor.commands.run("view.selection");
  assert.deepEqual(editor.said, ["Select a box first."]);
  editor.store.select([A, B]);
  editor.commands.run("view.selection");
  const { camera } = editor.workspace;
  const [low, high] = [camera.toScreen({ x: 100, y: 100 }), camera.toScreen({ x: 200, y: 130 })];
  assert.ok(camera.scale > 5 && low.x >= 0 && high.x <= camera.view.width, `${camera.scale}`);
  assert.ok(Math.abs((low.x + high.x) / 2 - camera.view.width / 2) < 1e-6);
});
