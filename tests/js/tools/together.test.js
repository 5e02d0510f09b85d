import assert from "node:assert/strict";
import { test } from "node:test";

import { noticeOf } from "../../../frontend/src/notices.js";
import { Editor } from "../support/editor.js";
import { boxId, ME, MY_WHO, SOMEBODY } from "../support/wire.js";

const [A, B] = [boxId(1), boxId(2)];
const CLARA = { id: 7, name: "Clara" };

/** @param {Editor} editor @param {{id: number, name: string}[]} others */
function arrive(editor, ...others) {
  const people = others.map(({ id, name }, at) => ({ who: `who-${id}-${at}`, user: id, name, role: "annotator" }));
  editor.store.setPeople([{ who: MY_WHO, user: ME.id, name: ME.name, role: "annotator" }, ...people]);
}

test("it follows one person after the other, then nobody", () => {
  const editor = new Editor();
  editor.commands.run("together.follow");
  assert.deepEqual([editor.view.follow, editor.said], [null, ["Nobody else is here."]]);
  arrive(editor, CLARA, SOMEBODY, SOMEBODY, ME);
  const followed = [1, 2, 3, 4].map(() => (editor.commands.run("together.follow"), editor.view.follow));
  assert.deepEqual(followed, [SOMEBODY.id, CLARA.id, null, SOMEBODY.id], "each person once, not me in another window");
  assert.deepEqual(editor.said.slice(1), ["Following Ben", "Following Clara", "Nobody is followed.", "Following Ben"]);
});

test("it stops following somebody who has gone", () => {
  const editor = new Editor();
  arrive(editor, SOMEBODY);
  editor.commands.run("together.follow");
  arrive(editor);
  editor.commands.run("together.follow");
  assert.equal(editor.view.follow, null);
});

test("it looks at the box of the newest notice that has one", () => {
  const editor = new Editor({ boxes: [{}, { x1: 900, x2: 990, y1: 700, y2: 790 }], scale: 8 });
  editor.commands.run("together.look");
  for (const box of [A, B, null]) editor.store.notify(noticeOf({ kind: "overwritten", boxId: box }));
  editor.commands.run("together.look");
  const { camera } = editor.workspace;
  const middle = camera.toScreen({ x: 945, y: 745 });
  assert.deepEqual([editor.selected, editor.said], [[B], ["Nobody has changed anything of yours."]]);
  assert.ok(middle.x > 0 && middle.x < camera.view.width && middle.y > 0 && middle.y < camera.view.height);
});

test("it says so where that box is deleted", () => {
  const editor = new Editor();
  editor.store.notify(noticeOf({ kind: "gone", boxId: A }));
  editor.commands.run("together.look");
  assert.deepEqual(editor.said, ["That box is deleted."]);
});

test("a comment is about the selected box, else the place of the pointer, else the whole image", () => {
  const editor = new Editor({ boxes: [{}] });
  const { view } = editor.workspace;
  view.set({ isFocused: true });
  editor.commands.run("together.comment");
  assert.deepEqual([view.now.panel, view.now.remark, view.now.isFocused], ["comments", {}, false]);
  view.set({ pointer: { x: 10.4, y: 20.6 } });
  editor.commands.run("together.comment");
  assert.deepEqual(view.now.remark, { x: 10, y: 21 });
  editor.store.select([A]);
  editor.commands.run("together.comment");
  assert.deepEqual(view.now.remark, { box: A });
});

test("the panels are commands, and show what a focused picture hides", () => {
  const editor = new Editor();
  for (const panel of /** @type {const} */ (["history", "comments", "boxes"])) {
    editor.workspace.view.set({ isFocused: true });
    editor.commands.run(`panel.${panel}`);
    assert.deepEqual([editor.view.panel, editor.view.isFocused], [panel, false]);
  }
});
