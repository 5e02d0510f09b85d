/** What a screen reader is told: little, and together. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Preferences } from "../../../frontend/src/preferences.js";
import { Announcer } from "../../../frontend/src/ui/announcer.js";
import { FakeClock } from "../support/clock.js";
import { boxId, readBox } from "../support/wire.js";

/** @import { Box } from "../../../frontend/src/box.js" */
/** @import { Change } from "../../../frontend/src/store.js" */

const world = /** @type {Record<string, any>} */ (globalThis);
const real = { setTimeout: world.setTimeout, performance: world.performance };
/** @type {FakeClock} */
let clock;

beforeEach(() => {
  clock = new FakeClock();
  world.setTimeout = clock.setTimeout.bind(clock);
  world.performance = { now: () => clock.now() };
});

afterEach(() => void Object.assign(world, real));

/** A live region that remembers what was written into it, and when. */
class Region {
  constructor() {
    /** @type {[number, string][]} */
    this.written = [];
    this.began = clock.now();
  }

  /** @param {string} text */
  set textContent(text) {
    this.written.push([clock.now() - this.began, text]);
  }

  get texts() {
    return this.written.map(([, text]) => text);
  }
}

/** An announcer before a store that others change. @param {Partial<Preferences["now"]>} [chosen] */
function started(chosen = {}) {
  const region = new Region();
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  /** @type {Map<string, {by: number|null, judge: null}>} */
  const hands = new Map();
  /** @type {(change: Change) => void} */
  let listener = () => {};
  const workspace = {
    store: { boxes, selection: new Set(), knowsBoxes: true, hands, people: new Map() }, shownBoxes: [], labelOf: () => null, preferences: new Preferences(chosen),
    page: { members: [{ id: 4, username: "ben", name: "Ben" }] },
    subscribe: (/** @type {typeof listener} */ given) => void (listener = given),
  };
  const announcer = new Announcer(/** @type {any} */ (region), /** @type {any} */ (workspace));
  const changed = (/** @type {number} */ number, /** @type {number} */ x1, /** @type {number|null} */ by = 4) => {
    hands.set(boxId(number), { by, judge: null });
    boxes.set(boxId(number), readBox(number, { x1 }));
    listener(/** @type {any} */ ({ origin: "REMOTE", kinds: new Set(["boxes"]), ids: new Set([boxId(number)]) }));
  };
  boxes.set(boxId(1), readBox(1, { x1: 1 }));
  listener(/** @type {any} */ ({ origin: "REMOTE", kinds: new Set(["boxes"]), ids: null }));
  return { region, announcer, changed };
}

test("however much others do, it speaks at most once in two seconds, and counts all of it", () => {
  const { region, changed } = started();
  for (let number = 0; number < 300; number++) {
    changed(2 + number, 5);
    clock.advance(20);
  }
  clock.advance(5000);
  const times = region.written.map(([at]) => at);
  assert.ok(times.length >= 3 && times.length <= 5, String(times));
  for (let n = 1; n < times.length; n++) assert.ok(/** @type {number} */ (times[n]) - /** @type {number} */ (times[n - 1]) >= 2000, String(times));
  const counted = region.texts.map((text) => Number(/added (\d+)/.exec(text)?.[1]));
  assert.equal(counted.reduce((sum, count) => sum + count, 0), 300);
});

test("fifty changes within a second are one sentence", () => {
  const { region, changed } = started();
  for (let turn = 0; turn < 50; turn++) {
    changed(1, 2 + turn);
    clock.advance(1);
  }
  clock.advance(10_000);
  assert.deepEqual(region.texts, ["Ben changed 50 boxes."]);
});

test("each is named for what each did; who is not known is somebody", () => {
  const { region, changed } = started();
  changed(2, 5);
  changed(3, 5);
  changed(1, 9);
  changed(4, 5, null);
  changed(2, 6, 99);
  clock.advance(10_000);
  assert.deepEqual(region.texts, ["Ben added 2 boxes. Ben changed 1 box. A model added 1 box. Somebody changed 1 box."]);
});

test("of one's own messages the last is said, with what others did meanwhile", () => {
  const { region, announcer, changed } = started();
  announcer.say("Undone.");
  announcer.say("Redone.");
  changed(7, 3);
  clock.advance(10_000);
  assert.deepEqual(region.texts, ["Redone. Ben added 1 box."]);
});

test("others are left out where only one's own is wanted, and everything where nothing is", () => {
  for (const [announce, texts] of /** @type {["own"|"none", string[]][]} */ ([["own", ["Saved."]], ["none", []]])) {
    const { region, announcer, changed } = started({ announce });
    changed(3, 4);
    announcer.say("Saved.");
    clock.advance(10_000);
    assert.deepEqual(region.texts, texts, announce);
  }
});

test("what nobody may miss is said first, whatever they want to hear, and once", () => {
  for (const [announce, texts] of /** @type {["all"|"none", string[]][]} */ ([["all", ["Offline. Ben added 1 box."]], ["none", ["Offline."]]])) {
    const { region, announcer, changed } = started({ announce });
    announcer.warn("Offline.");
    changed(3, 4);
    clock.advance(10_000);
    assert.deepEqual(region.texts, texts, announce);
  }
});

test("words of different topics are said together, of one topic the last", () => {
  const { region, announcer } = started();
  announcer.say("1 of 9 images", "detection");
  announcer.say("You rated it.", "rating");
  announcer.say("2 of 9 images", "detection");
  announcer.warn("Ben changed a box.", "notice 1");
  announcer.warn("Ben changed 2 boxes.", "notice 1");
  announcer.warn("An edit was refused.", "notice 2");
  clock.advance(10_000);
  assert.deepEqual(region.texts, ["Ben changed 2 boxes. An edit was refused. 2 of 9 images You rated it."]);
});
