/**
 * Small stand-ins for what a browser gives to the live connection.
 *
 * @import { Connect, Socket, SocketEvents } from "../../../frontend/src/sync/socket.js"
 */
import { MemoryStorage } from "../../../frontend/src/sync/outbox.js";

/** As sessionStorage and localStorage. */
export class KeyValueMap {
  /** @param {Iterable<[string, string]>} [entries] */
  constructor(entries = []) {
    this.map = new Map(entries);
  }

  /** A duplicated tab begins with a copy. */
  copy() {
    return new KeyValueMap(this.map);
  }

  /** @param {string} key @returns {string|null} */
  getItem(key) {
    return this.map.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.map.set(key, value);
  }
}

/** navigator.locks of one browser, shared by its tabs. */
export class FakeLockManager {
  constructor() {
    /** @type {Set<string>} */
    this.held = new Set();
  }

  /**
   * @param {string} name
   * @param {{ifAvailable: true}} _options
   * @param {(lock: object|null) => unknown} work
   */
  async request(name, _options, work) {
    if (this.held.has(name)) return void (await work(null));
    this.held.add(name);
    try {
      await work({ name });
    } finally {
      this.held.delete(name);
    }
  }

  /** @returns {LockManager} */
  asManager() {
    return /** @type {LockManager} */ (/** @type {unknown} */ (this));
  }
}

/** The outbox of one browser: outlives pages. */
export class LastingStorage extends MemoryStorage {
  constructor() {
    super();
    this.durable = true;
  }
}

/** A browser that has no room left. */
export class FullStorage extends LastingStorage {
  /** @override @returns {Promise<void>} */
  async put() {
    throw new Error("quota exceeded");
  }
}

/** One socket, as the server sees it. */
export class FakeConnection {
  /** @param {string} url @param {SocketEvents} events */
  constructor(url, events) {
    this.url = url;
    this.events = events;
    /** @type {any[]} */
    this.sent = [];
    this.isOpen = false;
    this.isOver = false;
  }

  open() {
    this.isOpen = true;
    if (!this.isOver) this.events.opened();
  }

  /** @param {Record<string, unknown>} message */
  say(message) {
    this.sayText(JSON.stringify(message));
  }

  /** @param {string} text */
  sayText(text) {
    if (!this.isOver) this.events.received(text);
  }

  /** @param {number} code @param {string} [reason] */
  close(code, reason = "") {
    if (this.isOver) return;
    this.isOver = true;
    this.isOpen = false;
    this.events.closed(code, reason);
  }

  /** @returns {Socket} as the page sees it */
  socket() {
    return {
      send: (text) => void (this.isOpen && this.sent.push(JSON.parse(text))),
      close: () => {
        this.isOver = true;
        this.isOpen = false;
      },
    };
  }

  /** @param {string} type */
  said(type) {
    return this.sent.filter((message) => message.t === type);
  }

  /** Counters of the commands that came, message by message. @returns {number[][]} */
  get counters() {
    return this.said("op").map((message) => message.ops.map((/** @type {{c: number}} */ op) => op.c));
  }
}

/** Where pages connect to. */
export class FakeServer {
  constructor() {
    /** @type {FakeConnection[]} */
    this.connections = [];
    /** @type {Connect} */
    this.connect = (url, events) => {
      const connection = new FakeConnection(url, events);
      this.connections.push(connection);
      return connection.socket();
    };
  }

  /** @returns {FakeConnection} the newest */
  get last() {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error("nobody has connected");
    return connection;
  }
}
