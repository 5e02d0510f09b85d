/**
 * What a screen reader is told, politely: at most once in two seconds, the rest together. Toasts and sheets are silent by
 * themselves; their words come here (`Host.announce`, `Host.warn`).
 *
 * @import { Box } from '../box.js'
 * @import { Change } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 * @typedef {{added: number, changed: number, removed: number}} Deeds how many boxes
 */
import { EDGES } from '../box.js';
import { isShown } from '../stacking.js';
import { countedBoxes, spokenBox } from './box-list.js';
import { gettext, interpolate } from './i18n.js';
import { nameOfUser } from './person-name.js';

const PAUSE_MS = 2000;
/** So that holding an arrow key does not read out every step. */
const FIRST_MS = 150;

/** What others did, in the order in which it is said. @type {[keyof Deeds, () => string][]} */
const DEEDS = [
  ['added', () => gettext('%(name)s added %(boxes)s.')], ['changed', () => gettext('%(name)s changed %(boxes)s.')],
  ['removed', () => gettext('%(name)s deleted %(boxes)s.')],
];

export class Announcer {
  /**
   * @param {HTMLElement} region
   * @param {Workspace} workspace
   */
  constructor(region, workspace) {
    this.region = region;
    this.workspace = workspace;
    /** @type {Map<string, string>} the newest words per topic */
    this.messages = new Map();
    /** What nobody may miss, whatever they want to hear. @type {Map<string, string>} */
    this.warnings = new Map();
    /** The selected box is news, once the hand rests. */
    this.isSelectedNews = false;
    /** @type {Map<number|null|undefined, Deeds>} by user; null: no person, undefined: nobody saw who */
    this.others = new Map();
    /** @type {Map<string, Box>} as last seen */
    this.seen = new Map();
    /** The boxes were known then. */
    this.knew = false;
    this.timer = 0;
    this.lastAt = -Infinity;
    workspace.subscribe((change) => this.changed(change));
  }

  /** @param {string} text @param {string} [topic] of one topic only the last is said */
  say(text, topic = '') {
    this.messages.set(topic, text);
    this.ask();
  }

  /** What became of edits, whether there is a picture. @param {string} text @param {string} [topic] */
  warn(text, topic = '') {
    this.warnings.set(topic, text);
    this.ask();
  }

  /** @param {Change} change */
  changed({ origin, kinds, ids }) {
    if (kinds.has('boxes')) this.compare(origin, ids);
    if (!kinds.has('selection') && !(kinds.has('boxes') && origin === 'LOCAL')) return;
    this.isSelectedNews = this.workspace.store.selection.size === 1;
    if (this.isSelectedNews) this.ask();
  }

  /** @returns {string|null} */
  selectedBox() {
    const { store, shownBoxes } = this.workspace;
    const at = shownBoxes.findIndex((box) => store.selection.has(box.id));
    const box = shownBoxes[at];
    return box ? spokenBox(box, at + 1, shownBoxes.length, this.workspace.labelOf(box.label)?.name ?? '') : null;
  }

  /** @param {Change['origin']} origin @param {Set<string>|null} ids null: all are new, nothing is news */
  compare(origin, ids) {
    const { boxes, knowsBoxes } = this.workspace.store;
    const isFirst = ids === null || !this.knew;
    this.knew = knowsBoxes;
    if (ids === null) this.seen.clear();
    for (const id of ids ?? boxes.keys()) {
      const [before, after] = [this.seen.get(id), boxes.get(id)];
      if (origin === 'REMOTE' && !isFirst) this.count(id, before, after);
      if (after) this.seen.set(id, after);
      else this.seen.delete(id);
    }
  }

  /** @param {string} id @param {Box|undefined} before @param {Box|undefined} after */
  count(id, before, after) {
    const deed = deedOf(before, after);
    if (!deed) return;
    const by = this.workspace.store.hands.get(id)?.by;
    const deeds = this.others.get(by) ?? { added: 0, changed: 0, removed: 0 };
    deeds[deed] += 1;
    this.others.set(by, deeds);
    this.ask();
  }

  ask() {
    if (this.timer) return;
    const wait = Math.max(FIRST_MS, this.lastAt + PAUSE_MS - performance.now());
    this.timer = setTimeout(() => this.speak(), wait);
  }

  speak() {
    this.timer = 0;
    this.lastAt = performance.now();
    const { announce } = this.workspace.preferences.now;
    const parts = [...this.warnings.values(), ...(announce === 'none' ? [] : [...this.messages.values(), this.isSelectedNews ? this.selectedBox() : null])];
    if (announce === 'all') parts.push(...this.deedsOfOthers());
    const text = parts.filter(Boolean).join(' ');
    if (text) this.region.textContent = text;
    this.warnings.clear();
    this.messages.clear();
    this.isSelectedNews = false;
    this.others.clear();
  }

  /** @returns {string[]} a sentence for each person and deed */
  deedsOfOthers() {
    return [...this.others].flatMap(([by, deeds]) => {
      const name = by === undefined ? gettext('Somebody') : nameOfUser(this.workspace, by);
      return DEEDS.filter(([deed]) => deeds[deed]).map(([deed, text]) => interpolate(text(), { name, boxes: countedBoxes(deeds[deed]) }));
    });
  }
}

/** @param {Box|undefined} before @param {Box|undefined} after @returns {keyof Deeds|null} */
function deedOf(before, after) {
  if (!before) return after && isShown(after) ? 'added' : null;
  if (!after) return 'removed';
  return isDifferent(before, after) ? 'changed' : null;
}

/** @param {Box} a @param {Box} b */
function isDifferent(a, b) {
  return a.label !== b.label || a.status !== b.status || EDGES.some((name) => a[name] !== b[name]);
}
