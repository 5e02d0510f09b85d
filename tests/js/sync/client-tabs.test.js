import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf, newPending } from "../../../frontend/src/pending.js";
import { heartbeatLocks } from "../../../frontend/src/sync/locks.js";
import { MemoryStorage } from "../../../frontend/src/sync/outbox.js";
import { FullStorage, KeyValueMap } from "../support/browser.js";
import { settle } from "../support/clock.js";
import { Browser, committed, online } from "../support/pages.js";
import { boxId, FRAME, ME } from "../support/wire.js";

const box = boxId(1);

// One client id, several tabs

test("it keeps its id when the server only heard late of an earlier connection", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  const before = page.client.identity.client;
  page.line.close(4409);
  page.browser.clock.advance(8000);
  const line = page.letIn({ mode: "ok" });
  assert.deepEqual([line.sent[0].client, line.counters], [before, [[1]]]);
});

test("it takes another id when its own is used elsewhere, with everything that is undecided", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  const before = page.client.identity.client;
  page.line.close(4409);
  page.browser.clock.advance(500);
  page.letIn({ mode: "ok" });
  page.line.say({ t: "bye", code: 4409, detail: "elsewhere" });
  page.line.close(4409);
  page.browser.clock.advance(8000);
  const line = page.letIn({ mode: "ok" });
  assert.notEqual(line.sent[0].client, before);
  assert.deepEqual([line.counters, page.store.pending[0]?.client], [[[1]], line.sent[0].client]);
  await page.client.flush();
  const queues = await page.browser.storage.load({ user: ME.id, frame: FRAME.id });
  assert.deepEqual(queues.filter(({ commands }) => commands.length).map(({ client }) => client), [line.sent[0].client]);
});

test("it does not change its id for ever", async () => {
  const page = await online();
  for (let time = 0; time < 10; time++) {
    page.line.close(4409);
    page.browser.clock.advance(8000);
  }
  assert.deepEqual([page.store.status.connection, page.store.status.code, page.browser.server.connections.length], ["refused", 4409, 7]);
});

test("it finds its undecided edits after a reload and sends them", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.line.close(1006);
  page.store.set(box, { y1: 5 }, "later");
  await page.client.flush();
  const again = await page.reload();
  assert.deepEqual([again.store.status.pending, again.store.status.save], [2, "offline"]);
  const line = again.letIn();
  assert.equal(line.sent[0].client, page.client.identity.client);
  assert.deepEqual([line.counters, again.store.boxes.get(box)?.x1, again.store.boxes.get(box)?.y1], [[[1, 2]], 5, 5]);
});

test("it works in a duplicated tab with an id of its own", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  const copy = await page.browser.page({ remembered: page.remembered.copy() }).start();
  const line = copy.letIn();
  assert.notEqual(line.sent[0].client, page.client.identity.client);
  assert.deepEqual([line.counters, copy.store.pending], [[], []]);
});

test("it works in a duplicated tab where two heartbeats were too quick for one another", async () => {
  const browser = new Browser();
  const beats = new KeyValueMap();
  const remembered = new KeyValueMap();
  const page = await browser.page({ remembered, locks: heartbeatLocks(beats, browser.clock, "tab1") }).start();
  const first = page.letIn();
  beats.map.clear();
  const copy = await browser.page({ remembered: remembered.copy(), locks: heartbeatLocks(beats, browser.clock, "tab2") }).start();
  const second = copy.letIn();
  assert.equal(second.sent[0].client, first.sent[0].client);
  first.close(4409);
  browser.clock.advance(8000);
  assert.notEqual(page.letIn().sent[0].client, second.sent[0].client);
});

test("it leaves its queue to the tab that took it for dead while this one slept", async () => {
  const browser = new Browser();
  const beats = new KeyValueMap();
  const sleeper = await browser.page({ locks: heartbeatLocks(beats, browser.clock, "tab1") }).start();
  const { client } = sleeper.client.identity;
  sleeper.letIn();
  sleeper.store.set(box, { x1: 5 });
  sleeper.line.close(1006);
  await sleeper.client.flush();
  browser.clock.time += 100_000; // no timer ran
  const other = await browser.page({ locks: heartbeatLocks(beats, browser.clock, "tab2") }).start();
  const first = other.letIn();
  assert.deepEqual([first.sent[0].client, first.counters], [client, [[1]]]);
  browser.clock.advance(10_000);
  const second = sleeper.letIn({ mode: "ok" });
  assert.notEqual(second.sent[0].client, client);
  assert.deepEqual([second.counters, sleeper.store.pending, second === first], [[], [], false]);
});

test("it brings the queue of a crashed tab to the server, after its own", async () => {
  const browser = new Browser();
  const crashed = await browser.page().start();
  crashed.letIn();
  crashed.store.set(boxId(2), { x1: 7 });
  crashed.line.close(1006);
  await crashed.client.flush();
  await crashed.crash();
  const remembered = new KeyValueMap();
  const page = browser.page({ remembered });
  browser.storage.load = ((load) => async (owner) => (await load(owner)).reverse())(browser.storage.load.bind(browser.storage));
  await page.start();
  const line = page.letIn();
  assert.equal(line.sent[0].client, crashed.client.identity.client);
  assert.deepEqual([line.counters, page.store.boxes.get(boxId(2))?.x1], [[[1]], 7]);
});

test("it counts the edits of a crashed tab as not saved, and adopts them when its own are decided", async () => {
  const browser = new Browser();
  const owner = { user: ME.id, frame: FRAME.id };
  const [mine, crashed] = ["aaaa0000-0000-4000-8000-000000000001", "bbbb0000-0000-4000-8000-000000000002"];
  /** @param {string} client @param {number} c @param {object} set */
  const edit = (client, c, set) => commandOf(newPending({ k: "set", box, client, c, g: `g${c}`, set, at: browser.clock.now() }));
  await browser.storage.put(owner, [edit(mine, 1, { x1: 5 }), edit(crashed, 3, { y1: 6 }), edit(crashed, 4, { y2: 300 })]);
  const page = await browser.page({ remembered: new KeyValueMap([[`hitl-client-${ME.id}-${FRAME.id}`, mine]]) }).start();
  const first = page.letIn();
  assert.deepEqual([first.sent[0].client, first.counters, page.store.status.pending], [mine, [[1]], 3]);
  first.say(committed(page, page.store.pending[0]));
  assert.equal(first.isOver, true);
  const second = page.letIn({ mode: "ok", head: 2, last: 2 });
  assert.deepEqual([second.sent[0].client, second.counters, page.store.status.pending], [crashed, [[3, 4]], 2]);
  for (const command of [...page.store.pending]) second.say(committed(page, command));
  assert.deepEqual([page.store.status.save, page.store.boxes.get(box)?.y1, second.isOver], ["saved", 6, false]);
});

// Storage

test("it warns once, and goes on, when this browser keeps nothing", async () => {
  const browser = new Browser();
  browser.storage = new MemoryStorage();
  const page = await browser.page().start();
  page.letIn();
  page.store.set(box, { x1: 5 });
  assert.deepEqual([page.store.status.storage, page.store.notices.map(({ kind }) => kind), page.line.counters], ["memory", ["storage"], [[1]]]);
});

test("it warns once when the storage is full, and the edits still reach the server", async () => {
  const browser = new Browser();
  browser.storage = new FullStorage();
  const page = await browser.page().start();
  page.letIn();
  for (const x1 of [5, 6]) page.store.set(box, { x1 }, `g${x1}`);
  await page.client.flush();
  assert.deepEqual([page.store.status.storage, page.store.notices.map(({ kind }) => kind), page.line.counters], ["memory", ["storage"], [[1], [2]]]);
});

test("it connects although the storage cannot be read", async () => {
  const browser = new Browser();
  browser.storage.load = () => Promise.reject(new Error("broken"));
  const page = await browser.page().start();
  page.letIn();
  assert.deepEqual([page.store.status.connection, page.store.notices.map(({ kind, detail }) => [kind, detail])], ["online", [["storage", "broken"]]]);
});

// The end

test("it leaves no timer, no lock and no socket behind", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.store.setCursor({ x: 1, y: 2 });
  page.client.stop();
  await settle();
  assert.deepEqual([page.browser.clock.timers.size, page.browser.manager.held.size, page.line.isOver], [0, 0, true]);
  page.store.set(box, { y1: 5 });
  assert.equal(page.line.counters.length, 1);
});

test("it leaves nothing behind when it is stopped before it has begun", async () => {
  const browser = new Browser();
  const page = browser.page();
  const starting = page.client.start();
  page.client.stop();
  await starting;
  await settle();
  assert.deepEqual([browser.clock.timers.size, browser.manager.held.size, browser.server.connections.length], [0, 0, 0]);
});
