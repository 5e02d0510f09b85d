import assert from "node:assert/strict";
import { test } from "node:test";

import { AT_ONCE, TRIES, UploadQueue } from "../../frontend/src/pages/upload/queue.js";

/** @import { Item, Outcome } from "../../frontend/src/pages/upload/queue.js" */

/** A network of which the test says how each sending ends. */
class FakeNetwork {
  constructor() {
    /** @type {Map<string, {end: (outcome: Outcome) => Promise<void>, progress: (bytes: number) => void}>} */
    this.open = new Map();
    /** @type {string[]} */
    this.sent = [];
    /** @type {string[]} */
    this.aborted = [];
    /** @type {{work: () => void, ms: number}[]} */
    this.timers = [];
    this.queue = new UploadQueue(this.send.bind(this), (work, ms) => this.timers.push({ work, ms }));
  }

  /** @param {Item} item @param {(bytes: number) => void} progress */
  send(item, progress) {
    this.sent.push(item.name);
    /** @type {(outcome: Outcome) => void} */
    let resolve = () => {};
    const done = /** @type {Promise<Outcome>} */ (new Promise((done) => { resolve = done; }));
    const end = async (/** @type {Outcome} */ outcome) => {
      this.open.delete(item.name);
      resolve(outcome);
      await settled();
    };
    this.open.set(item.name, { end, progress });
    return { done, abort: () => void this.aborted.push(item.name) };
  }

  /** @param {string} name @param {Outcome} outcome */
  async end(name, outcome) {
    const sending = this.open.get(name);
    assert.ok(sending, `${name} is being sent`);
    await sending.end(outcome);
  }

  /** @param {string} name */
  item(name) {
    const item = this.queue.items.find((each) => each.name === name);
    assert.ok(item);
    return item;
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** @param {number} count */
const files = (count) => Array.from({ length: count }, (_, place) => ({ file: new Blob(["x".repeat(10)]), name: `${place}` }));

/** @type {Outcome} */
const ADDED = { state: "added", url: "/there" };

test("it sends three at a time, in order, until all are there", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(8));
  assert.equal(AT_ONCE, 3);
  assert.deepEqual(network.sent, ["0", "1", "2"]);
  await network.end("1", ADDED);
  assert.deepEqual(network.sent, ["0", "1", "2", "3"]);
  while (network.open.size) {
    assert.ok(network.open.size <= AT_ONCE);
    await network.end([...network.open.keys()][0] ?? "", ADDED);
  }
  assert.deepEqual(network.sent, ["0", "1", "2", "3", "4", "5", "6", "7"]);
  assert.equal(network.queue.totals().added, 8);
  assert.equal(network.queue.isBusy, false);
});

test("it counts bytes and files, and what has ended counts as sent", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(4));
  network.open.get("0")?.progress(4);
  network.open.get("1")?.progress(99);
  assert.deepEqual([network.queue.totals().sent, network.queue.totals().bytes], [14, 40]);
  await network.end("2", { state: "refused", note: "broken" });
  const totals = network.queue.totals();
  assert.deepEqual([totals.sent, totals.ended, totals.files, totals.refused], [24, 1, 4, 1]);
  assert.equal(network.item("2").note, "broken");
});

test("a busy server is tried again by itself, ever more slowly, and then given up", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(1));
  const pauses = [];
  for (let turn = 1; turn < TRIES; turn += 1) {
    await network.end("0", { state: "failed", note: "busy", retryAfterMs: 100 });
    assert.equal(network.item("0").state, "waiting");
    const timer = network.timers.pop();
    pauses.push(timer?.ms);
    timer?.work();
  }
  assert.deepEqual(pauses, [100, 200, 400]);
  await network.end("0", { state: "failed", note: "busy", retryAfterMs: 100 });
  assert.deepEqual([network.item("0").state, network.item("0").note, network.timers.length], ["failed", "busy", 0]);
});

test("what failed is sent again when asked, with fresh tries", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(2));
  await network.end("0", { state: "failed", note: "broken" });
  await network.end("1", ADDED);
  network.queue.again(network.queue.failed);
  assert.deepEqual(network.sent, ["0", "1", "0"]);
  assert.equal(network.item("0").tries, 1);
  await network.end("0", ADDED);
  assert.equal(network.queue.totals().added, 2);
});

test("what would happen to all stops all, loses none, and goes on when told to", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(5));
  await network.end("1", { state: "failed", halt: true, note: "You are signed out." });
  assert.equal(network.queue.halted, "You are signed out.");
  assert.equal(network.item("1").state, "waiting");
  await network.end("0", ADDED);
  await network.end("2", { state: "failed", halt: true, note: "You are signed out." });
  assert.equal(network.sent.length, 3);
  network.queue.goOn();
  while (network.open.size) await network.end([...network.open.keys()][0] ?? "", ADDED);
  assert.equal(network.queue.totals().added, 5);
});

test("cancelling aborts what is under way, forgets what waits, and hears no late answer", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(5));
  const late = network.open.get("0");
  network.queue.cancelAll();
  assert.deepEqual(network.aborted.sort(), ["0", "1", "2"]);
  assert.equal(network.sent.length, 3);
  await late?.end(ADDED);
  assert.equal(network.queue.totals().cancelled, 5);
  assert.equal(network.queue.isBusy, false);
});

test("cancelling one lets the next one begin", () => {
  const network = new FakeNetwork();
  network.queue.add(files(4));
  network.queue.cancel(network.item("1"));
  assert.deepEqual(network.aborted, ["1"]);
  assert.deepEqual(network.sent, ["0", "1", "2", "3"]);
});

test("a file that waits for its turn after an error can be cancelled", async () => {
  const network = new FakeNetwork();
  network.queue.add(files(1));
  await network.end("0", { state: "failed", retryAfterMs: 50 });
  network.queue.cancel(network.item("0"));
  network.timers.pop()?.work();
  assert.deepEqual(network.sent, ["0"]);
  assert.equal(network.item("0").state, "cancelled");
});

test("held files wait for a choice and do not count until then", () => {
  const network = new FakeNetwork();
  network.queue.add(files(2), "held");
  assert.deepEqual([network.sent.length, network.queue.totals().files, network.queue.isBusy], [0, 0, false]);
  network.queue.release();
  assert.deepEqual(network.sent, ["0", "1"]);
});

test("a file that is refused before it is sent is never sent", () => {
  const network = new FakeNetwork();
  network.queue.refuse(files(1), "too large");
  assert.deepEqual([network.sent.length, network.item("0").state, network.item("0").note], [0, "refused", "too large"]);
});

test("each change is told, the outcome with the last", async () => {
  const network = new FakeNetwork();
  /** @type {string[]} */
  const told = [];
  network.queue.changed = (item, outcome) => told.push(`${item.state}${outcome ? "!" : ""}`);
  network.queue.add(files(1));
  network.open.get("0")?.progress(5);
  await network.end("0", ADDED);
  assert.deepEqual(told, ["waiting", "sending", "sending", "added!"]);
});
