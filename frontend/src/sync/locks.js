/**
 * Which tab holds a client id. A tab that is gone, even by a crash, holds nothing any more, so that another tab of the
 * same user can take over its queue; a duplicated tab finds the id that it copied taken, and makes its own.
 */

/**
 * @typedef {{tryHold: (name: string) => Promise<boolean>, release: (name: string) => void, isLost: (name: string) => boolean}} Locks
 *   `isLost`: another tab has taken what this one held, because it seemed dead.
 * @typedef {{getItem: (key: string) => string|null, setItem: (key: string, value: string) => void}} KeyValues
 *   as sessionStorage and localStorage
 * @typedef {{now: () => number, setTimeout: (run: () => void, ms: number) => unknown, clearTimeout: (timer: any) => void}} Clock
 *   `now` in milliseconds since 1970
 */

const BEAT_MS = 5000;
/** Browsers let a hidden tab run a timer once a minute only. */
const DEAD_AFTER_MS = 90000;

/**
 * @param {LockManager} manager `navigator.locks`
 * @returns {Locks}
 */
export function webLocks(manager) {
  /** @type {Map<string, () => void>} */
  const held = new Map();
  return {
    tryHold: (name) => new Promise((resolve, reject) => {
      if (held.has(name)) return resolve(true);
      manager.request(`hitl-client-${name}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => held.set(name, () => release(undefined)));
      }).catch(reject);
    }),
    release: (name) => {
      held.get(name)?.();
      held.delete(name);
    },
    isLost: () => false,
  };
}

/**
 * For pages without TLS, which have no Web Locks: a heartbeat in localStorage. A tab that slept, with its machine or
 * frozen by the browser, may find that another one has taken what it held; of two that start in the same moment, the
 * last one has it.
 * @param {KeyValues} storage
 * @param {Clock} clock
 * @param {string} tab a name of this page load
 * @returns {Locks}
 */
export function heartbeatLocks(storage, clock, tab) {
  /** @type {Map<string, unknown>} */
  const timers = new Map();
  /** @param {string} name @returns {[string, number]} who holds it, and when that was last said */
  const read = (name) => {
    const [holder = '', at] = (storage.getItem(`hitl-client-${name}`) ?? '').split(' ');
    return [holder, Number(at)];
  };
  /** @param {string} name */
  const isLost = (name) => timers.has(name) && read(name)[0] !== '' && read(name)[0] !== tab;
  /** @param {string} name */
  const beat = (name) => {
    if (isLost(name)) return;
    storage.setItem(`hitl-client-${name}`, `${tab} ${clock.now()}`);
    timers.set(name, clock.setTimeout(() => beat(name), BEAT_MS));
  };
  return {
    tryHold: async (name) => {
      const [holder, at] = read(name);
      const isTaken = holder !== '' && holder !== tab && clock.now() - at < DEAD_AFTER_MS;
      if (!isTaken && !timers.has(name)) beat(name);
      return !isTaken;
    },
    release: (name) => {
      clock.clearTimeout(timers.get(name));
      timers.delete(name);
      if (read(name)[0] === tab) storage.setItem(`hitl-client-${name}`, '');
    },
    isLost,
  };
}
