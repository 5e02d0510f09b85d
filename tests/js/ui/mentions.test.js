import assert from "node:assert/strict";
import { test } from "node:test";

import { mentionAt } from "../../../frontend/src/ui/mentions.js";

test("it finds the name that is being written, also in the middle of a text", () => {
  /** @type {[string, {start: number, begun: string}|null][]} `|` is the cursor */
  const cases = [
    ["@|", { start: 0, begun: "" }], ["@ad|", { start: 0, begun: "ad" }], ["look @Ad|a", { start: 5, begun: "Ad" }],
    ["one\n@zoé.b-c+d|", { start: 4, begun: "zoé.b-c+d" }], ["mail ada@home|", null], ["@ada |", null], ["no name|", null], ["|@ada", null],
  ];
  for (const [text, expected] of cases) assert.deepEqual(mentionAt(text.replace("|", ""), text.indexOf("|")), expected, text);
});
