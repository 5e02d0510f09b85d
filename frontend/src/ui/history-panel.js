/**
 * What was done on this frame, newest first: who, what, when. Looking at a step shows it on the picture; the frame can be
 * taken back to any of them, by new edits that can themselves be undone.
 *
 * @import { LogEntry, Step } from '../frame-log.js'
 * @import { Workspace } from '../workspace.js'
 */
import { changesOf, joined, stepsOf } from '../frame-log.js';
import { logPage } from '../net/frame-log.js';
import { avatarOf } from './avatar.js';
import { arrange, byId, element, icon, setText } from './dom.js';
import { countedBoxes } from './box-list.js';
import { gettext, interpolate } from './i18n.js';
import { ago, exactly } from './when.js';

const AGAIN_MS = 600;

/** @type {Record<string, () => string>} */
const DEEDS = {
  drawn: () => gettext('drew %(boxes)s'), moved: () => gettext('moved %(boxes)s'), relabelled: () => gettext('relabelled %(boxes)s'),
  judged: () => gettext('judged %(boxes)s'), changed: () => gettext('changed %(boxes)s'), deleted: () => gettext('deleted %(boxes)s'),
  'brought-back': () => gettext('brought back %(boxes)s'),
};
/** @type {Record<string, () => string>} by what was said */
const RATED = {
  positive: () => gettext('rated the whole detection by %(model)s: positive'), neutral: () => gettext('rated the whole detection by %(model)s: neutral'),
  negative: () => gettext('rated the whole detection by %(model)s: negative'), '': () => gettext('took back the rating of the detection by %(model)s'),
};
/** @type {Record<string, () => string>} */
const ORIGINS = {
  undo: () => gettext('undo'), redo: () => gettext('redo'), model: () => gettext('model'), admin: () => gettext('admin'), import: () => gettext('import'),
};
/** @type {Record<string, string>} */
const ICONS = {
  drawn: 'square', moved: 'maximize', relabelled: 'tag', judged: 'check', changed: 'pencil', rated: 'sparkles', deleted: 'trash-2', 'brought-back': 'undo-2',
};

export class HistoryPanel {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.list = byId('log', HTMLElement);
    this.state = byId('log-state', HTMLElement);
    this.more = byId('log-more', HTMLButtonElement);
    /** @type {LogEntry[]} newest first, without a hole */
    this.entries = [];
    this.hasMore = false;
    this.frame = 0;
    this.timer = 0;
    /** The rows, by the first revision of their step. @type {Map<number, {last: number, isNewest: boolean, row: HTMLElement}>} */
    this.rows = new Map();
    /** The step that is being looked at. @type {number|null} its first revision */
    this.looked = null;
    this.more.addEventListener('click', () => void this.load(this.entries.at(-1)?.r));
    workspace.view.subscribe((changed) => changed.has('panel') && this.shown());
    workspace.subscribe(({ kinds, ids }) => {
      if (kinds.has('frame') && ids === null) this.forget();
      if ((kinds.has('boxes') || kinds.has('opinions')) && this.isShown) this.ask();
    });
  }

  get isShown() {
    return this.workspace.view.now.panel === 'history';
  }

  shown() {
    if (this.isShown) void this.load();
    else this.look(null);
  }

  forget() {
    this.entries = [];
    this.hasMore = false;
    this.frame = this.workspace.page.frame.id;
    this.rows.clear();
    this.looked = null;
    this.list.replaceChildren();
    if (this.isShown) void this.load();
  }

  /** Something changed: soon, and together with what follows. */
  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), AGAIN_MS);
  }

  /** @param {number} [below] revision */
  async load(below) {
    const frame = this.workspace.page.frame.id;
    if (!this.entries.length) {
      setText(this.state, gettext('Loading the history'));
      this.list.ariaBusy = 'true';
    }
    const page = await logPage(frame, below);
    if (frame !== this.workspace.page.frame.id) return;
    this.list.ariaBusy = null;
    if (!page) return setText(this.state, gettext('The history cannot be loaded now. It is tried again with the next change.'));
    const before = this.entries;
    this.entries = joined(page.operations, before);
    if (below || this.entries.length <= page.operations.length) this.hasMore = page.more;
    this.draw();
  }

  draw() {
    const steps = stepsOf(this.entries);
    const before = this.rows;
    this.rows = new Map(steps.map((step) => [step.first, this.rowOf(step, before.get(step.first))]));
    arrange(this.list, [...this.rows.values()].map(({ row }) => row));
    this.more.hidden = !this.hasMore;
    setText(this.state, steps.length ? '' : gettext('Nothing was done on this image yet.'));
    this.look(this.looked);
  }

  /**
   * The row that is there stays, with the focus and the pointer on it, as long as the step is the same.
   * @param {Step} step
   * @param {{last: number, isNewest: boolean, row: HTMLElement}} [before]
   */
  rowOf(step, before) {
    const isNewest = step.last === this.entries[0]?.r;
    const when = before?.row.querySelector('.log__when');
    if (before && when && before.last === step.last) {
      setText(when, whenOf(step));
      before.row.querySelector('.log__words')?.replaceChildren(...this.words(step));
      const back = before.row.querySelector('.log__back');
      if (back instanceof HTMLElement) back.hidden = isNewest || !this.workspace.store.canEdit;
      return { ...before, isNewest };
    }
    const focused = before?.row.contains(document.activeElement) ? document.activeElement?.className : undefined;
    const row = this.row(step);
    if (focused) queueMicrotask(() => [...row.querySelectorAll('button')].find((button) => button.className === focused)?.focus());
    return { last: step.last, isNewest, row };
  }

  /** Shows on the picture what a step changed. @param {number|null} first revision of the step */
  look(first) {
    this.looked = first;
    const step = first === null ? undefined : stepsOf(this.entries).find((one) => one.first === first);
    const { view } = this.workspace;
    if (step || view.now.ghosts.length) view.set({ ghosts: step ? changesOf(step, this.entries) : [] });
  }

  /** @param {Step} step */
  row(step) {
    const name = nameOf(step);
    const look = element('button', { type: 'button', class: 'log__look', 'data-revision': String(step.last), title: exactly(step.at) }, [
      avatarOf({ user: step.by, name }),
      element('span', { class: 'log__text' }, [
        element('span', { class: 'log__words' }, this.words(step)),
        element('span', { class: 'log__when', text: whenOf(step) }),
      ]),
      icon(ICONS[step.deed] ?? 'pencil'),
    ]);
    for (const kind of ['pointerenter', 'focus']) look.addEventListener(kind, () => this.look(step.first));
    for (const kind of ['pointerleave', 'blur']) look.addEventListener(kind, () => this.looked === step.first && this.look(null));
    look.addEventListener('click', () => this.reveal(step));
    return element('li', { class: 'log__row' }, [look, this.back(step)]);
  }

  /** The label is the one that the box has now. @param {Step} step @returns {(Node|string)[]} */
  words(step) {
    const what = step.deed === 'rated' ? ratedWords(step) : interpolate(DEEDS[step.deed]?.() ?? '', { boxes: this.namesOf(step) });
    return [element('b', { text: nameOf(step) }), ` ${what}`];
  }

  /** @param {Step} step @returns {HTMLElement} */
  back(step) {
    const { store } = this.workspace;
    const isNewest = step.last === this.entries[0]?.r;
    const label = interpolate(gettext('Take the image back to this point (revision %(revision)s)'), { revision: step.last });
    const button = element('button', { type: 'button', class: 'log__back', 'aria-label': label, title: label, hidden: isNewest || !store.canEdit }, [icon('history')]);
    button.addEventListener('click', () => {
      const { host } = this.workspace;
      if (store.rewind(step.last)) host.say(gettext('The image is as it was then. Undo takes this back.'));
      else host.say(gettext('Going back needs the connection. Nothing was changed.'));
    });
    return button;
  }

  /** @param {Step} step */
  namesOf(step) {
    if (step.boxes.length > 1) return countedBoxes(step.boxes.length);
    return this.workspace.labelOf(step.entries[0]?.label ?? null)?.name ?? gettext('a box');
  }

  /** @param {Step} step */
  reveal(step) {
    const { store, camera, view } = this.workspace;
    const alive = step.boxes.filter((id) => store.boxes.has(id));
    store.select(alive);
    const [place] = view.now.ghosts.flatMap(({ before, after }) => after ?? before ?? []);
    if (place) camera.reveal(place);
  }
}

/** The note as it was written, behind what was said. @param {Step} step @returns {string} */
export function ratedWords({ entries: [newest] }) {
  const { feedback = '', note = '' } = newest?.f ?? {};
  const what = interpolate(RATED[feedback]?.() ?? '', { model: newest?.model ?? '' });
  return note ? interpolate(gettext('%(what)s, “%(note)s”'), { what, note }) : what;
}

/** @param {Step} step */
function nameOf({ by, name }) {
  return by === null ? gettext('A model') : name;
}

/** @param {Step} step */
function whenOf({ at, origin }) {
  const from = ORIGINS[origin]?.();
  return from ? `${ago(at)} · ${from}` : ago(at);
}
