/**
 * Watches one tab's store from outside: every edit and what became of it, and the promises that can be checked at once.
 * What it says goes to the Python test: `tell` events, and `fault` when a promise is broken here and now.
 */

/** @param {any} command */
const keyOf = (command) => [command.g, command.k, command.box];

const EDGE_PAIRS = { x1: 'x2', x2: 'x1', y1: 'y2', y2: 'y1' };
const CHANGES_OF_A_BOX = ['create', 'set', 'delete', 'restore'];

export class Observer {
  /**
   * @param {any} store a FrameStore
   * @param {{tell: (event: unknown[]) => void, fault: (text: string) => void, sameValue: (a: unknown, b: unknown) => boolean}} parts
   */
  constructor(store, { tell, fault, sameValue }) {
    this.store = store;
    this.tell = tell;
    this.fault = fault;
    this.sameValue = sameValue;
    /** @type {Map<string, {command: any, box: string, name: string, value: unknown}>} what must stay on screen */
    this.watched = new Map();
    /** @type {Set<any>} */
    this.refused = new Set();
    this.wrapEdits();
    this.wrapAnswers();
    this.wrapLog();
    this.wrapNotices();
    store.subscribe((/** @type {any} */ { origin }) => (origin === 'REMOTE' ? this.look() : origin === 'LOCAL' && this.watch()));
  }

  /** @param {string} name @param {(original: (...args: any[]) => any) => (...args: any[]) => any} around */
  wrap(name, around) {
    this.store[name] = around(this.store[name].bind(this.store));
  }

  // I6: every edit, and its answer

  wrapEdits() {
    this.wrap('submit', (submit) => (command) => {
      this.tell(['edit', ...keyOf(command), structuredClone(command.opinion ?? command.set), command.of]);
      submit(command);
    });
    this.wrap('mergeIntoUnsent', (merge) => (edit) => {
      const merged = merge(edit);
      if (merged) this.tell(['merged', edit.gesture, 'set', edit.id, structuredClone(edit.set)]);
      return merged;
    });
  }

  wrapAnswers() {
    this.wrap('acknowledge', (acknowledge) => (command, ack) => {
      this.tell(['acked', ...keyOf(command), ack.from, ack.to, ack.at ?? null]);
      const before = this.picture();
      acknowledge(command, ack);
      if (CHANGES_OF_A_BOX.includes(command.k) && this.picture() !== before) {
        this.tell(['left', ...keyOf(command), 'picture', null, this.store.revision]);
      }
    });
    this.wrap('refuse', (refuse) => (command, nack) => {
      this.refused.add(command);
      const last = this.store.notices.at(-1)?.id ?? 0;
      refuse(command, nack);
      const shown = this.store.notices.at(-1);
      const isShown = (shown?.id ?? 0) > last && shown.boxId === command.box && shown.code === nack.code;
      this.tell(['refused', ...keyOf(command), nack.code, isShown]);
    });
  }

  /** Nobody has broken the storage: where it fails, the client or tests/fuzz/browser.mjs is wrong. */
  wrapNotices() {
    this.wrap('notify', (notify) => (notice) => {
      if (notice.kind === 'storage') this.fault(`the storage failed: ${notice.detail}`);
      notify(notice);
    });
  }

  picture() {
    return JSON.stringify([...this.store.boxes.entries()].map(([id, box]) => [id, { ...box, versions: null }]).sort());
  }

  // I7: the confirmed sequence

  wrapLog() {
    this.wrap('leaveTo', (leaveTo) => (client) => {
      this.watched.clear(); // the other tab shows them now
      leaveTo(client);
    });
    this.wrap('applyOne', (applyOne) => (op) => {
      if (op.r !== this.store.revision + 1) this.fault(`I7: revision ${op.r} was applied on ${this.store.revision}`);
      applyOne(op);
    });
    this.wrap('replaceConfirmed', (replace) => (head, ...held) => {
      this.tell(['replaced', this.store.revision, head]);
      replace(head, ...held);
    });
  }

  // I8: what I have just written stays on screen until the server's log has it

  watch() {
    this.watched.clear();
    for (const command of this.store.pending) {
      if (command.k === 'undo' || command.k === 'redo') this.watched.clear();
      else if (!command.answered && CHANGES_OF_A_BOX.includes(command.k)) this.watchCommand(command);
    }
  }

  /** @param {any} command */
  watchCommand(command) {
    const { box, k } = command;
    const shown = this.store.boxes.get(box);
    const isThere = k !== 'delete';
    if (k === 'delete') for (const [key, one] of this.watched) if (one.box === box) this.watched.delete(key);
    if (k !== 'set' && !!shown === isThere) this.watched.set(`${box} exists`, { command, box, name: 'exists', value: isThere });
    for (const [name, value] of Object.entries(command.set)) {
      if (shown && this.sameValue(shown[name], value)) this.watched.set(`${box} ${name}`, { command, box, name, value });
      else this.watched.delete(`${box} ${name}`);
    }
  }

  look() {
    for (const [key, one] of this.watched) {
      if (this.refused.has(one.command) || one.command.seen) this.watched.delete(key);
      else if (!this.isShown(one)) {
        this.watched.delete(key);
        this.tell(['left', ...keyOf(one.command), one.name, one.value, this.store.revision]);
      }
    }
  }

  /** @param {{box: string, name: string, value: unknown}} watched */
  isShown({ box, name, value }) {
    const shown = this.store.boxes.get(box);
    if (name === 'exists') return !!shown === value;
    if (!shown || this.sameValue(shown[name], value)) return true;
    const opposite = EDGE_PAIRS[/** @type {keyof EDGE_PAIRS} */ (name)];
    // The opposite edge was moved across it: it stops one pixel before, until the server says what is stored.
    return opposite !== undefined && Math.abs(shown[opposite] - shown[name]) <= 1.000001;
  }
}
