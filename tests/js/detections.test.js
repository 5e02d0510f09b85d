import assert from "node:assert/strict";
import { test } from "node:test";

import { Detecting } from "../../frontend/src/detecting.js";
import { Detections } from "../../frontend/src/detections.js";
import { FakeClock, settle } from "./support/clock.js";

/**
 * @import { DetectorServer, Run } from "../../frontend/src/detecting.js"
 * @import { Detection, DetectionServer } from "../../frontend/src/detections.js"
 */

/** @param {string} id @param {Partial<Detection>} [parts] @returns {Detection} */
const detection = (id, parts) => ({
  id, model: "small 3", at: "2026-11-25T10:00:00Z", confidence: 0.25, proposed: 4, left_out: {}, is_silent: false,
  ...parts,
});

/** @param {Partial<DetectionServer>} parts */
const detections = (parts) => new Detections({ list: async () => ({ detections: [] }), ...parts });

test("it means the newest one that people saw", async () => {
  const known = detections({ list: async () => ({ detections: [detection("c", { is_silent: true }), detection("b"), detection("a")] }) });
  assert.deepEqual(known.all, []);
  await known.open(12);
  assert.equal(known.newest?.id, "b");
});

test("it keeps what it knows while the server cannot be reached, and forgets it with the image", async () => {
  /** @type {{detections: Detection[]}|"later"} */
  let answer = { detections: [detection("a")] };
  const known = detections({ list: async () => answer });
  await known.open(12);
  answer = "later";
  await known.refresh();
  assert.equal(known.newest?.id, "a");
  await known.open(13);
  assert.equal(known.newest, null);
});

test("it shows no answer that comes too late", async () => {
  /** @type {((answer: {detections: Detection[]}) => void)[]} */
  const waiting = [];
  const known = detections({ list: () => new Promise((resolve) => void waiting.push(resolve)) });
  void known.open(12);
  void known.open(13);
  waiting[1]?.({ detections: [detection("new")] });
  await settle();
  waiting[0]?.({ detections: [detection("old")] });
  await settle();
  assert.equal(known.newest?.id, "new");
});

test("about a frame that was just opened nothing is asked before its turn, and then once", async () => {
  /** @type {number[]} */
  const asked = [];
  const known = detections({ list: async (frame) => (asked.push(frame), { detections: [] }) });
  /** @type {() => void} */
  let call = () => {};
  const opened = known.open(12, new Promise((resolve) => (call = () => resolve(undefined))));
  await known.refresh();
  assert.deepEqual(asked, []);
  const next = known.open(13, Promise.resolve());
  call();
  await Promise.all([opened, next]);
  assert.deepEqual(asked, [13]);
  await known.refresh();
  assert.deepEqual(asked, [13, 13]);
});

// Asking for one

/** @param {Partial<Run>} [parts] @returns {Run} */
const run = (parts) => ({ id: "d", state: "running", done: 0, total: 40, proposed: 0, replaced: 0, left_out: {}, eta_s: null, message: "", may_cancel: true, ...parts });

/** @param {Partial<DetectorServer>} [parts] */
function asking(parts) {
  const clock = new FakeClock();
  const server = { start: async () => ({ detection: "d" }), look: async () => run(), cancel: async () => {}, ...parts };
  const detecting = new Detecting(server, clock);
  /** @param {number} ms */
  const after = async (ms) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await settle();
    }
  };
  return { clock, detecting, after };
}

test("it says how far it is, from the question to the end", async () => {
  const answers = [run({ state: "queued" }), run({ done: 7 }), run({ done: 40, state: "done", proposed: 90 })];
  const { clock, detecting, after } = asking({ look: async () => answers.shift() ?? run() });
  const states = [detecting.now.state];
  detecting.subscribe(() => states.push(detecting.now.state));
  const begun = detecting.start({ frames: [12] });
  assert.equal(detecting.isBusy, true);
  await begun;
  await after(5000);
  assert.deepEqual(states, ["none", "asking", "queued", "queued", "running", "done"]);
  assert.deepEqual([detecting.now.run?.proposed, detecting.isBusy, clock.idleFor], [90, false, null]);
  detecting.clear();
  assert.equal(detecting.now.state, "none");
});

test("it asks on through a lost connection, and ever less often", async () => {
  let looks = 0;
  const { detecting, after } = asking({ look: async () => (++looks < 4 ? "later" : run()) });
  await detecting.start({ project: 1 });
  await after(60_000);
  assert.ok(looks > 25 && looks < 40, String(looks));
  assert.equal(detecting.now.state, "running");
});

/** @type {[string, any, string, string][]} */
const REFUSALS = [["refused", { refused: "No model is available." }, "refused", "No model is available."], ["not reached", "later", "away", ""]];
for (const [what, answer, state, why] of REFUSALS) {
  test(`it says so where the server is ${what}, and can be asked again`, async () => {
    const { clock, detecting } = asking({ start: async () => answer });
    await detecting.start({ frames: [12] });
    assert.deepEqual([detecting.now.state, detecting.now.why, detecting.isBusy, clock.idleFor], [state, why, false, null]);
  });
}

test("it ends where the detection is gone", async () => {
  const { clock, detecting, after } = asking({ look: async () => ({ refused: "There is no such detection." }) });
  await detecting.start({ frames: [12] });
  await after(1000);
  assert.deepEqual([detecting.now.state, detecting.now.why, clock.idleFor], ["failed", "There is no such detection.", null]);
});

test("it is cancelled, also by somebody who did not wait for the answer, and only once under way", async () => {
  /** @type {string[]} */
  const cancelled = [];
  /** @type {(answer: {detection: string}) => void} */
  let answer = () => {};
  const start = () => new Promise((resolve) => void (answer = resolve));
  const parts = { start, cancel: async (/** @type {string} */ id) => void cancelled.push(id), look: async () => run({ state: cancelled.length ? "cancelled" : "running" }) };
  const { detecting, after } = asking(parts);
  await detecting.cancel();
  assert.deepEqual(cancelled, []);
  const begun = detecting.start({ frames: [12] });
  await detecting.cancel();
  assert.deepEqual([cancelled, detecting.now.isAsked], [[], true]);
  answer({ detection: "d" });
  await begun;
  assert.deepEqual(cancelled, ["d"]);
  await after(1000);
  assert.deepEqual([detecting.now.state, detecting.isBusy], ["cancelled", false]);
});

test("it does one thing at a time", async () => {
  let starts = 0;
  const { detecting } = asking({ start: async () => ({ detection: `d${++starts}` }) });
  await detecting.start({ frames: [12] });
  await detecting.start({ frames: [12] });
  assert.equal(starts, 1);
});
