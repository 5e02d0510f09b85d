/** Taking the next image, and keeping the one that is open. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Queue } from "../../frontend/src/net/queue.js";
import { settle } from "./support/clock.js";
import { card, Editor, page } from "./support/editor.js";
import { onlineStore } from "./support/stores.js";
import { boxId } from "./support/wire.js";

/** @import { ClaimCard } from "../../frontend/src/workspace.js" */

const world = /** @type {Record<string, any>} */ (globalThis);
const { fetch: realFetch, document: realDocument } = world;
const HOLD = "/api/ui/claims/hold";
const NEXT = "/api/ui/projects/1/next";
const WINDOW = "0190a5c4-0000-7000-8000-000000000001";

/** @type {[string, any][]} what was asked: address, body */
let asked;
/** @type {Record<string, unknown>} answers by address; a number is a status */
let answers;
/** @type {(() => void)[]} set to an array, answers wait until they are let go */
let waiting;
let waits = false;

beforeEach(() => {
  [asked, answers, waiting, waits] = [[], {}, [], false];
  world.document = { cookie: "hitl_csrf=secret" };
  world.fetch = async (/** @type {string} */ address, /** @type {any} */ options) => {
    asked.push([address, options.body && JSON.parse(options.body)]);
    if (waits) await new Promise((resolve) => waiting.push(() => resolve(null)));
    const answer = answers[address];
    if (answer === undefined) throw new TypeError("Failed to fetch");
    return typeof answer === "number" ? new Response("<html>", { status: answer }) : new Response(JSON.stringify(answer));
  };
});

afterEach(() => {
  world.fetch = realFetch;
  world.document = realDocument;
});

/** What was asked is answered, and what the answer leads to is done. */
const answered = () => new Promise((resolve) => setTimeout(resolve));

/** @param {number} id @param {Partial<ClaimCard>} [parts] @returns {ClaimCard} */
const claim = (id, parts = {}) => ({ id, from_queue: true, text: "The next in order.", ...parts });

/** @param {{claim?: ClaimCard|null}} [parts] */
function started(parts = {}) {
  const editor = new Editor({ boxes: [{}], page: parts });
  /** @type {string[]} */
  const given = [];
  /** @type {number[]} claims with which it went on */
  const taken = [];
  const queue = new Queue(editor.workspace, {
    go: ({ id }, its) => void (editor.gone.push(id), taken.push(its.id)), say: (text) => void editor.said.push(text),
    beacon: (address, body) => given.push(`${address} ${body}`),
  });
  queue.window = WINDOW;
  editor.workspace.host.takeNext = () => void queue.next();
  const enter = (/** @type {number} */ id, /** @type {ClaimCard|null} */ its = null) => editor.workspace.open(onlineStore(), page({ frame: card(id), claim: its }));
  const edit = () => editor.store.set(boxId(1), { x1: Math.random() * 20 });
  return { editor, queue, given, taken, enter, edit };
}

const released = (/** @type {number} */ id) => `/api/ui/claims/release claim=${id}&window=${WINDOW}&csrfmiddlewaretoken=secret`;

// The next one

test("it goes to what the queue gives, says why, and completes nothing", async () => {
  answers[NEXT] = { frame: card(17), claim: claim(5), reasons: { why: "in_order" } };
  const { editor, given, taken } = started({ claim: claim(4) });
  editor.commands.run("frame.next-for-me");
  await answered();
  assert.deepEqual(asked, [[NEXT, { frame: 12 }]], "it names the image that is open: not that one again");
  assert.deepEqual([editor.gone, taken, editor.said, given], [[17], [5], ["The next in order."], []]);
  assert.equal(editor.workspace.frameStatus, "in_progress");
});

test("it stays, and says so, when there is nothing left", async () => {
  answers[NEXT] = { frame: null, message: "Every image is complete." };
  const { editor, queue } = started({ claim: claim(4) });
  await queue.next();
  assert.deepEqual([editor.gone, editor.said, queue.claim], [[], ["Every image is complete."], 4]);
});

test("it stays, and says so, without a connection", async () => {
  const { editor, queue } = started();
  await queue.next();
  assert.deepEqual(editor.gone, []);
  assert.match(editor.said.join(), /offline.*edits are kept/);
});

test("it asks once, however impatient somebody is", async () => {
  answers[NEXT] = { frame: card(17), claim: claim(5) };
  waits = true;
  const { editor, queue } = started();
  void queue.next();
  void queue.next();
  waiting.forEach((go) => go());
  await answered();
  assert.deepEqual([asked.length, editor.gone], [1, [17]]);
});

test("it gives back what came too late, after the person went on by themselves", async () => {
  answers[NEXT] = { frame: card(17), claim: claim(5) };
  waits = true;
  const { editor, queue, given, enter } = started();
  void queue.next();
  await settle();
  enter(13);
  waiting.forEach((go) => go());
  await answered();
  assert.deepEqual([editor.gone, given], [[], [released(5)]]);
});

for (const [from, its, expected] of /** @type {[string, ClaimCard|null, number][]} */ ([
  ["the queue", claim(4), 17], ["elsewhere", null, 13], ["elsewhere and has begun to edit", claim(4, { from_queue: false }), 13],
])) {
  test(`"complete, next" goes on where the person came from: ${from}`, async () => {
    answers[NEXT] = { frame: card(17), claim: claim(5) };
    const { editor } = started({ claim: its });
    editor.workspace.host.setStatus = async () => true;
    editor.commands.run("frame.complete-next");
    await answered();
    assert.deepEqual(editor.gone, [expected]);
  });
}

// Keeping one

test("looking takes nothing; the first edit does, once", async () => {
  answers[HOLD] = { claim: claim(6, { from_queue: false, text: "" }), by: null };
  const { queue, edit, editor } = started();
  queue.beat();
  queue.isActive = true;
  queue.beat();
  assert.deepEqual(asked, []);
  edit();
  edit();
  await answered();
  assert.deepEqual([asked, queue.claim], [[[HOLD, { frame: 12, window: WINDOW }]], 6]);
  assert.equal(editor.workspace.page.claim?.from_queue, false);
});

test("what others draw takes nothing", async () => {
  const { editor } = started();
  editor.store.rebuild("REMOTE", ["boxes"]);
  await answered();
  assert.deepEqual(asked, []);
});

test("it is renewed only when something was done since the last time", async () => {
  answers[HOLD] = { claim: claim(4), by: null };
  const { queue } = started({ claim: claim(4) });
  queue.beat();
  assert.equal(asked.length, 0, "nobody is there");
  queue.isActive = true;
  queue.beat();
  await answered();
  queue.beat();
  await answered();
  assert.deepEqual(asked, [[HOLD, { frame: 12, window: WINDOW }]]);
});

test("it says when somebody else took it meanwhile, and only then", async () => {
  answers[HOLD] = { claim: null, by: "Linus" };
  const { queue, editor, edit } = started({ claim: claim(4) });
  await queue.hold();
  assert.match(editor.said.join(), /^Linus took this image.*together\.$/);
  assert.equal(editor.workspace.page.claim?.from_queue, true, "the way on is still the queue");
  await queue.hold();
  assert.equal(editor.said.length, 1);
  edit();
  assert.equal(editor.store.pending.length, 1, "a claim keeps nobody from editing");
});

test("an image that somebody else has is edited together without a word", async () => {
  answers[HOLD] = { claim: null, by: "Linus" };
  const { editor, edit, queue } = started();
  edit();
  await answered();
  assert.deepEqual([editor.said, queue.claim], [[], null]);
});

test("a server that is away changes nothing, and the next beat asks again", async () => {
  const { queue } = started({ claim: claim(4) });
  await queue.hold();
  assert.equal(queue.claim, 4);
  answers[HOLD] = 503;
  queue.isActive = true;
  queue.beat();
  await answered();
  assert.deepEqual([queue.claim, asked.length], [4, 2]);
});

test("what is complete is not kept", async () => {
  const { queue, editor } = started({ claim: claim(4) });
  assert.ok(editor.store.frame);
  editor.store.setFrame({ ...editor.store.frame, status: "complete" });
  await queue.hold();
  assert.deepEqual(asked, []);
});

// Giving it back

test("every time it is loaded, the page is another one", () => {
  const { workspace } = new Editor();
  const host = /** @type {any} */ ({});
  assert.notEqual(new Queue(workspace, host).window, new Queue(workspace, host).window);
});

test("whoever goes to another image gives this one back", () => {
  const { enter, given, queue } = started({ claim: claim(4) });
  enter(13, claim(8));
  assert.deepEqual([given, queue.claim, queue.frame], [[released(4)], 8, 13]);
  enter(14);
  assert.deepEqual([given.length, queue.claim], [2, null]);
  enter(15);
  assert.equal(given.length, 2, "there was nothing to give back");
});

test("a claim that arrives after the image was left is given back", async () => {
  answers[HOLD] = { claim: claim(6), by: null };
  waits = true;
  const { edit, enter, given, queue } = started();
  edit();
  await settle();
  enter(13);
  waiting.forEach((go) => go());
  await answered();
  assert.deepEqual([given, queue.claim], [[released(6)], null]);
});

test("a page that goes away before it knows its claim gives the image back", async () => {
  answers[HOLD] = { claim: claim(6), by: null };
  waits = true;
  const { edit, given, queue } = started({ claim: claim(4) });
  edit();
  void queue.hold();
  await settle();
  queue.leave();
  queue.leave();
  assert.deepEqual(new Set(given), new Set([`/api/ui/claims/release frame=12&window=${WINDOW}&csrfmiddlewaretoken=secret`]));
  waiting.forEach((go) => go());
  await answered();
});

test("a page that goes away gives it back, and one that is loaded again takes it again", async () => {
  /** @type {Record<string, () => void>} */
  const heard = {};
  /** @type {number[]} */
  const beats = [];
  const { addEventListener: realListen, setInterval: realInterval } = world;
  world.addEventListener = (/** @type {string} */ name, /** @type {() => void} */ run) => void (heard[name] = run);
  world.setInterval = (/** @type {() => void} */ _run, /** @type {number} */ ms) => void beats.push(ms);
  try {
    answers[HOLD] = { claim: claim(9), by: null };
    const { queue, given } = started({ claim: claim(4) });
    queue.wire();
    await answered();
    assert.deepEqual([asked, queue.claim, beats], [[[HOLD, { frame: 12, window: WINDOW }]], 9, [60_000]]);
    heard["keydown"]?.();
    assert.equal(queue.isActive, true);
    heard["pagehide"]?.();
    heard["pagehide"]?.();
    assert.deepEqual(given, [released(9)]);
  } finally {
    [world.addEventListener, world.setInterval] = [realListen, realInterval];
  }
});
