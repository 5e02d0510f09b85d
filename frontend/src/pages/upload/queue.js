/**
 * The files of one visit on their way to the server: at most three at a time, each with its own outcome. Knows neither
 * the page nor the network; ``send`` does the sending.
 *
 * @typedef {"held"|"waiting"|"sending"|"added"|"duplicate"|"queued"|"refused"|"failed"|"cancelled"} State
 *   held: waits for a choice; queued: arrived, the server works on it; failed: worth another try; refused: not.
 * @typedef {{file: Blob, name: string, size: number, state: State, sent: number, note: string,
 *   url: string|null, tries: number}} Item
 * @typedef {{state: State, note?: string, url?: string, job?: unknown, retryAfterMs?: number, halt?: boolean}} Outcome
 *   retryAfterMs: nobody's fault, to be tried again by itself. halt: the others would fare the same, so all stop.
 * @typedef {{done: Promise<Outcome>, abort: () => void}} Sending
 * @typedef {(item: Item, onProgress: (bytes: number) => void) => Sending} Send
 * @typedef {{files: number, ended: number, bytes: number, sent: number} & Record<State, number>} Totals
 */

export const AT_ONCE = 3;
export const TRIES = 4;

/** @type {ReadonlySet<State>} */
const ENDED = new Set(/** @type {State[]} */ (["added", "duplicate", "queued", "refused", "failed", "cancelled"]));

/** @param {Item} item */
export const isEnded = (item) => ENDED.has(item.state);

export class UploadQueue {
  /**
   * @param {Send} send
   * @param {(work: () => void, ms: number) => unknown} [later]
   */
  constructor(send, later = setTimeout) {
    this.send = send;
    this.later = later;
    /** @type {Item[]} */
    this.items = [];
    /** @type {Item[]} */
    this.waiting = [];
    /** @type {Map<Item, Sending>} */
    this.sending = new Map();
    /** Why nothing is sent now; "" while all is well. */
    this.halted = "";
    /** @type {(item: Item, outcome: Outcome|null) => void} called for each change of a file; with its outcome at the end */
    this.changed = () => {};
  }

  /**
   * @param {Iterable<{file: Blob, name: string}>} files
   * @param {State} [state] waiting, or held
   */
  add(files, state = "waiting") {
    for (const { file, name } of files) {
      /** @type {Item} */
      const item = { file, name, size: file.size, state, sent: 0, note: "", url: null, tries: 0 };
      this.items.push(item);
      if (state === "waiting") this.waiting.push(item);
      this.changed(item, null);
    }
    this.pump();
  }

  /** @param {Iterable<{file: Blob, name: string}>} files that are not sent at all @param {string} note why */
  refuse(files, note) {
    for (const { file, name } of files) {
      /** @type {Item} */
      const item = { file, name, size: file.size, state: "refused", sent: 0, note, url: null, tries: 0 };
      this.items.push(item);
      this.changed(item, null);
    }
  }

  /** Lets go of the held files. */
  release() {
    this.again(this.items.filter((item) => item.state === "held"));
  }

  pump() {
    while (!this.halted && this.sending.size < AT_ONCE) {
      const item = this.waiting.shift();
      if (!item) return;
      if (item.state === "waiting") this.start(item);
    }
  }

  /** @param {Item} item */
  start(item) {
    this.set(item, "sending");
    item.tries += 1;
    const sending = this.send(item, (bytes) => {
      item.sent = Math.min(bytes, item.size);
      this.changed(item, null);
    });
    this.sending.set(item, sending);
    void sending.done.then((outcome) => this.end(item, sending, outcome));
  }

  /** @param {Item} item @param {Sending} sending @param {Outcome} outcome */
  end(item, sending, outcome) {
    if (this.sending.get(item) !== sending) return; // cancelled meanwhile
    this.sending.delete(item);
    if (outcome.retryAfterMs !== undefined && item.tries < TRIES) this.tryLater(item, outcome.retryAfterMs);
    else this.settle(item, outcome);
    this.pump();
  }

  /** @param {Item} item @param {Outcome} outcome */
  settle(item, outcome) {
    if (outcome.halt) {
      this.halted = outcome.note || " ";
      item.tries = 0;
      this.waiting.unshift(item);
      item.sent = 0;
      this.set(item, "waiting");
      return;
    }
    item.note = outcome.note ?? "";
    item.url = outcome.url ?? null;
    this.set(item, outcome.state, outcome);
  }

  /** @param {Item} item @param {number} ms */
  tryLater(item, ms) {
    item.sent = 0;
    this.set(item, "waiting");
    this.later(() => {
      if (item.state !== "waiting") return;
      this.waiting.unshift(item);
      this.pump();
    }, ms * 2 ** (item.tries - 1));
  }

  /** @param {Item} item @param {State} state @param {Outcome|null} [outcome] */
  set(item, state, outcome = null) {
    item.state = state;
    this.changed(item, outcome);
  }

  /** Sends on after a halt. */
  goOn() {
    this.halted = "";
    this.pump();
  }

  /** @param {Iterable<Item>} items that ended without reaching the server, or were held */
  again(items) {
    for (const item of items) {
      Object.assign(item, { sent: 0, tries: 0, note: "" });
      this.waiting.push(item);
      this.set(item, "waiting");
    }
    this.goOn();
  }

  /** @param {Item} item */
  cancel(item) {
    if (isEnded(item)) return;
    const sending = this.sending.get(item);
    this.sending.delete(item);
    item.sent = 0;
    this.set(item, "cancelled");
    sending?.abort();
    this.pump();
  }

  cancelAll() {
    this.waiting = [];
    this.halted = "";
    for (const item of this.items) this.cancel(item);
  }

  /** Forgets what has ended. */
  clear() {
    this.items = this.items.filter((item) => !isEnded(item));
  }

  get isBusy() {
    return this.items.some((item) => !isEnded(item) && item.state !== "held");
  }

  /** @returns {Item[]} */
  get failed() {
    return this.items.filter((item) => item.state === "failed" || item.state === "cancelled");
  }

  /** Of all files but the held ones. A file that has ended counts as sent, so that the bar reaches its end. @returns {Totals} */
  totals() {
    const totals = { files: 0, ended: 0, bytes: 0, sent: 0, held: 0, waiting: 0, sending: 0, added: 0, duplicate: 0, queued: 0, refused: 0, failed: 0, cancelled: 0 };
    for (const item of this.items) {
      totals[item.state] += 1;
      if (item.state === "held") continue;
      totals.files += 1;
      totals.bytes += item.size;
      totals.ended += isEnded(item) ? 1 : 0;
      totals.sent += isEnded(item) ? item.size : item.sent;
    }
    return totals;
  }
}
