/**
 * Hosts the simulated browsers of tests/fuzz: the shipped client (frontend/src) in every tab, on simulated clocks,
 * sockets and storage. Each line on stdin is {"now": ms, "do": [[name, ...arguments], …]}; it is answered by one line
 * {"out": events for the test, "results": what each call returned, "due": ms of the next timer, "faults": […]}.
 */
import { createInterface } from 'node:readline';

import { FakeIndexedDb, FakeKeyRange, FakeLocks, KeyValues, Timeline, turns } from './browser.mjs';
import { Observer } from './observer.mjs';

const SOURCES = process.env.HITL_FUZZ_SOURCES ?? new URL('../../frontend/src/', import.meta.url).href;
const [{ FrameStore }, { SyncClient }, { openOutbox }, { heartbeatLocks, webLocks }, { webSocketConnect }, { sameValue }] = await Promise.all(
  ['store.js', 'sync/client.js', 'sync/indexed-db.js', 'sync/locks.js', 'sync/socket.js', 'box.js'].map((name) => import(new URL(name, SOURCES).href)),
);
/** @type {any} */ (globalThis).IDBKeyRange = FakeKeyRange;

const EPOCH_MS = 1_764_000_000_000;
const ROUNDING_MS = 1e-6; // the test counts in seconds

class Browser {
  /** @param {'web'|'beat'} locks */
  constructor(locks) {
    this.kind = locks;
    this.database = new FakeIndexedDb();
    this.locks = new FakeLocks();
    this.localStorage = new KeyValues();
  }
}

/** The browser's WebSocket; its other end is in Python. */
class FakeWebSocket {
  static OPEN = 1;

  /** @param {Tab} tab @param {string} url */
  constructor(tab, url) {
    this.tab = tab;
    this.readyState = 0;
    this.number = host.sockets.push(this) - 1;
    /** @type {(() => void)|null} */ this.onopen = null;
    /** @type {((event: {data: string}) => void)|null} */ this.onmessage = null;
    /** @type {((event: {code: number, reason: string}) => void)|null} */ this.onclose = null;
    if (!tab.isGone) host.tell(['connect', tab.number, this.number, new URL(url).pathname]);
  }

  /** @param {string} text */
  send(text) {
    if (!this.tab.isGone) host.tell(['send', this.number, text]);
  }

  close() {
    if (this.readyState < 2 && !this.tab.isGone) host.tell(['close', this.number]);
    this.readyState = 2;
  }
}

class Tab {
  /** @param {number} number @param {Browser} browser @param {number} user @param {number} frame @param {KeyValues} session */
  constructor(number, browser, user, frame, session) {
    Object.assign(this, { number, browser, user, frame, session });
    /** @type {Browser} */ this.browser = browser;
    /** @type {KeyValues} */ this.session = session;
    this.number = number;
    this.user = user;
    this.frame = frame;
    this.isGone = false;
    this.skew = 0;
    this.clock = {
      now: () => EPOCH_MS + host.timeline.now + this.skew,
      setTimeout: (/** @type {() => void} */ run, /** @type {number} */ ms) => host.timeline.schedule(this, run, ms),
      clearTimeout: (/** @type {any} */ timer) => host.timeline.timers.delete(timer),
    };
    /** @type {any} */ this.store = null;
    /** @type {any} */ this.client = null;
  }

  /** A page load. */
  async load() {
    const storage = await openOutbox(this.browser.database.factoryFor(this));
    if (this.isGone) return;
    this.store = new FrameStore({ now: () => this.clock.now(), random: (/** @type {Uint8Array} */ bytes) => host.fill(bytes) });
    this.observer = new Observer(this.store, {
      tell: (event) => host.tell([event[0], this.number, ...event.slice(1)]), fault: (text) => host.fault(this, text), sameValue,
    });
    const tab = this;
    /** @type {any} */
    const Constructor = class extends FakeWebSocket {
      /** @param {string} url */
      constructor(url) {
        super(tab, url);
      }
    };
    this.client = new SyncClient(this.store, {
      url: `ws://localhost/ws/frames/${this.frame}/`, user: this.user, frame: this.frame, storage, locks: this.makeLocks(),
      connect: webSocketConnect(Constructor), clock: this.clock, random: () => host.random(), remembered: this.session,
    });
    await this.client.start();
  }

  makeLocks() {
    const { kind, locks, localStorage } = this.browser;
    if (kind === 'web') return webLocks(locks.managerFor(this));
    return heartbeatLocks(localStorage, this.clock, `tab${host.loads++}`);
  }

  /** The page is gone: by closing it, or by a crash of the browser, which may lose what was not written yet. */
  end(/** @type {boolean} */ isCrash, /** @type {boolean} */ loses) {
    if (!isCrash) this.client?.stop();
    if (loses) this.browser.database.lose(this);
    for (const socket of host.sockets) if (socket.tab === this) socket.close();
    this.isGone = true;
    host.timeline.forget(this);
    this.browser.locks.releaseAllOf(this);
  }

  get ids() {
    return [...this.store.boxes.keys()];
  }

  /** @param {number} index */
  pick(index) {
    const { ids } = this;
    return ids[index % ids.length];
  }

  state() {
    const { store, client } = this;
    if (!store) return null;
    return {
      connection: store.status.connection, code: store.status.code, save: store.status.save, storage: store.status.storage,
      pending: store.status.pending, queue: store.pending.length, revision: store.revision, canEdit: store.canEdit,
      me: store.me?.who ?? null, client: client.identity.client, orphans: client.identity.orphans.length,
      boxes: Object.fromEntries(store.boxes), opinions: saidIn(store.opinions), confirmedOpinions: saidIn(store.confirmedOpinions),
      confirmed: Object.fromEntries([...store.confirmed].filter(([, state]) => !state.deleted).map(([id, state]) => [id, state.box])),
      people: [...store.people.keys()].sort(), drags: store.drags.size, notices: store.notices.map((/** @type {any} */ one) => one.kind),
      done: store.stack.done.length, undone: store.stack.undone.length,
    };
  }
}

/** What is not taken back, by detection and person. @param {Map<string, any>} register */
function saidIn(register) {
  const said = [...register].filter(([, { opinion }]) => opinion.feedback);
  return Object.fromEntries(said.map(([key, { opinion }]) => [key, opinion]));
}

/** What a person can do in a tab. Each answers whether it was possible. @type {Record<string, (tab: Tab, ...rest: any[]) => unknown>} */
const HANDS = {
  create: ({ store }, x1, y1, x2, y2, label) => store.create({ x1, y1, x2, y2, label }) !== null,
  move: (tab, index, dx, dy) => {
    const box = tab.store.boxes.get(tab.pick(index));
    return !!box && tab.store.set(box.id, { x1: box.x1 + dx, y1: box.y1 + dy, x2: box.x2 + dx, y2: box.y2 + dy });
  },
  set: (tab, index, fields) => tab.store.set(tab.pick(index), fields),
  setTwo: (tab, index, fields) => {
    const gesture = tab.store.newGesture();
    return [tab.pick(index), tab.pick(index + 1)].map((id) => tab.store.set(id, fields, gesture));
  },
  nudge: (tab, index, name, values) => {
    const gesture = tab.store.newGesture();
    return values.map((/** @type {number} */ value) => tab.store.set(tab.pick(index), { [name]: value }, gesture));
  },
  say: ({ store }, detection, feedback, note) => store.rate(detection, { feedback, note }),
  remove: (tab, index) => tab.store.remove(tab.pick(index)),
  undo: ({ store }) => store.undo(),
  redo: ({ store }) => store.redo(),
  keepMine: ({ store }, index) => {
    const offered = store.notices.filter((/** @type {any} */ one) => one.kind === 'stale' || one.kind === 'gone');
    return offered.length > 0 && store.keepMine(offered[index % offered.length].id);
  },
  dismiss: ({ store }) => store.notices.length && store.dismiss(store.notices[0].id),
  drag: (tab, index, name, values, isCommitted) => {
    const box = tab.store.boxes.get(tab.pick(index));
    if (!box) return false;
    tab.dragging = { id: box.id, gesture: tab.store.newGesture(), name, value: values.at(-1), isCommitted };
    for (const value of values) tab.store.preview(tab.dragging.gesture, [{ id: box.id, x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2, [name]: value }]);
    return true;
  },
  drop: (tab) => {
    const { dragging, store } = tab;
    if (!dragging) return false;
    tab.dragging = null;
    const taken = dragging.isCommitted && store.set(dragging.id, { [dragging.name]: dragging.value }, dragging.gesture);
    store.preview(dragging.gesture, null);
    return taken;
  },
  cursor: ({ store }, x, y) => store.setCursor(x === null ? null : { x, y }),
  select: (tab, index) => tab.store.select(tab.ids.length ? [tab.pick(index)] : []),
};

/** What the test may ask. @type {Record<string, (...args: any[]) => unknown>} */
const CALLS = {
  reset: (seed) => host.reset(seed),
  browser: (number, locks) => void host.browsers.set(number, new Browser(locks)),
  open: (number, browser, user, frame) => host.openTab(number, new Tab(number, host.browser(browser), user, frame, new KeyValues())),
  duplicate: (number, other) => {
    const { browser, user, frame, session } = host.tab(other);
    host.openTab(number, new Tab(number, browser, user, frame, new KeyValues(session.map)));
  },
  reload: (number, isCrash, loses) => {
    const { browser, user, frame, session, skew } = host.endTab(number, isCrash, loses);
    host.openTab(number, Object.assign(new Tab(number, browser, user, frame, session), { skew }));
  },
  end: (number, isCrash, loses) => void host.endTab(number, isCrash, loses),
  act: (number, name, ...args) => (host.tab(number).store ? HANDS[name]?.(host.tab(number), ...args) : false),
  network: (number, isOnline) => host.tab(number).client?.networkChanged(isOnline),
  skew: (number, ms) => void (host.tab(number).skew += ms),
  hold: (browser, isHeld) => void (host.browser(browser).database.isHeld = isHeld),
  opened: (socket) => host.open(socket, (/** @type {FakeWebSocket} */ one) => {
    one.readyState = 1;
    one.onopen?.();
  }),
  text: (socket, data) => host.open(socket, (/** @type {FakeWebSocket} */ one) => one.onmessage?.({ data })),
  closed: (socket, code, reason) => host.open(socket, (/** @type {FakeWebSocket} */ one) => {
    one.readyState = 3;
    one.onclose?.({ code, reason });
  }),
  state: (number) => host.tab(number).state(),
  queue: (browser) => [...(host.browser(browser).database.stores.get('commands')?.rows.values() ?? [])],
};

class Host {
  constructor() {
    this.reset(1);
  }

  /** @param {number} seed */
  reset(seed) {
    this.timeline = new Timeline();
    /** @type {Map<number, Browser>} */
    this.browsers = new Map();
    /** @type {Map<number, Tab>} */
    this.tabs = new Map();
    /** @type {FakeWebSocket[]} */
    this.sockets = [];
    /** @type {unknown[]} */
    this.out = [];
    /** @type {string[]} */
    this.faults = [];
    this.state = seed >>> 0;
    this.loads = 0;
  }

  /** @returns {number} 0 to 1, without 1 (mulberry32) */
  random() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @param {Uint8Array} bytes */
  fill(bytes) {
    for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(this.random() * 256);
  }

  /** @param {unknown[]} event */
  tell(event) {
    this.out.push(event);
  }

  /** @param {Tab|null} tab @param {string} text */
  fault(tab, text) {
    this.faults.push(tab ? `${text} (tab ${tab.number})` : text);
  }

  /** @param {number} number @returns {Tab} */
  tab(number) {
    const tab = this.tabs.get(number);
    if (!tab) throw new Error(`no tab ${number}`);
    return tab;
  }

  /** @param {number} number @returns {Browser} */
  browser(number) {
    const browser = this.browsers.get(number);
    if (!browser) throw new Error(`no browser ${number}`);
    return browser;
  }

  /** @param {number} number @param {Tab} tab */
  openTab(number, tab) {
    this.tabs.set(number, tab);
    tab.load().catch((error) => this.fault(tab, `page load failed: ${error.stack}`));
  }

  /** @param {number} number @param {boolean} isCrash @param {boolean} loses @returns {Tab} */
  endTab(number, isCrash, loses) {
    const tab = this.tab(number);
    tab.end(isCrash, loses);
    this.tabs.delete(number);
    return tab;
  }

  /** @param {number} number @param {(socket: FakeWebSocket) => void} event unless the page is gone */
  open(number, event) {
    const socket = this.sockets[number];
    if (socket && this.tabs.get(socket.tab.number) === socket.tab) event(socket);
  }

  /** Let timers run that are due, one after the other, each at its own time. @param {number} now */
  async advance(now) {
    for (let next = this.timeline.next; next && next.at <= now + ROUNDING_MS; next = this.timeline.next) {
      this.timeline.timers.delete(next);
      this.timeline.now = Math.max(this.timeline.now, next.at);
      this.guard(next.run);
      await this.settle();
    }
    this.timeline.now = Math.max(this.timeline.now, now);
  }

  /** @template T @param {() => T} run @returns {T|undefined} */
  guard(run) {
    try {
      return run();
    } catch (error) {
      this.fault(null, `the client threw: ${error instanceof Error ? error.stack : error}`);
      return undefined;
    }
  }

  /** Storage works, and everything that waits for it. */
  async settle() {
    let works = true;
    while (works) {
      await new Promise((resolve) => setImmediate(resolve));
      works = false;
      for (const browser of this.browsers.values()) works = (await browser.database.work()) || works;
    }
  }

  /** @param {{now: number, do: [string, ...any[]][]}} request */
  async answer({ now, do: calls }) {
    await this.advance(now);
    const results = [];
    for (const [name, ...args] of calls) {
      results.push(this.guard(() => CALLS[name]?.(...args) ?? null));
      await turns();
    }
    await this.settle();
    const { out, faults } = this;
    this.out = [];
    this.faults = [];
    return { out, results, faults, due: this.timeline.next?.at ?? null };
  }
}

const host = new Host();
process.on('unhandledRejection', (error) => host.fault(null, `unhandled rejection: ${error instanceof Error ? error.stack : error}`));

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await host.answer(JSON.parse(line)))}\n`);
}
