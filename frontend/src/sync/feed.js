/**
 * The sequence of operations as it comes in: nothing is applied twice, out of order, or over a hole.
 *
 * @import { ConfirmedStore } from '../confirmed-store.js'
 * @import { Ev, Progress, SnapshotPart } from '../protocol.js'
 * @import { Clock } from './locks.js'
 */

export const GAP_PATIENCE_MS = 200;
const MIN_GET_INTERVAL_MS = 250;
const MAX_GET_INTERVAL_MS = 4000;
const SEEN_EVERY_OPERATIONS = 64;
const SEEN_AFTER_MS = 1000;
const MAX_BUFFERED = 1000;

export class Feed {
  /**
   * @param {ConfirmedStore} store
   * @param {Clock} clock
   * @param {(message: Progress) => void} send
   */
  constructor(store, clock, send) {
    this.store = store;
    this.clock = clock;
    this.send = send;
    /** @type {string|null} */
    this.epoch = null;
    this.awaitsSnapshot = true;
    /** @type {Map<number, Ev>} by first revision: came before what precedes them */
    this.early = new Map();
    /** @type {{head: number, parts: (SnapshotPart|undefined)[]}|null} */
    this.collecting = null;
    this.head = 0;
    this.lastGet = -Infinity;
    this.getInterval = MIN_GET_INTERVAL_MS;
    this.unseen = 0;
    /** @type {unknown} */
    this.gapTimer = null;
    /** @type {unknown} */
    this.seenTimer = null;
  }

  get revision() {
    return this.store.revision ?? 0;
  }

  /** What `hello` says we hold. @returns {{epoch: string, have: number}|{}} */
  held() {
    const { epoch, awaitsSnapshot, store } = this;
    return epoch === null || awaitsSnapshot || store.revision === null ? {} : { epoch, have: store.revision };
  }

  /**
   * A connection begins.
   * @param {string} epoch
   * @param {number} head
   * @param {string} mode
   */
  begin(epoch, head, mode) {
    this.stop();
    this.awaitsSnapshot = mode === 'snapshot' || epoch !== this.epoch || this.store.revision === null;
    this.epoch = epoch;
    this.head = head;
    this.noticeHead(head);
  }

  /** The connection is over. */
  stop() {
    this.clock.clearTimeout(this.gapTimer);
    this.clock.clearTimeout(this.seenTimer);
    this.gapTimer = this.seenTimer = null;
    this.early.clear();
    this.collecting = null;
    this.unseen = 0;
    this.getInterval = MIN_GET_INTERVAL_MS;
  }

  /** @param {Ev} ev */
  take(ev) {
    this.head = Math.max(this.head, ev.to);
    if (this.early.size < MAX_BUFFERED) this.early.set(ev.from, ev);
    this.applyReady();
  }

  applyReady() {
    if (this.awaitsSnapshot && this.early.has(1)) this.startEmpty();
    if (this.awaitsSnapshot) return this.watchForGap();
    for (let next = this.nextReady(); next; next = this.nextReady()) {
      const fresh = next.ops.filter((op) => op.r > this.revision);
      this.store.confirm(fresh);
      this.progressed(fresh.length);
    }
    this.watchForGap();
  }

  /** The answer to `get` was the whole log instead of a snapshot. */
  startEmpty() {
    this.awaitsSnapshot = false;
    this.store.replaceConfirmed(0, []);
  }

  /** @returns {Ev|null} an ev that continues what is applied; drops what is applied already */
  nextReady() {
    for (const [from, ev] of this.early) {
      if (from > this.revision + 1) continue;
      this.early.delete(from);
      if (ev.to > this.revision) return ev;
    }
    return null;
  }

  /** @param {SnapshotPart} given */
  takePart(given) {
    const { head, part, parts } = given;
    if (part < 0 || part >= parts || (!this.awaitsSnapshot && head < this.revision)) return;
    if (this.collecting?.head !== head || this.collecting.parts.length !== parts) {
      this.collecting = { head, parts: new Array(parts).fill(undefined) };
    }
    this.collecting.parts[part] = given;
    if (this.collecting.parts.includes(undefined)) return this.watchForGap();
    const all = this.collecting.parts.flatMap((one) => one ?? []);
    this.collecting = null;
    this.awaitsSnapshot = false;
    this.head = Math.max(this.head, head);
    this.store.replaceConfirmed(head, all.flatMap((one) => one.boxes), all.flatMap((one) => one.opinions));
    this.progressed(SEEN_EVERY_OPERATIONS);
    this.applyReady();
  }

  /** @param {number} head the server is at */
  noticeHead(head) {
    this.head = Math.max(this.head, head);
    this.watchForGap();
  }

  get isBehind() {
    return this.awaitsSnapshot || this.head > this.revision;
  }

  /** Ask for what is missing, after a little patience. */
  watchForGap() {
    if (!this.isBehind) {
      this.clock.clearTimeout(this.gapTimer);
      this.gapTimer = null;
      this.getInterval = MIN_GET_INTERVAL_MS;
      return;
    }
    if (this.gapTimer !== null) return;
    const patience = this.awaitsSnapshot ? MAX_GET_INTERVAL_MS : GAP_PATIENCE_MS;
    const wait = Math.max(patience, this.lastGet + this.getInterval - this.clock.now());
    this.gapTimer = this.clock.setTimeout(() => this.get(), wait);
  }

  get() {
    this.gapTimer = null;
    this.lastGet = this.clock.now();
    this.getInterval = Math.min(this.getInterval * 2, MAX_GET_INTERVAL_MS);
    this.send({ t: 'get', have: this.awaitsSnapshot ? 0 : this.revision });
    this.watchForGap();
  }

  /** @param {number} count operations applied */
  progressed(count) {
    this.clock.clearTimeout(this.gapTimer);
    this.gapTimer = null;
    this.unseen += count;
    if (this.unseen >= SEEN_EVERY_OPERATIONS) this.tellSeen();
    else this.seenTimer ??= this.clock.setTimeout(() => this.tellSeen(), SEEN_AFTER_MS);
  }

  tellSeen() {
    this.clock.clearTimeout(this.seenTimer);
    this.seenTimer = null;
    this.unseen = 0;
    this.send({ t: 'seen', r: this.revision });
  }
}
