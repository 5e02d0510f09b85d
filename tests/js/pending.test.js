import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../frontend/src/history.js";
import { commandOf, edgesIn, newPending, Overlay } from "../../frontend/src/pending.js";
import { stateOf } from "../../frontend/src/replica.js";
import { boxId, FRAME, ME, readBox } from "./support/wire.js";

/** @import { Command } from "../../frontend/src/pending.js" */
/** @import { CommandKind } from "../../frontend/src/protocol.js" */

let gestures = 0;

/** @param {Partial<Command> & {k: CommandKind}} parts */
function command(parts) {
  return newPending({ at: 0, g: `g${gestures++}`, ...parts });
}

/** @param {ReturnType<typeof command>[]} commands @param {{frame?: typeof FRAME|null, history?: History}} [parts] */
function overlay(commands, { frame = FRAME, history = new History() } = {}) {
  const confirmed = new Map([1, 2].map((number) => [boxId(number), stateOf(readBox(number))]));
  const made = new Overlay(confirmed, history, frame);
  commands.forEach((one, index) => made.run(one, index, ME.id));
  return made;
}

const [box, other, fresh] = [boxId(1), boxId(2), boxId(3)];

test("it shows what undecided commands will do, and touches nothing confirmed", () => {
  const made = overlay([
    command({ k: "create", box: fresh, set: { x1: 1, y1: 2, x2: 30, y2: 40, label: 2, attributes: {}, z: 0 } }),
    command({ k: "set", box, set: { x1: 50 } }),
    command({ k: "set", box, set: { label: 2 } }),
    command({ k: "delete", box: other }),
  ]);
  assert.deepEqual([...made.states.keys()], [fresh, box, other]);
  assert.deepEqual([made.stateFor(box)?.box.x1, made.stateFor(box)?.box.label], [50, 2]);
  assert.deepEqual([made.stateFor(fresh)?.box.x2, made.stateFor(fresh)?.box.by, made.stateFor(fresh)?.box.status], [30, ME.id, "accepted"]);
  assert.equal(made.stateFor(other)?.deleted, true);
  assert.equal(made.confirmed.get(box)?.box.x1, 100);
});

test("it keeps the versions that the server told, since an undecided command has none", () => {
  const made = overlay([command({ k: "set", box, set: { x1: 50 } })]);
  assert.deepEqual(made.stateFor(box)?.box.versions, readBox(1).versions);
});

/** @type {[string, Partial<Command> & {k: CommandKind}][]} */
const FUTILE = [
  ["a set of a box that does not exist", { k: "set", box: fresh, set: { x1: 5 } }],
  ["a delete of a box that does not exist", { k: "delete", box: fresh }],
  ["a restore of a box that lives", { k: "restore", box }],
  ["a create of a box that exists", { k: "create", box, set: { x1: 1, y1: 1, x2: 9, y2: 9, label: 1 } }],
  ["a set that leaves less than a pixel", { k: "set", box, set: { x1: 50, x2: 50 } }],
  ["an undo of a gesture that is not known here", { k: "undo", of: "unknown" }],
  ["an undo of whatever is newest", { k: "undo" }],
];

for (const [what, parts] of FUTILE) {
  test(`it shows nothing of ${what}`, () => {
    assert.equal(overlay([command(parts)]).states.size, 0);
  });
}

test("it sets nothing on a deleted box, and restores it", () => {
  const made = overlay([command({ k: "delete", box }), command({ k: "set", box, set: { x1: 50 } }), command({ k: "delete", box })]);
  assert.deepEqual([made.stateFor(box)?.deleted, made.stateFor(box)?.box.x1], [true, 100]);
  const back = overlay([command({ k: "delete", box }), command({ k: "restore", box }), command({ k: "set", box, set: { x1: 50 } })]);
  assert.deepEqual([back.stateFor(box)?.deleted, back.stateFor(box)?.box.x1], [false, 50]);
});

test("it clamps as the server will, and only the edges that were named", () => {
  const made = overlay([command({ k: "set", box, set: { x2: 5000, label: 2 } })]);
  assert.deepEqual([made.stateFor(box)?.box.x2, made.stateFor(box)?.box.label], [FRAME.width, 2]);
  assert.deepEqual(made.byGesture.get([...made.byGesture.keys()][0] ?? "")?.[0]?.fields, { x2: FRAME.width, label: 2 });
  const unknown = overlay([command({ k: "set", box, set: { x2: 5000 } })], { frame: null });
  assert.equal(unknown.stateFor(box)?.box.x2, 5000);
});

test("it takes back an undecided gesture, and what of it is confirmed", () => {
  const edit = command({ k: "set", box, set: { x1: 50 }, g: "edit" });
  const undo = command({ k: "undo", of: "edit", g: "undo" });
  const redo = command({ k: "redo", of: "undo", g: "redo" });
  assert.equal(overlay([edit, undo]).stateFor(box)?.box.x1, 100);
  const made = overlay([edit, undo, redo]);
  assert.equal(made.stateFor(box)?.box.x1, 50);
  assert.deepEqual(made.steps, [
    { gesture: "edit", kind: "user", reverts: null }, { gesture: "undo", kind: "undo", reverts: "edit" },
    { gesture: "redo", kind: "redo", reverts: "undo" },
  ]);
});

test("it counts a command that does nothing as no step, but an undo always", () => {
  const made = overlay([command({ k: "set", box: fresh, set: { x1: 5 } }), command({ k: "undo", of: "unknown", g: "u" })]);
  assert.deepEqual(made.steps, [{ gesture: "u", kind: "undo", reverts: "unknown" }]);
});

test("it keeps in storage what makes a command, and not how far it is", () => {
  const pending = command({ k: "set", box, set: { x1: 5 }, base: { x1: 3 }, client: "c", c: 4, off: true });
  const stored = commandOf({ ...pending, touched: true, answered: true, until: 9, seen: true });
  assert.deepEqual(Object.keys(stored).sort(), ["at", "base", "box", "c", "client", "g", "k", "of", "off", "set"]);
  assert.deepEqual(newPending(stored), pending);
  assert.equal(commandOf(newPending({ k: "rewind", to: 0, g: "g", at: 0 })).to, 0);
});

test("it picks edges out of fields", () => {
  assert.deepEqual(edgesIn({ x1: 1, y2: 4 }), { x1: 1, y2: 4 });
  assert.deepEqual(edgesIn({ x1: undefined }), {});
  assert.deepEqual(edgesIn({}), {});
});
