/**
 * The boxes as a list that mirrors the picture: the same boxes, selection and hover, for eyes, keyboard and screen readers.
 * Only the rows in sight exist, so that thousands of boxes cost nothing.
 *
 * @import { Box } from '../box.js'
 * @import { Person } from '../people.js'
 * @import { Workspace } from '../workspace.js'
 */
import { isAcceptedAlone } from '../box.js';
import { isHeld, isMeant } from '../input/table/gestures.js';
import { personColor } from '../renderer/colors.js';
import { hiddenCounts, visibilityOf } from '../visibility.js';
import { awayText, knowledgeOf } from './box-knowledge.js';
import { element, icon, setAttribute, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { swatch } from './label-panel.js';
import { shortVerdictOf, verdictOf } from './verdict-words.js';

const ROW_PX = 28;
const BEYOND = 6;

/**
 * @param {Box} box
 * @param {number} position from 1
 * @param {number} total
 * @param {string} label
 * @returns {string} as a screen reader says it
 */
export function spokenBox(box, position, total, label) {
  const size = { label, position, total, x: Math.round(box.x1), y: Math.round(box.y1),
    width: Math.round(box.x2 - box.x1), height: Math.round(box.y2 - box.y1) };
  const text = interpolate(
    gettext('%(label)s %(position)s of %(total)s, left %(x)s, top %(y)s, width %(width)s, height %(height)s'), size);
  return `${text}, ${verdictOf(box)}`;
}

export class BoxList {
  /**
   * @param {{list: HTMLElement, count: HTMLElement, empty: HTMLElement, away: HTMLElement}} places `empty`: shown where there is no box;
   *   `away`: where they cannot be had
   * @param {Workspace} workspace
   * @param {HTMLElement} stage where Enter leads
   */
  constructor({ list, count, empty, away }, workspace, stage) {
    this.list = list;
    this.count = count;
    this.empty = empty;
    this.away = away;
    this.workspace = workspace;
    this.stage = stage;
    /** @type {readonly Box[]} */
    this.boxes = [];
    /** @type {Map<string, HTMLElement>} the rows that exist, by box id */
    this.rows = new Map();
    /** @type {WeakMap<HTMLElement, unknown[]>} what each row was filled with */
    this.filled = new WeakMap();
    this.spacer = element('div', { class: 'boxes__space', role: 'presentation' });
    list.replaceChildren(this.spacer);
    this.refresh = () => this.draw();
    this.isScrollWanted = false;
    /** @type {string|null} the box that the keys are at; null: the first that is selected */
    this.current = null;
    /** @type {string|null} the box from which Shift selects; null: the one that the keys are at */
    this.anchor = null;
    /** @type {string|null} the box whose row shows that the keys are at it */
    this.marked = null;
    this.listen();
    this.ask();
  }

  listen() {
    const { list, workspace } = this;
    workspace.subscribe(({ origin, kinds }) => {
      if (kinds.has('selection')) [this.isScrollWanted, this.current, this.anchor] = [true, null, null];
      if (origin === 'UI' && kinds.size === 1 && kinds.has('ephemera')) return; // my own drag: no row says it
      if (['boxes', 'selection', 'frame', 'people', 'ephemera', 'status'].some((kind) => kinds.has(/** @type {any} */ (kind)))) this.ask();
    });
    workspace.view.subscribe((changed) => changed.has('hover') && this.markHover());
    workspace.view.subscribe((changed) => changed.has('locked') && this.ask());
    list.addEventListener('scroll', () => this.ask(), { passive: true });
    list.addEventListener('pointerdown', (event) => this.press(event));
    list.addEventListener('pointermove', (event) => workspace.view.set({ hover: this.boxAt(event)?.id ?? null }));
    list.addEventListener('pointerleave', () => workspace.view.set({ hover: null }));
    list.addEventListener('keydown', (event) => this.key(event));
    list.addEventListener('dblclick', () => this.stage.focus());
    new ResizeObserver(() => this.ask()).observe(list);
  }

  ask() {
    this.workspace.frames.ask(this.refresh);
  }

  /** @param {PointerEvent} event @returns {Box|undefined} */
  boxAt({ clientY }) {
    const { top } = this.list.getBoundingClientRect();
    return this.boxes[Math.floor((clientY - top + this.list.scrollTop) / ROW_PX)];
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    const box = this.boxAt(event);
    if (!box) return;
    const { store } = this.workspace;
    const isMore = isHeld('hand.more', event);
    if (isMore && store.selection.has(box.id)) store.select([...store.selection].filter((id) => id !== box.id));
    else store.select([box.id], { add: isMore });
    this.workspace.camera.reveal(box);
  }

  /** @returns {number} the index of the box that the keys are at, -1 for none */
  get place() {
    const { selection } = this.workspace.store;
    const at = this.current === null ? -1 : this.boxes.findIndex((box) => box.id === this.current);
    return at < 0 && selection.size ? this.boxes.findIndex((box) => selection.has(box.id)) : at;
  }

  /** @param {KeyboardEvent} event arrows walk, as in every list; Enter goes to the picture, where arrows move the box */
  key(event) {
    const isMore = isMeant('list.more', event);
    const isWalk = isMeant('list.walk', event);
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    const at = this.place;
    const last = this.boxes.length - 1;
    /** @type {Record<string, number>} */
    const goals = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at < 0 ? last : at - 1, 0), Home: 0, End: last };
    const goal = this.boxes[goals[event.key] ?? -1];
    if (isMeant('list.toggle', event)) this.toggle(at);
    else if (goal && (isMore || isWalk || isPlain)) this.go(goal, isMore ? 'more' : isWalk ? 'walk' : 'one');
    else if (event.key === 'Enter' && isPlain) at >= 0 && this.stage.focus();
    else return;
    event.preventDefault();
  }

  /** @param {Box} box @param {'one'|'more'|'walk'} how it alone, all from where Shift began, or none is selected */
  go(box, how) {
    const { store, camera } = this.workspace;
    const from = this.anchor ?? this.boxes[this.place]?.id ?? box.id;
    if (how === 'one') store.select([box.id]);
    if (how === 'more') store.select(this.between(from, box.id));
    this.current = box.id;
    this.anchor = how === 'more' ? from : null;
    this.isScrollWanted = true;
    camera.reveal(box);
    this.ask();
  }

  /** @param {string} a @param {string} b @returns {string[]} both, and what lies between them */
  between(a, b) {
    const places = [a, b].map((id) => this.boxes.findIndex((box) => box.id === id)).filter((at) => at >= 0);
    return this.boxes.slice(Math.min(...places), Math.max(...places) + 1).map(({ id }) => id);
  }

  /** @param {number} at index */
  toggle(at) {
    const { store } = this.workspace;
    const id = this.boxes[at]?.id;
    if (id === undefined) return;
    const isOff = store.selection.has(id);
    store.select(isOff ? [...store.selection].filter((one) => one !== id) : [...store.selection, id]);
    this.current = id;
  }

  draw() {
    const { workspace, list } = this;
    this.boxes = workspace.shownBoxes;
    const chosen = this.place;
    this.marked = this.boxes[chosen]?.id ?? null;
    this.showKnowledge();
    this.spacer.style.height = `${this.boxes.length * ROW_PX}px`;
    if (this.isScrollWanted && chosen >= 0) this.scrollTo(chosen);
    this.isScrollWanted = false;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - BEYOND);
    const end = Math.min(this.boxes.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_PX) + BEYOND);
    const wanted = new Set();
    for (let index = first; index < end; index++) wanted.add(index);
    if (chosen >= 0) wanted.add(chosen);
    this.drawRows(wanted);
    list.setAttribute('aria-activedescendant', chosen >= 0 ? `box-${this.boxes[chosen]?.id}` : '');
  }

  /** How many there are, if that can be said; else that they are coming, or why not. */
  showKnowledge() {
    const { store, view } = this.workspace;
    const knowledge = knowledgeOf(store);
    const { byFilter, byHand, covered } = hiddenCounts(store.boxes.values(), view.now);
    setText(this.count, { known: String(this.boxes.length), coming: '', away: '–' }[knowledge]);
    this.empty.hidden = knowledge !== 'known' || this.boxes.length + byFilter + byHand + covered > 0;
    this.away.hidden = knowledge !== 'away';
    if (knowledge === 'away') setText(this.away, awayText(store));
    setAttribute(this.list, 'aria-busy', knowledge === 'coming' ? 'true' : null);
  }

  /** @param {number} index */
  scrollTo(index) {
    const { list } = this;
    const top = index * ROW_PX;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW_PX > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_PX - list.clientHeight;
  }

  /** @param {Set<number>} wanted indexes */
  drawRows(wanted) {
    const before = this.rows;
    this.rows = new Map();
    for (const index of [...wanted].sort((a, b) => a - b)) {
      const box = this.boxes[index];
      if (!box) continue;
      const row = before.get(box.id) ?? this.newRow(box.id);
      before.delete(box.id);
      this.rows.set(box.id, row);
      this.fill(row, box, index);
    }
    for (const row of before.values()) row.remove();
    this.markHover();
  }

  /** @param {string} id */
  newRow(id) {
    const row = element('div', { class: 'boxes__row', role: 'option', id: `box-${id}`, 'data-box': id });
    row.append(element('span', { class: 'boxes__swatch' }), element('span', { class: 'boxes__name' }),
      element('span', { class: 'boxes__people' }), element('span', { class: 'boxes__lock' }), element('span', { class: 'boxes__verdict' }),
      element('span', { class: 'boxes__size' }));
    this.spacer.append(row);
    return row;
  }

  /**
   * All that a row says comes from these: as long as they are the same, it is left alone.
   * @param {Box} box
   * @param {number} index
   * @returns {unknown[]}
   */
  factsOf(box, index) {
    const { labels, page, store, view } = this.workspace;
    const people = this.peopleAt(box.id).map(({ who, name }) => `${who} ${name}`).join();
    return [
      box, index, this.boxes.length, labels, page.members, page.judges, people, store.selection.has(box.id), view.now.locked.has(box.id), visibilityOf(box, view.now),
    ];
  }

  /**
   * @param {HTMLElement} row
   * @param {Box} box
   * @param {number} index
   */
  fill(row, box, index) {
    const { workspace } = this;
    const facts = this.factsOf(box, index);
    const before = this.filled.get(row);
    if (before && facts.every((fact, place) => fact === before[place])) return;
    this.filled.set(row, facts);
    const label = workspace.labelOf(box.label);
    const total = this.boxes.length;
    row.style.transform = `translateY(${index * ROW_PX}px)`;
    row.setAttribute('aria-selected', String(workspace.store.selection.has(box.id)));
    row.setAttribute('aria-posinset', String(index + 1));
    row.setAttribute('aria-setsize', String(total));
    row.setAttribute('aria-label', this.spoken(box, index, label?.name ?? ''));
    const [mark, name, people, lock, verdict, size] = row.children;
    const isLocked = workspace.view.now.locked.has(box.id);
    row.classList.toggle('is-faded', visibilityOf(box, workspace.view.now) === 'faded');
    if (lock && (lock.childElementCount > 0) !== isLocked) lock.replaceChildren(...(isLocked ? [icon('lock')] : []));
    const place = label ? workspace.labels.indexOf(label) : 0;
    const look = `${box.label} ${label?.color} ${place}`;
    if (row.dataset['label'] !== look) mark?.replaceChildren(swatch(label, place));
    row.dataset['label'] = look;
    if (name) setText(name, `${label?.name ?? ''} ${index + 1}`);
    // For the eye only: the spoken name begins with the name that is seen, and has the size in words.
    if (size) setAttribute(size, 'data-size', `${Math.round(box.x2 - box.x1)} × ${Math.round(box.y2 - box.y1)}`);
    if (verdict) setAttribute(verdict, 'data-verdict', shortVerdictOf(box) || null);
    if (people instanceof HTMLElement) this.fillPeople(people, box.id);
  }

  /** @param {Box} box @param {number} index @param {string} label @returns {string} */
  spoken(box, index, label) {
    const { page, view } = this.workspace;
    const parts = [spokenBox(box, index + 1, this.boxes.length, label)];
    const name = page.members?.find((one) => one.id === this.personOf(box))?.name;
    if (name) parts.push(interpolate(gettext('by %(name)s'), { name }));
    if (view.now.locked.has(box.id)) parts.push(gettext('locked'));
    for (const { name } of this.peopleAt(box.id)) parts.push(interpolate(gettext('%(name)s is editing this box'), { name }));
    return parts.join(', ');
  }

  /** @param {Box} box @returns {number|null} who judged what a model proposed; else who drew it */
  personOf(box) {
    const isJudged = box.source === 'model' && (box.status !== 'proposed' || box.feedback !== '') && !isAcceptedAlone(box);
    return isJudged ? this.judgeOf(box) ?? box.by : box.by;
  }

  /** As this window has seen, else as the page said, if nothing was said since. @param {Box} box @returns {number|null} */
  judgeOf({ id, versions }) {
    const { store, page } = this.workspace;
    const seen = store.hands.get(id)?.judge;
    if (typeof seen === 'number') return seen;
    const [judge = null, revision = 0] = page.judges?.[id] ?? [];
    return revision >= Math.max(versions['status'] ?? 0, versions['feedback'] ?? 0) ? judge : null;
  }

  /** @param {string} id of a box @returns {Person[]} the others who have it in hand */
  peopleAt(id) {
    return [...this.workspace.store.people.values()].filter((person) => !person.isMe && person.selection.has(id));
  }

  /** @param {HTMLElement} place @param {string} id */
  fillPeople(place, id) {
    const there = this.peopleAt(id);
    const key = there.map((person) => person.who).join(' ');
    if (place.dataset['who'] === key) return;
    place.dataset['who'] = key;
    place.replaceChildren(...there.map((person) => {
      const title = interpolate(gettext('%(name)s is editing this box'), { name: person.name });
      const dot = element('span', { class: 'boxes__person', title });
      dot.style.background = personColor(person.user);
      return dot;
    }));
  }

  /** What the pointer is on, and where the keys are. */
  markHover() {
    const { hover } = this.workspace.view.now;
    for (const [id, row] of this.rows) {
      row.classList.toggle('is-hovered', id === hover);
      row.classList.toggle('is-at', id === this.marked);
    }
  }
}

/** @param {number} count @returns {string} */
export function countedBoxes(count) {
  return interpolate(ngettext('%(count)s box', '%(count)s boxes', count), { count });
}
