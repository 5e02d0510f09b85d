import assert from "node:assert/strict";
import { test } from "node:test";

import { Renderer } from "../../../frontend/src/renderer/renderer.js";
import { fakeCanvas } from "../support/canvas.js";
import { Editor } from "../support/editor.js";

test("it listens for one ratio of pixels, however often the stage changes its size, and follows a new one", (context) => {
  /** @type {{query: string, tell: () => void}[]} */
  const asked = [];
  const globals = {
    devicePixelRatio: 1, getComputedStyle: () => ({ getPropertyValue: () => "" }), ResizeObserver: class { observe() {} },
    matchMedia: (/** @type {string} */ query) => ({ addEventListener: (/** @type {string} */ _, /** @type {() => void} */ tell) => asked.push({ query, tell }) }),
  };
  const all = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (globalThis));
  const before = Object.fromEntries(Object.keys(globals).map((name) => [name, all[name]]));
  Object.assign(all, globals);
  context.after(() => Object.assign(all, before));
  const { workspace } = new Editor();
  workspace.frames.ask = () => {};
  const [boxes, live] = [fakeCanvas(), fakeCanvas()];
  const element = (/** @type {object} */ parts) => /** @type {any} */ ({ style: {}, ...parts });
  const stage = element({ clientWidth: 400, clientHeight: 300 });
  const renderer = new Renderer({ stage, picture: element({}), boxes: boxes.canvas, live: live.canvas }, workspace);
  for (let width = 400; width < 420; width++) {
    stage.clientWidth = width;
    renderer.resize();
  }
  assert.deepEqual([asked.map(({ query }) => query), boxes.canvas.width], [["(resolution: 1dppx)"], 419]);
  all["devicePixelRatio"] = 2;
  asked[0]?.tell();
  assert.deepEqual([asked.map(({ query }) => query), boxes.canvas.width], [["(resolution: 1dppx)", "(resolution: 2dppx)"], 838]);
});
