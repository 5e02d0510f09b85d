/**
 * The live connection of the frame that is open, and of those that were left before everything was saved. A frame that is
 * opened again meanwhile gets its store back, with its undecided edits.
 *
 * @import { CommandStorage } from './sync/outbox.js'
 * @import { Locks } from './sync/locks.js'
 */
import { FrameStore } from './store.js';
import { SyncClient } from './sync/client.js';
import { openOutbox } from './sync/indexed-db.js';
import { heartbeatLocks, webLocks } from './sync/locks.js';
import { webSocketConnect } from './sync/socket.js';

const CLOCK = {
  now: () => Date.now(),
  /** @param {() => void} run @param {number} ms */
  setTimeout: (run, ms) => setTimeout(run, ms),
  /** @param {any} timer */
  clearTimeout: (timer) => clearTimeout(timer),
};

/** @typedef {{store: FrameStore, client: SyncClient}} Session */

export class Sessions {
  /**
   * @param {number} user id
   * @param {CommandStorage} storage
   */
  constructor(user, storage) {
    this.user = user;
    this.storage = storage;
    this.locks = makeLocks();
    /** @type {Map<number, Session>} by frame id */
    this.open = new Map();
    /** @type {number|null} */
    this.current = null;
    /** @type {() => void} */
    this.changed = () => {};
  }

  /** @param {number} user id @returns {Promise<Sessions>} */
  static async begin(user) {
    return new Sessions(user, await openOutbox(globalThis.indexedDB));
  }

  /** Undecided edits on frames that were left. */
  get pendingElsewhere() {
    return [...this.open].reduce((sum, [frame, { store }]) => sum + (frame === this.current ? 0 : store.status.pending), 0);
  }

  /** @param {number} frame id @returns {FrameStore} connecting already */
  enter(frame) {
    const before = this.current;
    this.current = frame;
    if (before !== null && before !== frame) this.leave(before);
    const known = this.open.get(frame);
    if (known) return known.store;
    const store = new FrameStore();
    const client = this.clientFor(store, frame);
    this.open.set(frame, { store, client });
    store.subscribe(({ kinds }) => kinds.has('status') && frame !== this.current && this.leave(frame));
    void client.start();
    return store;
  }

  /** @param {FrameStore} store @param {number} frame */
  clientFor(store, frame) {
    const { user, storage, locks } = this;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return new SyncClient(store, {
      url: `${scheme}://${location.host}/ws/frames/${frame}/`, user, frame, storage, locks,
      connect: webSocketConnect(WebSocket), clock: CLOCK, random: Math.random, remembered: sessionStorage,
    });
  }

  /** Stop when everything is saved; until then go on in the background. @param {number} frame */
  leave(frame) {
    const session = this.open.get(frame);
    this.changed();
    if (!session || session.store.status.pending > 0) return;
    this.open.delete(frame);
    // Not inside the store's own notification: the client may be in the middle of a message.
    queueMicrotask(() => session.client.stop());
  }

  /** @param {boolean} isOnline */
  networkChanged(isOnline) {
    for (const { client } of this.open.values()) client.networkChanged(isOnline);
  }

  /** The page goes away; what is undecided stays in storage. */
  stop() {
    for (const { client } of this.open.values()) client.stop();
  }

  /** Whether closing the window now would lose edits. */
  get wouldLose() {
    return [...this.open.values()].some(({ store }) => store.status.pending > 0 && store.status.storage === 'memory');
  }
}

/** @returns {Locks} */
function makeLocks() {
  if (navigator.locks) return webLocks(navigator.locks);
  return heartbeatLocks(localStorage, CLOCK, `${Math.random()}`.slice(2));
}
