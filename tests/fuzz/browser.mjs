/**
 * What several tabs of one simulated browser share, and what each has for itself: IndexedDB, Web Locks, localStorage,
 * sessionStorage, timers and sockets. Nothing happens by itself: `Host` says when time passes and storage works.
 */

/** One line of time for all tabs; each tab's clock may go wrong by `skew`. */
export class Timeline {
  constructor() {
    this.now = 0;
    this.made = 0;
    /** @type {Set<{at: number, order: number, run: () => void, owner: object}>} */
    this.timers = new Set();
  }

  /** @param {{isGone: boolean}} owner @param {() => void} run @param {number} ms */
  schedule(owner, run, ms) {
    const timer = { at: this.now + Math.max(0, ms), order: this.made++, run, owner };
    if (!owner.isGone) this.timers.add(timer);
    return timer;
  }

  get next() {
    let first = null;
    for (const timer of this.timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }

  /** @param {object} owner a tab that is gone */
  forget(owner) {
    for (const timer of [...this.timers]) if (timer.owner === owner) this.timers.delete(timer);
  }
}

/** @param {unknown} key @returns {string} sorts and compares like the key itself, as far as the outbox needs it */
const text = (key) => JSON.stringify(key);

/** The part of IndexedDB that sync/indexed-db.js uses. Transactions wait until `work` is called, in order. */
export class FakeIndexedDb {
  constructor() {
    /** @type {Map<string, {keyPath: string[], rows: Map<string, any>}>} */
    this.stores = new Map();
    /** @type {FakeTransaction[]} */
    this.queue = [];
    this.isHeld = false;
  }

  /** @param {{isGone: boolean}} tab @returns {any} what this tab has as `indexedDB` */
  factoryFor(tab) {
    return {
      open: () => {
        /** @type {any} */
        const request = {};
        request.result = {
          createObjectStore: (/** @type {string} */ name, /** @type {{keyPath: string[]}} */ { keyPath }) => {
            this.stores.set(name, { keyPath, rows: new Map() });
          },
          transaction: () => new FakeTransaction(this, tab),
          close: () => {},
        };
        queueMicrotask(() => {
          if (!this.stores.size) request.onupgradeneeded?.();
          request.onsuccess?.();
        });
        return request;
      },
    };
  }

  /** Run what is queued, also of tabs that are gone by now. @returns {Promise<boolean>} whether there was anything */
  async work() {
    if (this.isHeld || !this.queue.length) return false;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) await next.run();
    return true;
  }

  /** A crash: what this tab had not written yet is lost. @param {object} tab */
  lose(tab) {
    this.queue = this.queue.filter((one) => one.tab !== tab);
  }
}

class FakeTransaction {
  /** @param {FakeIndexedDb} database @param {{isGone: boolean}} tab */
  constructor(database, tab) {
    this.database = database;
    this.tab = tab;
    /** @type {(() => void)[]} */
    this.requests = [];
    /** @type {(() => void)|null} */
    this.oncomplete = null;
    if (!tab.isGone) database.queue.push(this);
  }

  /** @param {string} name */
  objectStore(name) {
    const store = this.database.stores.get(name);
    if (!store) throw new Error(`no object store ${name}`);
    const { keyPath, rows } = store;
    return {
      put: (/** @type {any} */ row) => this.request(() => void rows.set(text(keyPath.map((part) => row[part])), structuredClone(row))),
      get: (/** @type {unknown} */ key) => this.request(() => structuredClone(rows.get(text(key)))),
      delete: (/** @type {unknown} */ key) => this.request(() => void rows.delete(text(key))),
      getAll: (/** @type {any} */ { owner }) => this.request(() => [...rows.values()]
        .filter((row) => row.user === owner[0] && row.frame === owner[1])
        .sort((a, b) => (a.client < b.client ? -1 : a.client > b.client ? 1 : (a.c ?? 0) - (b.c ?? 0)))
        .map((row) => structuredClone(row))),
    };
  }

  /** @param {() => unknown} work */
  request(work) {
    /** @type {any} */
    const request = {};
    this.requests.push(() => {
      request.result = work();
      request.onsuccess?.();
    });
    return request;
  }

  /** Nothing more will be asked for. A crash may lose it all the same. */
  commit() {}

  async run() {
    for (let next = this.requests.shift(); next; next = this.requests.shift()) {
      next();
      await turns(); // what waits for the result may ask for more within this transaction
    }
    this.oncomplete?.();
  }
}

/** Of IDBKeyRange only what the outbox asks: all rows of one user and frame. */
export const FakeKeyRange = {
  /** @param {[number, number]} owner */
  bound: (owner) => ({ owner }),
};

/** `navigator.locks` of one browser. */
export class FakeLocks {
  constructor() {
    /** @type {Map<string, object>} */
    this.held = new Map();
  }

  /** @param {{isGone: boolean}} tab @returns {any} */
  managerFor(tab) {
    return {
      request: async (/** @type {string} */ name, /** @type {unknown} */ _options, /** @type {(lock: unknown) => unknown} */ callback) => {
        if (tab.isGone) return undefined;
        if (this.held.has(name)) return callback(null);
        this.held.set(name, tab);
        try {
          return await callback({ name });
        } finally {
          if (this.held.get(name) === tab) this.held.delete(name);
        }
      },
    };
  }

  /** @param {object} tab that is gone */
  releaseAllOf(tab) {
    for (const [name, holder] of [...this.held]) if (holder === tab) this.held.delete(name);
  }
}

/** sessionStorage or localStorage. */
export class KeyValues {
  /** @param {Iterable<[string, string]>} [entries] */
  constructor(entries = []) {
    /** @type {Map<string, string>} */
    this.map = new Map(entries);
  }

  /** @param {string} key */
  getItem(key) {
    return this.map.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.map.set(key, value);
  }
}

/** Let everything that only waits for promises go on. */
export async function turns() {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}
