/**
 * The live connection of one frame: connects, introduces itself, hands what comes to the store and what is made here
 * to the server, and connects again. Sees no page: clock, socket and storage are given to it.
 *
 * @import { FrameStore } from '../store.js'
 * @import { AckMessage, Bye, ClientMessage, ErrorMessage, Nack, ServerMessage, Welcome } from '../protocol.js'
 * @import { Command, Pending } from '../pending.js'
 * @import { CommandStorage } from './outbox.js'
 * @import { Clock, KeyValues, Locks } from './locks.js'
 * @import { Connect, Socket } from './socket.js'
 */
import { noticeOf } from '../notices.js';
import { newPending } from '../pending.js';
import { decode, encode, Malformed, VERSION } from '../protocol.js';
import { Ephemera } from './ephemera.js';
import { Feed } from './feed.js';
import { Identity } from './identity.js';
import { OFFLINE_AFTER_MS, Sender } from './sender.js';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8000;
const TOO_MANY_RETRY_MS = 5000;
const SILENCE_MS = 15000;
const EXPIRE_EVERY_MS = 500;
const MAX_RENEWALS = 5;
const CALM_MS = 10000;
/** Close codes after which only a person can help. */
const FINAL_CODES = new Set([4400, 4401, 4403, 4404, 4413, 4426]);
const UNDECIDED_CODES = new Set(['hole', 'rate', 'unavailable']);

/**
 * @typedef {{
 *   url: string, user: number, frame: number, connect: Connect, clock: Clock, random: () => number,
 *   storage: CommandStorage, locks: Locks, remembered: KeyValues
 * }} Machine
 *   What a client runs on. `url`: ws(s)://host/ws/frames/<id>/. `random`: 0 to 1. `remembered`: sessionStorage.
 */

export class SyncClient {
  /**
   * @param {FrameStore} store
   * @param {Machine} machine
   */
  constructor(store, machine) {
    this.store = store;
    this.machine = machine;
    this.clock = machine.clock;
    const { user, frame, storage, locks, remembered } = machine;
    const parts = { owner: { user, frame }, storage, locks, remembered, newId: () => store.newId() };
    this.identity = new Identity(parts, (error) => this.storageFailed(error));
    this.feed = new Feed(store, this.clock, (message) => this.send(message));
    this.ephemera = new Ephemera(this.clock, (message) => this.send(message));
    this.sender = new Sender(store, this.clock, { send: (message) => this.send(message), restart: () => this.restart() });
    /** @type {Socket|null} */
    this.socket = null;
    this.isIdentified = false;
    this.isStopped = false;
    /** @type {number|null} since when there is no connection */
    this.downSince = this.clock.now();
    this.failures = 0;
    this.renewals = 0;
    this.evictedAt = -Infinity;
    /** @type {Bye|null} */
    this.bye = null;
    /** @type {unknown} */
    this.retryTimer = null;
    /** @type {unknown} */
    this.silenceTimer = null;
    /** @type {unknown} */
    this.expireTimer = null;
  }

  /** Load what an earlier page left, then connect. Edits made before that are kept. */
  async start() {
    this.store.attach(this);
    if (!this.machine.storage.durable) this.storageFailed(null);
    try {
      this.takeOver(await this.identity.begin());
    } catch (error) {
      this.storageFailed(error);
      this.takeOver(this.identity.renew());
    }
    if (this.isStopped) return this.stop(); // now that it is known what there is to let go of
    this.expireRegularly();
    this.open();
  }

  /** @param {Command[]} commands of the id that this tab has now */
  takeOver(commands) {
    const unnumbered = this.store.pending.filter((command) => command.client === '');
    this.isIdentified = true;
    this.store.waiting = this.identity.waiting;
    this.store.restore(commands.map((command) => ({ ...newPending(command), touched: true })));
    for (const command of unnumbered) this.identity.number(command);
  }

  /** The page goes away. The queue stays. */
  stop() {
    this.isStopped = true;
    this.clock.clearTimeout(this.expireTimer);
    this.disconnect();
    if (this.identity.client) this.machine.locks.release(this.identity.client);
    for (const orphan of this.identity.orphans) this.machine.locks.release(orphan.client);
    this.store.uplink = null;
  }

  /** Send what can be sent, and wait until everything undecided is in storage. */
  async flush() {
    this.sender.pump();
    await this.identity.writing;
  }

  /** After signing in again, or when a person asks for it. */
  reconnect() {
    this.failures = 0;
    this.disconnect();
    if (this.isIdentified && !this.isStopped) this.open();
  }

  /** @param {boolean} isOnline what the browser believes */
  networkChanged(isOnline) {
    if (this.isStopped || this.store.status.connection === 'refused') return;
    if (isOnline && !this.store.isOnline) this.reconnect();
    if (!isOnline) this.lost(1006, "");
  }

  // What the store tells (Uplink)

  /** @param {Pending} command */
  queued(command) {
    if (!this.isIdentified) return;
    if (this.identity.isLost) this.renew();
    command.off ||= this.downSince !== null && this.clock.now() - this.downSince > OFFLINE_AFTER_MS;
    this.identity.number(command);
    this.sender.pump();
  }

  /** @param {Pending} command */
  changed(command) {
    if (command.client) this.identity.keep([command]);
  }

  /** @param {Pending} command */
  settled(command) {
    if (command.client) this.identity.drop(command);
    this.sender.forget(command);
  }

  /**
   * @param {string} gesture
   * @param {import('../confirmed-store.js').PreviewBox[]|null} boxes
   * @param {boolean} committed
   */
  previewed(gesture, boxes, committed) {
    this.ephemera.drag(gesture, boxes, committed);
  }

  /** @param {{x: number, y: number}|null} point */
  pointed(point) {
    this.ephemera.cursor(point);
  }

  /** @param {string[]} ids */
  selected(ids) {
    this.ephemera.selection(ids);
  }

  // The socket

  open() {
    this.clock.clearTimeout(this.retryTimer);
    if (this.identity.isLost) return this.renew();
    this.bye = null;
    this.store.setStatus({ connection: 'connecting' });
    this.listenForSilence();
    this.socket = this.machine.connect(this.machine.url, {
      opened: () => this.send({ t: 'hello', v: VERSION, client: this.identity.client, ...this.feed.held() }),
      received: (text) => this.receive(text),
      closed: (code, reason) => this.lost(code, reason),
    });
  }

  /** @param {ClientMessage} message */
  send(message) {
    this.socket?.send(encode(message));
  }

  disconnect() {
    this.clock.clearTimeout(this.retryTimer);
    this.clock.clearTimeout(this.silenceTimer);
    this.feed.stop();
    this.sender.stop();
    this.ephemera.stop();
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.downSince ??= this.clock.now();
  }

  /** Begin again on a new socket at once. */
  restart() {
    this.disconnect();
    this.retryIn(FIRST_RETRY_MS);
  }

  /**
   * @param {number} closeCode
   * @param {string} reason
   */
  lost(closeCode, reason) {
    const { bye } = this;
    const code = bye?.code ?? closeCode; // a proxy may have hidden it behind 1006
    this.disconnect();
    if (code === 4409 && this.mustRenew() && this.renewals++ < MAX_RENEWALS) return this.renew();
    const detail = bye?.detail || reason || null;
    const isFinal = FINAL_CODES.has(code) || (code === 4409 && this.renewals > MAX_RENEWALS);
    if (isFinal) return this.store.setStatus({ connection: 'refused', code, reason: detail });
    this.store.setStatus({ connection: 'offline', code, reason: detail });
    this.retryIn(bye?.after ?? (code === 4429 ? TOO_MANY_RETRY_MS : this.backoff()));
  }

  /** @returns {number} milliseconds: doubling, and half of it by chance */
  backoff() {
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    return longest * (0.5 + this.machine.random() / 2);
  }

  /** @param {number} ms */
  retryIn(ms) {
    this.clock.clearTimeout(this.retryTimer);
    if (!this.isStopped) this.retryTimer = this.clock.setTimeout(() => this.open(), ms);
  }

  /**
   * The server has met this client id elsewhere. While the lock is ours that is old news, of an earlier connection of
   * this very tab; but not twice in a row.
   * @returns {boolean}
   */
  mustRenew() {
    const isRepeated = this.clock.now() - this.evictedAt < CALM_MS;
    this.evictedAt = this.clock.now();
    return isRepeated || this.identity.isLost;
  }

  /**
   * Another tab has this client id: take a new one. A tab of this browser that took it from us has our queue as well;
   * otherwise everything undecided comes along.
   */
  renew() {
    this.disconnect();
    const { client, isLost } = this.identity;
    if (isLost && this.store.status.storage === 'durable') this.store.leaveTo(client);
    this.identity.renew();
    this.identity.renumber(this.store.pending.filter((command) => !command.answered && command.client !== ''), 1);
    this.store.setStatus({ connection: 'offline', code: 4409, reason: null });
    this.retryIn(this.backoff());
  }

  listenForSilence() {
    this.clock.clearTimeout(this.silenceTimer);
    this.silenceTimer = this.clock.setTimeout(() => this.lost(1006, ''), SILENCE_MS);
  }

  expireRegularly() {
    this.store.expireEphemera(this.clock.now());
    this.expireTimer = this.clock.setTimeout(() => this.expireRegularly(), EXPIRE_EVERY_MS);
  }

  /** @param {string} text */
  receive(text) {
    this.listenForSilence();
    try {
      const message = decode(text);
      if (message) this.take(message);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.store.setStatus({ reason: error.message });
    }
    this.afterNews();
  }

  /** @param {ServerMessage} message */
  take(message) {
    switch (message.t) {
      case 'welcome': return this.welcomed(message);
      case 'snapshot': return this.feed.takePart(message);
      case 'ev': return this.feed.take(message);
      case 'hb': return this.feed.noticeHead(message.head);
      case 'ack': return this.acknowledged(message);
      case 'nack': return this.refused(message);
      case 'eph': return this.store.takeEphemera(message.items, this.clock.now());
      case 'pres': return this.store.setPeople(message.people);
      case 'frame': return this.store.setFrame(message);
      case 'where': return this.store.setWhereabouts(message.frames);
      case 'role': return this.store.setRole(message.role);
      case 'labels': return this.store.setLabels(message.labels);
      case 'bye': this.bye = message; return undefined;
      case 'error': return this.complained(message);
      default: return undefined;
    }
  }

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    if (welcome.user.id !== this.machine.user) return this.strangerSignedIn();
    this.failures = 0;
    this.downSince = null;
    this.settleCounters(welcome);
    this.store.setStatus({ connection: 'online', code: null, reason: null });
    this.store.forgetAfter(welcome.head);
    this.store.greet(welcome);
    this.feed.begin(welcome.epoch, welcome.head, welcome.mode);
    this.ephemera.begin();
    this.sender.begin(welcome.limits);
  }

  /** Somebody else has signed in to this browser: this page's edits are not his. */
  strangerSignedIn() {
    this.disconnect();
    this.store.setStatus({ connection: 'refused', code: 4401, reason: 'other-user' });
  }

  /**
   * The server says how far it has decided. Those commands are sent again all the same: the answer that was
   * lost with the connection comes once more. Their effect is part of what the server has, though.
   * @param {Welcome} welcome
   */
  settleCounters({ last, head }) {
    const queue = this.sender.queue;
    const decided = queue.filter((command) => command.touched && command.c <= last);
    for (const command of decided) command.until = head;
    const open = queue.filter((command) => !decided.includes(command));
    for (const command of open) command.until = null;
    this.identity.renumber(open, last + 1);
  }

  /** @param {AckMessage} message */
  acknowledged({ acks }) {
    for (const ack of acks) {
      const command = this.commandOf(ack.c);
      if (command) this.store.acknowledge(command, ack);
    }
  }

  /** @param {Nack} nack */
  refused(nack) {
    if (UNDECIDED_CODES.has(nack.code)) return this.sender.takeUndecided(nack);
    const command = this.commandOf(nack.c);
    if (command) this.store.refuse(command, nack);
  }

  /** @param {number} counter */
  commandOf(counter) {
    return this.sender.queue.find((command) => command.c === counter && command.client === this.identity.client);
  }

  /** The server could not read something. @param {ErrorMessage} message */
  complained({ code, detail }) {
    this.store.notify(noticeOf({ kind: 'refused', code, detail }));
  }

  /** Something was decided or applied: more may be sent; with nothing left, the queue of a crashed tab has its turn. */
  afterNews() {
    this.sender.pump();
    if (!this.store.isOnline || this.store.pending.length || !this.identity.orphans.length) return;
    this.disconnect();
    this.takeOver(this.identity.adopt() ?? []);
    this.open();
  }

  /** @param {unknown} error null where there never was a storage that lasts */
  storageFailed(error) {
    if (this.store.status.storage === 'memory') return;
    this.store.setStatus({ storage: 'memory' });
    this.store.notify(noticeOf({ kind: 'storage', detail: error instanceof Error ? error.message : '' }));
  }
}
