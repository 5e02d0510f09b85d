import assert from "node:assert/strict";
import { test } from "node:test";

import { noticeOf, noticeOfRefusal, withQuestion } from "../../frontend/src/notices.js";
import { newPending } from "../../frontend/src/pending.js";
import { boxId, nackOf } from "./support/wire.js";

const set = newPending({ k: "set", box: boxId(1), set: { x1: 5, label: 2 }, g: "g", at: 0 });

test("it tells what was mine and what is theirs when an edit is stale", () => {
  const notice = noticeOfRefusal(set, nackOf({ c: 1, code: "stale", detail: "why", cur: { x1: 7 }, by: 4 }));
  assert.deepEqual(notice, {
    kind: "stale", boxId: boxId(1), code: "stale", detail: "why", fields: ["x1"], by: 4, mine: { x1: 5, label: 2 }, theirs: { x1: 7 },
  });
});

test("it keeps my values when the box is gone", () => {
  const notice = noticeOfRefusal(set, nackOf({ c: 1, code: "gone" }));
  assert.deepEqual([notice.kind, notice.fields, notice.mine, notice.theirs], ["gone", ["x1", "label"], { x1: 5, label: 2 }, {}]);
});

test("it calls every other refusal a refusal", () => {
  for (const code of ["forbidden", "invalid", "exists", "nothing", "new-code"]) {
    assert.deepEqual([noticeOfRefusal(set, nackOf({ c: 1, code })).kind, noticeOfRefusal(set, nackOf({ c: 1, code })).code], ["refused", code]);
  }
});

test("mine was to delete it", () => {
  const notice = noticeOfRefusal(newPending({ k: "delete", box: boxId(1), g: "g", at: 0 }), nackOf({ c: 1, code: "stale", cur: { status: "accepted" } }));
  assert.deepEqual([notice.mine, notice.removes, notice.fields], [null, true, ["status"]]);
});

test("it asks once for each box, and says no more that it was touched", () => {
  const stale = { ...noticeOf({ kind: "stale", boxId: boxId(1), mine: { x1: 5, status: "accepted" }, theirs: { status: "rejected" }, fields: ["status"] }), id: 1 };
  const others = [
    { ...noticeOf({ kind: "touched", boxId: boxId(1), boxes: [boxId(2), boxId(1)] }), id: 2 }, { ...noticeOf({ kind: "stale", boxId: boxId(2) }), id: 3 },
    { ...noticeOf({ kind: "stale", said: { detection: "d", opinion: { feedback: "", note: "" } } }), id: 4 },
  ];
  const touched = { ...noticeOf({ kind: "touched", boxId: boxId(1), boxes: [boxId(1)] }), id: 5 };
  const asked = withQuestion([stale, ...others, touched], noticeOf({ kind: "stale", boxId: boxId(1), mine: { x1: 6 }, theirs: { x1: 9 }, fields: ["x1"] }));
  assert.deepEqual(asked.notices, others);
  assert.deepEqual([asked.news.mine, asked.news.theirs, asked.news.fields], [{ x1: 6, status: "accepted" }, { status: "rejected", x1: 9 }, ["status", "x1"]]);
  assert.deepEqual(withQuestion([touched], noticeOf({ kind: "gone", boxId: boxId(1) })).notices, [touched]);
});

test("it fills in what a notice does not say", () => {
  assert.deepEqual(noticeOf({ kind: "storage" }), {
    kind: "storage", boxId: null, code: null, detail: "", fields: [], by: null, mine: null, theirs: null,
  });
});
