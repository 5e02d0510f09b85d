/**
 * What a person has chosen for the editor: keys and view. Kept with the account, so that it follows to every machine; a
 * copy of what the server does not know yet stays in this browser. A change holds at once, whatever the network does.
 *
 * @typedef {'ours'|'cvat'|'labelstudio'|'labelimg'} Preset
 * @typedef {{
 *   preset: Preset, keys: Record<string, string[]>, single_keys: boolean, show_cursors: boolean, show_crosshair: boolean,
 *   keep_zoom: boolean, smooth_pixels: boolean, announce: 'all'|'own'|'none', panel_width: number, show_film: boolean,
 *   show_strip: boolean, audit: boolean
 * }} Choices
 *   as in annotate/preferences.py. `keys`: per command its keys where they differ from the preset, [] for none. `audit`:
 *   the editor opens in audit mode.
 *
 * @typedef {Choices|'later'|'signed-out'|'refused'} Sent
 *   what the account holds now. later: no connection or a busy server, worth another try
 * @typedef {{
 *   send: (parts: Partial<Choices>) => Promise<Sent>, storage: Pick<Storage, 'getItem'|'setItem'|'removeItem'>, name: string,
 *   setTimeout: (run: () => void, ms: number) => unknown, clearTimeout: (timer: any) => void, refused?: () => void
 * }} Keeper `name`: of the copy in `storage`, one per person. `send` writes the parts over what the account holds
 */

/** @type {Readonly<Choices>} */
export const DEFAULTS = {
  preset: 'ours', keys: {}, single_keys: true, show_cursors: true, show_crosshair: true, keep_zoom: false, smooth_pixels: false,
  announce: 'all', panel_width: 300, show_film: true, show_strip: true, audit: false,
};

/** So that a slider or a hesitating hand is one request. */
const SEND_AFTER_MS = 600;
const AGAIN_MS = 15_000;
/** Longer than a page takes to arrive: whoever is still here then has not left. */
const LEAVING_MS = 30_000;

export class Preferences {
  /** @param {Partial<Choices>} [known] what the server says */
  constructor(known = {}) {
    /** @type {Readonly<Choices>} replaced, never changed in place */
    this.now = { ...DEFAULTS, ...known };
    /** @type {Partial<Choices>} what the server has not confirmed */
    this.unsaved = {};
    /** @type {Set<(changed: Set<keyof Choices>) => void>} */
    this.listeners = new Set();
    /** @type {Keeper|null} */
    this.keeper = null;
    /** @type {unknown} */
    this.timer = null;
    this.isSending = false;
    this.isLeaving = false;
    /** @type {Partial<Choices>} what was confirmed while the page was being left */
    this.confirmed = {};
  }

  /** @param {(changed: Set<keyof Choices>) => void} listener @returns {() => void} unsubscribe */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** From now on changes are kept; those that an earlier page could not send are taken up. @param {Keeper} keeper */
  keep(keeper) {
    this.keeper = keeper;
    this.unsaved = readCopy(keeper);
    this.show(this.unsaved);
    if (this.hasUnsaved) this.sendSoon();
  }

  get hasUnsaved() {
    return Object.keys(this.unsaved).length > 0;
  }

  /** @param {Partial<Choices>} parts */
  set(parts) {
    this.unsaved = { ...this.unsaved, ...parts };
    this.writeCopy();
    this.show(parts);
    this.sendSoon();
  }

  /** Another window of this browser has changed the copy. @param {string|null} name of what changed */
  copyChanged(name) {
    if (this.keeper && name === this.keeper.name) this.show(readCopy(this.keeper));
  }

  /** @param {Partial<Choices>} parts */
  show(parts) {
    const before = this.now;
    this.now = { ...before, ...parts };
    const names = /** @type {(keyof Choices)[]} */ (Object.keys(parts));
    const changed = new Set(names.filter((name) => !isSame(before[name], this.now[name])));
    if (changed.size) for (const listener of [...this.listeners]) listener(changed);
  }

  sendSoon(wait = SEND_AFTER_MS) {
    const { keeper } = this;
    if (!keeper) return;
    keeper.clearTimeout(this.timer);
    this.timer = keeper.setTimeout(() => void this.send(), wait);
  }

  /** Also called when the connection is back. */
  async send() {
    const { keeper } = this;
    if (!keeper || this.isSending || !this.hasUnsaved) return;
    this.isSending = true;
    const sent = this.unsaved;
    const outcome = await keeper.send(sent);
    this.isSending = false;
    if (outcome === 'later') return this.sendSoon(AGAIN_MS);
    if (outcome === 'signed-out') return; // the page says so, and the copy waits for the next one
    this.forget(sent);
    if (outcome === 'refused') keeper.refused?.();
    else this.show({ ...outcome, ...this.unsaved });
    if (this.hasUnsaved) this.sendSoon();
  }

  /**
   * The next page may have been written by the server before it took what is on its way there: until that page is here,
   * the copy stays for it, confirmed or not.
   */
  leave() {
    const { keeper } = this;
    if (!keeper || this.isLeaving) return;
    this.isLeaving = true;
    keeper.setTimeout(() => {
      this.isLeaving = false;
      this.writeCopy(this.confirmed);
      this.confirmed = {};
    }, LEAVING_MS);
  }

  /** @param {Partial<Choices>} sent what is decided, unless it was changed again meanwhile */
  forget(sent) {
    this.unsaved = without(this.unsaved, sent);
    if (this.isLeaving) this.confirmed = { ...this.confirmed, ...sent };
    else this.writeCopy(sent);
  }

  /** What other windows wait to send stays in it. @param {Partial<Choices>} [decided] */
  writeCopy(decided = {}) {
    const { keeper } = this;
    if (!keeper) return;
    const copy = { ...without(readCopy(keeper), decided), ...this.unsaved };
    try {
      if (Object.keys(copy).length) keeper.storage.setItem(keeper.name, JSON.stringify(copy));
      else keeper.storage.removeItem(keeper.name);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // a full or forbidden storage: the server is told all the same
    }
  }
}

/** @param {Partial<Choices>} all @param {Partial<Choices>} gone @returns {Partial<Choices>} what is not in `gone` with the same value */
function without(all, gone) {
  const left = Object.entries(all).filter(([name, value]) => !isSame(value, gone[/** @type {keyof Choices} */ (name)]));
  return Object.fromEntries(left);
}

/** @param {unknown} a @param {unknown} b */
function isSame(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @param {Keeper} keeper @returns {Partial<Choices>} only fields that are known, with values of their kind */
function readCopy({ storage, name }) {
  try {
    const copy = JSON.parse(storage.getItem(name) ?? '{}');
    const entries = Object.entries(Object(copy)).filter(([field, value]) => Object.hasOwn(DEFAULTS, field) && isLike(value, /** @type {any} */ (DEFAULTS)[field]));
    return Object.fromEntries(entries);
  } catch {
    return {}; // unreadable, or no storage: the server's word holds
  }
}

/** @param {unknown} value @param {unknown} pattern */
function isLike(value, pattern) {
  return pattern !== undefined && value !== null && typeof value === typeof pattern && Array.isArray(value) === Array.isArray(pattern);
}
