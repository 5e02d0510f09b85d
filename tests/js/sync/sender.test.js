import assert from "node:assert/strict";
import { test } from "node:test";

import { newPending } from "../../../frontend/src/pending.js";
import { MAX_BATCH, OFFLINE_AFTER_MS, Sender, wireOf } from "../../../frontend/src/sync/sender.js";
import { FakeClock } from "../support/clock.js";
import { forSeeds } from "../support/random.js";
import { commit, FakeUplink, MY_CLIENT, onlineStore } from "../support/stores.js";
import { ackOf, boxId, CAR, nackOf, readOp } from "../support/wire.js";

/** @import { Pending } from "../../../frontend/src/pending.js" */
/** @import { OpMessage } from "../../../frontend/src/protocol.js" */

const LIMITS = { opsPerSecond: 40, opsBurst: 80, undecided: 64, messageBytes: 65536 };
const box = boxId(1);

/** @param {{limits?: Partial<typeof LIMITS>, boxes?: Record<string, unknown>[]}} [parts] */
function started({ limits = {}, boxes = [{}, {}] } = {}) {
  const clock = new FakeClock();
  const store = onlineStore({ boxes, clock });
  const uplink = new FakeUplink();
  store.attach(uplink);
  /** @type {OpMessage[]} */
  const sent = [];
  /** @type {number[]} */
  const times = [];
  const restarts = { count: 0 };
  const sender = new Sender(store, clock, {
    send: (message) => void (sent.push(message) && times.push(clock.now())), restart: () => void restarts.count++,
  });
  /** @param {number} count */
  const edit = (count) => {
    for (let number = 0; number < count; number++) store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: CAR });
  };
  const begin = () => sender.begin({ ...LIMITS, ...limits });
  const counters = () => sent.map((message) => message.ops.map(({ c }) => c));
  /** @param {number} c @returns {Pending} */
  const command = (c) => {
    const found = store.pending.find((one) => one.c === c);
    assert.ok(found);
    return found;
  };
  /** @param {number} upTo @param {number} [to] revision of the operations */
  const ack = (upTo, to = 1) => {
    for (const one of sender.queue.filter(({ c }) => c <= upTo)) {
      store.acknowledge(one, ackOf({ c: one.c, from: to, to }));
      sender.forget(one);
    }
    sender.pump();
  };
  return { clock, store, uplink, sent, times, restarts, sender, edit, begin, counters, command, ack };
}

/** @param {number} from @param {number} to */
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("it sends nothing before the server has said its limits", () => {
  const { sender, edit, sent, begin, counters, command } = started();
  edit(2);
  sender.pump();
  assert.deepEqual(sent, []);
  assert.equal(command(1).touched, false);
  begin();
  assert.deepEqual(counters(), [[1, 2]]);
  assert.deepEqual([command(1).touched, command(2).touched], [true, true]);
});

test("it sends every command once, in order", () => {
  const { sender, edit, begin, counters } = started();
  begin();
  for (let turn = 0; turn < 3; turn++) {
    edit(2);
    sender.pump();
    sender.pump();
  }
  assert.deepEqual(counters(), [[1, 2], [3, 4], [5, 6]]);
});

test("it does not send what has no number yet", () => {
  const { store, begin, sent } = started();
  store.restore([newPending({ k: "delete", box, g: "g", at: 0 })]);
  begin();
  assert.deepEqual(sent, []);
});

test("it keeps as many undecided as the server takes, and goes on when some are decided", () => {
  const { edit, begin, counters, ack } = started();
  edit(70);
  begin();
  assert.deepEqual(counters(), [range(1, MAX_BATCH)]);
  ack(2);
  assert.deepEqual(counters().slice(1), [[65, 66]]);
});

test("it respects a smaller bound of the server", () => {
  const { edit, begin, counters, ack } = started({ limits: { undecided: 3 } });
  edit(5);
  begin();
  ack(1);
  assert.deepEqual(counters(), [[1, 2, 3], [4]]);
});

/** @param {number[]} times @param {number[]} sizes @param {{opsPerSecond: number, opsBurst: number}} limits @returns {number} the emptiest that the bucket of the server was */
function lowestLevel(times, sizes, { opsPerSecond, opsBurst }) {
  let [level, lowest, before] = [opsBurst, opsBurst, times[0] ?? 0];
  times.forEach((time, index) => {
    level = Math.min(opsBurst, level + ((time - before) * opsPerSecond) / 1000) - (sizes[index] ?? 0);
    lowest = Math.min(lowest, level);
    before = time;
  });
  return lowest;
}

test("it stays under the rate of the server, for any rate and any hands", () => {
  forSeeds(8, (random) => {
    const limits = { opsPerSecond: random.integer(5, 60), opsBurst: random.integer(5, 120), undecided: 1000 };
    const { clock, sender, edit, begin, sent, times, ack } = started({ limits });
    begin();
    for (let turn = 0; turn < 100; turn++) {
      if (random.chance(0.6)) edit(random.integer(0, 12));
      sender.pump();
      clock.advance(random.integer(0, 300));
      ack(sent.at(-1)?.ops.at(-1)?.c ?? 0);
    }
    clock.advance(120000);
    const lowest = lowestLevel(times, sent.map(({ ops }) => ops.length), limits);
    assert.ok(lowest >= 0, `${-lowest} too many`);
    assert.equal(sender.queue.filter((one) => !sender.inFlight.has(one)).length, 0, "everything left in the end");
  });
});

test("it cuts messages by their bytes", () => {
  const { store, begin, sent, counters } = started({ limits: { messageBytes: 1000 } });
  for (let number = 1; number <= 5; number++) store.set(box, { attributes: { text: "é".repeat(200), number } });
  begin();
  assert.ok(sent.length > 2);
  assert.deepEqual(counters().flat(), [1, 2, 3, 4, 5]);
  for (const message of sent) assert.ok(new TextEncoder().encode(JSON.stringify(message)).length <= 1000);
});

test("it sends a command alone that is larger than a message may be, so that the server can refuse it", () => {
  const { store, begin, counters } = started({ limits: { messageBytes: 300 } });
  store.set(box, { attributes: { text: "x".repeat(500) } });
  store.set(box, { x1: 5 });
  begin();
  assert.deepEqual(counters(), [[1], [2]]);
});

test("it sends again after a pause what the server would not decide", () => {
  for (const code of ["rate", "unavailable"]) {
    const { edit, begin, counters, sender, clock } = started();
    edit(4);
    begin();
    sender.takeUndecided(nackOf({ c: 2, code, after: 700 }));
    for (const c of [3, 4]) sender.takeUndecided(nackOf({ c, code, after: 900 }));
    sender.pump();
    clock.advance(699);
    assert.deepEqual(counters(), [[1, 2, 3, 4]], code);
    clock.advance(1);
    assert.deepEqual(counters(), [[1, 2, 3, 4], [2, 3, 4]], code);
  }
});

test("it rewinds to its oldest command at a hole", () => {
  const { edit, begin, counters, sender, clock, ack } = started();
  edit(4);
  begin();
  ack(1);
  for (const c of [3, 4]) sender.takeUndecided(nackOf({ c, code: "hole" }));
  clock.advance(1000);
  assert.deepEqual(counters(), [[1, 2, 3, 4], [2, 3, 4]]);
});

test("it connects anew when even the oldest is a hole, once again", () => {
  const { edit, begin, counters, sender, clock, restarts } = started();
  edit(2);
  begin();
  sender.takeUndecided(nackOf({ c: 1, code: "hole" }));
  clock.advance(1000);
  assert.deepEqual([counters().length, restarts.count], [2, 0]);
  sender.takeUndecided(nackOf({ c: 1, code: "hole" }));
  assert.equal(restarts.count, 1);
});

test("it does not care for late refusals of what is not on its way", () => {
  const { edit, begin, counters, sender, clock, restarts } = started();
  edit(2);
  begin();
  sender.takeUndecided(nackOf({ c: 7, code: "hole" }));
  sender.takeUndecided(nackOf({ c: 1, code: "rate", after: 100 }));
  sender.takeUndecided(nackOf({ c: 1, code: "hole" }));
  clock.advance(1000);
  assert.deepEqual([counters(), restarts.count], [[[1, 2], [1, 2]], 0]);
});

test("it sends everything again on a new connection", () => {
  const { edit, begin, counters, sender, clock } = started();
  edit(2);
  begin();
  sender.takeUndecided(nackOf({ c: 1, code: "rate", after: 100 }));
  sender.stop();
  clock.advance(5000);
  assert.deepEqual([counters(), clock.timers.size], [[[1, 2]], 0]);
  begin();
  assert.deepEqual(counters(), [[1, 2], [1, 2]]);
});

test("it marks as offline what waited longer than 5 s for a connection", () => {
  const { store, begin, clock, sent, uplink } = started();
  store.set(box, { x1: 90 });
  clock.advance(OFFLINE_AFTER_MS + 1);
  store.set(boxId(2), { x1: 90 });
  begin();
  assert.deepEqual(sent[0]?.ops.map(({ off }) => off), [true, undefined]);
  assert.ok(uplink.calls.some(([name, c]) => name === "changed" && c === 1), "the stored command is marked too");
});

test("it does not mark what only waited for its turn on a good connection", () => {
  const { edit, begin, sender, clock, sent } = started({ limits: { opsPerSecond: 1, opsBurst: 2 } });
  begin();
  edit(12);
  sender.pump();
  clock.advance(60000);
  assert.deepEqual(sent.flatMap(({ ops }) => ops).map(({ off }) => off), Array(12).fill(undefined));
});

test("it marks as offline what was made in the future: the clock was changed", () => {
  const { store, begin, clock, sent } = started();
  clock.advance(3_600_000);
  store.set(box, { x1: 90 });
  clock.time -= 3_600_000;
  begin();
  assert.equal(sent[0]?.ops[0]?.off, true);
});

test("it lets a strict command wait for the earlier one whose result its author saw", () => {
  const { store, begin, counters, sender, command, ack } = started();
  store.set(box, { x1: 90 }, "one");
  store.set(box, { x1: 80, y1: 80 }, "two");
  for (const one of store.pending) one.off = true;
  begin();
  assert.deepEqual(counters(), [[1]]);
  const first = command(1);
  ack(1, 2);
  assert.deepEqual(counters(), [[1]], "the answer alone does not say the revision of the field here");
  commit(store, first);
  sender.pump();
  assert.deepEqual(counters(), [[1], [2]]);
  assert.deepEqual(command(2).base, { x1: 2, y1: 1 });
});

/** @type {[string, (store: ReturnType<typeof onlineStore>) => void, boolean][]} */
const WAITS = [
  ["a verdict after a verdict on the same box", (store) => { store.set(box, { status: "rejected" }, "a"); store.set(box, { status: "proposed" }, "b"); }, true],
  ["a verdict after a move of the same box", (store) => { store.set(box, { x1: 5 }, "a"); store.set(box, { status: "rejected" }, "b"); }, false],
  ["a verdict after a verdict on another box", (store) => { store.set(boxId(2), { status: "rejected" }); store.set(box, { status: "rejected" }); }, false],
  ["a verdict on a box that was just made", (store) => { store.set(store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: CAR }) ?? "", { status: "rejected" }); }, true],
  ["a verdict after an undo", (store) => { store.undo(); store.set(box, { status: "rejected" }); }, true],
  ["a move after a move, online", (store) => { store.set(box, { x1: 5 }, "a"); store.set(box, { x1: 6 }, "b"); }, false],
  ["a delete after a verdict", (store) => { store.set(box, { status: "proposed" }); store.remove(box); }, true],
  ["a delete after a move", (store) => { store.set(box, { x1: 5 }); store.remove(box); }, false],
  ["a delete of what was just made", (store) => { store.remove(store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: CAR }) ?? ""); }, false],
];

for (const [what, edit, mustWait] of WAITS) {
  test(`it ${mustWait ? "holds back" : "does not hold back"} ${what}`, () => {
    const { store, begin, counters } = started();
    edit(store);
    begin();
    assert.deepEqual(counters(), mustWait ? [[1]] : [[1, 2]]);
  });
}

test("it holds back a whole queue behind a waiting command, for the order counts", () => {
  const { store, begin, counters } = started();
  store.set(box, { status: "rejected" }, "a");
  store.set(box, { status: "proposed" }, "b");
  store.set(boxId(2), { x1: 5 }, "c");
  begin();
  assert.deepEqual(counters(), [[1]]);
});

test("it goes on when what it waited for was refused", () => {
  const { store, begin, counters, sender, command } = started();
  store.set(box, { status: "rejected" }, "a");
  store.set(box, { status: "proposed" }, "b");
  begin();
  store.confirm([readOp(2, { f: { label: 2 } })]);
  const first = command(1);
  store.refuse(first, nackOf({ c: 1, code: "forbidden" }));
  sender.forget(first);
  sender.pump();
  assert.deepEqual(counters(), [[1], [2]]);
});

test("it writes to the wire what the protocol names, and nothing of its own bookkeeping", () => {
  const pending = newPending({ k: "set", client: MY_CLIENT, c: 3, box, set: { x1: 5 }, base: { x1: 2, y1: 9 }, g: "g", at: 5, off: true });
  pending.touched = true;
  assert.deepEqual(wireOf(pending), { c: 3, k: "set", g: "g", box, set: { x1: 5 }, base: { x1: 2 }, off: true });
  assert.deepEqual(wireOf(newPending({ k: "set", c: 3, box, set: { z: 1 }, g: "g", at: 5 })).base, { z: 0 });
  assert.deepEqual(wireOf(newPending({ k: "undo", c: 4, of: "a", g: "g", at: 5 })), { c: 4, k: "undo", g: "g", of: "a" });
  assert.deepEqual(wireOf(newPending({ k: "create", c: 4, box, set: { x1: 5 }, base: { x1: 2 }, g: "g", at: 5 })), { c: 4, k: "create", g: "g", box, set: { x1: 5 } });
});
