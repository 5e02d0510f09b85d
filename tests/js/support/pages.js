/**
 * Pages (tabs) of one browser, each with the shipped live connection, before a server that the test plays.
 *
 * @import { Pending } from "../../../frontend/src/pending.js"
 * @import { Locks } from "../../../frontend/src/sync/locks.js"
 * @import { CommandStorage } from "../../../frontend/src/sync/outbox.js"
 */
import assert from "node:assert/strict";

import { FrameStore } from "../../../frontend/src/store.js";
import { SyncClient } from "../../../frontend/src/sync/client.js";
import { webLocks } from "../../../frontend/src/sync/locks.js";
import { FakeLockManager, FakeServer, KeyValueMap, LastingStorage } from "./browser.js";
import { FakeClock, settle } from "./clock.js";
import { Random } from "./random.js";
import { evOf, FRAME, ME, welcome, wholeFields, wireBox, wireOp } from "./wire.js";

export class Browser {
  constructor() {
    this.clock = new FakeClock();
    this.server = new FakeServer();
    /** @type {CommandStorage} */
    this.storage = new LastingStorage();
    this.manager = new FakeLockManager();
    this.dice = new Random(11);
    /** What Math.random gives. */
    this.luck = 0.5;
  }

  /**
   * A page that is loaded in a tab.
   * @param {{remembered?: KeyValueMap, user?: number, frame?: number, locks?: Locks}} [parts] `remembered`: sessionStorage of the tab
   */
  page({ remembered = new KeyValueMap(), user = ME.id, frame = FRAME.id, locks = webLocks(this.manager.asManager()) } = {}) {
    const { clock, server, storage } = this;
    const store = new FrameStore({ now: () => clock.now(), random: (bytes) => this.dice.fill(bytes) });
    const client = new SyncClient(store, {
      url: `ws://here/ws/frames/${frame}/`, user, frame, connect: server.connect, clock, random: () => this.luck, storage, locks, remembered,
    });
    return new Page(this, store, client, remembered);
  }
}

export class Page {
  /** @param {Browser} browser @param {FrameStore} store @param {SyncClient} client @param {KeyValueMap} remembered */
  constructor(browser, store, client, remembered) {
    this.browser = browser;
    this.store = store;
    this.client = client;
    this.remembered = remembered;
  }

  async start() {
    await this.client.start();
    return this;
  }

  /** The newest connection, whoever made it. */
  get line() {
    return this.browser.server.last;
  }

  /**
   * The server lets the page in, and sends a snapshot if it says so.
   * @param {Record<string, unknown>} [parts] of the welcome
   * @param {ReturnType<typeof wireBox>[]} [boxes]
   */
  letIn(parts = {}, boxes = [wireBox(1), wireBox(2)]) {
    const { line } = this;
    line.open();
    const message = welcome({ head: 1, ...parts });
    line.say(message);
    if (message.mode === "snapshot") line.say({ t: "snapshot", head: message.head, part: 0, parts: 1, boxes });
    return line;
  }

  /** The tab dies: nothing is said, nothing is tidied up. Its locks are the browser's to free. */
  async crash() {
    this.client.isStopped = true;
    this.client.disconnect();
    this.browser.clock.timers.clear();
    this.browser.manager.held.delete(`hitl-client-${this.client.identity.client}`);
    for (const { client } of this.client.identity.orphans) this.browser.manager.held.delete(`hitl-client-${client}`);
    await settle();
  }

  /** The page is loaded again in the same tab. @param {Parameters<Browser["page"]>[0]} [parts] */
  async reload(parts) {
    this.client.stop();
    await settle();
    return this.browser.page({ remembered: this.remembered, ...parts }).start();
  }
}

/** A page in the middle of a session. */
export async function online() {
  const page = await new Browser().page().start();
  page.letIn();
  return page;
}

/** What the server says when it has committed a command. @param {Page} page @param {Pending|undefined} command */
export function committed(page, command) {
  assert.ok(command);
  const { client, c, k, g, set, box } = command;
  const f = k === "create" ? wholeFields({ ...set, by: ME.id }) : set;
  return evOf(wireOp((page.store.revision ?? 0) + 1, { client, c, k, box, by: ME.id, g, f }));
}
