/** What people say of a detection as a whole: live, undone like any edit, kept without a connection. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { checkedOpinion, keyOf, opinionsOn } from "../../frontend/src/opinions.js";
import { commandOf, newPending } from "../../frontend/src/pending.js";
import { Sender, wireOf } from "../../frontend/src/sync/sender.js";
import { describeNotice } from "../../frontend/src/ui/notices.js";
import { FakeClock } from "./support/clock.js";
import { Editor } from "./support/editor.js";
import { changesOf, FakeUplink, MY_CLIENT, onlineStore } from "./support/stores.js";
import { ackOf, CAR, ME, nackOf, readOp, readWelcome, SOMEBODY } from "./support/wire.js";

/**
 * @import { Feedback } from "../../frontend/src/box.js"
 * @import { Pending } from "../../frontend/src/pending.js"
 * @import { OpMessage } from "../../frontend/src/protocol.js"
 * @import { FrameStore } from "../../frontend/src/store.js"
 */

const [D, OTHER] = ["0d0d0d0d-0000-4000-8000-000000000001", "0d0d0d0d-0000-4000-8000-000000000002"];
const NOTHING = { feedback: "", note: "" };

/** @param {Feedback} feedback @param {string} [note] */
const say = (feedback, note = "") => ({ feedback, note });

/** @param {FrameStore} store @param {string} [detection] */
const heard = (store, detection = D) => {
  const { positive, neutral, negative, mine, note } = opinionsOn(store.opinions, detection, store.user);
  return [positive, neutral, negative, mine, note];
};

/** @param {number} r @param {{feedback: string, note: string}} now @param {Record<string, unknown>} [parts] */
const saying = (r, now, { before = NOTHING, detection = D, ...parts } = {}) => readOp(r, { k: "rate", box: "", f: { detection, ...now }, b: before, ...parts });

/** The server commits my newest command. @param {FrameStore} store @param {number} r @param {Record<string, unknown>} [parts] */
function committed(store, r, parts = {}) {
  const command = /** @type {Pending} */ (store.pending.at(-1));
  const { client, c, g, opinion = NOTHING } = command;
  store.confirm([saying(r, opinion, { client, c, g, by: ME.id, ...parts })]);
}

/** @param {Parameters<typeof onlineStore>[0]} [parts] */
function rating(parts) {
  const store = onlineStore({ boxes: [{}], ...parts });
  store.history.mayUndoMore = store.history.mayRedoMore = false;
  const uplink = new FakeUplink();
  store.attach(uplink);
  return { store, uplink };
}

test("it is heard by everybody, each person once", () => {
  const { store } = rating();
  const changes = changesOf(store);
  store.confirm([saying(2, say("negative", "misses the boats")), saying(3, say("positive"), { by: 5 }), saying(4, say("neutral"), { detection: OTHER })]);
  assert.deepEqual([heard(store), heard(store, OTHER)], [[1, 0, 1, "", ""], [0, 1, 0, "", ""]]);
  assert.deepEqual([changes.length, changes[0]?.kinds, store.revision], [1, new Set(["opinions"]), 4]);
  store.confirm([saying(5, say("positive"), { before: say("negative", "misses the boats") })]);
  assert.deepEqual(heard(store), [2, 0, 0, "", ""], "said anew");
  store.confirm([saying(6, NOTHING, { before: say("positive") })]);
  assert.deepEqual(heard(store), [1, 0, 0, "", ""], "taken back");
});

test("mine is seen at once, and is one command with its time", () => {
  const { store, uplink } = rating();
  store.meter = { take: () => 900 };
  assert.equal(store.rate(D, say("negative", "dark")), true);
  assert.deepEqual(heard(store), [0, 0, 1, "negative", "dark"]);
  const [command] = store.pending;
  assert.ok(command);
  assert.deepEqual(wireOf(command), { c: 1, k: "rate", g: command.g, detection: D, opinion: say("negative", "dark"), base: { feedback: 0 }, ms: 900 });
  assert.deepEqual([uplink.calls, store.status.pending], [[["queued", "rate", 1]], 1]);
  store.rate(D, say("negative", "dark"));
  assert.equal(store.pending.length, 1, "nothing new was said");
  committed(store, 2);
  assert.deepEqual([store.pending, heard(store)], [[], [0, 0, 1, "negative", "dark"]]);
});

test("it is undone and done again like any edit, on its way and when it has arrived", () => {
  const { store } = rating();
  store.rate(D, say("positive"));
  assert.equal(store.canUndo, true);
  store.undo();
  assert.deepEqual([heard(store), store.pending.map(({ k }) => k)], [[0, 0, 0, "", ""], ["rate", "undo"]]);
  store.redo();
  assert.deepEqual(heard(store), [1, 0, 0, "positive", ""]);

  const { store: late } = rating();
  late.rate(D, say("positive"));
  committed(late, 2);
  late.rate(D, say("positive", "all of it"));
  committed(late, 3, { before: say("positive") });
  late.undo();
  assert.deepEqual(heard(late), [1, 0, 0, "positive", ""], "the note goes first");
  const { g, c, client, of } = /** @type {Pending} */ (late.pending.at(-1));
  late.confirm([saying(4, say("positive"), { before: say("positive", "all of it"), client, c, g, o: "undo", rv: of, by: ME.id })]);
  late.acknowledge(/** @type {Pending} */ (late.pending[0]), ackOf({ c, from: 4, to: 4 }));
  assert.deepEqual([late.pending, heard(late)], [[], [1, 0, 0, "positive", ""]]);
  late.undo();
  assert.deepEqual(heard(late), [0, 0, 0, "", ""], "then the rating");
  late.redo();
  assert.deepEqual(heard(late), [1, 0, 0, "positive", ""]);
});

test("an undo of something else leaves it, and one that comes too late as well", () => {
  const { store } = rating();
  store.rate(D, say("positive"));
  store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: CAR });
  store.undo();
  assert.deepEqual([heard(store), store.boxes.size], [[1, 0, 0, "positive", ""], 1]);
  const { store: other } = rating();
  other.rate(D, say("positive"));
  committed(other, 2);
  other.undo();
  other.confirm([saying(3, say("neutral"), { before: say("positive"), by: ME.id, g: "phone" })]);
  assert.deepEqual(heard(other), [0, 1, 0, "neutral", ""], "said on my phone since");
});

test("a snapshot brings what was said before", () => {
  const { store } = rating();
  const changes = changesOf(store);
  const states = [{ detection: D, by: ME.id, opinion: say("negative", "dark"), revision: 5, authored: "5" }, { detection: D, by: 9, opinion: say("positive"), revision: 0, authored: "0" }];
  store.replaceConfirmed(7, [], states);
  assert.deepEqual([heard(store), changes.some(({ kinds }) => kinds.has("opinions"))], [[1, 0, 1, "negative", "dark"], true]);
  store.rate(D, say("positive"));
  assert.deepEqual(store.pending[0]?.base, { feedback: 5 });
  store.replaceConfirmed(8, []);
  assert.deepEqual(heard(store), [1, 0, 0, "positive", ""], "mine is still on its way");
});

test("it is not for those who only look, nor for what the server would refuse", () => {
  assert.equal(rating({ role: "viewer" }).store.rate(D, say("positive")), false);
  const { store } = rating();
  for (const note of ["x".repeat(2001), "a\0b", "\ud800"]) assert.equal(store.rate(D, say("positive", note)), false, note.slice(0, 3));
  assert.equal(store.rate(D, { feedback: /** @type {any} */ ("great"), note: "" }), false);
  assert.deepEqual(checkedOpinion(say("", "a note without a rating")), NOTHING);
  assert.deepEqual(store.pending, []);
});

test("it can be said before the server has spoken", () => {
  const { workspace, store } = new Editor();
  assert.equal(workspace.store.user, ME.id);
  store.greet(readWelcome());
  store.rate(D, say("positive"));
  assert.equal(store.opinions.get(keyOf(D, ME.id))?.opinion.feedback, "positive");
});

test("it survives a crash in storage", () => {
  const command = newPending({ k: "rate", detection: D, opinion: say("positive", "é"), base: { feedback: 3 }, g: "g", at: 5, ms: 20 });
  const kept = structuredClone(commandOf(command));
  const { store } = rating();
  store.restore([{ ...newPending(kept), touched: true }]);
  assert.deepEqual(heard(store), [1, 0, 0, "positive", "é"]);
  assert.deepEqual(wireOf(newPending(kept)), wireOf(command));
});

/** @param {FakeClock} clock @param {FrameStore} store */
function sending(clock, store) {
  /** @type {OpMessage[]} */
  const sent = [];
  const sender = new Sender(store, clock, { send: (message) => void sent.push(message), restart: () => {} });
  const begin = () => sender.begin({ opsPerSecond: 40, opsBurst: 80, undecided: 64, messageBytes: 65536 });
  return { sender, sent, begin };
}

test("made offline it waits for what I had said before, and knows it then", () => {
  const clock = new FakeClock();
  const { store } = rating({ clock });
  const { sender, sent, begin } = sending(clock, store);
  store.rate(D, say("negative"));
  store.rate(OTHER, say("neutral"));
  store.rate(D, say("positive"));
  clock.advance(60_000);
  begin();
  const kinds = () => sent.map(({ ops }) => ops.map(({ c, off, base }) => [c, off, base?.["feedback"]]));
  assert.deepEqual(kinds(), [[[1, true, 0], [2, true, 0]]]);
  store.confirm([saying(9, say("negative"), { client: MY_CLIENT, c: 1, g: store.pending[0]?.g, by: ME.id })].map((op) => ({ ...op, r: 2 })));
  sender.pump();
  assert.deepEqual(kinds().at(-1), [[3, true, 2]]);
  assert.deepEqual(heard(store), [1, 0, 0, "positive", ""]);
});

test("made online it waits for nothing", () => {
  const clock = new FakeClock();
  const { store } = rating({ clock });
  const { sender, sent, begin } = sending(clock, store);
  begin();
  store.rate(D, say("negative"));
  store.rate(D, say("positive"));
  sender.pump();
  assert.deepEqual(sent.flatMap(({ ops }) => ops.map(({ c }) => c)), [1, 2]);
});

test("who said otherwise elsewhere meanwhile is told, and has the last word", () => {
  const editor = new Editor();
  const { store, workspace } = editor;
  store.rate(D, say("negative", "dark"));
  const command = /** @type {Pending} */ (store.pending[0]);
  store.refuse(command, nackOf({ c: 1, code: "stale", cur: { feedback: "positive" }, versions: { feedback: 4 } }));
  assert.deepEqual([heard(store), store.pending], [[0, 0, 0, "", ""], []]);
  const [notice] = store.notices;
  assert.ok(notice);
  assert.match(describeNotice(notice, workspace).title, /elsewhere/);
  assert.equal(store.keepMine(notice.id), true);
  assert.deepEqual([heard(store), store.notices, store.pending.length], [[0, 0, 1, "negative", "dark"], [], 1]);
});

test("another refusal is said as that of any edit", () => {
  const { store, workspace } = new Editor();
  store.rate(D, say("negative"));
  store.refuse(/** @type {Pending} */ (store.pending[0]), nackOf({ c: 1, code: "invalid" }));
  const [notice] = store.notices;
  assert.ok(notice);
  assert.deepEqual([notice.kind, describeNotice(notice, workspace).mood, heard(store)], ["refused", "error", [0, 0, 0, "", ""]]);
});

test("it counts for a person who has gone as well, and for nobody twice", () => {
  const { store } = rating();
  store.confirm([saying(2, say("positive")), saying(3, say("positive"), { by: 5 }), saying(4, say("negative"), { before: say("positive"), by: SOMEBODY.id })]);
  assert.deepEqual(heard(store), [1, 0, 1, "", ""]);
});
