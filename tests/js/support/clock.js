/**
 * A clock that stands still until a test moves it.
 *
 * @typedef {{at: number, order: number, run: () => void}} Timer
 */
export class FakeClock {
  constructor(start = 1_764_000_000_000) {
    this.time = start;
    this.made = 0;
    /** @type {Set<Timer>} */
    this.timers = new Set();
  }

  now() {
    return this.time;
  }

  /** @param {() => void} run @param {number} ms @returns {Timer} */
  setTimeout(run, ms) {
    const timer = { at: this.time + Math.max(0, ms), order: this.made++, run };
    this.timers.add(timer);
    return timer;
  }

  /** @param {any} timer */
  clearTimeout(timer) {
    this.timers.delete(timer);
  }

  /** Let time pass, and run what becomes due, each at its own time. @param {number} ms */
  advance(ms) {
    const end = this.time + ms;
    for (let next = this.next(end); next; next = this.next(end)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }

  /** @param {number} end @returns {Timer|undefined} */
  next(end) {
    const due = [...this.timers].filter((timer) => timer.at <= end);
    return due.sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }

  /** How long until the next timer, null when there is none. */
  get idleFor() {
    const next = this.next(Infinity);
    return next ? next.at - this.time : null;
  }
}

/** Let everything that is only waiting for promises go on. */
export async function settle() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
