import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameScheduler } from "../../frontend/src/frame-scheduler.js";

function started() {
  /** @type {(() => void)[]} */
  const frames = [];
  /** @type {string[]} */
  const drawn = [];
  const scheduler = new FrameScheduler((run) => frames.push(run));
  return { scheduler, drawn, frames, nextFrame: () => frames.shift()?.() };
}

test("it draws once in a frame, however often it is asked, in the order of asking", () => {
  const { scheduler, drawn, frames, nextFrame } = started();
  const [boxes, live] = [() => drawn.push("boxes"), () => drawn.push("live")];
  scheduler.ask(boxes);
  scheduler.ask(live);
  scheduler.ask(boxes);
  assert.deepEqual([drawn, frames.length], [[], 1]);
  nextFrame();
  assert.deepEqual(drawn, ["boxes", "live"]);
});

test("it draws nothing that nobody asked for", () => {
  const { scheduler, drawn, frames, nextFrame } = started();
  scheduler.ask(() => drawn.push("once"));
  nextFrame();
  nextFrame();
  assert.deepEqual([drawn, frames.length], [["once"], 0]);
});

test("it draws in the next frame what is asked for while drawing", () => {
  const { scheduler, drawn, frames, nextFrame } = started();
  const draw = () => {
    drawn.push("frame");
    if (drawn.length < 3) scheduler.ask(draw);
  };
  scheduler.ask(draw);
  nextFrame();
  assert.deepEqual([drawn.length, frames.length], [1, 1]);
  nextFrame();
  nextFrame();
  assert.equal(drawn.length, 3);
});

test("it goes on after a part that failed", () => {
  const { scheduler, drawn, nextFrame } = started();
  scheduler.ask(() => {
    throw new Error("a part");
  });
  assert.throws(nextFrame, /a part/);
  scheduler.ask(() => drawn.push("again"));
  nextFrame();
  assert.deepEqual(drawn, ["again"]);
});

test("what moves comes before what is drawn, and is drawn in the same frame", () => {
  const { scheduler, drawn, frames, nextFrame } = started();
  const draw = () => drawn.push("drawn");
  const move = () => {
    drawn.push("moved");
    scheduler.ask(draw);
  };
  scheduler.before(move);
  scheduler.before(move);
  nextFrame();
  assert.deepEqual([drawn, frames.length], [["moved", "drawn"], 0]);
  scheduler.ask(draw);
  scheduler.before(move);
  nextFrame();
  assert.deepEqual([drawn, frames.length], [["moved", "drawn", "moved", "drawn"], 0]);
});

test("it draws although what moves has failed", () => {
  const { scheduler, drawn, nextFrame } = started();
  scheduler.before(() => {
    throw new Error("a tool");
  });
  scheduler.ask(() => drawn.push("drawn"));
  assert.throws(nextFrame, /a tool/);
  assert.deepEqual(drawn, ["drawn"]);
});
