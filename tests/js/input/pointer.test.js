import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { PointerInput } from "../../../frontend/src/input/pointer.js";
import { Editor } from "../support/editor.js";
import { boxId } from "../support/wire.js";

const [A] = [boxId(1)];
const LEFT = 50;
const TOP = 30;
const surroundings = /** @type {Record<string, unknown>} */ (globalThis);

/** @type {(() => void)[]} */
let frames;

beforeEach(() => {
  frames = [];
  surroundings.requestAnimationFrame = (/** @type {() => void} */ run) => frames.push(run);
  surroundings.WheelEvent = { DOM_DELTA_PIXEL: 0 };
});

afterEach(() => {
  delete surroundings.requestAnimationFrame;
  delete surroundings.WheelEvent;
});

/** The stage of the page, as far as pointers need it. */
class FakeStage {
  constructor() {
    /** @type {Map<string, (event: any) => void>} */
    this.listeners = new Map();
    /** @type {number[]} */
    this.captured = [];
    this.focused = 0;
  }

  /** @param {string} name @param {(event: any) => void} listener */
  addEventListener(name, listener) {
    this.listeners.set(name, listener);
  }

  getBoundingClientRect() {
    return { left: LEFT, top: TOP };
  }

  focus() {
    this.focused += 1;
  }

  /** @param {number} pointerId */
  setPointerCapture(pointerId) {
    this.captured.push(pointerId);
  }
}

class Hand {
  /** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
  constructor(parts = { boxes: [{}] }) {
    this.editor = new Editor(parts);
    this.stage = new FakeStage();
    this.input = new PointerInput(/** @type {any} */ (this.stage), this.editor.workspace, this.editor.toolbox);
    this.prevented = 0;
  }

  /** @param {string} name @param {number} x image pixels @param {number} y @param {Record<string, unknown>} [parts] */
  event(name, x, y, parts = {}) {
    const at = this.editor.workspace.camera.toScreen({ x, y });
    this.stage.listeners.get(name)?.({
      pointerId: 1, pointerType: "mouse", button: 0, clientX: at.x + LEFT, clientY: at.y + TOP, shiftKey: false, altKey: false,
      ctrlKey: false, metaKey: false, deltaX: 0, deltaY: 0, deltaMode: 0, preventDefault: () => this.prevented++, ...parts,
    });
  }

  /** @param {number} x @param {number} y @param {Record<string, unknown>} [parts] */
  press(x, y, parts) {
    this.event("pointerdown", x, y, parts);
  }

  /** @param {number} x @param {number} y @param {Record<string, unknown>} [parts] */
  move(x, y, parts) {
    this.event("pointermove", x, y, parts);
    this.frame();
  }

  /** @param {number} x @param {number} y @param {Record<string, unknown>} [parts] */
  release(x, y, parts) {
    this.event("pointerup", x, y, parts);
  }

  /** The next animation frame. */
  frame() {
    for (const run of frames.splice(0)) run();
  }
}

const finger = (/** @type {number} */ pointerId) => ({ pointerId, pointerType: "touch" });

test("it gives presses to the tool, in image pixels", () => {
  const hand = new Hand();
  hand.press(150, 150);
  hand.move(170, 160);
  hand.release(170, 160);
  assert.deepEqual([hand.editor.edges(A), hand.editor.selected], [[120, 110, 220, 190], [A]]);
  assert.deepEqual([hand.stage.captured, hand.stage.focused], [[1], 1]);
});

test("it hands on one move in an animation frame, the newest, and none is lost at the release", () => {
  const hand = new Hand();
  hand.press(150, 150);
  for (let x = 151; x <= 190; x++) hand.event("pointermove", x, 150);
  assert.deepEqual([frames.length, hand.editor.previews.length], [1, 0]);
  hand.frame();
  assert.equal(hand.editor.previews.length, 1);
  hand.event("pointermove", 200, 150);
  hand.release(200, 150);
  assert.equal(hand.editor.edges(A)?.[0], 150);
  hand.frame();
  assert.equal(hand.editor.store.myPreview, null);
});

test("it tells the others where the pointer is, and when it has left the image", () => {
  const hand = new Hand();
  hand.move(150.123, 160.987);
  hand.move(-5, 160);
  hand.move(5, 5);
  hand.event("pointerleave", 5, 5);
  const told = hand.editor.uplink.calls.filter(([name]) => name === "pointed").map(([, point]) => point);
  assert.deepEqual(told, [{ x: 150.1, y: 161 }, null, { x: 5, y: 5 }, null]);
  assert.equal(hand.editor.view.pointer, null);
});

test("it moves the picture with the middle button and with the space bar, whatever the tool", () => {
  for (const isSpace of [true, false]) {
    const hand = new Hand();
    hand.editor.toolbox.use("draw");
    const { x } = hand.editor.workspace.camera;
    if (isSpace) hand.input.holdSpace(true);
    const start = hand.editor.workspace.camera.toScreen({ x: 100, y: 100 });
    const at = (/** @type {number} */ dx) => ({ button: isSpace ? 0 : 1, clientX: start.x + LEFT + dx, clientY: start.y + TOP });
    hand.press(0, 0, at(0));
    hand.move(0, 0, at(40));
    hand.release(0, 0, at(40));
    assert.equal(hand.editor.workspace.camera.x - x, 40);
    assert.deepEqual([hand.editor.store.pending, hand.editor.view.isDrawing], [[], false]);
  }
});

test("it lends the select tool while Ctrl is held, but not in the middle of drawing", () => {
  const hand = new Hand();
  hand.editor.toolbox.use("draw");
  hand.press(150, 150, { ctrlKey: true });
  hand.move(160, 150, { ctrlKey: true });
  hand.release(160, 150, { ctrlKey: true });
  assert.deepEqual([hand.editor.edges(A), hand.editor.drawn, hand.editor.view.tool], [[110, 100, 210, 180], [], "draw"]);
  hand.press(300, 300);
  hand.release(300, 300);
  hand.press(400, 400, { metaKey: true });
  hand.release(400, 400, { metaKey: true });
  assert.equal(hand.editor.drawn.length, 1);
});

test("it leaves the right button alone", () => {
  const hand = new Hand();
  hand.press(150, 150, { button: 2 });
  hand.move(190, 190);
  hand.release(190, 190, { button: 2 });
  assert.deepEqual([hand.editor.selected, hand.editor.edges(A)], [[], [100, 100, 200, 180]]);
});

test("it zooms at the pointer by the wheel, and keeps the page from scrolling", () => {
  const hand = new Hand();
  const { camera } = hand.editor.workspace;
  hand.editor.workspace.camera.zoomTo(2);
  const at = camera.toScreen({ x: 400, y: 300 });
  const { scale } = camera;
  hand.event("wheel", 400, 300, { deltaY: -100 });
  assert.ok(camera.scale > scale);
  const after = camera.toScreen({ x: 400, y: 300 });
  assert.ok(Math.hypot(after.x - at.x, after.y - at.y) < 1e-6);
  hand.event("wheel", 400, 300, { deltaY: 100 });
  assert.ok(Math.abs(camera.scale - scale) < 1e-9);
  assert.equal(hand.prevented, 2);
  const { x } = camera;
  hand.event("wheel", 400, 300, { deltaY: 50, shiftKey: true });
  assert.equal(camera.x, x - 50);
});

test("it zooms as far by three lines of a wheel as by the pixels that they are", () => {
  const [lines, pixels] = [new Hand(), new Hand()];
  lines.event("wheel", 400, 300, { deltaY: -3, deltaMode: 1 });
  pixels.event("wheel", 400, 300, { deltaY: -96 });
  assert.ok(Math.abs(lines.editor.workspace.camera.scale - pixels.editor.workspace.camera.scale) < 1e-9);
});

test("it pans and zooms with two fingers, and gives up what the first had begun", () => {
  const hand = new Hand();
  hand.editor.toolbox.use("draw");
  const { camera } = hand.editor.workspace;
  const { scale } = camera;
  const [one, two] = [camera.toScreen({ x: 300, y: 300 }), camera.toScreen({ x: 500, y: 300 })];
  const at = (/** @type {{x: number, y: number}} */ point, /** @type {number} */ id) => ({ ...finger(id), clientX: point.x + LEFT, clientY: point.y + TOP });
  hand.press(0, 0, at(one, 1));
  hand.move(0, 0, at({ x: one.x + 5, y: one.y + 9 }, 1));
  assert.ok(hand.editor.view.isDrawing);
  hand.press(0, 0, at(two, 2));
  assert.deepEqual([hand.editor.view.isDrawing, hand.editor.store.myPreview], [false, null]);
  hand.move(0, 0, at({ x: two.x + 200, y: two.y }, 2));
  assert.ok(camera.scale > scale * 1.5, `${camera.scale}`);
  hand.release(0, 0, at(two, 2));
  hand.move(0, 0, at({ x: one.x + 90, y: one.y + 90 }, 1));
  hand.release(0, 0, at({ x: one.x + 90, y: one.y + 90 }, 1));
  assert.deepEqual([hand.editor.drawn, hand.editor.store.pending], [[], []], "the finger that is left draws nothing");
  hand.press(600, 600, finger(1));
  hand.move(700, 700, finger(1));
  hand.release(700, 700, finger(1));
  assert.equal(hand.editor.drawn.length, 1, "the next finger draws again");
});

const pen = { pointerId: 9, pointerType: "pen" };

test("it draws with a pen while a palm comes and goes", () => {
  const hand = new Hand();
  hand.editor.toolbox.use("draw");
  hand.press(300, 300, pen);
  hand.move(350, 350, pen);
  hand.press(700, 700, finger(1));
  hand.move(720, 700, finger(1));
  hand.press(750, 700, finger(2));
  hand.release(720, 700, finger(1));
  hand.move(400, 380, pen);
  hand.event("pointercancel", 750, 700, finger(2));
  hand.release(400, 380, pen);
  assert.deepEqual(hand.editor.drawn.map(({ id }) => hand.editor.edges(id)), [[300, 300, 400, 380]]);
});

test("it gives up what a palm began before the pen came, and its finger draws nothing any more", () => {
  const hand = new Hand();
  hand.editor.toolbox.use("draw");
  for (let round = 0; round < 2; round++) {
    hand.press(700, 700, finger(1));
    hand.move(720, 720, finger(1));
    hand.press(300, 300, pen);
    hand.move(400, 380, pen);
    hand.release(400, 380, pen);
    hand.release(720, 720, finger(1));
  }
  assert.equal(hand.editor.drawn.length, 2);
  const { x } = hand.editor.workspace.camera;
  const at = hand.editor.workspace.camera.toScreen({ x: 500, y: 500 });
  hand.press(0, 0, { ...finger(1), clientX: at.x, clientY: at.y });
  hand.move(0, 0, { ...finger(1), clientX: at.x + 30, clientY: at.y });
  hand.release(0, 0, { ...finger(1), clientX: at.x + 30, clientY: at.y });
  assert.deepEqual([hand.editor.drawn.length, hand.editor.workspace.camera.x - x], [2, 30], "it moves the picture");
});

test("it gives up a gesture when the browser takes the pointer away", () => {
  const hand = new Hand();
  hand.press(150, 150);
  hand.move(190, 190);
  hand.event("pointercancel", 190, 190);
  hand.move(300, 300);
  assert.deepEqual([hand.editor.store.myPreview, hand.editor.store.pending, hand.editor.edges(A)], [null, [], [100, 100, 200, 180]]);
});

test("it shows by the cursor that the space bar is held", () => {
  const hand = new Hand();
  hand.input.holdSpace(true);
  assert.equal(hand.editor.view.cursor, "grab");
  hand.input.holdSpace(false);
  assert.equal(hand.editor.view.cursor, "default");
});

// Held fingers

test("a finger that stays where it came down is held, for the tool that has a use for that", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const hand = new Hand({ boxes: [{}, { x1: 400, x2: 500 }] });
  hand.editor.store.select([A]);
  hand.press(450, 150, finger(1));
  hand.move(454, 150, finger(1));
  assert.deepEqual(hand.editor.selected, [boxId(2)], "so far a press like any other");
  context.mock.timers.tick(500);
  assert.deepEqual(hand.editor.selected, [A, boxId(2)]);
  hand.release(454, 150, finger(1));
  assert.deepEqual([hand.editor.selected, hand.editor.edges(boxId(2))?.slice(0, 1)], [[A, boxId(2)], [400]]);
});

/** @type {[string, (hand: Hand) => void][]} */
const NOT_HELD = [
  ["moved", (hand) => hand.move(470, 150, finger(1))], ["lifted", (hand) => hand.release(450, 150, finger(1))],
  ["joined by another", (hand) => hand.press(600, 150, finger(2))], ["taken away", (hand) => hand.event("pointercancel", 450, 150, finger(1))],
  ["followed by a pen", (hand) => hand.press(450, 150, pen)],
];
for (const [what, happens] of NOT_HELD) {
  test(`a finger that is ${what} is not held`, (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const hand = new Hand({ boxes: [{}, { x1: 400, x2: 500 }] });
    hand.editor.store.select([A]);
    hand.press(450, 150, finger(1));
    happens(hand);
    hand.release(450, 150, pen);
    context.mock.timers.tick(2000);
    assert.equal(hand.editor.selected.includes(A), false);
  });
}

test("a mouse button that is held is nothing but pressed", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const hand = new Hand({ boxes: [{}, { x1: 400, x2: 500 }] });
  hand.editor.store.select([A]);
  hand.press(450, 150);
  context.mock.timers.tick(2000);
  assert.deepEqual(hand.editor.selected, [boxId(2)]);
});

test("a press tells where the pointer is, so that a finger has its magnifier from the start", () => {
  const hand = new Hand();
  hand.editor.toolbox.use("draw");
  hand.press(300, 200, finger(1));
  const { pointer, readout, isTouch } = hand.editor.view;
  assert.deepEqual([pointer, readout, isTouch], [{ x: 300, y: 200 }, { x1: 300, y1: 200, x2: 300, y2: 200 }, true]);
});
