import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, deedOf, joined, stepsOf } from "../../frontend/src/frame-log.js";
import { ratedWords } from "../../frontend/src/ui/history-panel.js";
import { boxId, ME, SOMEBODY } from "./support/wire.js";

/** @import { LogEntry } from "../../frontend/src/frame-log.js" */

const NOW = { x1: 40, y1: 10, x2: 60, y2: 70 };

/** @param {number} r @param {Partial<LogEntry>} [parts] @returns {LogEntry} */
const entry = (r, parts = {}) => ({
  r, k: "set", o: "user", by: ME.id, name: ME.name, box: boxId(1), label: 1, f: {}, b: {}, e: NOW, g: `g${r}`, rv: "", at: r * 1000, ...parts,
});

test("it calls deeds by their names", () => {
  /** @type {[Partial<LogEntry>, string][]} */
  const cases = [
    [{ k: "create" }, "drawn"], [{ k: "delete" }, "deleted"], [{ k: "restore" }, "brought-back"], [{ f: { x1: 1 } }, "moved"],
    [{ f: { label: 2 } }, "relabelled"], [{ f: { status: "rejected" } }, "judged"], [{ f: { z: 2 } }, "changed"], [{ f: { x1: 1, label: 2 } }, "relabelled"],
  ];
  for (const [parts, expected] of cases) assert.equal(deedOf(entry(1, parts)), expected, JSON.stringify(parts));
});

test("it shows the operations of one gesture as one step, newest first", () => {
  const steps = stepsOf([
    entry(5, { g: "c", by: SOMEBODY.id }), entry(4, { g: "b", box: boxId(2) }), entry(3, { g: "b", k: "create" }), entry(2, { g: "b" }), entry(1, { g: "a" }),
  ]);
  assert.deepEqual(steps.map(({ gesture, first, last }) => [gesture, first, last]), [["c", 5, 5], ["b", 2, 4], ["a", 1, 1]]);
  assert.deepEqual([steps[1]?.boxes, steps[1]?.deed], [[boxId(2), boxId(1)], "drawn"]);
});

test("a rating of the whole detection is a step about no box", () => {
  const rated = entry(3, { k: "rate", box: "", label: null, e: null, g: "b", f: { feedback: "negative", note: "misses the boats" }, b: { feedback: "", note: "" }, model: "small 3" });
  const [step, together] = stepsOf([rated, entry(2, { g: "a", f: { label: 2 } })]);
  assert.ok(step && together);
  assert.deepEqual([step.deed, step.boxes, changesOf(step, [rated])], ["rated", [], []]);
  assert.equal(ratedWords(step), "rated the whole detection by small 3: negative, “misses the boats”");
  const [back] = stepsOf([entry(4, { k: "rate", box: "", f: { feedback: "", note: "" }, b: {}, model: "small 3" })]);
  assert.equal(back && ratedWords(back), "took back the rating of the detection by small 3");
  assert.deepEqual(changesOf(together, [rated, entry(2, { g: "a", f: { label: 2 } })]).map(({ box }) => box), [boxId(1)]);
});

test("it keeps apart what two people call by the same name", () => {
  assert.equal(stepsOf([entry(2, { g: "a", by: SOMEBODY.id }), entry(1, { g: "a" })]).length, 2);
});

test("it finds where a box was before and after a step, whatever came later", () => {
  const entries = [
    entry(4, { f: { x1: 40 }, b: { x1: 30 } }), entry(3, { g: "b", f: { x2: 60 }, b: { x2: 50 } }), entry(2, { g: "b", f: { x1: 30 }, b: { x1: 10 } }), entry(1, { k: "create" }),
  ];
  const [, moved, drawn] = stepsOf(entries);
  assert.ok(moved && drawn);
  assert.deepEqual(changesOf(moved, entries), [{ box: boxId(1), label: 1, before: { ...NOW, x1: 10, x2: 50 }, after: { ...NOW, x1: 30 } }]);
  assert.deepEqual(changesOf(drawn, entries), [{ box: boxId(1), label: 1, before: null, after: { ...NOW, x1: 10, x2: 50 } }]);
  const deleted = entry(5, { k: "delete" });
  const [last] = stepsOf([deleted]);
  assert.ok(last);
  assert.deepEqual(changesOf(last, [deleted])[0]?.after, null);
});

test("it puts pages together, each revision once, and stops at a hole", () => {
  const revisions = (/** @type {LogEntry[]} */ entries) => entries.map(({ r }) => r);
  assert.deepEqual(revisions(joined([entry(5), entry(4)], [entry(4), entry(3)])), [5, 4, 3]);
  assert.deepEqual(revisions(joined([entry(3), entry(2)], [entry(5), entry(4)])), [5, 4, 3, 2]);
  assert.deepEqual(revisions(joined([entry(2), entry(1)], [entry(9), entry(8)])), [9, 8]);
  assert.deepEqual(joined([], []), []);
  assert.equal(joined([entry(5, { label: 2 })], [entry(5, { label: 1 })])[0]?.label, 2, "what was asked last holds");
});
