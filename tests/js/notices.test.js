import assert from "node:assert/strict";
import { test } from "node:test";

import { noticeOf, noticeOfRefusal } from "../../frontend/src/notices.js";
import { newPending } from "../../frontend/src/pending.js";
import { boxId, nackOf } from "./support/wire.js";

const set = newPending({ k: "set", box: boxId(1), set: { x1: 5, label: 2 }, g: "g", at: 0 });

test("it tells what was mine and what is theirs when an edit is stale", () => {
  const notice = noticeOfRefusal(set, nackOf({ c: 1, code: "stale", detail: "why", cur: { x1: 7 } }));
  assert.deepEqual(notice, {
    kind: "stale", boxId: boxId(1), code: "stale", detail: "why", fields: ["x1"], by: null, mine: { x1: 5, label: 2 }, theirs: { x1: 7 },
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

test("it has nothing of mine to offer for a delete", () => {
  const notice = noticeOfRefusal(newPending({ k: "delete", box: boxId(1), g: "g", at: 0 }), nackOf({ c: 1, code: "gone" }));
  assert.equal(notice.mine, null);
});

test("it fills in what a notice does not say", () => {
  assert.deepEqual(noticeOf({ kind: "storage" }), {
    kind: "storage", boxId: null, code: null, detail: "", fields: [], by: null, mine: null, theirs: null,
  });
});
