import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, committed, online } from "../support/pages.js";
import { boxId, EPOCH, evOf, FRAME, ME, readBox, readWelcome, RETIRED, SOMEBODY, wireOp } from "../support/wire.js";

const box = boxId(1);

// Hello and welcome

test("it says hello as soon as the socket is open, and nothing before the welcome", async () => {
  const page = await new Browser().page().start();
  assert.equal(page.line.url, `ws://here/ws/frames/${FRAME.id}/`);
  assert.equal(page.store.status.connection, "connecting");
  page.store.setCursor({ x: 1, y: 2 });
  page.line.open();
  page.browser.clock.advance(5000);
  assert.deepEqual(page.line.sent, [{ t: "hello", v: 1, client: page.client.identity.client }]);
});

test("it is online after the welcome, and shows the snapshot", async () => {
  const page = await online();
  assert.deepEqual([page.store.status.connection, page.store.status.save, page.store.canEdit, page.store.frame], ["online", "saved", true, FRAME]);
  assert.deepEqual([...page.store.boxes.keys()], [box, boxId(2)]);
});

test("it says what it holds when it connects again, and takes the difference", async () => {
  const page = await online();
  page.line.close(1006);
  page.browser.clock.advance(1000);
  const line = page.letIn({ mode: "delta", head: 3 });
  assert.deepEqual(line.sent[0], { t: "hello", v: 1, client: page.client.identity.client, epoch: EPOCH, have: 1 });
  line.say(evOf(wireOp(2, { f: { x1: 5 } }), wireOp(3, { f: { y1: 6 } })));
  assert.deepEqual([page.store.boxes.get(box)?.x1, page.store.boxes.get(box)?.y1, page.store.revision], [5, 6, 3]);
});

test("it numbers and sends edits that were made while it was still starting", async () => {
  const page = new Browser().page();
  page.store.greet(readWelcome());
  page.store.replaceConfirmed(1, [readBox(1)]);
  const starting = page.start();
  page.store.set(box, { x1: 5 });
  assert.equal(page.store.pending[0]?.client, "");
  await starting;
  page.letIn();
  assert.deepEqual([page.line.counters, page.store.pending[0]?.client], [[[1]], page.client.identity.client]);
});

test("it takes what comes and tells the store", async () => {
  const page = await online();
  page.line.say({ t: "pres", people: [{ who: "who-ben", user: SOMEBODY.id, name: "Ben", role: "viewer" }] });
  page.line.say({ t: "eph", items: [{ who: "who-ben", kind: "cursor", val: { x: 1, y: 2 }, g: null }] });
  assert.deepEqual(page.store.people.get("who-ben")?.cursor, { x: 1, y: 2 });
  page.browser.clock.advance(10500);
  assert.equal(page.store.people.get("who-ben")?.cursor, null, "it faded");
  page.line.say({ t: "frame", status: "complete", comments: 7 });
  page.line.say({ t: "where", frames: { 12: [{ user: ME.id, name: ME.name }] } });
  assert.deepEqual([page.store.frame?.status, page.store.frame?.comments, page.store.whereabouts.get(12)?.length], ["complete", 7, 1]);
  page.line.say({ t: "labels", labels: [{ id: 5, name: "oak", color: "#123456", key: "3", active: true }] });
  assert.deepEqual(page.store.labels.map(({ name, key }) => [name, key]), [["oak", "3"]]);
  page.line.say({ t: "role", role: "viewer" });
  assert.equal(page.store.canEdit, false);
});

test("it is not disturbed by what it does not know or cannot read", async () => {
  const page = await online();
  page.line.sayText("{");
  page.line.sayText('{"t":"hb","head":NaN}');
  page.line.say({ t: "weather", sky: "blue" });
  page.line.say(evOf(wireOp(2, { f: { x1: 5 } })));
  assert.deepEqual([page.store.boxes.get(box)?.x1, page.store.status.connection], [5, "online"]);
});

test("it does not hide a mistake of the program", async () => {
  const page = await online();
  page.store.confirm = () => {
    throw new TypeError("a mistake");
  };
  assert.throws(() => page.line.say(evOf(wireOp(2, {}))), /a mistake/);
});

// Edits

test("it sends an edit at once and is saved when it is committed", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  const { client } = page.client.identity;
  assert.deepEqual(page.line.said("op")[0]?.ops[0], { c: 1, k: "set", g: page.store.pending[0]?.g, box, set: { x1: 5 }, base: { x1: 1 } });
  assert.equal((await page.browser.storage.load({ user: ME.id, frame: FRAME.id }))[0]?.commands.length, 1);
  page.line.say(committed(page, page.store.pending[0]));
  page.line.say({ t: "ack", acks: [{ c: 1, from: 2, to: 2 }] });
  await page.client.flush();
  assert.deepEqual([page.store.pending, page.store.status.save], [[], "saved"]);
  assert.deepEqual(await page.browser.storage.load({ user: ME.id, frame: FRAME.id }), [{ client, counter: 1, commands: [] }]);
});

test("it is saved by the answer alone, and keeps showing the edit until its operation comes", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  const [command] = page.store.pending;
  page.line.say({ t: "ack", acks: [{ c: 1, from: 2, to: 2 }] });
  assert.deepEqual([page.store.status.save, page.store.pending.length, page.store.boxes.get(box)?.x1], ["saved", 1, 5]);
  page.line.say(committed(page, command));
  assert.deepEqual([page.store.pending, page.store.boxes.get(box)?.x1], [[], 5]);
});

test("it tells a person why an edit was refused, and forgets it", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.line.say({ t: "nack", c: 1, code: "forbidden", detail: "viewers look" });
  await page.client.flush();
  assert.deepEqual(page.store.notices.map(({ kind, code }) => [kind, code]), [["refused", "forbidden"]]);
  assert.deepEqual([page.store.pending, page.store.boxes.get(box)?.x1], [[], 100]);
  assert.deepEqual((await page.browser.storage.load({ user: ME.id, frame: FRAME.id }))[0]?.commands, []);
});

test("it takes no answer for a command of another time", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.line.say({ t: "ack", acks: [{ c: 7, from: 2, to: 2 }] });
  page.line.say({ t: "nack", c: 9, code: "invalid" });
  assert.deepEqual([page.store.pending.length, page.store.notices], [1, []]);
});

test("it sends again after a while what the server could not decide", async () => {
  const page = await online();
  page.store.set(box, { x1: 5 });
  page.line.say({ t: "nack", c: 1, code: "unavailable", after: 500 });
  page.browser.clock.advance(499);
  assert.deepEqual(page.line.counters, [[1]]);
  page.browser.clock.advance(1);
  assert.deepEqual([page.line.counters, page.store.notices], [[[1], [1]], []]);
});

test("it tells a person what the server could not read", async () => {
  const page = await online();
  page.line.say({ t: "error", code: "malformed", detail: "at 5" });
  assert.deepEqual(page.store.notices.map(({ kind, code, detail }) => [kind, code, detail]), [["refused", "malformed", "at 5"]]);
});

// The rest

test("it asks for what is missing and says what it has seen", async () => {
  const page = await online();
  page.line.say({ t: "hb", head: 5 });
  page.browser.clock.advance(200);
  assert.deepEqual(page.line.said("get"), [{ t: "get", have: 1 }]);
  page.line.say(evOf(...[2, 3, 4, 5].map((revision) => wireOp(revision, { f: { x1: revision } }))));
  page.browser.clock.advance(1000);
  assert.deepEqual(page.line.said("seen").at(-1), { t: "seen", r: 5 });
});

test("it tells the others of pointer, selection and drags", async () => {
  const page = await online();
  page.store.setCursor({ x: 1, y: 2 });
  page.store.select([box]);
  page.store.preview("g", [{ id: box, x1: 1, y1: 2, x2: 3, y2: 4 }]);
  page.browser.clock.advance(200);
  assert.deepEqual(page.line.said("eph").map(({ kind }) => kind).sort(), ["cursor", "drag", "selection"]);
});

test("it keeps labels that are out of use, for the boxes that have them", async () => {
  const page = await online();
  assert.ok(page.store.labels.some(({ id, active }) => id === RETIRED && !active));
});
