import assert from "node:assert/strict";
import { test } from "node:test";

import { FIELDS, fieldsOf, filled, sameValue } from "../../frontend/src/box.js";
import { boxId, readBox } from "./support/wire.js";

test("it tells equal values from different ones, attributes by content", () => {
  /** @type {[unknown, unknown, boolean][]} */
  const cases = [
    [1, 1, true], [1, 2, false], ["a", "a", true], ["1", 1, false], [null, null, true], [null, {}, false], [{}, null, false],
    [{}, {}, true], [{ a: 1 }, { a: 1 }, true], [{ a: 1 }, { a: 2 }, false], [{ a: 1 }, { b: 1 }, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true], [{ a: 1 }, { a: 1, b: null }, false], [{ a: null }, {}, false],
    [{ a: null }, { b: null }, false], [{ a: false }, { a: 0 }, false], [{}, 0, false], [undefined, undefined, true],
    [JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}'), true], [JSON.parse('{"__proto__":1}'), {}, false],
  ];
  for (const [a, b, expected] of cases) assert.equal(sameValue(a, b), expected, `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
});

test("it takes the writable fields of a box and nothing else", () => {
  const fields = fieldsOf(readBox(1, { z: 3, attributes: { shape: "round" } }));
  assert.deepEqual(Object.keys(fields).sort(), [...FIELDS].sort());
  assert.deepEqual(fields, {
    x1: 100, y1: 100, x2: 200, y2: 180, label: 1, attributes: { shape: "round" }, z: 3, status: "accepted",
    feedback: "",
  });
  assert.equal(readBox(1).id, boxId(1));
});

test("it gives many keys one value", () => {
  assert.deepEqual(filled(["a", "b"], 7), { a: 7, b: 7 });
  assert.deepEqual(filled([], 7), {});
});
