import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { ago, exactly } from "../../../frontend/src/ui/when.js";

const surroundings = /** @type {Record<string, unknown>} */ (globalThis);
const NOW = Date.UTC(2026, 4, 20, 12);
const [MINUTE, DAY] = [60_000, 24 * 3_600_000];

/** @param {string} lang */
function speak(lang) {
  surroundings.document = { documentElement: { lang } };
}

afterEach(() => delete surroundings.document);

test("it says how long ago something was, and after a week on which day", () => {
  speak("en");
  /** @type {[number, string][]} */
  const cases = [
    [0, "just now"], [MINUTE - 1, "just now"], [MINUTE, "1 minute ago"], [59 * MINUTE, "59 minutes ago"], [60 * MINUTE, "1 hour ago"],
    [DAY - 1, "23 hours ago"], [DAY, "yesterday"], [6.9 * DAY, "6 days ago"], [8 * DAY, "May 12, 2026"],
  ];
  for (const [age, expected] of cases) assert.equal(ago(NOW - age, NOW), expected, String(age));
  assert.equal(ago(NOW + 5 * MINUTE, NOW), "just now", "a clock that is ahead");
});

test("it says it in the language of the page", () => {
  speak("fr");
  assert.equal(ago(NOW - 2 * DAY, NOW), "avant-hier");
  assert.match(exactly(NOW), /20 mai 2026/);
});
