import assert from "node:assert/strict";
import { test } from "node:test";

import { describeJob } from "../../frontend/src/pages/jobs.js";
import { formatBytes, formatTimeLeft, Speed } from "../../frontend/src/pages/upload/format.js";
import { chosen, isVideoName } from "../../frontend/src/pages/upload/gather.js";
import { describeCount, describeOutcomes } from "../../frontend/src/pages/upload/panel.js";
import { outcomeOf } from "../../frontend/src/pages/upload/send.js";

/** @import { JobCard } from "../../frontend/src/pages/jobs.js" */

test("sizes read as the server's texts", () => {
  assert.deepEqual([0, 512, 1023, 1536 * 1024, 2 * 1024 ** 3].map(formatBytes), ["0 byte", "512 byte", "1,023 byte", "1.5 MB", "2 GB"]);
});

test("time left is never more exact than an estimate", () => {
  assert.deepEqual([3, 44, 61, 600, 7300].map(formatTimeLeft), [
    "about 10 s left", "about 50 s left", "about 1 minute left", "about 10 minutes left", "about 2 hours left",
  ]);
});

test("speed follows what happens lately and never counts backwards", () => {
  let now = 0;
  const speed = new Speed(() => now);
  assert.equal(speed.see(0), 0);
  now = 1000;
  assert.equal(speed.see(1000), 1000);
  now = 2000;
  assert.equal(Math.round(speed.see(3000)), 1200);
  now = 3000;
  assert.equal(Math.round(speed.see(10)), 1200);
});

test("answers of the server become outcomes", () => {
  assert.equal(outcomeOf(201, { outcome: "added", url: "/u" }).url, "/u");
  assert.equal(outcomeOf(400, { outcome: "refused", message: "broken" }).state, "refused");
  assert.deepEqual(outcomeOf(413, { error: { detail: "too large" } }), { state: "refused", note: "too large" });
  assert.equal(outcomeOf(503, null, 9000).retryAfterMs, 9000);
  for (const status of [401, 403, 404, 507]) {
    const outcome = outcomeOf(status, { error: { detail: "why" } });
    assert.deepEqual([outcome.halt, outcome.note], [true, "why"]);
  }
  const full = outcomeOf(507, { outcome: "refused", code: "disk_full", message: "no room" });
  assert.deepEqual([full.halt, full.note], [true, "no room"]);
  assert.deepEqual([outcomeOf(500, null).state, outcomeOf(500, null).halt], ["failed", undefined]);
});

/** @param {string} path @returns {File} */
function file(path) {
  const parts = path.split("/");
  const made = { name: parts.at(-1), size: 1, webkitRelativePath: parts.length > 1 ? path : "" };
  return /** @type {File} */ (/** @type {unknown} */ (made));
}

test("of a folder what is no image is left out and counted, of single files nothing is", () => {
  const folder = ["set/a.jpg", "set/labels/a.txt", "set/.git/b.jpg", "set/.DS_Store", "set/data.yaml", "set/__MACOSX/a.jpg"];
  const [batch] = chosen(folder.map(file));
  assert.deepEqual([batch?.files.map(({ name }) => name), batch?.leftOut], [["a.jpg"], 2]);
  const [single] = chosen([file("notes.txt")]);
  assert.deepEqual([single?.files.length, single?.leftOut], [1, 0]);
});

test("many files come in batches", () => {
  const sizes = [...chosen(Array.from({ length: 250 }, (_, place) => file(`set/${place}.jpg`)))].map(({ files }) => files.length);
  assert.deepEqual(sizes, [100, 100, 50]);
});

test("videos are known by their names", () => {
  assert.deepEqual(["a.MP4", "a.mkv", "a.jpg", "mp4", "a.mp4.zip"].map(isVideoName), [true, true, false, false, false]);
});

const NOTHING = { files: 0, ended: 0, bytes: 0, sent: 0, held: 0, waiting: 0, sending: 0, added: 0, duplicate: 0, queued: 0, refused: 0, failed: 0, cancelled: 0 };

test("the sum names only what there is", () => {
  assert.equal(describeOutcomes({ ...NOTHING, added: 1200, refused: 1 }), "1,200 added · 1 refused");
  assert.equal(describeOutcomes(NOTHING), "");
  assert.equal(describeCount({ ...NOTHING, files: 1, ended: 0 }), "0 of 1 file");
});

/** @type {JobCard} */
const JOB = {
  id: "1", kind: "ingest", state: "running", state_name: "Running", name: "a.zip", done: 50, total: 200, rate: 5, added: 50,
  duplicates: 0, refused: 0, left_out: 0, refusals: [], message: "", is_active: true, is_recent: true, may_cancel: true, may_retry: false,
  change: "", created_at: "",
};

test("a job tells how far it is and what came of it", () => {
  assert.equal(describeJob(JOB), "50 of 200 · 5 per second · about 30 s left");
  assert.equal(describeJob({ ...JOB, total: 0, rate: null, refused: 2 }), "50 done · 2 refused");
  assert.equal(describeJob({ ...JOB, state: "queued", done: 0, rate: null }), "Begins as soon as the worker is free.");
  const done = /** @type {JobCard} */ ({ ...JOB, state: "done", is_active: false, added: 198, refused: 2, left_out: 3 });
  assert.equal(describeJob(done), "198 added · 2 refused · 3 other files left out");
  assert.equal(describeJob({ ...done, message: "The server has no room left.", added: 0, refused: 0, left_out: 0 }), "The server has no room left.");
});
