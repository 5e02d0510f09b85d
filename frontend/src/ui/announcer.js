/**
 * What a screen reader is told, politely: at most once in two seconds, the rest together. Toasts and sheets are silent by
 * themselves; their words come here (`Host.announce`, `Host.warn`).
 *
 * @import { Box } from '../box.js'
 * @import { Change } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { EDGES } from '../box.js';
import { isShown } from '../stacking.js';
import { countedBoxes, spokenBox } from './box-list.js';
import { gettext, interpolate } from './i18n.js';

const PAUSE_MS = 2000;
/** So that holding an arrow key does not read out every step. */
const FIRST_MS = 150;

const NOTHING = { added: 0, changed: 0, removed: 0 };

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
    this.others = { added: 0, changed: 0, removed: 0 };
    /** @type {Map<string, Box>} as last seen */
    this.seen = new Map();
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
    const { boxes } = this.workspace.store;
    const isFirst = ids === null || this.seen.size === 0;
    if (ids === null) this.seen.clear();
    for (const id of ids ?? boxes.keys()) {
      const [before, after] = [this.seen.get(id), boxes.get(id)];
      if (origin === 'REMOTE' && !isFirst) this.count(before, after);
      if (after) this.seen.set(id, after);
      else this.seen.delete(id);
    }
  }

  /** @param {Box|undefined} before @param {Box|undefined} after */
  count(before, after) {
    if (!before && after && isShown(after)) this.others.added += 1;
    else if (before && !after) this.others.removed += 1;
    else if (before && after && isDifferent(before, after)) this.others.changed += 1;
    else return;
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
    const { added, changed, removed } = announce === 'all' ? this.others : NOTHING;
    const parts = [...this.warnings.values(), ...(announce === 'none' ? [] : [...this.messages.values(), this.isSelectedNews ? this.selectedBox() : null])];
    if (added) parts.push(interpolate(gettext('Others added %(boxes)s.'), { boxes: countedBoxes(added) }));
    if (changed) parts.push(interpolate(gettext('Others changed %(boxes)s.'), { boxes: countedBoxes(changed) }));
    if (removed) parts.push(interpolate(gettext('Others deleted %(boxes)s.'), { boxes: countedBoxes(removed) }));
    const text = parts.filter(Boolean).join(' ');
    if (text) this.region.textContent = text;
    this.warnings.clear();
    this.messages.clear();
    this.isSelectedNews = false;
    this.others = { added: 0, changed: 0, removed: 0 };
  }
}

/** @param {Box} a @param {Box} b */
function isDifferent(a, b) {
  return a.label !== b.label || a.status !== b.status || EDGES.some((name) => a[name] !== b[name]);
}
