/**
 * The keys that hold for this person: the table, the preset over it, their own choice over both. Where two commands want
 * the same key in the same mode the more personal choice wins, and the other command goes without it.
 *
 * @import { Choices, Preferences, Preset } from '../preferences.js'
 * @import { Mode } from '../view-state.js'
 * @import { Bindings } from './presets.js'
 * @import { Press } from './press.js'
 * @import { Shortcut } from './shortcuts.js'
 *
 * @typedef {Pick<Choices, 'preset'|'keys'|'single_keys'>} KeyChoices
 */
import { DEFAULTS } from '../preferences.js';
import { PRESETS } from './presets.js';
import { isSingleKey, isWritten, namesOf } from './press.js';
import { SHORTCUTS } from './shortcuts.js';

/** As many as annotate/preferences.py takes. */
export const MOST_KEYS = 4;
/** Keys that browsers keep to themselves, or that people need to leave and reload the page. */
const TAKEN_BY_BROWSERS = new Set([
  'Mod+N', 'Mod+T', 'Mod+W', 'Mod+Q', 'Mod+L', 'Mod+R', 'Mod+Shift+N', 'Mod+Shift+T', 'Mod+Shift+W', 'Mod+Shift+R', 'Mod+Shift+I',
  'Mod+Tab', 'Mod+Shift+Tab', 'Alt+Tab', 'Alt+F4', 'F5', 'Mod+F5', 'F6', 'F11', 'F12',
]);
/** Keys by which everything else is operated: they cannot be given to another command. */
const NEEDED = new Set(['Tab', 'Shift+Tab', 'Escape', 'Enter', 'Shift+Enter', 'Space', 'Shift+Space']);

/** @param {string} keys @returns {'browser'|'needed'|null} why nobody can choose this key */
export function whyNotKey(keys) {
  if (TAKEN_BY_BROWSERS.has(keys)) return 'browser';
  return NEEDED.has(keys) ? 'needed' : null;
}

export class Keymap {
  /** @param {readonly Shortcut[]} [table] */
  constructor(table = SHORTCUTS) {
    this.table = table;
    /** @type {Map<string, readonly string[]>} keys by command */
    this.bound = new Map();
    /** @type {Map<string, Shortcut[]>} commands by key: one without modes at most, and one per mode */
    this.holders = new Map();
    /** @type {KeyChoices} */
    this.choices = DEFAULTS;
    /** @type {Mode} what the person is here for now */
    this.mode = 'edit';
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.apply(DEFAULTS);
  }

  /** @param {() => void} listener after the keys have changed @returns {() => void} unsubscribe */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {Preferences} preferences whose choices hold, now and when they change */
  follow(preferences) {
    this.apply(preferences.now);
    preferences.subscribe((changed) => {
      if (changed.has('keys') || changed.has('preset') || changed.has('single_keys')) this.apply(preferences.now);
    });
  }

  /** Whatever shows keys shows those of this mode from now on. @param {Mode} mode */
  enter(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    for (const listener of [...this.listeners]) listener();
  }

  /** @param {KeyChoices} choices */
  apply(choices) {
    this.choices = choices;
    this.holders.clear();
    this.bound.clear();
    const inOrder = [...this.table].sort((a, b) => this.depthOf(a.id) - this.depthOf(b.id));
    for (const one of inOrder) for (const keys of this.wantedBy(one.id)) this.bind(one, keys);
    for (const listener of [...this.listeners]) listener();
  }

  /** @param {string} id @returns {0|1|2} who says what its keys are: the person, the preset, the table */
  depthOf(id) {
    const { preset, keys } = this.choices;
    if (Object.hasOwn(keys, id)) return 0;
    return Object.hasOwn(presetOf(preset), id) ? 1 : 2;
  }

  /** @param {Shortcut} shortcut @param {string} keys */
  bind(shortcut, keys) {
    const holders = this.holders.get(keys) ?? [];
    if (holders.some((one) => isSameSituation(one, shortcut))) return;
    this.holders.set(keys, [...holders, shortcut]);
    this.bound.set(shortcut.id, [...(this.bound.get(shortcut.id) ?? []), keys]);
  }

  /** @param {string} id @returns {readonly string[]} the keys of a command, those that are turned off included */
  boundTo(id) {
    return this.bound.get(id) ?? [];
  }

  /** @param {string} id @returns {readonly string[]} the keys of a command that act now; of one for another mode, that act there */
  keysOf(id) {
    const own = this.boundTo(id).filter((keys) => this.acts(keys) && !this.isTakenByMode(keys, id));
    return [...own, ...this.table.filter(({ idle }) => idle === id).flatMap((one) => this.keysOf(one.id))];
  }

  /** @param {string} keys @param {string} id of a command @returns {boolean} whether this mode gives the key to another one */
  isTakenByMode(keys, id) {
    const holders = this.holders.get(keys) ?? [];
    const isForModes = holders.some((one) => one.id === id && one.modes);
    return !isForModes && holders.some((one) => one.modes?.includes(this.mode));
  }

  /** @param {string} keys @returns {boolean} false for a single key while those are turned off */
  acts(keys) {
    return this.choices.single_keys || !isSingleKey(keys);
  }

  /** The command of a key press. @param {Press} press @param {Mode} [mode] @returns {Shortcut|null} */
  find(press, mode = 'edit') {
    for (const keys of namesOf(press)) {
      if (!this.acts(keys)) continue;
      const holders = this.holders.get(keys) ?? [];
      const found = holders.find((one) => one.modes?.includes(mode)) ?? holders.find((one) => !one.modes);
      if (found) return found;
    }
    return null;
  }

  /**
   * Who has a key where this command would use it.
   * @param {string} id
   * @param {string} keys
   * @returns {string|null} the id of another command
   */
  holderOf(id, keys) {
    const wanted = this.table.find((one) => one.id === id);
    const holders = this.holders.get(keys) ?? [];
    return holders.find((one) => one.id !== id && wanted && isSameSituation(one, wanted))?.id ?? null;
  }

  /**
   * Commands that may have this key beside this one, because in their mode, or else in its mode, one of them goes first.
   * @param {string} id
   * @param {string} keys
   * @returns {{id: string, modes: readonly Mode[], isFirst: boolean}[]} `modes`: where that is. `isFirst`: the other one goes first
   */
  overlapsOf(id, keys) {
    const own = this.table.find((one) => one.id === id);
    const others = (this.holders.get(keys) ?? []).filter((one) => one.id !== id && Boolean(one.modes) !== Boolean(own?.modes));
    return others.map(({ id: other, modes }) => ({ id: other, modes: modes ?? own?.modes ?? [], isFirst: modes !== undefined }));
  }

  /** Keys that a command would have if nobody more personal had taken them. @returns {{id: string, keys: string, by: string}[]} */
  get conflicts() {
    return this.table.flatMap(({ id }) => this.wantedBy(id).flatMap((keys) => {
      const by = this.boundTo(id).includes(keys) ? null : this.holderOf(id, keys);
      return by ? [{ id, keys, by }] : [];
    }));
  }

  /** @param {string} id @returns {readonly string[]} what the person, else the preset, else the table says */
  wantedBy(id) {
    const { keys } = this.choices;
    return Object.hasOwn(keys, id) ? cleaned(keys[id]) : this.defaultOf(id);
  }

  /** @param {string} id @returns {readonly string[]} before the person's own choice */
  defaultOf(id) {
    const preset = presetOf(this.choices.preset);
    if (Object.hasOwn(preset, id)) return preset[id] ?? [];
    return this.table.find((one) => one.id === id)?.keys ?? [];
  }
}

/** @param {Preset} name @returns {Bindings} of a preset that an older or newer version knows: none */
function presetOf(name) {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name] : {};
}

/** @param {unknown} keys as stored @returns {string[]} */
function cleaned(keys) {
  return Array.isArray(keys) ? keys.filter(isWritten).slice(0, MOST_KEYS) : [];
}

/**
 * Whether both would answer the same press. One that names modes goes before one that does not.
 * @param {Shortcut} a
 * @param {Shortcut} b
 */
function isSameSituation({ modes: a }, { modes: b }) {
  if (!a || !b) return !a && !b;
  return a.some((mode) => b.includes(mode));
}

/** The keys of this window. */
export const keymap = new Keymap();
