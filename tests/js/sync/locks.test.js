import assert from "node:assert/strict";
import { test } from "node:test";

import { heartbeatLocks, webLocks } from "../../../frontend/src/sync/locks.js";
import { FakeClock, settle } from "../support/clock.js";
import { FakeLockManager, KeyValueMap } from "../support/browser.js";

const DEAD_AFTER_MS = 90000;

/** @param {number} count @returns {{clock: FakeClock, storage: KeyValueMap, tabs: ReturnType<typeof heartbeatLocks>[]}} */
function tabs(count) {
  const clock = new FakeClock();
  const storage = new KeyValueMap();
  return { clock, storage, tabs: Array.from({ length: count }, (_, tab) => heartbeatLocks(storage, clock, `tab${tab}`)) };
}

test("it lets one tab hold a client, and the same tab again", async () => {
  const { clock, tabs: [one, two] } = tabs(2);
  assert.equal(await one?.tryHold("c"), true);
  assert.equal(await one?.tryHold("c"), true);
  assert.equal(await two?.tryHold("c"), false);
  assert.equal(await two?.tryHold("d"), true);
  assert.equal(clock.timers.size, 2, "one heartbeat each");
});

test("it keeps what it holds for hours", async () => {
  const { clock, tabs: [one, two] } = tabs(2);
  await one?.tryHold("c");
  for (let hour = 0; hour < 3; hour++) {
    clock.advance(3_600_000);
    assert.equal(await two?.tryHold("c"), false);
  }
});

test("it gives the client of a crashed tab to another one, but only when it is surely dead", async () => {
  const { clock, storage, tabs: [one, two] } = tabs(2);
  await one?.tryHold("c");
  clock.timers.clear();
  clock.advance(DEAD_AFTER_MS - 1);
  assert.equal(await two?.tryHold("c"), false);
  clock.advance(1);
  assert.equal(await two?.tryHold("c"), true);
  assert.match(storage.getItem("hitl-client-c") ?? "", /^tab1 /);
});

test("it believes a hidden tab alive whose timers run once a minute only", async () => {
  const { clock, storage, tabs: [, two] } = tabs(2);
  storage.setItem("hitl-client-c", `tab0 ${clock.now() - 60000}`);
  assert.equal(await two?.tryHold("c"), false);
});

test("it frees a client at once that is released, and its heart stops", async () => {
  const { clock, tabs: [one, two] } = tabs(2);
  await one?.tryHold("c");
  one?.release("c");
  assert.equal(clock.timers.size, 0);
  assert.equal(await two?.tryHold("c"), true);
  clock.advance(60000);
  assert.equal(await one?.tryHold("c"), false);
});

test("it does not free what another tab holds", async () => {
  const { tabs: [one, two, three] } = tabs(3);
  await one?.tryHold("c");
  two?.release("c");
  assert.equal(await three?.tryHold("c"), false);
});

test("it knows when another tab took it for dead while its machine slept, and does not take it back", async () => {
  const { clock, storage, tabs: [one, two] } = tabs(2);
  await one?.tryHold("c");
  assert.equal(one?.isLost("c"), false);
  clock.time += DEAD_AFTER_MS;
  assert.equal(one?.isLost("c"), false, "nobody has taken it yet");
  assert.equal(await two?.tryHold("c"), true);
  assert.deepEqual([one?.isLost("c"), two?.isLost("c"), one?.isLost("other")], [true, false, false]);
  clock.advance(20000);
  assert.match(storage.getItem("hitl-client-c") ?? "", /^tab1 /);
  one?.release("c");
  assert.match(storage.getItem("hitl-client-c") ?? "", /^tab1 /);
});

test("it lets go of what was never held", () => {
  const { clock, tabs: [one] } = tabs(1);
  one?.release("c");
  assert.equal(clock.timers.size, 0);
});

test("it holds by Web Locks, per tab and until released", async () => {
  const manager = new FakeLockManager();
  const [one, two] = [webLocks(manager.asManager()), webLocks(manager.asManager())];
  assert.equal(await one.tryHold("c"), true);
  assert.equal(await one.tryHold("c"), true);
  assert.equal(await two.tryHold("c"), false);
  assert.deepEqual([...manager.held], ["hitl-client-c"]);
  one.release("c");
  one.release("c");
  await settle();
  assert.equal(await two.tryHold("c"), true);
});

test("it says so when the browser refuses Web Locks", async () => {
  const locks = webLocks(/** @type {any} */ ({ request: () => Promise.reject(new Error("no storage")) }));
  await assert.rejects(locks.tryHold("c"), /no storage/);
});
