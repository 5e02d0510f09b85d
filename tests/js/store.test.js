import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameStore } from "../../frontend/src/store.js";
import { changesOf, commit, FakeUplink, onlineStore } from "./support/stores.js";
import { boxId, CAR, FRAME, ME, nackOf, readOp, readWelcome, RETIRED, SOMEBODY, TREE } from "./support/wire.js";

/** @import { BoxFields } from "../../frontend/src/box.js" */
/** @import { Pending } from "../../frontend/src/pending.js" */

const box = boxId(1);
const drawn = { x1: 10, y1: 20, x2: 60, y2: 70, label: CAR };

/** A store with one box, and what the live connection hears. @param {Parameters<typeof onlineStore>[0]} [parts] */
function edited(parts = {}) {
  const store = onlineStore({ boxes: [{}], ...parts });
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

test("it shows a new box at once and keeps the command", () => {
  const { store, uplink, changes } = edited();
  const id = store.create({ ...drawn, x1: 60, x2: 10, y2: 9000 }, "g");
  assert.ok(id);
  const { x1, y1, x2, y2, label, by } = store.boxes.get(id) ?? {};
  assert.deepEqual([x1, y1, x2, y2, label, by], [10, 20, 60, FRAME.height, CAR, ME.id]);
  assert.deepEqual(last(store).set, { x1: 10, y1: 20, x2: 60, y2: FRAME.height, label: CAR, attributes: {}, z: 0 });
  assert.deepEqual(uplink.calls, [["queued", "create", 1]]);
  assert.deepEqual([...changes[0]?.kinds ?? []].sort(), ["boxes", "status"]);
  assert.equal(changes[0]?.origin, "LOCAL");
  assert.deepEqual(changes[0]?.ids, new Set([id]));
  assert.deepEqual([store.status.save, store.status.pending], ["saving", 1]);
});

test("it gives a new box the id that was previewed, once", () => {
  const { store } = edited();
  assert.equal(store.create({ ...drawn, id: boxId(7) }), boxId(7));
  assert.equal(store.create({ ...drawn, id: boxId(7) }), null);
  assert.equal(store.create({ ...drawn, id: box }), null, "the id of a box of somebody");
  store.remove(boxId(7));
  assert.equal(store.create({ ...drawn, id: boxId(7) }), null, "the id of a deleted box");
});

/** @type {[string, Record<string, number>][]} */
const BAD_BOXES = [["under a pixel", { x2: 10.5 }], ["of an unknown label", { label: 77 }], ["of a label out of use", { label: RETIRED }], ["of NaN", { y1: NaN }]];

for (const [what, parts] of BAD_BOXES) {
  test(`it refuses a new box ${what}, and queues nothing`, () => {
    const { store, uplink, changes } = edited();
    assert.equal(store.create({ ...drawn, ...parts }), null);
    assert.deepEqual([store.pending, uplink.calls, changes, store.boxes.size], [[], [], [], 1]);
  });
}

test("it writes the fields that change, with the versions that the author saw", () => {
  const { store } = edited({ boxes: [{ versions: { x1: 5, label: 6 } }] });
  assert.equal(store.set(box, { x1: 90, y1: 100, label: TREE }, "g"), true);
  assert.deepEqual([last(store).k, last(store).set, last(store).base, last(store).g], ["set", { x1: 90, label: TREE }, { x1: 5, label: 6 }, "g"]);
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.label], [90, TREE]);
});

test("it makes a new object of a changed box and leaves the others alone", () => {
  const { store } = edited({ boxes: [{}, {}] });
  const [before, other] = [store.boxes.get(box), store.boxes.get(boxId(2))];
  store.set(box, { x1: 90 });
  assert.notEqual(store.boxes.get(box), before);
  assert.equal(store.boxes.get(boxId(2)), other);
  assert.equal(before?.x1, 100);
});

test("it does nothing for a change that changes nothing, and says that it is done", () => {
  const { store, changes } = edited();
  assert.equal(store.set(box, { x1: 100, label: CAR, attributes: {} }), true);
  assert.deepEqual([store.pending, changes], [[], []]);
});

/** @type {[string, string, Partial<BoxFields>][]} */
const BAD_CHANGES = [
  ["an unknown box", boxId(9), { x1: 5 }], ["less than a pixel", box, { x1: 50, x2: 50 }], ["a label out of use", box, { label: RETIRED }],
  ["an unknown status", box, { status: /** @type {any} */ ("done") }],
];

for (const [what, id, fields] of BAD_CHANGES) {
  test(`it refuses a change of ${what}`, () => {
    const { store, changes } = edited();
    assert.equal(store.set(id, fields), false);
    assert.deepEqual([store.pending, changes], [[], []]);
  });
}

test("it deletes at once and forgets the selection of it", () => {
  const { store, uplink } = edited({ boxes: [{}, {}] });
  store.select([box, boxId(2)]);
  assert.equal(store.remove(box), true);
  assert.equal(store.boxes.has(box), false);
  assert.deepEqual([...store.selection], [boxId(2)]);
  assert.deepEqual(uplink.calls.at(-1), ["selected", [boxId(2)]]);
  assert.equal(store.remove(box), false, "twice");
  assert.equal(store.pending.length, 1);
});

test("it makes no edit for a viewer, nor before anything is known", () => {
  for (const store of [onlineStore({ role: "viewer", boxes: [{}] }), new FrameStore()]) {
    store.undo();
    store.redo();
    assert.equal(store.create(drawn), null);
    assert.equal(store.set(box, { x1: 5 }), false);
    assert.equal(store.remove(box), false);
    assert.equal(store.keepMine(1), false);
    assert.deepEqual([store.pending, store.canUndo, store.canRedo], [[], false, false]);
  }
});

test("it lets exactly the roles of the protocol edit, as soon as the role changes", () => {
  const { store, changes } = edited();
  for (const [role, may] of /** @type {[string, boolean][]} */ ([["viewer", false], ["annotator", true], ["reviewer", true], ["manager", true], ["owner", false]])) {
    store.setRole(role);
    assert.equal(store.canEdit, may, role);
    assert.equal(store.me?.role, role);
  }
  assert.deepEqual([...changes[0]?.kinds ?? []], ["frame", "status"]);
});

test("it undoes and redoes at once, step by step", () => {
  const { store } = edited();
  const id = store.create(drawn, "one") ?? "";
  store.set(id, { x1: 15 }, "two");
  store.set(id, { y1: 25 }, "two");
  store.undo();
  assert.deepEqual([store.boxes.get(id)?.x1, store.boxes.get(id)?.y1], [10, 20]);
  assert.deepEqual([last(store).k, last(store).of], ["undo", "two"]);
  store.undo();
  assert.deepEqual([store.boxes.has(id), last(store).of], [false, "one"]);
  store.redo();
  store.redo();
  assert.deepEqual([store.boxes.get(id)?.x1, store.boxes.get(id)?.y1], [15, 25]);
  assert.equal(store.stack.undone.length, 0);
});

test("it undoes only my own gestures", () => {
  const { store } = edited();
  store.history.mayUndoMore = store.history.mayRedoMore = false;
  store.confirm([readOp(2, { f: { x1: 50 }, b: { x1: 100 } }), readOp(3, { by: ME.id, o: "import", f: { y1: 50 }, b: { y1: 100 } })]);
  assert.deepEqual([store.stack.done, store.canUndo], [[], false]);
  store.confirm([readOp(4, { by: ME.id, f: { x2: 300 }, b: { x2: 200 }, g: "mine-in-another-window" })]);
  assert.deepEqual([store.stack.done, store.canUndo], [["mine-in-another-window"], true]);
  store.undo();
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.x2], [50, 200]);
});

test("it clears redo by a new edit", () => {
  const { store } = edited();
  store.set(box, { x1: 50 });
  store.undo();
  store.history.mayRedoMore = false;
  assert.equal(store.canRedo, true);
  store.set(box, { y1: 50 });
  assert.equal(store.canRedo, false);
});

test("it asks the server for the newest gesture when this page knows none, but only online", () => {
  const { store } = edited();
  assert.deepEqual([store.stack.done, store.canUndo, store.canRedo], [[], true, true]);
  store.undo();
  assert.deepEqual([last(store).k, last(store).of], ["undo", null]);
  const offline = onlineStore({ boxes: [{}] });
  offline.setStatus({ connection: "offline" });
  assert.deepEqual([offline.canUndo, offline.canRedo], [false, false]);
  offline.undo();
  assert.deepEqual(offline.pending, []);
});

test("it knows that an empty image has nothing to undo", () => {
  const { store } = edited({ boxes: [], head: 0 });
  assert.deepEqual([store.canUndo, store.canRedo], [false, false]);
});

test("it stops offering undo when the server has nothing left", () => {
  const { store } = edited();
  store.undo();
  store.refuse(last(store), nackOf({ c: 1, code: "nothing" }));
  assert.equal(store.canUndo, false);
  store.redo();
  store.refuse(last(store), nackOf({ c: 2, code: "nothing" }));
  assert.equal(store.canRedo, false);
  assert.deepEqual(store.notices.map(({ code }) => code), ["nothing", "nothing"]);
});

test("it makes one command of edits of one gesture while nothing has left", () => {
  const { store, uplink } = edited({ boxes: [{ versions: { x1: 5, y1: 6 } }] });
  store.set(box, { x1: 90 }, "drag");
  store.set(box, { x1: 80, y1: 90 }, "drag");
  assert.equal(store.pending.length, 1);
  assert.deepEqual([last(store).set, last(store).base], [{ x1: 80, y1: 90 }, { x1: 5, y1: 6 }]);
  assert.deepEqual(uplink.calls, [["queued", "set", 1], ["changed", 1]]);
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.y1], [80, 90]);
});

/** @type {[string, (store: FrameStore) => void][]} */
const APART = [
  ["the command may have left", (store) => void (last(store).touched = true)],
  ["another box was edited in between", (store) => void store.set(boxId(2), { x1: 90 }, "drag")],
  ["it is another gesture", (store) => void store.set(box, { y2: 300 }, "other")],
  ["the box was deleted and came back", (store) => { store.remove(box, "drag"); store.undo(); }],
];

for (const [why, between] of APART) {
  test(`it makes commands of their own when ${why}`, () => {
    const { store } = edited({ boxes: [{}, {}] });
    store.set(box, { x1: 90 }, "drag");
    between(store);
    const before = store.pending.length;
    store.set(box, { x1: 80 }, "drag");
    assert.equal(store.pending.length, before + 1);
    assert.deepEqual(store.pending[0]?.set, { x1: 90 });
    assert.equal(store.boxes.get(box)?.x1, 80);
  });
}

test("it keeps the base of what a merged command wrote first", () => {
  const { store } = edited({ boxes: [{ versions: { x1: 1 } }] });
  store.set(box, { x1: 90 }, "drag");
  store.confirm([readOp(2, { f: { x1: 70 }, b: { x1: 100 } })]);
  store.set(box, { x1: 80 }, "drag");
  assert.deepEqual(last(store).base, { x1: 1 });
});

test("it selects, adds to the selection, and tells the others", () => {
  const { store, uplink, changes } = edited({ boxes: [{}, {}] });
  const before = store.selection;
  store.select([box]);
  store.select([boxId(2)], { add: true });
  assert.deepEqual([...store.selection], [box, boxId(2)]);
  assert.notEqual(store.selection, before);
  store.select([]);
  assert.deepEqual(uplink.calls, [["selected", [box]], ["selected", [box, boxId(2)]], ["selected", []]]);
  assert.deepEqual(changes.map(({ origin, kinds }) => [origin, ...kinds]), Array(3).fill(["UI", "selection"]));
});

test("it previews to me and the others, and says whether the edit followed", () => {
  const { store, uplink, changes } = edited();
  const boxes = [{ id: box, x1: 1, y1: 2, x2: 3, y2: 4 }];
  store.preview("drag", boxes);
  assert.deepEqual(store.myPreview, { gesture: "drag", boxes });
  store.preview("drag", null);
  store.preview("next", boxes);
  store.set(box, { x1: 5 }, "next");
  store.preview("next", null);
  assert.equal(store.myPreview, null);
  assert.deepEqual(uplink.calls.filter(([name]) => name === "previewed"), [
    ["previewed", "drag", boxes, false], ["previewed", "drag", null, false], ["previewed", "next", boxes, false], ["previewed", "next", null, true],
  ]);
  assert.deepEqual([...changes[0]?.kinds ?? []], ["ephemera"]);
});

test("it tells where my pointer is", () => {
  const { store, uplink } = edited();
  store.setCursor({ x: 1, y: 2 });
  store.setCursor(null);
  assert.deepEqual(uplink.calls, [["pointed", { x: 1, y: 2 }], ["pointed", null]]);
});

test("it works without a live connection", () => {
  const store = onlineStore({ boxes: [{}] });
  store.select([box]);
  store.preview("g", null);
  store.setCursor(null);
  assert.ok(store.create(drawn));
});

test("it makes my refused offline edit again, now over the newer value", () => {
  const { store } = edited();
  store.set(box, { x1: 90, label: TREE }, "mine");
  store.confirm([readOp(2, { f: { x1: 70 }, b: { x1: 100 } })]);
  store.refuse(last(store), nackOf({ c: 1, code: "stale", cur: { x1: 70 }, versions: { x1: 2 } }));
  const [notice] = store.notices;
  assert.deepEqual([notice?.kind, notice?.boxId, notice?.fields, notice?.mine, notice?.theirs], ["stale", box, ["x1"], { x1: 90, label: TREE }, { x1: 70 }]);
  assert.equal(store.boxes.get(box)?.x1, 70, "theirs is shown until a person chooses");
  assert.equal(store.keepMine(notice?.id ?? 0), true);
  assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.label], [90, TREE]);
  assert.deepEqual([last(store).k, last(store).base, store.notices], ["set", { x1: 2, label: 1 }, []]);
});

test("it brings a deleted box back with my change, as one gesture", () => {
  const { store } = edited();
  store.set(box, { x1: 90 }, "mine");
  store.confirm([readOp(2, { k: "delete" })]);
  store.refuse(last(store), nackOf({ c: 1, code: "gone", versions: { deleted: 2 } }));
  assert.equal(store.keepMine(store.notices[0]?.id ?? 0), true);
  assert.deepEqual(store.pending.map(({ k }) => k), ["restore", "set"]);
  assert.equal(new Set(store.pending.map(({ g }) => g)).size, 1);
  assert.equal(store.boxes.get(box)?.x1, 90);
});

test("it brings back a box that this page never saw", () => {
  const { store } = edited();
  store.restore([{ ...last(withSet()), box: boxId(5) }]);
  store.refuse(last(store), nackOf({ c: 1, code: "gone" }));
  assert.equal(store.keepMine(store.notices[0]?.id ?? 0), true);
  assert.deepEqual(store.pending.map(({ k, box: id }) => [k, id]), [["restore", boxId(5)], ["set", boxId(5)]]);
});

function withSet() {
  const { store } = edited();
  store.set(box, { x1: 90 }, "mine");
  return store;
}

test("it has nothing to do again for a notice that is gone or names no box", () => {
  const { store } = edited();
  assert.equal(store.keepMine(99), false);
  store.notify({ kind: "storage", boxId: null, code: null, detail: "", fields: [], by: null, mine: null, theirs: null });
  assert.equal(store.keepMine(store.notices[0]?.id ?? 0), false);
  assert.equal(store.notices.length, 1);
});

test("it dismisses a notice", () => {
  const { store, changes } = edited();
  store.undo();
  store.refuse(last(store), nackOf({ c: 1, code: "nothing" }));
  const before = store.notices;
  store.dismiss(store.notices[0]?.id ?? 0);
  assert.deepEqual([store.notices, before.length], [[], 1]);
  assert.deepEqual([...changes.at(-1)?.kinds ?? []], ["notice"]);
});

test("it stops telling those who no longer listen, also in the middle of telling", () => {
  const { store } = edited();
  /** @type {string[]} */
  const heard = [];
  const stop = store.subscribe(() => {
    heard.push("first");
    stop();
  });
  store.subscribe(() => heard.push("second"));
  store.select([box]);
  store.select([]);
  assert.deepEqual(heard, ["first", "second", "second"]);
});

test("it makes ids and gestures of its own clock and dice", () => {
  const store = onlineStore();
  const [id, gesture] = [store.newId(), store.newGesture()];
  assert.match(id, /^019ab697-/);
  assert.notEqual(id, gesture);
  assert.match(gesture, /^[A-Za-z0-9.:_-]{1,64}$/);
});

test("it survives a whole life of an edit: made, sent, committed, answered", () => {
  const { store, uplink } = edited();
  store.set(box, { x1: 90 }, "mine");
  const command = last(store);
  command.touched = true;
  commit(store, command);
  assert.deepEqual([store.pending, store.status.save, store.boxes.get(box)?.x1, store.boxes.get(box)?.versions.x1], [[], "saved", 90, 2]);
  assert.deepEqual(uplink.calls.at(-1), ["settled", 1]);
  assert.deepEqual(store.stack.done, ["mine"]);
});

test("it greets with frame, labels and role of the server", () => {
  const store = new FrameStore();
  const changes = changesOf(store);
  store.greet(readWelcome({ role: "viewer", people: [{ who: "x", user: SOMEBODY.id, name: SOMEBODY.name, role: "manager" }] }));
  assert.deepEqual([store.frame, store.labels.length, store.canEdit, store.me?.name], [FRAME, 3, false, ME.name]);
  assert.deepEqual([...store.people.keys()], ["x"]);
  assert.ok(changes[0]?.kinds.has("frame") && changes[0].kinds.has("people"));
});

test("it knows boxes that are shown, undecided or deleted", () => {
  const { store } = edited();
  store.create({ ...drawn, id: boxId(8) });
  store.remove(box);
  assert.deepEqual([store.knows(box), store.knows(boxId(8)), store.knows(boxId(9))], [true, true, false]);
});

// A verdict that came second

/** @type {Record<string, unknown>} */
const PROPOSAL = { source: "model", status: "proposed", confidence: 0.6 };
const AT_DROP = { x1: 110, y1: 100, x2: 210, y2: 180 };

/** I drag an open proposal while somebody else does something, and drop it. @param {(store: FrameStore) => void} meanwhile */
function dragged(meanwhile) {
  const { store } = edited({ boxes: [PROPOSAL] });
  store.preview("drag", [{ id: box, ...AT_DROP, x1: 105 }]);
  meanwhile(store);
  store.preview("drag", [{ id: box, ...AT_DROP }]);
  store.set(box, AT_DROP, "drag");
  store.preview("drag", null);
  return store;
}

/** @type {[string, Record<string, unknown>][]} */
const FIRST = [["rejected", { status: "rejected", feedback: "negative" }], ["accepted", { status: "accepted", feedback: "positive" }]];

for (const [what, f] of FIRST) {
  test(`a drag that began on an open proposal goes by what was said of it then: meanwhile ${what}`, () => {
    const store = dragged((one) => one.confirm([readOp(2, { f })]));
    assert.deepEqual(last(store).set, { x1: 110, x2: 210, status: "accepted" });
    assert.deepEqual([last(store).base["status"], last(store).base["feedback"]], [1, 0]);
    assert.deepEqual(store.notices.map(({ kind }) => kind), ["touched"]);
    store.refuse(last(store), nackOf({ c: 1, code: "stale", cur: f, versions: { status: 2, feedback: 2 }, by: SOMEBODY.id }));
    assert.deepEqual(store.notices.map(({ kind, by, theirs }) => [kind, by, theirs]), [["stale", SOMEBODY.id, f]]);
    assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.status], [100, f["status"]]);
    store.keepMine(store.notices[0]?.id ?? 0);
    assert.deepEqual([store.boxes.get(box)?.x1, store.boxes.get(box)?.status], [110, "accepted"]);
    assert.equal(last(store).base["status"], f["status"] === "accepted" ? undefined : 2, "of a status that I write, what I see now");
  });
}

test("a drag decides on what is open when it ends, whatever was taken back meanwhile", () => {
  const store = dragged((one) => {
    one.confirm([readOp(2, { f: { status: "accepted" } }), readOp(3, { f: { status: "proposed" } }), readOp(4, { f: { feedback: "neutral" } })]);
  });
  assert.deepEqual(last(store).set, { x1: 110, x2: 210, status: "accepted", feedback: "" });
  assert.deepEqual([last(store).base["status"], last(store).base["feedback"]], [3, 4]);
});

test("a drag is in no conflict with a verdict of its own author", () => {
  const store = dragged((one) => {
    one.set(box, { status: "rejected" });
    commit(one, last(one));
  });
  assert.deepEqual([last(store).set, last(store).base], [{ x1: 110, x2: 210 }, { x1: 1, x2: 1 }]);
});

test("a drag of what was decided before it moves the box, and is no verdict", () => {
  const { store } = edited({ boxes: [{ ...PROPOSAL, status: "accepted" }] });
  store.preview("drag", [{ id: box, ...AT_DROP }]);
  store.confirm([readOp(2, { f: { status: "rejected" } })]);
  store.set(box, AT_DROP, "drag");
  assert.deepEqual([last(store).set, last(store).base], [{ x1: 110, x2: 210 }, { x1: 1, x2: 1 }]);
});

test("it deletes going by the verdict that its author saw, and deletes again where the author says so", () => {
  const { store } = edited({ boxes: [PROPOSAL] });
  store.remove(box);
  assert.deepEqual(last(store).base, { status: 1, feedback: 0 });
  store.confirm([readOp(2, { f: { status: "accepted", feedback: "positive" } })]);
  store.refuse(last(store), nackOf({ c: 1, code: "stale", cur: { status: "accepted" }, versions: { status: 2 }, by: SOMEBODY.id }));
  assert.equal(store.boxes.get(box)?.status, "accepted", "it is there until a person chooses");
  assert.equal(store.keepMine(store.notices[0]?.id ?? 0), true);
  assert.deepEqual([last(store).k, last(store).base, store.notices, store.boxes.has(box)], ["delete", { status: 2, feedback: 2 }, [], false]);
});

test("a fresh page knows from the welcome whether there is anything to take back", () => {
  for (const [mine, canUndo, canRedo] of [["", false, false], ["user", true, false], ["undo", true, true], [undefined, true, true]]) {
    const { store } = edited();
    store.greet(readWelcome({ mine, head: 9 }));
    store.replaceConfirmed(9, []);
    assert.deepEqual([store.canUndo, store.canRedo], [canUndo, canRedo], String(mine));
    store.replaceConfirmed(12, []);
    assert.deepEqual([store.canUndo, store.canRedo], [true, true], "one that comes later: not known");
  }
});

test("what is on its way when the connection begins may be what there is to take back", () => {
  const { store } = edited();
  store.set(box, { x1: 50 });
  store.greet(readWelcome({ mine: "", head: 9 }));
  store.replaceConfirmed(9, []);
  assert.equal(store.history.mayUndoMore, true);
  const later = edited().store;
  later.greet(readWelcome({ mine: "", head: 1, mode: "ok" }));
  later.replaceConfirmed(9, []);
  assert.equal(later.canUndo, true, "a snapshot that the welcome did not announce");
});
