import assert from "node:assert/strict";
import { test } from "node:test";

import { committed, online } from "../support/pages.js";
import { boxId, evOf, FRAME, ME, SOMEBODY, welcome, wireBox, wireOp } from "../support/wire.js";

const box = boxId(1);

test("it sends again what the last welcome does not cover, with the same counters", async () => {
  const page = await online();
  for (const x1 of [5, 6, 7]) page.store.set(box, { x1 }, `g${x1}`);
  page.line.close(1006);
  page.browser.clock.advance(1000);
  const line = page.letIn({ last: 0, mode: "ok" });
  assert.deepEqual(line.counters, [[1, 2, 3]]);
});

test("it asks again for the answers that were lost, and shows each edit once", async () => {
  const page = await online();
  for (const x1 of [5, 6, 7]) page.store.set(box, { x1 }, `g${x1}`);
  page.line.close(1006);
  page.browser.clock.advance(1000);
  const line = page.letIn({ last: 2, head: 3, mode: "snapshot" }, [wireBox(1, { x1: 6, versions: { x1: 3 } })]);
  assert.deepEqual(line.counters.flat(), [1, 2, 3], "a resent command gets the same answer as the first time");
  assert.equal(page.store.boxes.get(box)?.x1, 7);
  line.say({ t: "ack", acks: [{ c: 1, from: 2, to: 2 }, { c: 2, from: 3, to: 3 }] });
  assert.deepEqual(page.store.pending.map(({ c }) => c), [3]);
  line.say(evOf(wireOp(4, { client: page.client.identity.client, c: 3, by: ME.id, f: { x1: 7 } })));
  line.say({ t: "ack", acks: [{ c: 3, from: 4, to: 4 }] });
  assert.deepEqual([page.store.pending, page.store.boxes.get(box)?.x1], [[], 7]);
});

test("it numbers anew what was never sent when the server has counted further", async () => {
  const page = await online();
  page.line.close(1006);
  page.store.set(box, { x1: 5 });
  assert.equal(page.store.pending[0]?.c, 1);
  page.browser.clock.advance(1000);
  const line = page.letIn({ last: 40, mode: "ok" });
  assert.deepEqual([line.counters, page.store.pending[0]?.c], [[[41]], 41]);
});

test("it never counts an edit as decided whose counter an earlier page had used", async () => {
  const page = await online();
  for (const x1 of [5, 6]) page.store.set(box, { x1 }, `g${x1}`);
  for (const command of [...page.store.pending]) page.line.say(committed(page, command));
  await page.client.flush();
  const offline = await page.reload();
  offline.store.greet(/** @type {any} */ ({ ...welcome(), user: ME }));
  offline.store.replaceConfirmed(3, []);
  assert.ok(offline.store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: 1 }));
  await offline.client.flush();
  const again = await offline.reload();
  const line = again.letIn({ last: 2, head: 3 });
  assert.deepEqual([line.counters, again.store.pending.map(({ c }) => c)], [[[3]], [3]]);
});

test("it marks as offline what was made while it was away for long, and only that", async () => {
  const page = await online();
  page.line.close(1006);
  page.browser.clock.advance(1000);
  page.line.close(1006);
  page.store.set(box, { x1: 5 });
  page.browser.clock.advance(5000);
  page.store.set(boxId(2), { x1: 5 });
  const line = page.letIn({ mode: "ok" });
  page.store.set(box, { y1: 5 });
  assert.deepEqual(line.said("op").flatMap(({ ops }) => ops.map((/** @type {any} */ op) => op.off ?? false)), [false, true, false]);
});

test("it backs off, doubling from a quarter of a second to 8 s, half of it by chance", async () => {
  for (const [luck, share] of [[0, 0.5], [0.9999999, 1], [0.5, 0.75]]) {
    const page = await online();
    page.browser.luck = luck ?? 0;
    /** @type {number[]} */
    const pauses = [];
    for (let failure = 0; failure < 8; failure++) {
      page.line.close(1006);
      const before = page.browser.server.connections.length;
      const start = page.browser.clock.now();
      while (page.browser.server.connections.length === before) page.browser.clock.advance(page.browser.clock.idleFor ?? 1);
      pauses.push(page.browser.clock.now() - start);
    }
    const expected = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000].map((pause) => pause * (share ?? 1));
    pauses.forEach((pause, index) => assert.ok(Math.abs(pause - (expected[index] ?? 0)) < 1, `${pauses} is not ${expected}`));
  }
});

test("it begins with short pauses again once it was connected", async () => {
  const page = await online();
  for (let failure = 0; failure < 6; failure++) {
    page.line.close(1006);
    page.browser.clock.advance(8000);
  }
  page.letIn();
  page.line.close(1006);
  const before = page.browser.server.connections.length;
  page.browser.clock.advance(250);
  assert.equal(page.browser.server.connections.length, before + 1);
});

test("it takes 15 s of silence for a dead line, also while connecting", async () => {
  const page = await online();
  page.browser.clock.advance(14000);
  page.line.say({ t: "hb", head: 1 });
  page.browser.clock.advance(14999);
  assert.equal(page.store.status.connection, "online");
  page.browser.clock.advance(1);
  assert.deepEqual([page.store.status.connection, page.store.status.code, page.line.isOver], ["offline", 1006, true]);
  page.browser.clock.advance(1000);
  const connecting = page.line;
  page.browser.clock.advance(15000);
  assert.equal(connecting.isOver, true);
});

test("it connects at once when the network is back, and knows when it is gone", async () => {
  const page = await online();
  page.client.networkChanged(true);
  assert.equal(page.browser.server.connections.length, 1, "nothing to do while online");
  page.client.networkChanged(false);
  assert.deepEqual([page.store.status.connection, page.line.isOver], ["offline", true]);
  for (let failure = 0; failure < 6; failure++) {
    page.browser.clock.advance(8000);
    page.line.close(1006);
  }
  const before = page.browser.server.connections.length;
  page.client.networkChanged(true);
  assert.equal(page.browser.server.connections.length, before + 1);
});

test("it hears nothing of a socket that it has left", async () => {
  const page = await online();
  const left = page.line;
  page.client.reconnect();
  left.isOver = true;
  assert.equal(page.browser.server.connections.length, 2);
  page.letIn({ mode: "ok" });
  assert.equal(page.store.status.connection, "online");
});

// Close codes

for (const code of [4400, 4401, 4403, 4404, 4413, 4426]) {
  test(`it never tries again after ${code}, whatever the network does, and keeps the queue`, async () => {
    const page = await online();
    page.store.set(box, { x1: 5 });
    page.line.close(code, "why");
    const { status } = page.store;
    assert.deepEqual([status.connection, status.code, status.reason, status.save, status.pending], ["refused", code, "why", "offline", 1]);
    page.client.networkChanged(false);
    page.client.networkChanged(true);
    page.browser.clock.advance(3_600_000);
    await page.client.flush();
    assert.equal(page.browser.server.connections.length, 1);
    assert.equal((await page.browser.storage.load({ user: ME.id, frame: FRAME.id }))[0]?.commands.length, 1);
  });
}

for (const code of [1000, 1001, 1006, 1011, 1012, 4408, 4429, 4999]) {
  test(`it tries again after ${code}`, async () => {
    const page = await online();
    page.line.close(code);
    assert.equal(page.store.status.connection, "offline");
    page.browser.clock.advance(8000);
    assert.equal(page.browser.server.connections.length, 2);
  });

  test(`it tries again after ${code} that was announced`, async () => {
    const page = await online();
    page.line.say({ t: "bye", code, detail: "the reason" });
    page.line.close(code);
    assert.deepEqual([page.store.status.connection, page.store.status.reason], ["offline", "the reason"]);
    page.browser.clock.advance(8000);
    assert.equal(page.browser.server.connections.length, 2);
  });
}

test("it waits 5 s after too many messages or sockets", async () => {
  const page = await online();
  page.line.close(4429);
  page.browser.clock.advance(4999);
  assert.equal(page.browser.server.connections.length, 1);
  page.browser.clock.advance(1);
  assert.equal(page.browser.server.connections.length, 2);
});

test("it waits as long as the server asks", async () => {
  const page = await online();
  page.line.say({ t: "bye", code: 1012, detail: "restart", after: 3000 });
  page.line.close(1012);
  page.browser.clock.advance(2999);
  assert.equal(page.browser.server.connections.length, 1);
  page.browser.clock.advance(1);
  assert.equal(page.browser.server.connections.length, 2);
});

test("it believes the goodbye when the line then only breaks", async () => {
  const page = await online();
  page.line.say({ t: "bye", code: 4403, detail: "your access ended" });
  page.line.close(1006);
  assert.deepEqual([page.store.status.connection, page.store.status.code, page.store.status.reason], ["refused", 4403, "your access ended"]);
});

test("it forgets a goodbye with the connection that it belonged to", async () => {
  const page = await online();
  page.line.say({ t: "bye", code: 1012, detail: "restart", after: 10 });
  page.line.close(1012);
  page.browser.clock.advance(10);
  page.letIn({ mode: "ok" });
  page.line.close(1006);
  assert.equal(page.store.status.reason, null);
});

test("it goes on after signing in again, with what was kept", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.line.close(4401);
  page.store.set(box, { y1: 5 }, "while signed out");
  page.client.reconnect();
  const line = page.letIn({ mode: "ok" });
  assert.deepEqual([page.store.status.connection, line.counters], ["online", [[1, 2]]]);
});

test("it sends nothing for somebody else who has signed in to this browser", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.line.close(1006);
  page.browser.clock.advance(1000);
  const line = page.letIn({ mode: "ok", user: SOMEBODY });
  assert.deepEqual([line.counters, line.isOver], [[], true]);
  assert.deepEqual([page.store.status.connection, page.store.status.code, page.store.status.reason], ["refused", 4401, "other-user"]);
  page.browser.clock.advance(3_600_000);
  await page.client.flush();
  assert.equal(page.browser.server.connections.length, 2);
  assert.equal((await page.browser.storage.load({ user: ME.id, frame: FRAME.id }))[0]?.commands.length, 1);
});
