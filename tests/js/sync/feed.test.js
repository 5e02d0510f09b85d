import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "../../../frontend/src/protocol.js";
import { FrameStore } from "../../../frontend/src/store.js";
import { Feed, GAP_PATIENCE_MS } from "../../../frontend/src/sync/feed.js";
import { FakeClock } from "../support/clock.js";
import { forSeeds } from "../support/random.js";
import { boxId, EPOCH, evOf, readWelcome, wholeFields, wireBox, wireOp } from "../support/wire.js";

/** @import { Ev, Progress, SnapshotPart } from "../../../frontend/src/protocol.js" */
/** @import { Random } from "../support/random.js" */

/** An ev of somebody who changes one box again and again. @param {number} from @param {number} to @returns {Ev} */
function ev(from, to) {
  const ops = Array.from({ length: to - from + 1 }, (_, index) => wireOp(from + index, { f: { x1: from + index } }));
  return /** @type {Ev} */ (decode(JSON.stringify(evOf(...ops))));
}

/** @param {number} head @param {number} part @param {number} parts @param {number[]} numbers @returns {SnapshotPart} */
function snapshot(head, part, parts, numbers) {
  const boxes = numbers.map((number) => wireBox(number, { x1: 1 }));
  return /** @type {SnapshotPart} */ (decode(JSON.stringify({ t: "snapshot", head, part, parts, boxes })));
}

/** A feed that holds box 1 at revision 10. */
function started({ head = 10, mode = "ok" } = {}) {
  const clock = new FakeClock();
  const store = new FrameStore();
  store.greet(readWelcome());
  /** @type {(Progress & {at: number})[]} */
  const sent = [];
  const feed = new Feed(store, clock, (message) => sent.push({ ...message, at: clock.now() }));
  feed.begin(EPOCH, 10, "snapshot");
  feed.takePart(snapshot(10, 0, 1, [1]));
  feed.begin(EPOCH, head, mode);
  sent.length = 0;
  /** @type {number[]} */
  const applied = [];
  const confirm = store.confirm.bind(store);
  store.confirm = (ops) => {
    applied.push(...ops.map((op) => op.r));
    confirm(ops);
  };
  const begin = clock.now();
  const since = (/** @type {'get'|'seen'} */ type) => sent.filter((one) => one.t === type).map((one) => one.at - begin);
  const messages = () => sent.map(({ at: _, ...message }) => message);
  return { clock, store, feed, sent, applied, since, messages };
}

test("it applies what follows, at once", () => {
  const { feed, store, applied } = started();
  feed.take(ev(11, 12));
  feed.take(ev(13, 13));
  assert.deepEqual([applied, store.revision, store.boxes.get(boxId(1))?.x1], [[11, 12, 13], 13, 13]);
});

test("it ignores what is applied already, wholly or in part", () => {
  const { feed, applied } = started();
  feed.take(ev(11, 13));
  feed.take(ev(11, 13));
  feed.take(ev(12, 12));
  feed.take(ev(9, 10));
  feed.take(ev(12, 15));
  assert.deepEqual(applied, [11, 12, 13, 14, 15]);
});

test("it keeps what came too early until what precedes it is there", () => {
  const { feed, applied, clock, sent } = started();
  feed.take(ev(14, 14));
  feed.take(ev(12, 13));
  assert.deepEqual(applied, []);
  clock.advance(GAP_PATIENCE_MS - 1);
  feed.take(ev(11, 11));
  assert.deepEqual(applied, [11, 12, 13, 14]);
  clock.advance(500);
  assert.deepEqual(sent.filter(({ t }) => t === "get"), [], "there was no need to ask");
});

test("it asks for what is missing after a little patience", () => {
  const { feed, clock, sent, messages } = started();
  feed.take(ev(13, 13));
  clock.advance(GAP_PATIENCE_MS - 1);
  assert.deepEqual(sent, []);
  clock.advance(1);
  assert.deepEqual(messages(), [{ t: "get", have: 10 }]);
});

test("it asks more and more rarely while nothing helps, and never more than 4 times a second", () => {
  const { feed, clock, since } = started();
  feed.take(ev(13, 13));
  clock.advance(20000);
  const times = since("get");
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.deepEqual(times.slice(0, 4), [200, 700, 1700, 3700]);
  assert.ok(pauses.every((pause) => pause >= 250 && pause <= 4000), pauses.join());
  assert.equal(pauses.at(-1), 4000);
});

test("it asks soon again at the next hole", () => {
  const { feed, clock, since } = started();
  feed.take(ev(13, 13));
  clock.advance(3000);
  feed.take(ev(11, 12));
  const before = since("get").length;
  feed.take(ev(16, 16));
  clock.advance(GAP_PATIENCE_MS);
  assert.equal(since("get").length, before + 1);
});

test("it holds the distance of two questions even when holes come one after the other", () => {
  const { feed, clock, since } = started();
  for (let next = 11; next < 40; next += 2) {
    feed.take(ev(next + 1, next + 1));
    clock.advance(GAP_PATIENCE_MS);
    feed.take(ev(next, next));
  }
  const times = since("get");
  assert.ok(times.length > 5);
  assert.ok(times.slice(1).every((time, index) => time - (times[index] ?? 0) >= 250), times.join());
});

test("it notices by the heartbeat that the last message was lost", () => {
  const { feed, clock, sent } = started();
  feed.noticeHead(10);
  clock.advance(5000);
  assert.deepEqual(sent, []);
  feed.noticeHead(12);
  clock.advance(GAP_PATIENCE_MS);
  assert.deepEqual(sent.map(({ t }) => t), ["get"]);
});

test("it is not led back by an older heartbeat", () => {
  const { feed, clock, since } = started();
  feed.noticeHead(12);
  feed.noticeHead(10);
  clock.advance(GAP_PATIENCE_MS);
  assert.equal(since("get").length, 1);
});

test("it tells what it has seen: after 64 operations, or a second after anything", () => {
  const { feed, clock, sent, messages } = started();
  feed.take(ev(11, 11));
  clock.advance(999);
  assert.deepEqual(sent, []);
  clock.advance(1);
  feed.take(ev(12, 74));
  assert.deepEqual(messages(), [{ t: "seen", r: 11 }]);
  feed.take(ev(75, 75));
  clock.advance(0);
  assert.deepEqual(messages(), [{ t: "seen", r: 11 }, { t: "seen", r: 75 }]);
  clock.advance(5000);
  assert.equal(sent.length, 2, "nothing more to tell");
});

test("it puts the parts of a snapshot together, whatever their order", () => {
  const { feed, store, messages } = started();
  feed.takePart(snapshot(20, 2, 3, [5]));
  feed.takePart(snapshot(20, 0, 3, [3]));
  assert.deepEqual([...store.boxes.keys()], [boxId(1)]);
  feed.takePart(snapshot(20, 1, 3, [4]));
  assert.deepEqual([[...store.boxes.keys()], store.revision], [[boxId(3), boxId(4), boxId(5)], 20]);
  assert.deepEqual(messages(), [{ t: "seen", r: 20 }]);
});

test("it begins anew when another snapshot begins before one is whole", () => {
  const { feed, store } = started();
  feed.takePart(snapshot(20, 0, 2, [3]));
  feed.takePart(snapshot(21, 1, 2, [4]));
  assert.equal(store.revision, 10);
  feed.takePart(snapshot(21, 0, 2, [5]));
  assert.deepEqual([[...store.boxes.keys()], store.revision], [[boxId(5), boxId(4)], 21]);
});

test("it takes no snapshot that is older than what it holds, nor a part that cannot be", () => {
  const { feed, store } = started();
  feed.takePart(snapshot(9, 0, 1, [3]));
  feed.takePart(snapshot(30, 1, 1, [3]));
  feed.takePart(snapshot(30, -1, 1, [3]));
  assert.deepEqual([[...store.boxes.keys()], store.revision], [[boxId(1)], 10]);
});

test("it goes on after a snapshot with what came early", () => {
  const { feed, store, applied } = started();
  feed.take(ev(21, 22));
  feed.takePart(snapshot(20, 0, 1, [1]));
  assert.deepEqual([applied, store.revision], [[21, 22], 22]);
});

test("it says what it holds only while that is whole", () => {
  const { feed } = started();
  assert.deepEqual(feed.held(), { epoch: EPOCH, have: 10 });
  feed.begin("another-epoch", 5, "ok");
  assert.deepEqual(feed.held(), {});
  assert.deepEqual(new Feed(new FrameStore(), new FakeClock(), () => {}).held(), {});
});

/** @type {[string, string, string][]} */
const WAITS = [["the server announces a snapshot", EPOCH, "snapshot"], ["the server was restored from a backup", "another-epoch", "delta"]];

for (const [when, epoch, mode] of WAITS) {
  test(`it waits for a snapshot when ${when}, and asks for one if none comes`, () => {
    const { feed, store, clock, sent, messages } = started();
    feed.begin(epoch, 5, mode);
    feed.take(ev(11, 11));
    assert.equal(store.revision, 10);
    clock.advance(3999);
    assert.deepEqual(sent, []);
    clock.advance(1);
    assert.deepEqual(messages(), [{ t: "get", have: 0 }]);
    feed.takePart(snapshot(5, 0, 1, [7]));
    assert.deepEqual([[...store.boxes.keys()], store.revision], [[boxId(7)], 5]);
  });
}

test("it takes the whole log instead of a snapshot", () => {
  const { feed, store } = started();
  feed.begin("another-epoch", 2, "snapshot");
  const ops = [wireOp(1, { k: "create", box: boxId(3), f: wholeFields() }), wireOp(2, { box: boxId(3), f: { x1: 4 } })];
  feed.take(/** @type {Ev} */ (decode(JSON.stringify(evOf(...ops)))));
  assert.deepEqual([[...store.boxes.keys()], store.revision, store.boxes.get(boxId(3))?.x1], [[boxId(3)], 2, 4]);
});

test("it forgets what a lost connection had begun", () => {
  const { feed, store, clock, sent } = started();
  feed.take(ev(13, 13));
  feed.takePart(snapshot(30, 0, 2, [3]));
  feed.stop();
  clock.advance(60000);
  assert.deepEqual([sent, clock.timers.size], [[], 0]);
  feed.begin(EPOCH, 12, "delta");
  feed.take(ev(11, 12));
  feed.takePart(snapshot(30, 1, 2, [4]));
  assert.deepEqual([store.revision, [...store.boxes.keys()]], [12, [boxId(1)]]);
});

test("it does not remember without bounds", () => {
  const { feed } = started();
  for (let revision = 12; revision < 3000; revision++) feed.take(ev(revision, revision));
  assert.ok(feed.early.size <= 1000);
});

/** A server over a bad line: loses, repeats and swaps, and answers `get`. @param {Random} random */
function badLine(random) {
  const { feed, store, clock, sent, applied } = started();
  let head = 10;
  /** @type {Ev[]} */
  const onTheWay = [];
  /** @param {number} from @param {number} to */
  const say = (from, to) => {
    const message = ev(from, to);
    if (random.chance(0.2)) return;
    onTheWay.splice(random.chance(0.3) ? random.integer(0, onTheWay.length) : onTheWay.length, 0, message);
    if (random.chance(0.2)) onTheWay.push(message);
  };
  for (let turn = 0; turn < 60; turn++) {
    if (random.chance(0.7)) {
      const next = head + random.integer(1, 5);
      say(head + 1, next);
      head = next;
    }
    if (random.chance(0.5)) feed.noticeHead(head);
    const arriving = random.integer(0, 2);
    for (const message of onTheWay.splice(0, arriving)) feed.take(message);
    clock.advance(random.integer(0, 400));
    for (const get of sent.splice(0)) if (get.t === "get" && get.have < head && random.chance(0.8)) say(get.have + 1, head);
  }
  for (const message of onTheWay) feed.take(message);
  feed.noticeHead(head);
  for (let turn = 0; turn < 20 && (store.revision ?? 0) < head; turn++) {
    clock.advance(4000);
    for (const get of sent.splice(0)) if (get.t === "get") feed.take(ev(get.have + 1, head));
  }
  return { applied, head, revision: store.revision };
}

test("it applies every operation once and in order over a line that loses, repeats and swaps", () => {
  forSeeds(60, (random) => {
    const { applied, head, revision } = badLine(random);
    assert.equal(revision, head);
    assert.deepEqual(applied, Array.from({ length: head - 10 }, (_, index) => 11 + index));
  });
});
