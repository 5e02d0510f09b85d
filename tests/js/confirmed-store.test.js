import assert from "node:assert/strict";
import { test } from "node:test";

import { newPending } from "../../frontend/src/pending.js";
import { FrameStore } from "../../frontend/src/store.js";
import { forSeeds } from "./support/random.js";
import { changesOf, commit, FakeUplink, MY_CLIENT, onlineStore } from "./support/stores.js";
import { ackOf, boxId, CAR, FRAME, LABELS, ME, MY_WHO, nackOf, readBox, readOp, readWelcome, SOMEBODY, TREE, wholeFields } from "./support/wire.js";

/** @import { Pending } from "../../frontend/src/pending.js" */

const box = boxId(1);

/** @param {Parameters<typeof onlineStore>[0]} [parts] */
function edited(parts = {}) {
  const store = onlineStore({ boxes: [{}, {}], ...parts });
  const uplink = new FakeUplink();
  store.attach(uplink);
  return { store, uplink, changes: changesOf(store) };
}

/** @param {FrameStore} store @returns {Pending} */
function last(store) {
  const command = store.pending.at(-1);
  assert.ok(command);
  return command;
}

test("it replaces everything by a snapshot, and says which boxes changed", () => {
  const { store, changes } = edited();
  const kept = store.boxes.get(box);
  store.replaceConfirmed(9, [readBox(1), readBox(3)]);
  assert.deepEqual([[...store.boxes.keys()], store.revision], [[box, boxId(3)], 9]);
  assert.equal(store.boxes.get(box), kept, "the same box is the same object");
  assert.deepEqual(changes.map(({ origin, kinds, ids }) => [origin, [...kinds], ids]), [["REMOTE", ["boxes"], new Set([boxId(2), boxId(3)])]]);
});

test("it knows which boxes there are once the server has said so, and tells even where there are none", () => {
  const store = new FrameStore();
  const changes = changesOf(store);
  store.foresee({ frame: FRAME, labels: LABELS, role: "annotator" });
  store.create({ x1: 10, y1: 10, x2: 50, y2: 50, label: CAR });
  assert.equal(store.knowsBoxes, false);
  changes.length = 0;
  store.replaceConfirmed(0, []);
  assert.deepEqual([store.knowsBoxes, store.boxes.size, changes.map(({ kinds }) => kinds.has("status"))], [true, 1, [true]]);
});

test("it remembers whose the newest change of a box is, and whose the verdict", () => {
  const store = onlineStore({ boxes: [{ source: "model", status: "proposed" }] });
  store.confirm([readOp(2, { by: 4, f: { status: "accepted", feedback: "positive" } }), readOp(3, { by: 5, f: { x1: 70 } })]);
  assert.deepEqual(store.hands.get(boxId(1)), { by: 5, judge: 4 });
});

test("it says nothing when a snapshot brings nothing new", () => {
  const { store, changes } = edited();
  store.replaceConfirmed(9, [readBox(1), readBox(2)]);
  assert.deepEqual(changes, []);
});

test("it keeps my undecided edits on top of a snapshot", () => {
  const { store } = edited();
  store.set(box, { x1: 90 });
  store.remove(boxId(2));
  store.replaceConfirmed(9, [readBox(1, { y1: 7 }), readBox(2)]);
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.y1, store.boxes.has(boxId(2))], [90, 7, false]);
  assert.equal(store.status.pending, 2);
});

test("it applies operations of others and keeps mine on top", () => {
  const { store, changes } = edited();
  store.set(box, { x1: 90 });
  changes.length = 0;
  store.confirm([
    readOp(2, { f: { x1: 70, y1: 60 }, b: { x1: 100, y1: 100 } }),
    readOp(3, { k: "create", box: boxId(5), f: wholeFields() }),
    readOp(4, { k: "delete", box: boxId(2) }),
  ]);
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.y1, store.boxes.has(boxId(5)), store.boxes.has(boxId(2))], [90, 60, true, false]);
  assert.equal(store.revision, 4);
  assert.deepEqual([changes.length, changes[0]?.origin, changes[0]?.ids], [1, "REMOTE", new Set([box, boxId(5), boxId(2)])]);
});

test("it takes the sequence on over a kind that it does not know", () => {
  const { store } = edited();
  store.confirm([readOp(2, { k: "paint" }), readOp(3, { f: { x1: 70 } })]);
  assert.deepEqual([store.revision, store.boxes.get(box)?.x1], [3, 70]);
});

test("it never shows my own edit going back and forth: ev before ack", () => {
  const { store, uplink } = edited();
  /** @type {(number|undefined)[]} */
  const shown = [];
  store.subscribe(() => shown.push(store.boxes.get(box)?.x1));
  store.set(box, { x1: 90 }, "mine");
  const command = last(store);
  commit(store, command);
  assert.deepEqual([store.pending, command.seen], [[], true]);
  assert.deepEqual(new Set(shown), new Set([90]));
  assert.deepEqual(uplink.calls.at(-1), ["settled", 1]);
});

test("it never shows my own edit going back and forth: ack before ev", () => {
  const { store } = edited();
  /** @type {(number|undefined)[]} */
  const shown = [];
  store.subscribe(() => shown.push(store.boxes.get(box)?.x1));
  store.set(box, { x1: 90 }, "mine");
  const command = last(store);
  store.acknowledge(command, ackOf({ c: 1, from: 2, to: 2 }));
  assert.deepEqual([store.pending.length, store.status.pending, store.status.save], [1, 0, "saved"]);
  commit(store, command);
  assert.deepEqual(store.pending, []);
  assert.deepEqual(new Set(shown), new Set([90]));
});

test("it lets go of an acknowledged command by a snapshot that has its effect, not before", () => {
  const { store } = edited();
  store.set(box, { x1: 90 });
  store.acknowledge(last(store), ackOf({ c: 1, from: 5, to: 5 }));
  store.replaceConfirmed(4, [readBox(1)]);
  assert.deepEqual([store.pending.length, store.boxes.get(box)?.x1], [1, 90]);
  store.replaceConfirmed(5, [readBox(1, { x1: 90 })]);
  assert.deepEqual([store.pending.length, store.boxes.get(box)?.x1], [0, 90]);
});

test("it shows what the snapshot says once it has the effect of a command, even before the answer", () => {
  const { store } = edited();
  store.set(box, { x1: 90 });
  last(store).until = 5;
  store.replaceConfirmed(5, [readBox(1, { x1: 33 })]);
  assert.deepEqual([store.pending.length, store.boxes.get(box)?.x1], [1, 33]);
});

test("it lets go of a command that had nothing to do", () => {
  const { store, uplink } = edited();
  store.remove(box);
  store.acknowledge(last(store), ackOf({ c: 1 }));
  assert.deepEqual([store.pending, uplink.calls.at(-1)], [[], ["settled", 1]]);
});

test("it waits with what was acknowledged before the first snapshot", () => {
  const store = new FrameStore();
  store.greet(readWelcome());
  store.restore([newPending({ k: "delete", box, g: "g", at: 0, client: MY_CLIENT, c: 1 })]);
  store.acknowledge(last(store), ackOf({ c: 1 }));
  assert.equal(store.pending.length, 1);
  store.replaceConfirmed(0, []);
  assert.equal(store.pending.length, 0);
});

test("it puts the picture back when an edit is refused, and tells why", () => {
  const { store, uplink, changes } = edited();
  store.set(box, { x1: 90 });
  changes.length = 0;
  store.refuse(last(store), nackOf({ c: 1, code: "invalid", detail: "too small" }));
  assert.deepEqual([store.boxes.get(box)?.x1, store.pending], [100, []]);
  assert.deepEqual([store.notices[0]?.kind, store.notices[0]?.code, store.notices[0]?.detail], ["refused", "invalid", "too small"]);
  assert.deepEqual(uplink.calls.at(-1), ["settled", 1]);
  assert.ok(changes.some(({ kinds, ids }) => kinds.has("boxes") && ids?.has(box)));
});

test("it takes back what depends on a refused edit too", () => {
  const { store } = edited();
  const id = store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: CAR }) ?? "";
  store.set(id, { x1: 2 });
  const [create, set] = store.pending;
  assert.ok(create && set);
  store.refuse(create, nackOf({ c: 1, code: "invalid" }));
  assert.deepEqual([store.boxes.has(id), store.pending], [false, [set]]);
});

test("it tells whoever was overwritten, and only about what was his", () => {
  const { store } = edited();
  store.confirm([readOp(2, { by: ME.id, f: { x1: 90, y1: 90 }, b: { x1: 100, y1: 100 } }), readOp(3, { f: { label: TREE } })]);
  store.confirm([readOp(4, { f: { x1: 50, label: CAR }, b: { x1: 90, label: TREE }, over: { x1: 2, label: 3 } })]);
  assert.deepEqual(store.notices.map(({ kind, boxId: id, fields, by, theirs }) => [kind, id, fields, by, theirs]), [
    ["overwritten", box, ["x1"], SOMEBODY.id, { x1: 50, label: CAR }],
  ]);
});

test("it does not tell about overwriting that is my own, or of somebody else's", () => {
  const { store } = edited();
  store.confirm([
    readOp(2, { by: ME.id, f: { x1: 90 }, b: { x1: 100 } }), readOp(3, { by: ME.id, f: { x1: 80 }, b: { x1: 90 }, over: { x1: 2 } }),
    readOp(4, { f: { x1: 70 }, b: { x1: 80 } }), readOp(5, { f: { x1: 60 }, b: { x1: 70 }, over: { x1: 4 } }),
  ]);
  assert.deepEqual(store.notices, []);
});

test("it tells what an undo left alone", () => {
  const { store } = edited();
  store.undo();
  store.acknowledge(last(store), ackOf({ c: 1, from: 2, to: 2, skipped: [{ box, fields: ["x1", "label"] }] }));
  assert.deepEqual(store.notices.map(({ kind, boxId: id, fields }) => [kind, id, fields]), [["partial-undo", box, ["x1", "label"]]]);
});

test("it keeps an undo until all its operations are there", () => {
  const { store } = edited();
  store.set(box, { x1: 90 }, "mine");
  store.set(boxId(2), { x1: 90 }, "mine");
  for (const command of [...store.pending]) commit(store, command);
  store.undo();
  const undo = last(store);
  const parts = { client: undo.client, c: undo.c, by: ME.id, o: "undo", g: undo.g, rv: "mine", b: { x1: 90 } };
  store.confirm([readOp(4, { ...parts, box: boxId(2), f: { x1: 100 } })]);
  assert.deepEqual([store.pending.length, store.boxes.get(box)?.x1, store.boxes.get(boxId(2))?.x1], [1, 100, 100]);
  store.acknowledge(undo, ackOf({ c: undo.c, from: 4, to: 5 }));
  assert.equal(store.pending.length, 1);
  store.confirm([readOp(5, { ...parts, box, f: { x1: 100 } })]);
  assert.deepEqual([store.pending.length, store.boxes.get(box)?.x1, store.boxes.get(boxId(2))?.x1], [0, 100, 100]);
  assert.deepEqual([store.stack.done, store.stack.undone], [[], [undo.g]]);
});

test("it forgets a gesture that the server finds nothing to undo in", () => {
  const { store } = edited();
  store.confirm([readOp(2, { by: ME.id, f: { x1: 90 }, b: { x1: 100 }, g: "mine" })]);
  store.undo();
  store.acknowledge(last(store), ackOf({ c: 1 }));
  assert.deepEqual([store.stack.done, store.pending], [[], []]);
});

test("it predicts an undo as the server will do it: what others changed since stays", () => {
  const { store } = edited();
  store.confirm([
    readOp(2, { by: ME.id, f: { x1: 90, label: TREE }, b: { x1: 100, label: CAR }, g: "mine" }), readOp(3, { f: { label: CAR }, b: { label: TREE } }),
  ]);
  store.undo();
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.label], [100, CAR]);
  store.redo();
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.label], [90, CAR]);
});

test("it raises the base of later edits of mine to what an earlier one wrote: that is no conflict", () => {
  const { store, uplink } = edited();
  store.set(box, { x1: 90, y1: 50 }, "one");
  store.set(box, { x1: 80 }, "two");
  store.set(boxId(2), { x1: 80 }, "three");
  const [one, two, three] = store.pending;
  assert.ok(one && two && three);
  assert.deepEqual(two.base, { x1: 1 });
  commit(store, one);
  assert.deepEqual([two.base, three.base], [{ x1: 2 }, { x1: 1 }]);
  assert.ok(uplink.calls.some(([name, c]) => name === "changed" && c === 2), "the stored command follows");
});

test("it does not raise the base by what somebody else wrote", () => {
  const { store } = edited();
  store.set(box, { x1: 80 }, "one");
  store.confirm([readOp(2, { f: { x1: 70 }, b: { x1: 100 } })]);
  assert.deepEqual(last(store).base, { x1: 1 });
});

test("it takes up commands of an earlier page before those of this one", () => {
  const { store } = edited();
  store.set(box, { x1: 90 });
  store.restore([newPending({ k: "set", box, set: { x1: 5, y1: 5 }, g: "old", at: 0, client: MY_CLIENT, c: 1 })]);
  assert.deepEqual(store.pending.map(({ g }) => g)[0], "old");
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.y1], [90, 5]);
});

test("it tells a new connection of what is waiting", () => {
  const store = onlineStore({ boxes: [{}] });
  store.set(box, { x1: 90 });
  const uplink = new FakeUplink();
  store.attach(uplink);
  assert.deepEqual(uplink.calls, [["queued", "set", 1]]);
});

test("it is saved, saving or offline", () => {
  const { store, changes } = edited();
  assert.equal(store.status.save, "saved");
  store.set(box, { x1: 90 });
  assert.equal(store.status.save, "saving");
  const before = store.status;
  store.setStatus({ connection: "offline", code: 1006, reason: null });
  assert.deepEqual([store.status.save, store.status.code, store.status.pending], ["offline", 1006, 1]);
  assert.notEqual(store.status, before);
  changes.length = 0;
  store.setStatus({ connection: "offline", code: 1006 });
  assert.deepEqual(changes, [], "nothing new");
  store.waiting = 4;
  store.setStatus({});
  assert.equal(store.status.pending, 5);
});

test("it knows nobody while it is offline, and fades what people were doing", () => {
  const { store, changes } = edited();
  const ben = { who: "who-ben", user: SOMEBODY.id, name: SOMEBODY.name, role: "annotator" };
  store.setPeople([{ who: MY_WHO, user: ME.id, name: ME.name, role: "annotator" }, ben]);
  store.takeEphemera([{ who: "who-ben", kind: "drag", g: "g", val: { boxes: [{ id: box, x1: 1, y1: 1, x2: 2, y2: 2 }] } }], 1000);
  assert.deepEqual([store.people.size, store.drags.size], [2, 1]);
  store.expireEphemera(2999);
  assert.equal(store.drags.size, 1);
  store.expireEphemera(3000);
  assert.equal(store.drags.size, 0);
  changes.length = 0;
  store.takeEphemera([{ who: "who-nobody", kind: "cursor", g: null, val: null }], 1000);
  assert.deepEqual(changes, [], "news of a stranger is no news");
  store.setStatus({ connection: "offline" });
  assert.equal(store.people.size, 0);
});

test("it ends a preview in the same breath as the edit appears", () => {
  const { store, changes } = edited();
  store.setPeople([{ who: "who-ben", user: SOMEBODY.id, name: SOMEBODY.name, role: "annotator" }]);
  store.takeEphemera([{ who: "who-ben", kind: "drag", g: "theirs", val: { boxes: [{ id: box, x1: 1, y1: 1, x2: 2, y2: 2 }] } }], 0);
  changes.length = 0;
  store.confirm([readOp(2, { f: { x1: 1 }, g: "theirs" })]);
  assert.deepEqual([changes.length, [...changes[0]?.kinds ?? []].sort(), store.drags.size], [1, ["boxes", "ephemera"], 0]);
});

test("it keeps the newest notices only, so that a long session stays small", () => {
  const { store } = edited();
  for (let count = 0; count < 300; count++) store.notify({ kind: "storage", boxId: null, code: null, detail: "", fields: [], by: null, mine: null, theirs: null });
  assert.deepEqual([store.notices.length, store.notices.at(-1)?.id, store.notices[0]?.id], [200, 300, 101]);
});

test("it forgets its log when a snapshot skips a part of it", () => {
  const { store } = edited();
  store.confirm([readOp(2, { by: ME.id, f: { x1: 90 }, b: { x1: 100 }, g: "mine" })]);
  assert.deepEqual(store.stack.done, ["mine"]);
  store.replaceConfirmed(9, [readBox(1)]);
  assert.deepEqual([store.stack.done, store.canUndo], [[], true]);
});

test("it shows the same whether it heard operations one by one, all at once, or as a snapshot", () => {
  forSeeds(40, (random) => {
    const [one, all] = [onlineStore({ boxes: [{}, {}, {}] }), onlineStore({ boxes: [{}, {}, {}] })];
    const ops = [];
    for (let revision = 2; revision < 30; revision++) {
      const id = boxId(random.integer(1, 4));
      const kind = random.pick(["set", "set", "set", "delete", "restore", "create"]);
      const isThere = one.confirmed.has(id);
      const k = kind === "create" && isThere ? "set" : !isThere ? "create" : kind;
      const f = k === "set" ? { [random.pick(["x1", "y1"])]: random.integer(0, 99), label: random.integer(1, 2) } : k === "delete" ? {} : wholeFields();
      const op = readOp(revision, { k, box: id, f, by: random.pick([ME.id, SOMEBODY.id]) });
      ops.push(op);
      one.confirm([op]);
    }
    all.confirm(ops);
    assert.deepEqual(Object.fromEntries(all.boxes), Object.fromEntries(one.boxes));
    const fresh = onlineStore();
    fresh.replaceConfirmed(29, [...one.boxes.values()]);
    assert.deepEqual(Object.fromEntries(fresh.boxes), Object.fromEntries(one.boxes));
  });
});

// What others do to what I have in the hand

test("it tells when somebody changes what I have selected, once for all that they do", () => {
  const { store } = edited();
  store.select([box]);
  store.confirm([readOp(2, { f: { x1: 50 }, b: { x1: 100 } })]);
  store.confirm([readOp(3, { f: { label: TREE }, b: { label: CAR } })]);
  assert.deepEqual(store.notices.map(({ kind, boxId: id, fields, by, boxes }) => [kind, id, fields, by, boxes]), [
    ["touched", box, ["x1", "label"], SOMEBODY.id, [box]],
  ]);
});

test("it tells when somebody deletes what I drag; of a change beneath it what I drop decides", () => {
  const { store } = edited();
  store.preview("drag", [{ id: box, x1: 1, y1: 1, x2: 90, y2: 90 }]);
  store.confirm([readOp(2, { f: { x1: 50 }, b: { x1: 100 } })]);
  store.confirm([readOp(3, { k: "delete", f: {} })]);
  assert.deepEqual(store.notices.map(({ kind, boxId: id }) => [kind, id]), [["removed", box]]);
});

test("it tells at once of a verdict on what I drag, also while another edit of it is on its way", () => {
  for (const f of [{ status: "rejected", feedback: "negative" }, { feedback: "neutral" }]) {
    const { store } = edited({ boxes: [{ source: "model", status: "proposed" }] });
    store.set(box, { z: 4 });
    store.preview("drag", [{ id: box, x1: 1, y1: 1, x2: 90, y2: 90 }]);
    store.confirm([readOp(2, { f })]);
    assert.deepEqual(store.notices.map(({ kind, by, theirs }) => [kind, by, theirs]), [["touched", SOMEBODY.id, f]]);
  }
});

test("a later deletion of mine knows the verdict of mine before it", () => {
  const { store } = edited({ boxes: [{ source: "model", status: "proposed" }] });
  store.set(box, { status: "accepted" });
  store.remove(box);
  const [verdict, removal] = store.pending;
  assert.ok(verdict && removal);
  assert.deepEqual(removal.base, { status: 1, feedback: 0 });
  commit(store, verdict);
  assert.deepEqual(removal.base, { status: 2, feedback: 0 });
});

test("what comes of an edit of mine that is on its way says more than a change beneath it", () => {
  const { store } = edited();
  store.select([box]);
  store.set(box, { y1: 3 });
  store.confirm([readOp(2, { f: { x1: 50 }, b: { x1: 100 } })]);
  assert.deepEqual(store.notices, []);
});

test("it tells nothing of what I did elsewhere, and nothing of what I have not in the hand", () => {
  const { store } = edited();
  store.confirm([readOp(2, { f: { x1: 50 }, b: { x1: 100 } })]);
  store.select([box]);
  store.confirm([readOp(3, { by: ME.id, client: boxId(77), f: { x1: 60 }, b: { x1: 50 } })]);
  assert.deepEqual(store.notices, []);
});
