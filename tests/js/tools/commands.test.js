import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { MAX_SCALE } from "../../../frontend/src/camera.js";
import { FrameStore } from "../../../frontend/src/store.js";
import { Editor } from "../support/editor.js";
import { boxId, CAR, FRAME, readOp, TREE } from "../support/wire.js";

const [A, B, C] = [boxId(1), boxId(2), boxId(3)];
const ROW = [{ x1: 100, x2: 150 }, { x1: 200, x2: 250 }, { x1: 300, x2: 350 }];
const translator = /** @type {Record<string, unknown>} */ (globalThis);

afterEach(() => {
  delete translator.gettext;
});

/** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
const editing = (parts) => new Editor({ boxes: ROW, ...parts });

/** Gestures of what is undecided. @param {FrameStore} store */
const gestures = (store) => new Set(store.pending.map(({ g }) => g)).size;

// Walking

test("it walks the boxes in both directions, and says where it ends", () => {
  const { commands, store } = editing();
  const walked = [];
  for (const step of [1, 1, 1, 1, -1, -1, -1]) walked.push([commands.walk(step), ...store.selection]);
  assert.deepEqual(walked, [[true, A], [true, B], [true, C], [false, C], [true, B], [true, A], [false, A]]);
});

test("it begins at the last box backwards, and goes nowhere without boxes", () => {
  const { commands, selected } = editing();
  assert.deepEqual([selected, commands.walk(-1)], [[], true]);
  assert.equal(new Editor().commands.walk(1), false);
});

test("it does not walk to what was rejected", () => {
  const { commands, store } = new Editor({ boxes: [{}, { status: "rejected" }, {}] });
  commands.run("box.next");
  commands.run("box.next");
  assert.deepEqual([...store.selection], [C]);
});

test("it brings the box into sight that it walks to", () => {
  const editor = new Editor({ boxes: [{ x1: 0, x2: 20, y1: 0, y2: 20 }, { x1: 970, x2: 990, y1: 770, y2: 790 }], scale: 8 });
  const { camera } = editor.workspace;
  for (let step = 0; step < 2; step++) {
    editor.commands.run("box.next");
    const [box] = editor.workspace.selectedBoxes;
    assert.ok(box);
    const [low, high] = [camera.toScreen({ x: box.x1, y: box.y1 }), camera.toScreen({ x: box.x2, y: box.y2 })];
    assert.ok(low.x >= 0 && low.y >= 0 && high.x <= camera.view.width && high.y <= camera.view.height, box.id);
  }
});

// Moving and resizing by keys

/** @type {[string, number[]][]} what each key does to a box at 100, 100, 200, 180 */
const NUDGES = [
  ["box.move.left", [99, 100, 199, 180]], ["box.move.right", [101, 100, 201, 180]], ["box.move.up", [100, 99, 200, 179]],
  ["box.move.down", [100, 101, 200, 181]], ["box.move.left.far", [90, 100, 190, 180]], ["box.move.down.far", [100, 110, 200, 190]],
  ["box.resize.left", [100, 100, 199, 180]], ["box.resize.right", [100, 100, 201, 180]], ["box.resize.up", [100, 100, 200, 179]],
  ["box.resize.down", [100, 100, 200, 181]], ["box.resize.right.far", [100, 100, 210, 180]], ["box.resize.up.far", [100, 100, 200, 170]],
];

for (const [id, expected] of NUDGES) {
  test(`it does ${id}, and names only the edges that change`, () => {
    const editor = new Editor({ boxes: [{}] });
    editor.store.select([A]);
    editor.commands.run(id);
    assert.deepEqual(editor.edges(A), expected);
    const names = ["x1", "y1", "x2", "y2"].filter((_, index) => expected[index] !== [100, 100, 200, 180][index]);
    assert.deepEqual(Object.keys(editor.store.pending[0]?.set ?? {}), names);
  });
}

test("it makes one undo step and one command of quick presses", () => {
  const editor = editing();
  editor.store.select([A]);
  for (let press = 0; press < 5; press++) {
    editor.commands.run("box.move.right");
    editor.clock.advance(100);
  }
  assert.deepEqual([editor.edges(A)?.[0], editor.store.pending.length], [105, 1]);
  editor.commands.run("edit.undo");
  assert.equal(editor.edges(A)?.[0], 100);
});

test("it makes one undo step of quick presses that left one by one", () => {
  const editor = editing();
  editor.store.select([A]);
  for (let press = 0; press < 4; press++) {
    editor.commands.run("box.move.right");
    for (const command of editor.store.pending) command.touched = true;
    editor.clock.advance(800);
  }
  assert.deepEqual([editor.store.pending.length, gestures(editor.store)], [4, 1]);
});

/** @type {[string, (editor: Editor) => void][]} */
const NEW_STEPS = [
  ["a pause", (editor) => editor.clock.advance(900)],
  ["another kind of nudge", (editor) => editor.commands.run("box.resize.right")],
  ["an edit of another kind", (editor) => editor.commands.run("label.2")],
  ["an undo", (editor) => editor.commands.run("edit.undo")],
  ["another selection", (editor) => editor.store.select([A, B])],
];

for (const [what, between] of NEW_STEPS) {
  test(`it begins a new undo step after ${what}`, () => {
    const editor = editing();
    editor.store.select([A]);
    editor.commands.run("box.move.right");
    const first = editor.store.lastGesture;
    between(editor);
    editor.commands.run("box.move.right");
    assert.notEqual(editor.store.pending.at(-1)?.g, first);
  });
}

test("it moves several boxes together, as one step, and stops them together at the border", () => {
  const editor = new Editor({ boxes: [{ x1: 4, x2: 50 }, { x1: 300, x2: 350 }] });
  editor.store.select([A, B]);
  editor.commands.run("box.move.left.far");
  assert.deepEqual([editor.edges(A)?.[0], editor.edges(B)?.[0], gestures(editor.store)], [0, 296, 1]);
  const before = editor.store.pending.length;
  editor.commands.run("box.move.left.far");
  assert.equal(editor.store.pending.length, before, "at the border there is nothing to move");
});

test("it resizes no smaller than a pixel and no larger than the image", () => {
  const editor = new Editor({ boxes: [{ x1: 100, x2: 103 }, { x1: 500, x2: FRAME.width - 3 }] });
  editor.store.select([A]);
  editor.commands.run("box.resize.left.far");
  editor.store.select([B]);
  editor.commands.run("box.resize.right.far");
  assert.deepEqual([editor.edges(A)?.[2], editor.edges(B)?.[2]], [101, FRAME.width]);
});

test("it moves nothing while nothing is selected, without a word", () => {
  const editor = editing();
  editor.commands.run("box.move.right");
  editor.commands.run("box.resize.right");
  assert.deepEqual([editor.store.pending, editor.said], [[], []]);
});

test("it moves no box that somebody has deleted meanwhile", () => {
  const editor = editing();
  editor.store.select([A, B]);
  editor.store.confirm([readOp(2, { k: "delete", box: A })]);
  editor.commands.run("box.move.right");
  assert.deepEqual([editor.store.pending.map(({ box }) => box), editor.edges(B)?.[0]], [[B], 201]);
});

// Labels

test("it gives the selected boxes a label, as one step, and the next box too", () => {
  const editor = editing();
  editor.store.select([A, B]);
  editor.commands.run("label.2");
  assert.deepEqual([A, B, C].map((id) => editor.store.boxes.get(id)?.label), [TREE, TREE, CAR]);
  assert.deepEqual([gestures(editor.store), editor.view.label], [1, TREE]);
});

test("it only chooses the label while nothing is selected", () => {
  const editor = editing();
  editor.commands.run("label.2");
  assert.deepEqual([editor.store.pending, editor.view.label], [[], TREE]);
});

test("it says so when no label in use has the key", () => {
  const editor = editing();
  editor.store.select([A]);
  editor.commands.run("label.7");
  editor.commands.run("label.3");
  assert.deepEqual([editor.said, editor.store.pending, editor.view.label], [["No label has the key 7.", "No label has the key 3."], [], CAR]);
});

// New boxes and deleting

test("it makes a box at the pointer, in view size, and selects it", () => {
  for (const [scale, side] of /** @type {const} */ ([[1, 120], [2, 60], [0.5, 240]])) {
    const editor = new Editor({ scale });
    editor.workspace.view.set({ pointer: { x: 500, y: 400 } });
    editor.commands.run("box.new");
    const [box] = editor.drawn;
    assert.deepEqual(editor.edges(box?.id ?? ""), [500 - side / 2, 400 - side / 2, 500 + side / 2, 400 + side / 2], `${scale}`);
    assert.deepEqual([editor.selected, box?.label], [[box?.id], CAR]);
  }
});

test("it makes a box in the middle of what is in sight when nobody points, whole on the image", () => {
  const editor = new Editor();
  editor.workspace.camera.panBy(5000, 5000);
  editor.commands.run("box.new");
  assert.deepEqual(editor.edges(editor.drawn[0]?.id ?? ""), [0, 0, 120, 120]);
  const far = new Editor({ scale: MAX_SCALE });
  far.commands.run("box.new");
  const [x1 = 0, , x2 = 0] = far.edges(far.drawn[0]?.id ?? "") ?? [];
  assert.ok(x2 - x1 >= 8 - 0.1, "so large that one can take hold of it");
});

test("it deletes what is selected as one step, and goes on to the next box for the keyboard", () => {
  const editor = editing();
  editor.store.select([A, B]);
  editor.commands.run("box.delete");
  assert.deepEqual([[...editor.store.boxes.keys()], gestures(editor.store), editor.selected], [[C], 1, [C]]);
  editor.commands.run("box.delete");
  assert.deepEqual([editor.store.boxes.size, editor.selected], [0, []]);
  editor.commands.run("edit.undo");
  editor.commands.run("edit.undo");
  assert.deepEqual([...editor.store.boxes.keys()].sort(), [A, B, C]);
});

test("it goes back to the box before when the last one is deleted", () => {
  const editor = editing();
  editor.store.select([C]);
  editor.commands.run("box.delete");
  assert.deepEqual(editor.selected, [B]);
});

test("it selects nothing by itself while somebody points into the picture", () => {
  const editor = editing();
  editor.workspace.view.set({ pointer: { x: 5, y: 5 } });
  editor.store.select([A]);
  editor.commands.run("box.delete");
  assert.deepEqual(editor.selected, []);
});

// Rights

const EDITS = ["box.new", "box.delete", "box.move.left", "box.resize.right", "label.2", "tool.draw"];

for (const id of EDITS) {
  test(`it refuses ${id} to who may only look, and says why`, () => {
    const editor = editing({ role: "viewer" });
    editor.store.select([A]);
    editor.commands.run(id);
    assert.deepEqual([editor.store.pending, editor.said, editor.view.tool], [[], ["Your role in this project lets you look, not edit."], "select"]);
  });
}

test("it says why no box can be drawn while there are no labels", () => {
  const editor = new Editor();
  editor.store.setLabels([]);
  editor.commands.run("box.new");
  editor.commands.run("tool.draw");
  assert.deepEqual(new Set(editor.said), new Set(["This project has no labels yet, so no box can be drawn."]));
  assert.deepEqual([editor.store.pending, editor.view.tool], [[], "select"]);
});

test("it draws on an image that was opened just now, before the server has spoken", () => {
  const editor = editing();
  const fresh = new FrameStore();
  editor.workspace.open(fresh, editor.workspace.page);
  editor.commands.run("box.new");
  assert.deepEqual([fresh.pending.map(({ k }) => k), editor.said, fresh.boxes.size], [["create"], [], 1]);
});

test("it lets a viewer do no more there than later", () => {
  const editor = editing();
  editor.workspace.open(new FrameStore(), { ...editor.workspace.page, role: "viewer" });
  editor.commands.run("box.new");
  assert.deepEqual(editor.said, ["Your role in this project lets you look, not edit."]);
});

test("it lets viewers walk, zoom and pan", () => {
  const editor = editing({ role: "viewer" });
  for (const id of ["box.next", "view.in", "tool.pan", "tool.select"]) editor.commands.run(id);
  assert.deepEqual([editor.said, editor.selected], [[], [A]]);
});

// The rest

test("it gives up first what was begun, then the selection, then the tool", () => {
  const editor = editing();
  editor.commands.run("tool.draw");
  editor.click(10, 20);
  editor.store.select([A]);
  editor.commands.run("edit.cancel");
  assert.deepEqual([editor.view.isDrawing, editor.selected, editor.view.tool], [false, [A], "draw"]);
  editor.commands.run("edit.cancel");
  assert.deepEqual([editor.selected, editor.view.tool], [[], "draw"]);
  editor.commands.run("edit.cancel");
  assert.equal(editor.view.tool, "select");
});

test("it undoes and redoes", () => {
  const editor = editing();
  editor.store.set(A, { x1: 5 });
  editor.commands.run("edit.undo");
  assert.equal(editor.edges(A)?.[0], 100);
  editor.commands.run("edit.redo");
  assert.equal(editor.edges(A)?.[0], 5);
});

test("it says how safe the edits are", () => {
  const editor = editing();
  editor.commands.run("edit.save");
  editor.store.set(A, { x1: 5 });
  editor.commands.run("edit.save");
  editor.store.setStatus({ connection: "offline" });
  editor.commands.run("edit.save");
  editor.store.set(B, { x1: 5 });
  editor.commands.run("edit.save");
  assert.deepEqual(editor.said, [
    "Everything is saved already, after every edit.", "Saving now. There is no need to press a key.",
    "1 edit is kept here and will be saved when the connection is back.", "2 edits are kept here and will be saved when the connection is back.",
  ]);
});

test("it goes to the neighbouring image, or says that there is none", () => {
  const editor = editing();
  editor.commands.run("frame.next");
  editor.commands.run("frame.previous");
  assert.deepEqual(editor.gone, [13, 11]);
  const last = editing({ page: { next: null } });
  last.commands.run("frame.next");
  assert.deepEqual([last.gone, last.said.length], [[], 1]);
});

test("it zooms in steps, to 100 % and to the whole image", () => {
  const editor = editing();
  const { camera } = editor.workspace;
  editor.commands.run("view.in");
  assert.equal(camera.scale, 1.25);
  editor.commands.run("view.out");
  assert.ok(Math.abs(camera.scale - 1) < 1e-9);
  camera.zoomTo(7);
  editor.commands.run("view.actual");
  assert.ok(Math.abs(camera.scale - 1) < 1e-9);
  editor.commands.run("view.fit");
  assert.equal(camera.isFitted, true);
});

test("it shows the help", () => {
  const editor = editing();
  editor.commands.run("help.show");
  assert.equal(editor.helps, 1);
});

test("it does not pretend to know a command", () => {
  assert.throws(() => editing().commands.run("box.explode"), /no such command: box.explode/);
});

test("it speaks the language of the page", () => {
  translator.gettext = (/** @type {string} */ text) => `fr:${text}`;
  const editor = editing({ role: "viewer" });
  editor.commands.run("tool.draw");
  assert.deepEqual(editor.said, ["fr:Your role in this project lets you look, not edit."]);
});
