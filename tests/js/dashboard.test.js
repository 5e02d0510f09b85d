/** The figures page: what is asked for and when, how values are written, and that the plot library is what was published. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Feed, POLL_MS } from "../../frontend/src/pages/dashboard-feed.js";
import { NONE, formatCell, formatSeconds, formatTime, isEmpty, isSparse, paddedRange, secondsOf } from "../../frontend/src/pages/dashboard-format.js";
import { SOURCES } from "./support/files.js";

/** @import { Figure } from "../../frontend/src/pages/dashboard-format.js" */

/** @param {(headers: Record<string, string>) => Response|Error} answer */
function made(answer, { isHidden = false, tookMs = 0 } = {}) {
  const seen = /** @type {string[]} */ ([]);
  const asked = /** @type {Record<string, string>[]} */ ([]);
  let time = 0;
  const feed = new Feed({
    address: () => "/figures", isHidden: () => isHidden, now: () => (time += tookMs),
    show: () => seen.push("show"), agree: () => seen.push("agree"), fail: (status) => seen.push(`fail ${status}`),
    get: async (_address, { headers }) => {
      asked.push(/** @type {Record<string, string>} */ (headers));
      const said = answer(/** @type {Record<string, string>} */ (headers));
      if (said instanceof Error) throw said;
      return said;
    },
  });
  return { feed, seen, asked };
}

const REPORT = "{}";
/** @param {Record<string, string>} headers */
const server = (headers) => (headers["If-None-Match"] === '"a"' ? new Response(null, { status: 304 }) : new Response(REPORT, { headers: { ETag: '"a"' } }));

test("it sends the last ETag and touches nothing while it holds", async () => {
  const { feed, seen, asked } = made(server);
  await feed.askOnce(feed.asked);
  await feed.askOnce(feed.asked);
  assert.deepEqual(seen, ["show", "agree"]);
  assert.deepEqual(asked.map((headers) => headers["If-None-Match"]), [undefined, '"a"']);
});

test("it asks without the ETag once something else is chosen", async () => {
  const { feed, seen } = made(server);
  await feed.askOnce(feed.asked);
  await feed.restart();
  clearTimeout(feed.timer);
  assert.deepEqual(seen, ["show", "show"]);
});

test("it asks for nothing while nobody looks", async () => {
  const { feed, asked } = made(server, { isHidden: true });
  await feed.ask();
  clearTimeout(feed.timer);
  assert.deepEqual(asked, []);
});

test("it says what went wrong and asks again later", async () => {
  for (const [answer, expected] of /** @type {[Response|Error, string][]} */ ([
    [new Response("", { status: 401 }), "fail 401"], [new TypeError("no network"), "fail 0"], [new Response("<html>"), "fail 0"],
  ])) {
    const { feed, seen } = made(() => answer);
    const wait = await feed.askOnce(feed.asked);
    assert.deepEqual(seen, [expected]);
    assert.ok(wait > POLL_MS);
  }
});

test("it forgets an answer that something newer was asked for after", async () => {
  const { feed, seen } = made(server);
  const first = feed.askOnce(feed.asked);
  feed.asked += 1;
  await first;
  assert.deepEqual(seen, []);
});

test("it asks less often where an answer takes long", async () => {
  assert.equal(await made(server, { tookMs: 20 }).feed.askOnce(0), POLL_MS);
  assert.equal(await made(server, { tookMs: 2000 }).feed.askOnce(0), 20_000);
});

test("it writes values as people read them", () => {
  assert.equal(formatCell(null, "share"), NONE);
  assert.equal(formatCell(0, "count"), "0");
  assert.equal(formatCell(0.5, "share"), "50%");
  assert.equal(formatCell(0.034, "share"), "3.4%");
  assert.equal(formatCell(1.234, "number"), "1.23");
  assert.equal(formatCell("boat", "text"), "boat");
  assert.equal(formatSeconds(1.62), "1.6 s");
  assert.equal(formatSeconds(250), "4 min 10 s");
});

test("it takes the names of days and hours for times of UTC", () => {
  assert.equal(secondsOf("1970-01-02"), 86400);
  assert.equal(secondsOf("1970-01-01 03"), 3 * 3600);
  assert.equal(formatTime("2026-11-25"), "Nov 25, 2026");
  assert.match(formatTime("2026-11-25 16"), /Nov 25.*04:00\sPM/);
});

test("it takes a share of nought for something, and a count of nought for nothing", () => {
  /** @param {"share"|"count"} unit @param {number|null} value @returns {Figure} */
  const figure = (unit, value) => ({
    name: "f", columns: [{ key: "a", title: "", unit: "text", select: null, is_drawn: false }, { key: "b", title: "", unit, select: {}, is_drawn: true }],
    rows: [{ cells: ["x", value], select: {} }],
  });
  assert.deepEqual([isEmpty(figure("count", 0)), isEmpty(figure("count", 2)), isEmpty(figure("share", 0)), isEmpty(figure("share", null))], [true, false, false, true]);
});

test("it leaves half a step free beside the first and the last point", () => {
  assert.deepEqual(paddedRange([10, 20, 30], 1), [5, 35]);
  assert.deepEqual([paddedRange([10], 4), paddedRange([], 4), paddedRange([3, 3], 4)], [[8, 12], [-2, 2], [1, 5]]);
});

test("it marks the points of a line that has few, over however long a time", () => {
  const year = /** @type {(number|null)[]} */ (new Array(365).fill(null));
  assert.equal(isSparse([...year.slice(1), 0]), true);
  assert.equal(isSparse(year.map(() => 1)), false);
});

test("it serves the plot library exactly as it was published", () => {
  const sha256 = createHash("sha256").update(readFileSync(join(SOURCES, "../vendor/uplot/uPlot.esm.js"))).digest("hex");
  assert.equal(sha256, "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba");
});
