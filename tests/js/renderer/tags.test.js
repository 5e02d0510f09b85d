import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveLayer } from "../../../frontend/src/renderer/live-layer.js";
import { Looks } from "../../../frontend/src/renderer/looks.js";
import { paintTag, TAG_HEIGHT_PX } from "../../../frontend/src/renderer/paint.js";
import { fakeCanvas } from "../support/canvas.js";
import { Editor } from "../support/editor.js";
import { boxId, LABELS } from "../support/wire.js";

/** @import { Edges } from "../../../frontend/src/box.js" */
/** @import { Look } from "../../../frontend/src/renderer/paint.js" */

const LIMITS = { left: 0, top: 0, right: 800, bottom: 600 };
const LOOK = { color: "#0072b2", pattern: [], name: "car", isProposed: false, confidence: null, isFaded: false };
const SMALL = { x1: 300, y1: 300, x2: 306, y2: 306 };

/** Where a name is written, and what. @param {Edges} edges @param {Partial<Look>} [look] @param {Parameters<typeof paintTag>[4]} [options] */
function tag(edges, look = {}, options = { isTouched: true }) {
  const canvas = fakeCanvas();
  paintTag(/** @type {any} */ (canvas.canvas.getContext("2d")), edges, { ...LOOK, ...look }, LIMITS, options);
  const [text] = canvas.told("fillText")[0] ?? [null];
  const [left, top, width, height] = canvas.told("fillRect")[0] ?? [];
  return { text, left, top, right: left + width, bottom: top + height };
}

test("a small box has a dot for a name, until somebody looks at it", () => {
  assert.equal(tag(SMALL, {}, {}).text, null);
  assert.equal(tag({ ...SMALL, x2: 350 }, {}, { fromPx: 64 }).text, null, "in a crowd also a wider one");
  assert.equal(tag(SMALL).text, "car");
  assert.equal(tag(SMALL, { isProposed: true, confidence: 0.87 }).text, "car 87\u202f%");
  assert.equal(tag(SMALL, { isFaded: true }).text, "car");
  assert.equal(tag({ ...SMALL, x2: 400 }, { isFaded: true }, {}).text, null);
});

test("the name is outside the box where there is room: above, else below, else inside", () => {
  const [width, height] = [40, 40];
  for (const y of [0, 5, 16, 17, 40, 300, 540, 559, 560]) {
    const box = { x1: 300, y1: y, x2: 300 + width, y2: y + height };
    const { top, bottom } = tag(box);
    assert.ok(bottom < box.y1 || top > box.y2, `at ${y}: ${top} to ${bottom}`);
    assert.ok(top >= 0 && bottom <= 600, `at ${y}`);
  }
  const tall = tag({ x1: 300, y1: -50, x2: 340, y2: 700 });
  assert.deepEqual([tall.top, tall.bottom], [2, 2 + TAG_HEIGHT_PX]);
});

test("the name is whole inside the screen, beside every border", () => {
  for (const x of [-30, -5, 0, 400, 780, 799]) {
    const { left, right } = tag({ x1: x, y1: 300, x2: x + 40, y2: 340 });
    assert.ok(left >= 0 && right <= 800, `at ${x}: ${left} to ${right}`);
  }
});

/** The names that the upper canvas writes. @param {Editor} editor */
function written(editor) {
  const { canvas, told } = fakeCanvas();
  const looks = new Looks(() => LABELS);
  const picture = /** @type {HTMLImageElement} */ (/** @type {unknown} */ ({}));
  const live = new LiveLayer(canvas, editor.workspace, { lookOf: (box) => looks.of(box, false), accent: () => "#ff0000", picture });
  live.layer.resize({ width: 1048, height: 848 }, 1);
  live.draw();
  return told("fillText").map(([text]) => text);
}

test("what is selected, hovered or dragged has its whole name at every zoom", () => {
  for (const scale of [0.05, 0.3, 1, 20]) {
    const editor = new Editor({ boxes: [{}], scale });
    editor.workspace.camera.reveal({ x1: 100, y1: 100, x2: 110, y2: 110 });
    assert.deepEqual(written(editor), []);
    editor.workspace.view.set({ hover: boxId(1) });
    assert.deepEqual(written(editor), ["car"], `hovered at ${scale}`);
    editor.store.select([boxId(1)]);
    assert.deepEqual(written(editor), ["car"], `selected at ${scale}`);
    editor.store.preview(editor.store.newGesture(), [{ id: boxId(1), x1: 101, y1: 100, x2: 201, y2: 180 }]);
    assert.deepEqual(written(editor), ["car"], `dragged at ${scale}`);
  }
});
