import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../support/editor.js";

test("it turns what is on the screen on and off, and says how it is now", () => {
  const editor = new Editor();
  const { preferences } = editor.workspace;
  /** @type {[string, 'show_crosshair'|'keep_zoom'|'smooth_pixels'|'show_cursors'|'single_keys'][]} */
  const cases = [
    ["view.crosshair", "show_crosshair"], ["view.keep-zoom", "keep_zoom"], ["view.smooth", "smooth_pixels"], ["view.cursors", "show_cursors"],
    ["keys.single", "single_keys"],
  ];
  for (const [id, name] of cases) {
    const before = preferences.now[name];
    for (const wanted of [!before, before]) {
      editor.commands.run(id);
      assert.equal(preferences.now[name], wanted, id);
    }
    const [one, other] = editor.said.splice(0);
    assert.ok(one && other && one !== other, id);
  }
});

test("it chooses the keys of another tool, and what is read out", () => {
  const editor = new Editor();
  const { preferences } = editor.workspace;
  for (const preset of ["cvat", "labelstudio", "labelimg", "ours"]) {
    editor.commands.run(`preset.${preset}`);
    assert.equal(preferences.now.preset, preset);
  }
  for (const announce of ["own", "none", "all"]) {
    editor.commands.run(`announce.${announce}`);
    assert.equal(preferences.now.announce, announce);
  }
});

test("language, signing out and a detection are the page's to end", () => {
  const editor = new Editor();
  /** @type {string[]} */
  const asked = [];
  let isDetecting = false;
  Object.assign(editor.workspace.host, {
    setLanguage: (/** @type {string} */ language) => asked.push(language), signOut: () => asked.push("out"), isDetecting: () => isDetecting,
    cancelDetection: () => asked.push("cancel"),
  });
  editor.commands.run("ai.cancel");
  assert.deepEqual([asked, editor.said], [[], ["No model is detecting now."]]);
  isDetecting = true;
  for (const id of ["ai.cancel", "language.fr", "language.en", "account.sign-out"]) editor.commands.run(id);
  assert.deepEqual(asked, ["cancel", "fr", "en", "out"]);
});
