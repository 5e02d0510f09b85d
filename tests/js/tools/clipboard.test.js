import assert from "node:assert/strict";
import { test } from "node:test";

import { settle } from "../support/clock.js";
import { card, Editor } from "../support/editor.js";
import { boxId, CAR, FRAME, readBox, RETIRED, TREE } from "../support/wire.js";

/** @import { Box } from "../../../frontend/src/box.js" */

const [A, B] = [boxId(1), boxId(2)];
const PAIR = [{ label: TREE }, { x1: 260, y1: 140, x2: 300, y2: 200 }];

/** Two boxes, copied. @param {Record<string, unknown>[]} [boxes] */
function copied(boxes = PAIR) {
  const editor = new Editor({ boxes });
  editor.store.select(boxes.map((_, index) => boxId(index + 1)));
  editor.commands.run("edit.copy");
  editor.store.select([]);
  return editor;
}

/** @param {Editor} editor @param {number} x @param {number} y */
function point(editor, x, y) {
  editor.workspace.view.set({ pointer: { x, y } });
}

/** @param {Editor} editor */
const placed = (editor) => editor.drawn.map(({ id, label }) => [editor.edges(id), label]);
/** @param {Editor} editor */
const gestures = (editor) => new Set(editor.store.pending.map(({ g }) => g)).size;

test("pasted boxes follow the pointer, keep their places to one another, and a click puts them down", () => {
  const editor = copied();
  point(editor, 500, 400);
  editor.commands.run("edit.paste");
  assert.deepEqual([editor.view.tool, editor.drawn], ["paste", []], "nothing is done yet");
  editor.tool.hover(editor.point(600, 500));
  assert.deepEqual(editor.store.myPreview?.boxes.map(({ x1, y1, label }) => [x1, y1, label]), [[500, 450, TREE], [660, 490, CAR]]);
  editor.click(600, 500);
  assert.deepEqual(placed(editor), [[[500, 450, 600, 530], TREE], [[660, 490, 700, 550], CAR]]);
  assert.deepEqual([editor.view.tool, editor.selected, gestures(editor), editor.store.myPreview], ["select", editor.drawn.map(({ id }) => id), 1, null]);
});

test("they stay in hand with Ctrl and with another paste, each time one undo step", () => {
  const editor = copied([{}]);
  point(editor, 500, 400);
  editor.commands.run("edit.paste");
  editor.click(500, 400, { isMore: true });
  assert.equal(editor.view.tool, "paste");
  point(editor, 600, 500);
  editor.tool.hover(editor.point(600, 500));
  editor.commands.run("edit.paste");
  editor.click(700, 600);
  assert.deepEqual([editor.drawn.length, gestures(editor), editor.view.tool], [3, 3, "select"]);
  assert.equal(new Set(editor.drawn.map(({ id }) => id)).size, 3);
});

test("Enter puts them down, Escape gives them up", () => {
  const editor = copied([{}]);
  point(editor, 500, 400);
  editor.commands.run("edit.paste");
  editor.commands.run("edit.cancel");
  assert.deepEqual([editor.drawn, editor.store.myPreview, editor.view.tool], [[], null, "select"]);
  editor.commands.run("edit.paste");
  editor.commands.run("edit.put-down");
  assert.deepEqual(placed(editor), [[[450, 360, 550, 440], CAR]]);
});

test("the tool from before is in the hand again", () => {
  for (const tool of /** @type {const} */ (["draw", "extreme", "select"])) {
    const editor = copied([{}]);
    editor.toolbox.use(tool);
    point(editor, 500, 400);
    editor.commands.run("edit.paste");
    editor.click(500, 400);
    assert.equal(editor.view.tool, tool);
  }
});

test("they stop at the border as a whole", () => {
  const editor = copied();
  point(editor, 0, 0);
  editor.commands.run("edit.paste");
  editor.click(0, FRAME.height);
  assert.deepEqual(placed(editor).map(([edges]) => edges), [[0, 700, 100, 780], [160, 740, 200, 800]]);
});

test("without a pointer they come to lie beside where they were", () => {
  const editor = copied([{}]);
  editor.commands.run("edit.paste");
  assert.deepEqual(placed(editor), [[[112, 112, 212, 192], CAR]]);
});

test("a copy outlives its box and its image, and a label that was set aside", () => {
  const editor = copied([{ label: RETIRED }]);
  editor.store.remove(A);
  editor.workspace.open(editor.store, editor.workspace.page);
  point(editor, 500, 400);
  editor.commands.run("edit.paste");
  editor.click(500, 400);
  assert.deepEqual(placed(editor).map(([, label]) => label), [CAR]);
});

test("it says what is missing", () => {
  const editor = new Editor({ boxes: [{}] });
  for (const command of ["edit.copy", "edit.duplicate", "edit.paste"]) editor.commands.run(command);
  assert.deepEqual(editor.said, ["Select a box first.", "Select a box first.", "Nothing was copied yet."]);
  assert.deepEqual(editor.store.pending, []);
});

test("a duplicate lies beside its box at every zoom, and near the border on the other side", () => {
  /** @type {[number, Record<string, unknown>, number[]][]} */
  const cases = [
    [1, {}, [112, 112, 212, 192]], [0.5, {}, [124, 124, 224, 204]], [12, {}, [101, 101, 201, 181]],
    [1, { x1: 900, x2: 995, y1: 700, y2: 795 }, [888, 688, 983, 783]],
    [1, { x1: 0, x2: 1000, y1: 100, y2: 200 }, [0, 112, 1000, 212]],
  ];
  for (const [scale, box, expected] of cases) {
    const editor = new Editor({ boxes: [box], scale });
    editor.store.select([A]);
    editor.commands.run("edit.duplicate");
    assert.deepEqual(placed(editor).map(([edges]) => edges), [expected], JSON.stringify(box));
    assert.deepEqual(editor.selected, editor.drawn.map(({ id }) => id));
  }
});

test("duplicates keep their places to one another, in one undo step", () => {
  const editor = new Editor({ boxes: [{ x1: 100, x2: 200 }, { x1: 900, x2: 1000 }] });
  editor.store.select([A, B]);
  editor.commands.run("edit.duplicate");
  assert.deepEqual(placed(editor).map(([edges]) => edges), [[88, 112, 188, 192], [888, 112, 988, 192]]);
  assert.equal(gestures(editor), 1);
});

/** @param {Box[]|null} boxes of the image before @param {ConstructorParameters<typeof Editor>[0]} [parts] */
async function repeating(boxes, parts) {
  const editor = new Editor(parts);
  /** @type {number[]} */
  const asked = [];
  editor.workspace.host.boxesOf = async (frame) => (asked.push(frame), boxes);
  editor.commands.run("box.repeat");
  await settle();
  return { editor, asked };
}

test("the boxes of the image before are added in its proportions, in one undo step", async () => {
  const before = card(11, { width: FRAME.width / 2, height: FRAME.height * 2 });
  const boxes = [readBox(5, { x1: 10, x2: 60, y1: 100, y2: 300, label: TREE, z: 2 }), readBox(6), readBox(7, { status: "rejected" })];
  const { editor, asked } = await repeating(boxes, { page: { previous: before } });
  assert.deepEqual(asked, [11]);
  assert.deepEqual(placed(editor), [[[20, 50, 120, 150], TREE], [[200, 50, 400, 90], CAR]]);
  assert.deepEqual([gestures(editor), editor.selected.length, editor.drawn[0]?.z], [1, 2, 2]);
  assert.deepEqual(editor.said, ["2 boxes of the image before were added."]);
});

test("nothing that a model only proposes becomes a box of a person, and where proposals must not lead nothing that nobody looked at", async () => {
  const proposed = { source: "model", status: "proposed", confidence: 0.9, detection: "d" };
  const alone = { source: "model", confidence: 0.99, detection: "d", by: null };
  const judged = { ...alone, feedback: "positive" };
  const boxes = [readBox(5, proposed), readBox(6, { ...alone, x1: 300, x2: 350 }), readBox(7, { ...judged, x1: 400, x2: 450 }), readBox(8, { x1: 500, x2: 550 })];
  const lefts = (/** @type {Editor} */ editor) => placed(editor).map(([edges]) => /** @type {number[]} */ (edges)[0]);
  const open = await repeating(boxes);
  assert.deepEqual(lefts(open.editor), [300, 400, 500]);
  const blind = await repeating(boxes, { page: { frame: card(FRAME.id, { is_blind: true }) } });
  assert.deepEqual(lefts(blind.editor), [400, 500]);
  const nothing = await repeating(boxes.slice(0, 1));
  assert.deepEqual([nothing.editor.drawn, nothing.editor.said], [[], ["No box of the image before has been accepted yet. Nothing was added."]]);
});

test("nothing is added twice", async () => {
  const { editor } = await repeating([readBox(5, { x1: 101 }), readBox(6, { label: TREE })], { boxes: [{}] });
  assert.deepEqual(placed(editor).map(([, label]) => label), [TREE], "the same place with another label is another box");
  editor.commands.run("box.repeat");
  await settle();
  assert.deepEqual([editor.drawn.length, editor.said.at(-1)], [1, "The boxes of the image before are all here already."]);
});

test("it says why nothing is added", async () => {
  const [away, none] = [await repeating(null), await repeating([])];
  assert.deepEqual([away.editor.said, none.editor.said], [["The boxes of the image before cannot be had now. Nothing was changed."], ["The image before has no boxes."]]);
  const { asked, editor } = await repeating([readBox(5)], { page: { previous: null } });
  assert.deepEqual([asked, editor.drawn], [[], []]);
});

test("it adds nothing to an image that somebody impatient went on to", async () => {
  const editor = new Editor();
  /** @type {(boxes: Box[]) => void} */
  let answer = () => {};
  editor.workspace.host.boxesOf = () => new Promise((resolve) => (answer = resolve));
  editor.commands.run("box.repeat");
  const next = new Editor();
  editor.workspace.open(next.store, editor.workspace.page);
  answer([readBox(5)]);
  await settle();
  assert.deepEqual([editor.store.pending, next.store.pending], [[], []]);
});
