import assert from "node:assert/strict";
import { test } from "node:test";

import { Ephemera, INTERVAL_MS } from "../../../frontend/src/sync/ephemera.js";
import { FakeClock } from "../support/clock.js";
import { forSeeds } from "../support/random.js";
import { boxId } from "../support/wire.js";

/** @import { EphOut } from "../../../frontend/src/protocol.js" */

function started({ isOn = true } = {}) {
  const clock = new FakeClock();
  /** @type {(EphOut & {at: number})[]} */
  const sent = [];
  const begin = clock.now();
  const ephemera = new Ephemera(clock, (message) => sent.push({ ...message, at: clock.now() - begin }));
  if (isOn) ephemera.begin();
  return { clock, sent, ephemera };
}

/** @param {number} number */
const preview = (number) => [{ id: boxId(1), x1: number, y1: 0, x2: 500, y2: 500 }];

test("it sends the first at once, and then the latest only, once in an interval", () => {
  const { clock, sent, ephemera } = started();
  ephemera.cursor({ x: 0, y: 0 });
  clock.advance(0);
  for (let x = 1; x <= 10; x++) {
    ephemera.cursor({ x, y: 0 });
    clock.advance(1);
  }
  assert.equal(sent.length, 1);
  clock.advance(INTERVAL_MS);
  assert.deepEqual(sent.map(({ val }) => val), [{ x: 0, y: 0 }, { x: 10, y: 0 }]);
});

test("it never sends more than 30 in a second, however much happens", () => {
  forSeeds(10, (random) => {
    const { clock, sent, ephemera } = started();
    for (let ms = 0; ms < 3000; ms += 2) {
      ephemera.cursor({ x: random.next(), y: 0 });
      ephemera.selection([boxId(random.integer(1, 9))]);
      ephemera.drag(`g${random.integer(1, 3)}`, preview(random.integer(0, 99)), false);
      clock.advance(2);
    }
    for (const { at } of sent) assert.ok(sent.filter((one) => one.at >= at && one.at < at + 1000).length <= 30);
    for (const kind of ["cursor", "selection", "drag"]) assert.ok(sent.filter((one) => one.kind === kind).length > 10, `${kind} is not starved`);
  });
});

test("it does not send the same again, until it would fade", () => {
  const { clock, sent, ephemera } = started();
  ephemera.cursor({ x: 1, y: 2 });
  ephemera.selection([boxId(1)]);
  clock.advance(100);
  ephemera.cursor({ x: 1, y: 2 });
  clock.advance(3800);
  assert.equal(sent.length, 2);
  clock.advance(200);
  assert.deepEqual(sent.slice(2).map(({ kind }) => kind).sort(), ["cursor", "selection"]);
  clock.advance(20000);
  const cursors = sent.filter(({ kind }) => kind === "cursor").map(({ at }) => at);
  assert.ok(cursors.slice(1).every((at, index) => at - (cursors[index] ?? 0) <= 4100), cursors.join());
});

test("it repeats a drag before its 2 seconds are over", () => {
  const { clock, sent, ephemera } = started();
  ephemera.drag("g", preview(1), false);
  clock.advance(5000);
  assert.deepEqual(sent.map(({ at }) => at), [0, 1000, 2000, 3000, 4000, 5000]);
});

test("it ends what was seen, once", () => {
  const { clock, sent, ephemera } = started();
  ephemera.cursor({ x: 1, y: 2 });
  ephemera.selection([boxId(1)]);
  ephemera.drag("g", preview(1), false);
  clock.advance(200);
  sent.length = 0;
  ephemera.cursor(null);
  ephemera.selection([]);
  ephemera.drag("g", null, false);
  clock.advance(20000);
  assert.deepEqual(sent.map(({ at: _, ...message }) => message).sort((a, b) => (a.kind < b.kind ? -1 : 1)), [
    { t: "eph", kind: "cursor", val: null }, { t: "eph", kind: "drag", g: "g", val: null }, { t: "eph", kind: "selection", val: null },
  ]);
  assert.equal(clock.timers.size, 0, "nothing is left to do");
});

test("it says nothing of what nobody has seen", () => {
  const { clock, sent, ephemera } = started();
  ephemera.cursor({ x: 1, y: 2 });
  ephemera.cursor(null);
  ephemera.selection([]);
  clock.advance(20000);
  assert.deepEqual(sent, []);
});

test("it leaves the end of a committed drag to the operation", () => {
  const { clock, sent, ephemera } = started();
  ephemera.drag("g", preview(1), false);
  clock.advance(100);
  ephemera.drag("g", preview(2), false);
  ephemera.drag("g", null, true);
  clock.advance(20000);
  assert.deepEqual(sent.map(({ val }) => val), [{ boxes: preview(1) }]);
});

test("it keeps within the limits of the protocol", () => {
  const { clock, sent, ephemera } = started();
  ephemera.selection(Array.from({ length: 500 }, (_, number) => boxId(number)));
  ephemera.drag("g", Array.from({ length: 80 }, () => preview(1)[0] ?? { id: "", x1: 0, y1: 0, x2: 0, y2: 0 }), false);
  clock.advance(100);
  const sizes = Object.fromEntries(sent.map(({ kind, val }) => [kind, /** @type {{boxes: unknown[]}} */ (val).boxes.length]));
  assert.deepEqual(sizes, { selection: 200, drag: 50 });
});

test("it tells a new connection what is still going on, and nothing that is over", () => {
  const { clock, sent, ephemera } = started({ isOn: false });
  ephemera.cursor({ x: 1, y: 2 });
  ephemera.drag("g", preview(1), false);
  clock.advance(5000);
  assert.deepEqual(sent, []);
  ephemera.begin();
  clock.advance(100);
  assert.deepEqual(sent.map(({ kind }) => kind).sort(), ["cursor", "drag"]);
  ephemera.stop();
  ephemera.cursor(null);
  clock.advance(5000);
  sent.length = 0;
  ephemera.begin();
  clock.advance(100);
  assert.deepEqual(sent.map(({ kind }) => kind), ["drag"]);
});
