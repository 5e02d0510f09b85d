import assert from "node:assert/strict";
import { test } from "node:test";

import { ActiveTime, LONGEST_PAUSE_MS } from "../../frontend/src/active-time.js";
import { FrameStore } from "../../frontend/src/store.js";
import { FakeClock } from "./support/clock.js";
import { card, Editor, page } from "./support/editor.js";
import { boxId } from "./support/wire.js";

/** @import { Pending } from "../../frontend/src/pending.js" */

function started() {
  const clock = new FakeClock();
  const time = new ActiveTime(() => clock.now());
  /** A hand that moves every second for so many seconds. @param {number} seconds */
  const work = (seconds) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1000);
      time.seen();
    }
  };
  return { clock, time, work };
}

test("it counts from the beginning to the command, and then from command to command", () => {
  const { clock, time, work } = started();
  work(5);
  clock.advance(400);
  assert.equal(time.take(), 5400);
  work(2);
  assert.equal(time.take(), 2000);
  assert.equal(time.take(), 0, "a second command of the same moment");
});

test("it leaves out long pauses as a whole, and keeps those in which one thinks", () => {
  const { clock, time, work } = started();
  work(1);
  clock.advance(LONGEST_PAUSE_MS);
  work(1);
  assert.equal(time.take(), 1000, "then 31 s without a hand");
  clock.advance(LONGEST_PAUSE_MS);
  assert.equal(time.take(), LONGEST_PAUSE_MS);
  clock.advance(LONGEST_PAUSE_MS + 1);
  assert.equal(time.take(), 0);
});

test("it takes no harm from a clock that is put back", () => {
  const { clock, time, work } = started();
  work(3);
  clock.time -= 3_600_000;
  time.seen();
  work(1);
  assert.equal(time.take(), 4000);
});

test("it begins anew with another image, and says whole milliseconds", () => {
  const { clock, time, work } = started();
  work(9);
  time.restart();
  clock.advance(1.4);
  assert.equal(time.take(), 1);
});

/** @param {Pending[]} pending */
const spent = (pending) => pending.map(({ k, ms }) => [k, ms]);

test("it is in every command, and once in all that one gesture does at the same moment", () => {
  const { store, commands, clock, workspace } = new Editor({ boxes: [{}, {}] });
  clock.advance(2000);
  store.select([boxId(1), boxId(2)]);
  commands.run("label.2");
  clock.advance(60_000);
  workspace.activeTime.seen();
  clock.advance(700);
  commands.run("edit.undo");
  assert.deepEqual(spent(store.pending), [["set", 2000], ["set", 0], ["undo", 700]]);
});

test("it adds up in a command that goes on while nothing of it has left", () => {
  const { store, commands, clock } = new Editor({ boxes: [{}] });
  store.select([boxId(1)]);
  for (let press = 0; press < 3; press++) {
    clock.advance(100);
    commands.run("box.move.right");
  }
  assert.deepEqual(spent(store.pending), [["set", 300]]);
});

test("it counts for the image that is open", () => {
  const editor = new Editor({ boxes: [{}] });
  editor.clock.advance(5000);
  const next = new FrameStore({ now: () => editor.clock.now() });
  editor.workspace.open(next, page({ frame: card(13) }));
  editor.clock.advance(300);
  assert.deepEqual([next.meter?.take(), new FrameStore().meter], [300, null]);
});
