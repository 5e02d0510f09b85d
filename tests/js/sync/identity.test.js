import assert from "node:assert/strict";
import { test } from "node:test";

import { newPending } from "../../../frontend/src/pending.js";
import { Identity } from "../../../frontend/src/sync/identity.js";
import { heartbeatLocks, webLocks } from "../../../frontend/src/sync/locks.js";
import { FakeLockManager, FullStorage, KeyValueMap, LastingStorage } from "../support/browser.js";
import { FakeClock, settle } from "../support/clock.js";
import { command } from "../support/storage-promises.js";

/** @import { CommandStorage } from "../../../frontend/src/sync/outbox.js" */
/** @import { Locks } from "../../../frontend/src/sync/locks.js" */

const OWNER = { user: 3, frame: 12 };
const KEY = "hitl-client-3-12";

class Tabs {
  constructor() {
    this.manager = new FakeLockManager();
    /** @type {CommandStorage} */
    this.storage = new LastingStorage();
    this.made = 0;
    /** @type {unknown[]} */
    this.errors = [];
  }

  /** @param {{remembered?: KeyValueMap, locks?: Locks, owner?: {user: number, frame: number}}} [parts] */
  identity({ remembered = new KeyValueMap(), locks = webLocks(this.manager.asManager()), owner = OWNER } = {}) {
    const newId = () => `new-${++this.made}`;
    return new Identity({ owner, storage: this.storage, locks, remembered, newId }, (error) => this.errors.push(error));
  }
}

/** @param {Partial<import("../../../frontend/src/pending.js").Command>} [parts] */
const unnumbered = (parts) => newPending({ k: "delete", box: "b", g: "g", at: 0, ...parts });

test("it makes an id for a new tab, remembers and holds it", async () => {
  const tabs = new Tabs();
  const remembered = new KeyValueMap();
  const identity = tabs.identity({ remembered });
  assert.deepEqual(await identity.begin(), []);
  assert.deepEqual([identity.client, identity.counter, remembered.getItem(KEY)], ["new-1", 0, "new-1"]);
  assert.ok(tabs.manager.held.has("hitl-client-new-1"));
});

test("it numbers commands from 1 on and stores each", async () => {
  const tabs = new Tabs();
  const identity = tabs.identity();
  await identity.begin();
  const [one, two] = [unnumbered(), unnumbered()];
  identity.number(one);
  identity.number(two);
  await identity.writing;
  assert.deepEqual([one, two].map(({ client, c }) => [client, c]), [["new-1", 1], ["new-1", 2]]);
  assert.deepEqual((await tabs.storage.load(OWNER))[0]?.commands.map(({ c }) => c), [1, 2]);
});

test("it finds its undecided commands after a reload and counts on from them", async () => {
  const tabs = new Tabs();
  const remembered = new KeyValueMap([[KEY, "mine"]]);
  await tabs.storage.put(OWNER, [command("mine", 4), command("mine", 5)]);
  const identity = tabs.identity({ remembered });
  const commands = await identity.begin();
  assert.deepEqual(commands.map(({ c }) => c), [4, 5]);
  const next = unnumbered();
  identity.number(next);
  assert.deepEqual([next.client, next.c], ["mine", 6]);
});

test("it does not use a counter again whose command was decided before the reload", async () => {
  const tabs = new Tabs();
  await tabs.storage.put(OWNER, [command("mine", 4), command("mine", 5)]);
  await tabs.storage.remove(OWNER, "mine", [4, 5]);
  const identity = tabs.identity({ remembered: new KeyValueMap([[KEY, "mine"]]) });
  assert.deepEqual(await identity.begin(), []);
  const next = unnumbered();
  identity.number(next);
  assert.deepEqual([next.client, next.c], ["mine", 6]);
});

test("it gives a duplicated tab an id of its own, and leaves the queue to the first", async () => {
  const tabs = new Tabs();
  const remembered = new KeyValueMap([[KEY, "mine"]]);
  await tabs.storage.put(OWNER, [command("mine", 4)]);
  const [first, copy] = [tabs.identity({ remembered }), tabs.identity({ remembered: remembered.copy() })];
  assert.equal((await first.begin()).length, 1);
  assert.deepEqual(await copy.begin(), []);
  assert.deepEqual([first.client, copy.client, copy.orphans], ["mine", "new-1", []]);
});

test("it takes over the queue of a crashed tab, as that tab", async () => {
  const tabs = new Tabs();
  await tabs.storage.put(OWNER, [command("crashed", 7), command("crashed", 8)]);
  const remembered = new KeyValueMap();
  const identity = tabs.identity({ remembered });
  assert.deepEqual((await identity.begin()).map(({ c }) => c), [7, 8]);
  assert.deepEqual([identity.client, identity.counter, remembered.getItem(KEY), identity.waiting], ["crashed", 8, "crashed", 0]);
});

test("it takes over what a tab wrote until the moment that it let go", async () => {
  const tabs = new Tabs();
  await tabs.storage.put(OWNER, [command("going", 7)]);
  const real = webLocks(tabs.manager.asManager());
  /** @type {Locks} */
  const locks = {
    ...real,
    tryHold: async (name) => {
      if (name === "going") await tabs.storage.put(OWNER, [command("going", 8)]);
      return real.tryHold(name);
    },
  };
  assert.deepEqual((await tabs.identity({ locks }).begin()).map(({ c }) => c), [7, 8]);
});

test("it lets only one of two tabs take over a queue", async () => {
  const tabs = new Tabs();
  await tabs.storage.put(OWNER, [command("crashed", 7)]);
  const [one, two] = [tabs.identity(), tabs.identity()];
  const lengths = await Promise.all([one.begin(), two.begin()]).then((both) => both.map((commands) => commands.length));
  assert.deepEqual(lengths.sort(), [0, 1]);
  assert.notEqual(one.client, two.client);
});

test("it brings its own queue first, and those of crashed tabs one after the other", async () => {
  const tabs = new Tabs();
  const all = [command("mine", 1), command("crashed-1", 2), command("crashed-1", 3), command("crashed-2", 4)];
  await tabs.storage.put(OWNER, all);
  const identity = tabs.identity({ remembered: new KeyValueMap([[KEY, "mine"]]) });
  assert.deepEqual((await identity.begin()).map(({ client }) => client), ["mine"]);
  assert.equal(identity.waiting, 3);
  assert.deepEqual(identity.adopt()?.map(({ c }) => c), [2, 3]);
  assert.deepEqual([identity.client, identity.waiting], ["crashed-1", 1]);
  await settle();
  assert.equal(tabs.manager.held.has("hitl-client-mine"), false, "what it is no longer is free");
  assert.deepEqual(identity.adopt()?.map(({ c }) => c), [4]);
  assert.equal(identity.adopt(), null);
  assert.equal(identity.client, "crashed-2");
});

test("it leaves alone the queue of a tab that lives", async () => {
  const tabs = new Tabs();
  await tabs.storage.put(OWNER, [command("alive", 1)]);
  await webLocks(tabs.manager.asManager()).tryHold("alive");
  const identity = tabs.identity();
  assert.deepEqual([await identity.begin(), identity.client, identity.waiting], [[], "new-1", 0]);
});

test("it never touches the queue of another user of this browser", async () => {
  const tabs = new Tabs();
  await tabs.storage.put({ user: 4, frame: 12 }, [command("hers", 1)]);
  const identity = tabs.identity();
  assert.deepEqual([await identity.begin(), identity.client], [[], "new-1"]);
});

test("it takes another id and gives back the one that somebody else has", async () => {
  const tabs = new Tabs();
  const clock = new FakeClock();
  const beats = new KeyValueMap();
  const [one, two] = [heartbeatLocks(beats, clock, "tab1"), heartbeatLocks(beats, clock, "tab2")];
  const identity = tabs.identity({ locks: one });
  await identity.begin();
  const before = identity.client;
  identity.renew();
  await settle();
  assert.notEqual(identity.client, before);
  clock.advance(60000);
  assert.equal(await two.tryHold(before), true, "its heart does not beat for the old id any more");
  assert.equal(await two.tryHold(identity.client), false);
});

test("it gives commands other numbers, in storage too", async () => {
  const tabs = new Tabs();
  const identity = tabs.identity();
  await identity.begin();
  const commands = [unnumbered(), unnumbered(), unnumbered()];
  for (const one of commands) identity.number(one);
  identity.renumber(commands.slice(1), 7);
  await identity.writing;
  assert.deepEqual([commands.map(({ c }) => c), identity.counter], [[1, 7, 8], 8]);
  assert.deepEqual((await tabs.storage.load(OWNER))[0]?.commands.map(({ c }) => c), [1, 7, 8]);
});

test("it moves commands by one without losing any", async () => {
  const tabs = new Tabs();
  const identity = tabs.identity();
  await identity.begin();
  const commands = [unnumbered({ box: "a" }), unnumbered({ box: "b" }), unnumbered({ box: "c" })];
  for (const one of commands) identity.number(one);
  identity.renumber(commands, 2);
  await identity.writing;
  assert.deepEqual((await tabs.storage.load(OWNER))[0]?.commands.map(({ c, box }) => [c, box]), [[2, "a"], [3, "b"], [4, "c"]]);
});

test("it moves commands to a new id in an order in which a crash loses nothing", async () => {
  const tabs = new Tabs();
  const identity = tabs.identity();
  await identity.begin();
  const one = unnumbered();
  identity.number(one);
  await identity.writing;
  /** @type {string[]} */
  const order = [];
  const { storage } = tabs;
  const [put, remove] = [storage.put.bind(storage), storage.remove.bind(storage)];
  storage.put = (owner, commands) => (order.push("put"), put(owner, commands));
  storage.remove = (owner, client, counters) => (order.push(`remove ${client}`), remove(owner, client, counters));
  identity.renew();
  identity.renumber([one], 1);
  await identity.writing;
  assert.deepEqual(order, ["put", "remove new-1"]);
  assert.deepEqual((await storage.load(OWNER)).filter(({ commands }) => commands.length).map(({ client }) => client), ["new-2"]);
});

test("it writes nothing when numbers stay as they are", async () => {
  const tabs = new Tabs();
  const identity = tabs.identity();
  await identity.begin();
  const one = unnumbered();
  identity.number(one);
  await identity.writing;
  tabs.storage.put = () => Promise.reject(new Error("written"));
  tabs.storage.remove = () => Promise.reject(new Error("removed"));
  identity.renumber([one], 1);
  await identity.writing;
  assert.deepEqual(tabs.errors, []);
});

test("it tells of a browser that cannot store, and goes on", async () => {
  const tabs = new Tabs();
  tabs.storage = new FullStorage();
  const identity = tabs.identity();
  await identity.begin();
  identity.number(unnumbered());
  identity.number(unnumbered());
  await identity.writing;
  assert.deepEqual([identity.counter, tabs.errors.length, String(tabs.errors[0])], [2, 2, "Error: quota exceeded"]);
});
