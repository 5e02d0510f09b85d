import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { DRAG_TTL_MS, People, PRESENCE_TTL_MS } from "../../frontend/src/people.js";
import { boxId, MY_WHO } from "./support/wire.js";

const me = { who: MY_WHO, user: 3, name: "Ada", role: "annotator" };
const ben = { who: "who-ben", user: 4, name: "Ben", role: "annotator" };
const cleo = { who: "who-cleo", user: 5, name: "Cleo", role: "viewer" };
const NOW = 1000;

/** @param {string} who @param {string} kind @param {unknown} val @param {string|null} [g] */
const item = (who, kind, val, g = null) => ({ who, kind, val, g });
/** @param {number} number @param {Record<string, unknown>} [parts] */
const dragged = (number, parts = {}) => ({ id: boxId(number), x1: 1, y1: 2, x2: 3, y2: 4, ...parts });

/** @type {People} */
let people;

beforeEach(() => {
  people = new People();
  people.replace([me, ben, cleo], MY_WHO);
});

test("it knows who is there and which of them is this window", () => {
  assert.deepEqual([...people.all.values()].map(({ who, isMe }) => [who, isMe]), [[MY_WHO, true], ["who-ben", false], ["who-cleo", false]]);
});

test("it shows pointers and selections of others, the latest of each", () => {
  assert.equal(people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW), true);
  assert.equal(people.take(item("who-ben", "cursor", { x: 5, y: 6 }), NOW), true);
  assert.equal(people.take(item("who-ben", "selection", { boxes: [boxId(1), boxId(2)] }), NOW), true);
  assert.deepEqual(people.all.get("who-ben")?.cursor, { x: 5, y: 6 });
  assert.deepEqual(people.all.get("who-ben")?.selection, new Set([boxId(1), boxId(2)]));
  people.take(item("who-ben", "cursor", null), NOW);
  people.take(item("who-ben", "selection", null), NOW);
  assert.equal(people.all.get("who-ben")?.cursor, null);
  assert.equal(people.all.get("who-ben")?.selection.size, 0);
});

test("it makes a new object of a person who changed, so that others can compare", () => {
  const before = people.all.get("who-ben");
  people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW);
  assert.notEqual(people.all.get("who-ben"), before);
});

test("it takes no news of me, of strangers, or of what it does not know", () => {
  assert.equal(people.take(item(MY_WHO, "cursor", { x: 1, y: 2 }), NOW), false);
  assert.equal(people.take(item("who-nobody", "cursor", { x: 1, y: 2 }), NOW), false);
  assert.equal(people.take(item("who-ben", "smell", { x: 1, y: 2 }), NOW), false);
  assert.equal(people.all.has("who-nobody"), false);
});

test("it is not confused by values of another shape", () => {
  for (const val of [5, "x", [], {}, { x: "1", y: 2 }, { x: NaN, y: 2 }, { x: 1 }, true]) {
    people.take(item("who-ben", "cursor", val), NOW);
    assert.equal(people.all.get("who-ben")?.cursor, null, JSON.stringify(val));
  }
  for (const val of [5, { boxes: "x" }, { boxes: [5, null, {}] }]) {
    people.take(item("who-ben", "selection", val), NOW);
    assert.equal(people.all.get("who-ben")?.selection.size, 0, JSON.stringify(val));
  }
  for (const val of [5, { boxes: [null, 5, {}, dragged(1, { x1: "1" }), dragged(1, { id: 7 }), dragged(1, { y2: null })] }]) {
    people.take(item("who-ben", "drag", val, "g"), NOW);
    assert.equal(people.drags.size, 0, JSON.stringify(val));
  }
});

test("it shows what somebody drags until the gesture becomes an operation, and not after", () => {
  assert.equal(people.take(item("who-ben", "drag", { boxes: [dragged(1), dragged(2, { label: 2 })] }, "g1"), NOW), true);
  assert.deepEqual(people.drags.get(boxId(2)), { x1: 1, y1: 2, x2: 3, y2: 4, who: "who-ben", gesture: "g1", label: 2 });
  assert.equal(people.drags.get(boxId(1))?.label, null);
  assert.equal(people.endGesture("g1"), true);
  assert.equal(people.drags.size, 0);
  assert.equal(people.take(item("who-ben", "drag", { boxes: [dragged(1)] }, "g1"), NOW), false, "a late preview");
  assert.equal(people.drags.size, 0);
  assert.equal(people.take(item("who-ben", "drag", { boxes: [dragged(1)] }, "g2"), NOW), true, "the next gesture");
});

test("it lets go of boxes that a newer preview does not name", () => {
  people.take(item("who-ben", "drag", { boxes: [dragged(1), dragged(2)] }, "g1"), NOW);
  people.take(item("who-ben", "drag", { boxes: [dragged(2)] }, "g1"), NOW);
  assert.deepEqual([...people.drags.keys()], [boxId(2)]);
  assert.equal(people.take(item("who-ben", "drag", null, "g1"), NOW), true);
  assert.equal(people.drags.size, 0);
  assert.equal(people.take(item("who-ben", "drag", null, "g1"), NOW), false, "nothing more to end");
});

test("it keeps the drags of different people apart", () => {
  people.take(item("who-ben", "drag", { boxes: [dragged(1)] }, "g1"), NOW);
  people.take(item("who-cleo", "drag", { boxes: [dragged(2)] }, "g2"), NOW);
  people.endGesture("g1");
  assert.deepEqual([...people.drags.keys()], [boxId(2)]);
});

test("it remembers only so many gestures that have ended", () => {
  for (let number = 0; number < 1000; number++) people.endGesture(`g${number}`);
  assert.ok(people.ended.size <= 256);
  assert.ok(people.ended.has("g999"));
});

test("it lets everything fade that is not repeated", () => {
  people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW);
  people.take(item("who-ben", "selection", { boxes: [boxId(1)] }), NOW + 100);
  people.take(item("who-ben", "drag", { boxes: [dragged(1)] }, "g1"), NOW);
  assert.equal(people.expire(NOW + DRAG_TTL_MS - 1), false);
  assert.equal(people.expire(NOW + DRAG_TTL_MS), true);
  assert.equal(people.drags.size, 0);
  assert.equal(people.expire(NOW + PRESENCE_TTL_MS - 1), false);
  assert.equal(people.expire(NOW + PRESENCE_TTL_MS), true);
  assert.deepEqual([people.all.get("who-ben")?.cursor, people.all.get("who-ben")?.selection.size], [null, 1]);
  assert.equal(people.expire(NOW + PRESENCE_TTL_MS + 100), true);
  assert.equal(people.all.get("who-ben")?.selection.size, 0);
  assert.equal(people.expire(NOW + 10 * PRESENCE_TTL_MS), false);
});

test("it fades later what is repeated", () => {
  people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW);
  people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW + 4000);
  assert.equal(people.expire(NOW + PRESENCE_TTL_MS), false);
  assert.ok(people.all.get("who-ben")?.cursor);
});

test("it keeps what people are doing when the list of people comes again, and drops who left", () => {
  people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW);
  people.take(item("who-cleo", "drag", { boxes: [dragged(1)] }, "g1"), NOW);
  people.replace([me, { ...ben, role: "viewer" }], MY_WHO);
  assert.deepEqual([people.all.get("who-ben")?.cursor, people.all.get("who-ben")?.role], [{ x: 1, y: 2 }, "viewer"]);
  assert.equal(people.all.has("who-cleo"), false);
  assert.equal(people.drags.size, 0);
  assert.deepEqual([...people.deadlines.keys()], ["who-ben"]);
});

test("it knows nobody when the connection is lost", () => {
  people.take(item("who-ben", "cursor", { x: 1, y: 2 }), NOW);
  people.take(item("who-ben", "drag", { boxes: [dragged(1)] }, "g1"), NOW);
  people.clear();
  assert.deepEqual([people.all.size, people.drags.size, people.expire(NOW * 99)], [0, 0, false]);
});
