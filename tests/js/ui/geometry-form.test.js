import assert from "node:assert/strict";
import { test } from "node:test";

import { edgesFor } from "../../../frontend/src/ui/geometry-form.js";
import { Editor } from "../support/editor.js";
import { boxId, FRAME } from "../support/wire.js";

const BOX = { x1: 100, y1: 100, x2: 200, y2: 180 };

test("left and top move the box, which stops at the border and keeps its size", () => {
  /** @type {[Parameters<typeof edgesFor>[1], number, number[]][]} */
  const cases = [
    ["x", 130, [130, 100, 230, 180]], ["x", 5000, [FRAME.width - 100, 100, FRAME.width, 180]], ["x", -5, [0, 100, 100, 180]],
    ["y", 20, [100, 20, 200, 100]], ["y", 5000, [100, FRAME.height - 80, 200, FRAME.height]], ["y", -5, [100, 0, 200, 80]],
  ];
  for (const [name, value, expected] of cases) {
    const { x1, y1, x2, y2 } = { ...BOX, ...edgesFor(BOX, name, value, FRAME) };
    assert.deepEqual([x1, y1, x2, y2], expected, `${name} ${value}`);
  }
});

test("width and height move one edge, which stops at the border", () => {
  const editor = new Editor({ boxes: [{}] });
  for (const [name, value] of /** @type {const} */ ([["width", 5000], ["height", 30]])) editor.store.set(boxId(1), edgesFor(BOX, name, value, FRAME));
  assert.deepEqual(editor.edges(boxId(1)), [100, 100, FRAME.width, 130]);
});
