import assert from "node:assert/strict";
import { test } from "node:test";

import { FIELDS } from "../../frontend/src/box.js";
import { applied, changeOf, deletionOf, effectOf, restorationOf, stateOf } from "../../frontend/src/replica.js";
import { boxId, ME, readBox, readOp, SOMEBODY, wholeFields } from "./support/wire.js";

/** @import { BoxState } from "../../frontend/src/box.js" */
/** @import { Operation } from "../../frontend/src/protocol.js" */

/** @param {Operation} op @param {BoxState} [state] */
function after(op, state) {
  const effect = effectOf(op, state, {});
  return effect && applied(state, effect, { token: `${op.r}`, revision: op.r, by: op.by, foreign: op.by !== ME.id });
}

/** @param {Record<string, unknown>} [parts] */
const seen = (parts) => stateOf(readBox(1, parts));

test("it makes the box of a create, with every version at its revision", () => {
  const state = after(readOp(7, { k: "create", by: ME.id, f: wholeFields({ source: "model", confidence: 0.5, by: ME.id }) }));
  assert.ok(state);
  assert.equal(state.box.id, boxId(1));
  assert.deepEqual([state.box.x1, state.box.source, state.box.confidence, state.box.by], [10, "model", 0.5, ME.id]);
  assert.deepEqual(state.box.versions, Object.fromEntries([...FIELDS, "deleted"].map((name) => [name, 7])));
  assert.deepEqual(state.authored, Object.fromEntries([...FIELDS, "deleted"].map((name) => [name, "7"])));
  assert.deepEqual([state.deleted, state.foreign], [false, false]);
});

test("it writes only the fields that a set names, and their versions", () => {
  const before = seen();
  const state = after(readOp(9, { f: { x1: 55, label: 2 }, b: { x1: 100, label: 1 } }), before);
  assert.ok(state);
  assert.deepEqual([state.box.x1, state.box.label, state.box.x2], [55, 2, 200]);
  assert.deepEqual([state.box.versions.x1, state.box.versions.label, state.box.versions.x2, state.box.versions.deleted], [9, 9, 1, 1]);
  assert.deepEqual([state.authored.x1, state.authored.x2], ["9", "1"]);
  assert.equal(state.foreign, true);
});

test("it never changes a state in place", () => {
  const before = seen();
  const copy = structuredClone(before);
  for (const op of [readOp(2, { f: { x1: 5 } }), readOp(2, { k: "delete" }), readOp(2, { k: "restore", f: wholeFields() })]) {
    const state = after(op, before);
    assert.notEqual(state, before);
    assert.deepEqual(before, copy);
  }
});

test("it deletes and restores with the versions of the protocol", () => {
  const deleted = after(readOp(5, { k: "delete" }), seen());
  assert.ok(deleted);
  assert.deepEqual([deleted.deleted, deleted.box.versions.deleted, deleted.box.versions.x1, deleted.box.x1], [true, 5, 1, 100]);
  const restored = after(readOp(6, { k: "restore", f: wholeFields({ x1: 100 }) }), deleted);
  assert.ok(restored);
  assert.deepEqual([restored.deleted, restored.box.versions.deleted, restored.box.versions.x1, restored.box.x1], [false, 6, 6, 100]);
  assert.deepEqual([restored.authored.deleted, restored.authored.x1], ["6", "1"]);
});

test("it keeps who made a box when somebody else restores it", () => {
  const deleted = after(readOp(5, { k: "delete" }), seen({ by: ME.id, source: "model", confidence: 0.25 }));
  assert.ok(deleted);
  const restored = after(readOp(6, { k: "restore", by: SOMEBODY.id, f: wholeFields({ by: null, source: "human" }) }), deleted);
  assert.deepEqual([restored?.box.by, restored?.box.source, restored?.box.confidence], [ME.id, "model", 0.25]);
});

test("it makes the box of a restore that it never saw alive, whole as the log has it", () => {
  const state = after(readOp(6, { k: "restore", f: wholeFields({ by: ME.id }) }));
  assert.deepEqual([state?.deleted, state?.box.x1, state?.box.by, state?.box.versions.z], [false, 10, ME.id, 6]);
});

test("it leaves alone what it does not know", () => {
  assert.equal(after(readOp(6, { f: { x1: 5 } })), undefined);
  assert.equal(after(readOp(6, { k: "delete" })), undefined);
  assert.equal(after(readOp(6, { k: "paint" }), seen()), null);
});

test("it predicts without revisions: an undecided command has none", () => {
  const state = applied(seen(), changeOf(seen(), { x1: 5 }), { token: "p0", revision: null, by: ME.id, foreign: false });
  assert.deepEqual([state?.box.x1, state?.box.versions.x1, state?.authored.x1, state?.foreign], [5, 1, "p0", false]);
});

test("it says what an effect replaced and whose that was", () => {
  const state = seen({ versions: { x1: 4, deleted: 3 } });
  assert.deepEqual(changeOf(state, { x1: 5, z: 2 }).before, { x1: 100, z: 0 });
  assert.deepEqual(changeOf(state, { x1: 5, z: 2 }).authoredBefore, { x1: "4", z: "1" });
  assert.deepEqual(deletionOf(state).authoredBefore, { deleted: "3" });
  assert.deepEqual(restorationOf(state).authoredBefore, { deleted: "3" });
  assert.equal(restorationOf(state).fields.x1, 100);
  assert.deepEqual(effectOf(readOp(8, { f: { x1: 5 }, b: { x1: 100 } }), state, {})?.authoredBefore, { x1: "4" });
  assert.deepEqual(effectOf(readOp(8, { f: { x1: 5 } }), undefined, {})?.authoredBefore, { x1: "0" });
});

test("it gives an undone value back to its earlier author", () => {
  const effect = { ...changeOf(seen(), { x1: 90 }), authored: { x1: "2" } };
  const state = applied(seen(), effect, { token: "9", revision: 9, by: ME.id, foreign: false });
  assert.deepEqual([state?.box.versions.x1, state?.authored.x1], [9, "2"]);
});
