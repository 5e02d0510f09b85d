import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStorage } from "../../../frontend/src/sync/outbox.js";
import { testPromises } from "../support/storage-promises.js";

testPromises("memory", async () => new MemoryStorage());

test("it says that memory does not last", () => {
  assert.equal(new MemoryStorage().durable, false);
});
