import assert from "node:assert/strict";
import { test } from "node:test";

import { Keymap } from "../../../frontend/src/input/keymap.js";
import { SHORTCUTS } from "../../../frontend/src/input/shortcuts.js";
import { found, paletteItems } from "../../../frontend/src/ui/palette-items.js";
import { noticeOf } from "../../../frontend/src/notices.js";
import { card, Editor } from "../support/editor.js";
import { ME, MY_WHO, SOMEBODY } from "../support/wire.js";

/** @import { PaletteItem } from "../../../frontend/src/ui/palette-items.js" */

/** @param {Editor} editor */
const itemsOf = (editor) => paletteItems(editor.workspace, editor.commands, new Keymap());

/** @param {PaletteItem[]} items @param {string} id */
function item(items, id) {
  const one = items.find((each) => each.id === id);
  assert.ok(one, id);
  return one;
}

test("it offers every command, but for those that need their key held, and the palette", () => {
  const items = itemsOf(new Editor());
  const left = SHORTCUTS.filter(({ id, release }) => !items.some((one) => one.id === id) && release === undefined);
  const releases = SHORTCUTS.flatMap(({ release }) => release ?? []);
  const rest = left.map(({ id }) => id).filter((id) => !id.startsWith("label.") && !releases.includes(id));
  assert.deepEqual(rest, ["palette.show"]);
});

test("every item has a name, a group and an id of its own", () => {
  const items = itemsOf(new Editor());
  assert.deepEqual(items.filter(({ name, group }) => !name || !group), []);
  assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
});

test("it says why a command makes no sense now", () => {
  const items = itemsOf(new Editor({ page: { next: null } }));
  assert.equal(item(items, "box.delete").why, "Select a box first.");
  assert.equal(item(items, "frame.next").why, "This is the last image.");
  assert.equal(item(items, "frame.open-again").why, "This image is not marked complete.");
  assert.equal(item(items, "edit.undo").why, "There is nothing to undo.");
  assert.equal(item(items, "box.next").why, "There are no boxes in sight.");
  assert.equal(item(items, "view.fit").why, "");
});

test("the reason is gone with its cause", () => {
  const editor = new Editor({ boxes: [{}] });
  editor.commands.run("box.next");
  editor.commands.run("box.move.left");
  const items = itemsOf(editor);
  for (const id of ["box.delete", "edit.undo", "box.resize.left", "frame.complete-next"]) assert.equal(item(items, id).why, "", id);
});

test("who may only look is told so, for everything that changes boxes", () => {
  const editor = new Editor({ boxes: [{}], role: "viewer" });
  editor.commands.run("box.next");
  const items = itemsOf(editor);
  for (const id of ["tool.draw", "box.new", "box.delete", "box.move.left", "frame.complete-next", "label.1"]) {
    assert.equal(item(items, id).why, "Your role in this project lets you look, not edit.", id);
  }
  assert.equal(item(items, "box.next").why, "");
});

test("without the connection, completing is off and says so", () => {
  const editor = new Editor();
  editor.store.setStatus({ connection: "offline" });
  assert.equal(item(itemsOf(editor), "frame.complete").why, "This needs the connection.");
});

test("it offers the labels by name, with their keys, and gives them", () => {
  const editor = new Editor({ boxes: [{}] });
  editor.commands.run("box.next");
  const [label] = found("give tree", itemsOf(editor), []);
  assert.ok(label);
  assert.deepEqual([label.name, label.keys], ["Give the label tree", ["2"]]);
  label.run();
  assert.equal(editor.workspace.selectedBoxes[0]?.label, editor.treeLabel);
});

test("it offers the other frames by name, once something is typed", () => {
  const editor = new Editor({ page: { filmstrip: [card(11), card(12), card(13)] } });
  const items = itemsOf(editor);
  assert.deepEqual(found("", items, []).filter(({ isFrame }) => isFrame), []);
  const [frame] = found("image-13", items, []);
  frame?.run();
  assert.deepEqual([frame?.name, editor.gone], ["Go to image-13.jpg", [13]]);
  assert.equal(items.some(({ id }) => id === "frame:12"), false, "the one that is open");
});

test("it finds commands by English and by French words, whatever the language of the page", () => {
  const items = itemsOf(new Editor({ boxes: [{}] }));
  /** @type {[string, string][]} */
  const cases = [
    ["undo", "edit.undo"], ["annuler", "edit.undo"], ["remove", "box.delete"], ["supprimer", "box.delete"], ["Precedente", "frame.previous"],
    ["submit", "frame.complete-next"], ["raccourcis", "help.show"], ["preferences", "settings.show"], ["dessiner", "tool.draw"], ["next im", "frame.next"],
  ];
  for (const [query, id] of cases) assert.ok(found(query, items, []).slice(0, 3).some((one) => one.id === id), `${query}: ${id}`);
});

test("every command can be found by a word that is not its name", () => {
  const bare = SHORTCUTS.filter(({ words = "" }) => words.split(" ").length < 2).map(({ id }) => id);
  assert.deepEqual(bare, []);
});

test("what was used last comes first, until something is typed", () => {
  const items = itemsOf(new Editor());
  const recent = ["view.fit", "help.show"];
  assert.deepEqual(found("", items, recent).slice(0, 3).map(({ id }) => id), ["view.fit", "help.show", "tool.select"]);
  assert.equal(found("zoom in", items, recent)[0]?.id, "view.in");
});

test("it follows people by name, each once, and lets them go again", () => {
  const editor = new Editor();
  const person = (/** @type {number} */ user, /** @type {string} */ name, /** @type {string} */ who) => ({ who, user, name, role: "annotator" });
  editor.store.setPeople([person(ME.id, ME.name, MY_WHO), person(7, "Clara", "a"), person(7, "Clara", "b"), person(SOMEBODY.id, SOMEBODY.name, "c")]);
  const rows = () => itemsOf(editor).filter(({ id }) => id.startsWith("follow:"));
  assert.deepEqual(rows().map(({ name }) => name).sort(), ["Follow Ben", "Follow Clara"]);
  item(itemsOf(editor), "follow:7").run();
  assert.deepEqual([editor.view.follow, editor.said], [7, ["Following Clara"]]);
  item(itemsOf(editor), "follow:7").run();
  assert.deepEqual([editor.view.follow, editor.said.at(-1)], [null, "Nobody is followed."]);
});

test("a question about a box is answered by a command, for mine or for theirs", () => {
  for (const [id, edits] of /** @type {[string, number][]} */ ([["together.keep-mine", 1], ["together.keep-theirs", 0]])) {
    const editor = new Editor({ boxes: [{}] });
    const [box] = editor.store.boxes.keys();
    assert.equal(item(itemsOf(editor), id).why, "Nobody changed the same as you.");
    editor.store.notify(noticeOf({ kind: "stale", boxId: box, fields: ["x1"], mine: { x1: 33 }, theirs: { x1: 44 } }));
    editor.store.notify(noticeOf({ kind: "storage" }));
    item(itemsOf(editor), id).run();
    assert.deepEqual([editor.store.notices.map(({ kind }) => kind), editor.store.pending.length], [["storage"], edits], id);
  }
});

test("theme, cursors and the comment with the focus are commands", () => {
  const editor = new Editor();
  /** @type {string[]} */
  const done = [];
  editor.workspace.host = { ...editor.workspace.host, setTheme: (theme) => void done.push(theme), resolveComment: () => void done.push("resolved") };
  for (const id of ["theme.dark", "theme.light", "theme.system", "together.resolve", "view.cursors"]) item(itemsOf(editor), id).run();
  assert.deepEqual([done, editor.workspace.preferences.now.show_cursors], [["dark", "light", "system", "resolved"], false]);
});
