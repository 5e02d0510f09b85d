import assert from "node:assert/strict";
import { test } from "node:test";

import { newPending } from "../../frontend/src/pending.js";
import { decode, encode, Malformed, MAX_MESSAGE_BYTES, readFields, VERSION } from "../../frontend/src/protocol.js";
import { wireOf } from "../../frontend/src/sync/sender.js";
import { sharedCases } from "./support/files.js";
import { boxId, evOf, welcome, wholeFields, wireBox, wireOp } from "./support/wire.js";

/** @import { Command } from "../../frontend/src/pending.js" */
/** @import { ClientMessage, CommandKind } from "../../frontend/src/protocol.js" */

/** @type {{client: {name: string, message: unknown}[], server: {name: string, message: {t: string, limits?: {message_bytes: number}}, decoded: unknown}[]}} */
const SAMPLES = sharedCases("protocol-samples.json");
const CLIENT = "c0000000-0000-4000-8000-000000000003";
const EPOCH = "0e0e0e0e-0000-4000-8000-000000000001";

/** @param {(Partial<Command> & {c: number, k: CommandKind, g: string})[]} commands @returns {ClientMessage} */
function opOf(...commands) {
  return { t: "op", ops: commands.map((command) => wireOf(newPending({ at: 0, ...command }))) };
}

const box = boxId(1);
const dragged = { id: box, x1: 1, y1: 2, x2: 30, y2: 40 };
const attributes = { seen: true, note: "é", count: 2, none: null };

/** How the browser makes what is in the samples. @type {Record<string, ClientMessage>} */
const MADE = {
  "hello of a new page": { t: "hello", v: VERSION, client: CLIENT },
  "hello of a page that still holds the boxes": { t: "hello", v: VERSION, client: CLIENT, epoch: EPOCH, have: 41 },
  create: opOf({ c: 1, k: "create", g: "g-1", box, set: { x1: 10, y1: 20.5, x2: 30, y2: 40, label: 1, attributes, z: 0 }, base: { x1: 3 } }),
  "set with base": opOf({ c: 7, k: "set", g: "g-2", box, set: { x1: 10.5, status: "rejected" }, base: { x1: 38, status: 12, y1: 4 } }),
  "set made while disconnected": opOf({ c: 8, k: "set", g: "g-3", box, set: { attributes: {} }, off: true }),
  delete: opOf({ c: 9, k: "delete", g: "g-4", box, set: {}, base: { x1: 3 } }),
  "delete of what its author saw undecided": opOf({ c: 16, k: "delete", g: "g-14", box, base: { status: 12, feedback: 12 } }),
  "a move by somebody who saw it undecided": opOf({ c: 17, k: "set", g: "g-15", box, set: { x1: 10.5 }, base: { x1: 38, status: 12, feedback: 12 } }),
  restore: opOf({ c: 10, k: "restore", g: "g-5", box }),
  "undo of a gesture and redo of the newest": opOf({ c: 11, k: "undo", g: "g-6", of: "g-4" }, { c: 12, k: "redo", g: "g-7" }),
  rewind: opOf({ c: 13, k: "rewind", g: "g-9", to: 41 }),
  "rewind to the beginning": opOf({ c: 14, k: "rewind", g: "g-10", to: 0 }),
  "a verdict with the time it took": opOf({
    c: 15, k: "set", g: "g-11", box, set: { status: "accepted", feedback: "positive" }, base: { status: 12, feedback: 12 }, ms: 1600,
  }),
  cursor: { t: "eph", kind: "cursor", val: { x: 310.5, y: 88 } },
  "cursor gone": { t: "eph", kind: "cursor", val: null },
  selection: { t: "eph", kind: "selection", val: { boxes: [box] } },
  drag: { t: "eph", kind: "drag", g: "g-8", val: { boxes: [{ ...dragged, label: 3 }] } },
  "drag of a box that keeps its label": { t: "eph", kind: "drag", g: "g-8", val: { boxes: [dragged] } },
  seen: { t: "seen", r: 57 },
  get: { t: "get", have: 57 },
};

for (const [name, message] of Object.entries(MADE)) {
  test(`it says what the server reads: ${name}`, () => {
    const sample = SAMPLES.client.find((one) => one.name === name);
    assert.deepEqual(JSON.parse(encode(message)), sample?.message);
  });
}

for (const { name, message, decoded } of SAMPLES.server) {
  test(`it reads what the server says: ${name}`, () => {
    assert.deepEqual(plain(decode(JSON.stringify(message))), decoded);
  });
}

/** Maps as objects, so that they can be written down. @param {unknown} value @returns {unknown} */
function plain(value) {
  return JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Map ? Object.fromEntries(part) : part)));
}

test("it has a sample of every message that it reads", () => {
  const sampled = new Set(SAMPLES.server.map((one) => one.message.t));
  for (const type of ["welcome", "snapshot", "ev", "ack", "nack", "eph", "pres", "frame", "where", "hb", "role", "bye", "error"]) {
    assert.ok(sampled.has(type), type);
  }
  assert.equal(SAMPLES.server.find((one) => one.name === "welcome")?.message.limits?.message_bytes, MAX_MESSAGE_BYTES);
});

/** @type {[string, string][]} what is wrong, and a text that has it */
const MALFORMED = [
  ["nothing", ""], ["no JSON", "{"], ["NaN", '{"t":"hb","head":NaN}'], ["Infinity", '{"t":"hb","head":Infinity}'],
  ["a number beyond all bounds", '{"t":"hb","head":1e999}'], ["null", "null"], ["a list", "[]"], ["a text", '"hb"'], ["a number", "7"],
  ["a head that is missing", '{"t":"hb"}'], ["half a head", '{"t":"hb","head":1.5}'], ["a head as text", '{"t":"hb","head":"5"}'],
  ["a head that is no exact number", '{"t":"hb","head":9007199254740992}'], ["a role that is a list", '{"t":"role","role":["viewer"]}'],
  ["people that are no list", '{"t":"pres","people":{"length":1}}'], ["a person without user", '{"t":"pres","people":[{"who":"a"}]}'],
  ["an ack without a counter", '{"t":"ack","acks":[{"from":1,"to":1}]}'], ["skipped of something else", '{"t":"ack","acks":[{"c":1,"skipped":[5]}]}'],
  ["a nack without a code", '{"t":"nack","c":1}'], ["a nack whose value is a text", '{"t":"nack","c":1,"code":"stale","cur":{"x1":"5"}}'],
  ["a nack whose version is no number", '{"t":"nack","c":1,"code":"stale","versions":{"x1":"5"}}'],
  ["ephemera without a kind", '{"t":"eph","items":[{"who":"a"}]}'], ["bye without a code", '{"t":"bye"}'],
  ["a welcome without a frame", JSON.stringify(welcome({ frame: undefined }))],
  ["a welcome with a width of null", JSON.stringify(welcome({ frame: { id: 1, width: null, height: 5 } }))],
  ["a welcome without an epoch", JSON.stringify(welcome({ epoch: undefined }))],
  ["a welcome whose label has no colour", JSON.stringify(welcome({ labels: [{ id: 1, name: "car" }] }))],
  ["a snapshot with a box without an edge", snapshotText({ x2: undefined })],
  ["a snapshot with a box without a label", snapshotText({ label: undefined })],
  ["a snapshot with an edge of null", snapshotText({ y1: null })],
  ["a snapshot with an edge beyond all bounds", snapshotText({ y1: 12345.5 }).replace("12345.5", "1e999")],
  ["a snapshot with attributes that are a list", snapshotText({ attributes: [] })],
  ["a snapshot with a version that is a text", snapshotText({ versions: { x1: "12" } })],
  ["a created box without an edge", JSON.stringify(evOf(wireOp(1, { k: "create", f: wholeFields({ y2: undefined }) })))],
  ["people on frames that are no list", '{"t":"where","frames":{"12":{}}}'], ["people on frames without a user", '{"t":"where","frames":{"12":[{}]}}'],
  ["a frame without a status", '{"t":"frame","comments":1}'],
  ["an operation without a box", JSON.stringify(evOf(wireOp(1, { box: undefined })))],
];

for (const [what, text] of MALFORMED) {
  test(`it refuses ${what}`, () => {
    assert.throws(() => decode(text), Malformed);
  });
}

/** @param {Record<string, unknown>} parts */
function snapshotText(parts) {
  return JSON.stringify({ t: "snapshot", head: 1, part: 0, parts: 1, boxes: [wireBox(1, parts)] });
}

/** @type {[string, number, number, number[]][]} what, from, to, revisions */
const EVS = [
  ["a hole between operations", 5, 7, [5, 7]], ["operations in another order", 5, 6, [6, 5]], ["an operation twice", 5, 6, [5, 5]],
  ["fewer operations than it says", 5, 7, [5, 6]], ["more operations than it says", 5, 5, [5, 6]], ["another start than it says", 4, 5, [5, 6]],
  ["nothing where it says something", 5, 5, []], ["a range that goes backwards", 6, 5, [6]],
];

for (const [what, from, to, revisions] of EVS) {
  test(`it refuses an ev with ${what}`, () => {
    const text = JSON.stringify({ t: "ev", from, to, ops: revisions.map((revision) => wireOp(revision, {})) });
    assert.throws(() => decode(text), Malformed);
  });
}

test("it ignores types that it does not know, also those that objects are born with", () => {
  for (const t of ["weather", "", "constructor", "__proto__", "toString", "hasOwnProperty", 5, null, ["hb"], { hb: 1 }]) {
    assert.equal(decode(JSON.stringify({ t, head: 5 })), null, String(t));
  }
});

test("it is not polluted by fields named like parts of a prototype", () => {
  const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"x1":5}';
  assert.deepEqual(readFields(JSON.parse(evil)), { x1: 5 });
  const message = decode(`{"t":"ev","from":1,"to":1,"__proto__":{"polluted":1},"ops":[{"r":1,"k":"set","box":"b","f":${evil},"b":${evil},"over":${evil}}]}`);
  assert.ok(message?.t === "ev");
  const [op] = message.ops;
  assert.deepEqual([op?.f, op?.b, op?.over], [{ x1: 5 }, { x1: 5 }, { x1: 5 }]);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  assert.equal(/** @type {any} */ (message).polluted, undefined);
});

test("it keeps a strange name of an attribute as an attribute", () => {
  const message = decode(JSON.stringify({ t: "snapshot", head: 1, part: 0, parts: 1, boxes: [wireBox(1, { attributes: JSON.parse('{"__proto__":"x"}') })] }));
  assert.ok(message?.t === "snapshot");
  const attributes = { .../** @type {object} */ (message.boxes[0]?.attributes) };
  assert.deepEqual(Object.entries(attributes), [["__proto__", "x"]]);
  assert.equal(JSON.stringify(attributes), '{"__proto__":"x"}');
});

test("it reads only fields that a box has itself", () => {
  const inherited = Object.create({ x1: 5 });
  assert.deepEqual(readFields(inherited), {});
});

test("it fills in what an older server leaves out", () => {
  const text = JSON.stringify(welcome({ limits: undefined, people: undefined, labels: [{ id: 1, name: "car", color: "#000" }] }));
  const message = decode(text);
  assert.ok(message?.t === "welcome");
  assert.deepEqual(message.limits, { opsPerSecond: 40, opsBurst: 80, undecided: 64, messageBytes: 65536 });
  assert.deepEqual(message.people, []);
  assert.deepEqual(message.labels, [{ id: 1, name: "car", color: "#000", key: "", active: true }]);
});

test("it takes a kind of operation that it does not know, so that the sequence goes on", () => {
  const message = decode(JSON.stringify(evOf(wireOp(1, { k: "paint", f: { x1: 5, colour: "red" } }))));
  assert.ok(message?.t === "ev");
  assert.equal(message.ops[0]?.k, "paint");
  assert.deepEqual(message.ops[0]?.f, { x1: 5 });
});
