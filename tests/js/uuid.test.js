import assert from "node:assert/strict";
import { test } from "node:test";

import { cryptoRandom, uuid7 } from "../../frontend/src/uuid.js";
import { forSeeds, Random } from "./support/random.js";

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NOW = 1_764_000_000_123;

/** @param {number} byte @returns {(bytes: Uint8Array) => void} */
const filledWith = (byte) => (bytes) => void bytes.fill(byte);

test("it writes time, version and variant where RFC 9562 wants them", () => {
  assert.equal(uuid7(NOW, filledWith(0x00)), "019ab697-e87b-7000-8000-000000000000");
  assert.equal(uuid7(NOW, filledWith(0xff)), "019ab697-e87b-7fff-bfff-ffffffffffff");
  assert.equal(parseInt(uuid7(NOW, filledWith(0xab)).replaceAll("-", "").slice(0, 12), 16), NOW);
});

test("it is a version 7 UUID for any dice and any time", () => {
  forSeeds(50, (random) => {
    const now = random.pick([0, 1, random.between(0, 2 ** 47), 2 ** 48 - 1]);
    const id = uuid7(now, (bytes) => random.fill(bytes));
    assert.match(id, SHAPE);
    assert.equal(parseInt(id.replaceAll("-", "").slice(0, 12), 16), Math.floor(now));
  });
});

test("it takes a clock before 1970 for 1970", () => {
  assert.match(uuid7(-5000, filledWith(0)), /^00000000-0000-7/);
});

test("it sorts by time, whatever the dice say", () => {
  forSeeds(20, (random) => {
    const times = Array.from({ length: 30 }, () => random.integer(0, 2 ** 45));
    const byTime = [...new Set(times)].sort((a, b) => a - b).map((time) => uuid7(time, (bytes) => random.fill(bytes)));
    assert.deepEqual(byTime, [...byTime].sort());
  });
});

test("it never makes the same id twice with real dice in one millisecond", () => {
  const ids = new Set(Array.from({ length: 2000 }, () => uuid7(NOW, cryptoRandom)));
  assert.equal(ids.size, 2000);
});

test("it depends on nothing but clock and dice", () => {
  const [one, two] = [new Random(9), new Random(9)];
  assert.equal(uuid7(NOW, (bytes) => one.fill(bytes)), uuid7(NOW, (bytes) => two.fill(bytes)));
});
