import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";

import { IndexedDbStorage, openOutbox } from "../../../frontend/src/sync/indexed-db.js";
import { command, OWNER, testPromises } from "../support/storage-promises.js";

globalThis.IDBKeyRange = IDBKeyRange;

const realNow = Date.now;

afterEach(() => {
  Date.now = realNow;
});

testPromises("IndexedDB", () => openOutbox(new IDBFactory()));

test("it lasts: another page of the browser finds what was put", async () => {
  const browser = new IDBFactory();
  const storage = await openOutbox(browser);
  assert.ok(storage instanceof IndexedDbStorage);
  assert.equal(storage.durable, true);
  await storage.put(OWNER, [command("a", 1)]);
  const later = await openOutbox(browser);
  assert.deepEqual((await later.load(OWNER))[0]?.commands, [command("a", 1)]);
});

test("it forgets clients of long ago, but never one that still has commands", async () => {
  const browser = new IDBFactory();
  const storage = await openOutbox(browser);
  await storage.put(OWNER, [command("done", 1), command("undecided", 1)]);
  await storage.remove(OWNER, "done", [1]);
  Date.now = () => realNow() + 31 * 24 * 3600 * 1000;
  await storage.load(OWNER);
  assert.deepEqual((await storage.load(OWNER)).map(({ client }) => client), ["undecided"]);
});

test("it makes do with memory, and says so, where the browser gives no database", async () => {
  const refusing = /** @type {IDBFactory} */ (/** @type {unknown} */ ({
    open: () => {
      throw new DOMException("private window", "SecurityError");
    },
  }));
  for (const factory of [undefined, refusing]) assert.equal((await openOutbox(factory)).durable, false);
});

test("it does not hide a mistake of the program as a missing database", async () => {
  const broken = /** @type {IDBFactory} */ (/** @type {unknown} */ ({
    open: () => {
      throw new TypeError("a mistake");
    },
  }));
  await assert.rejects(openOutbox(broken), /a mistake/);
});

test("it tells when the browser cannot store", async () => {
  const storage = await openOutbox(new IDBFactory());
  const uncopiable = { ...command("a", 1), set: /** @type {any} */ ({ x1: () => 1 }) };
  await assert.rejects(storage.put(OWNER, [uncopiable]));
});

test("it does not stand in the way of a newer version of the site", async () => {
  const browser = new IDBFactory();
  await openOutbox(browser);
  const request = browser.open("hitl-outbox", 2);
  await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(undefined);
    request.onblocked = () => reject(new Error("blocked"));
  });
  request.result.close();
});
