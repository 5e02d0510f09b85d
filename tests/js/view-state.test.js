import assert from "node:assert/strict";
import { test } from "node:test";

import { ViewState } from "../../frontend/src/view-state.js";

/** @param {ViewState} view */
function heardFrom(view) {
  /** @type {string[][]} */
  const heard = [];
  view.subscribe((changed) => heard.push([...changed]));
  return heard;
}

test("it says what changed, and nothing when nothing did", () => {
  const view = new ViewState();
  const heard = heardFrom(view);
  view.set({ tool: "draw", cursor: "crosshair" });
  view.set({ tool: "draw", label: 3 });
  view.set({ tool: "draw", label: 3 });
  assert.deepEqual(heard, [["tool", "cursor"], ["label"]]);
  assert.deepEqual([view.now.tool, view.now.label, view.now.cursor], ["draw", 3, "crosshair"]);
});

test("it never changes what somebody holds", () => {
  const view = new ViewState();
  const before = view.now;
  view.set({ tool: "pan" });
  assert.equal(before.tool, "select");
});

test("it keeps tool and label on another frame, and nothing that was begun", () => {
  const view = new ViewState();
  view.set({ tool: "draw", label: 3, hover: "b", readout: { x1: 1, y1: 2, x2: 3, y2: 4 }, isDrawing: true });
  view.leaveFrame();
  assert.deepEqual([view.now.tool, view.now.label, view.now.hover, view.now.readout, view.now.isDrawing], ["draw", 3, null, null, false]);
});
