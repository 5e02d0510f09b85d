/**
 * Who is on the frame and what they are doing right now. Nothing here is stored anywhere; everything fades.
 *
 * @import { Edges } from './box.js'
 * @import { EphItem, PersonWire } from './protocol.js'
 */

export const DRAG_TTL_MS = 2000;
export const PRESENCE_TTL_MS = 10000;
const REMEMBERED_GESTURES = 256;

/**
 * @typedef {{
 *   who: string, user: number, name: string, role: string, cursor: {x: number, y: number}|null,
 *   selection: Set<string>, isMe: boolean
 * }} Person one entry per connection; `isMe` is this tab
 * @typedef {Edges & {who: string, label: number|null, gesture: string}} Drag what somebody else is dragging or drawing now
 * @typedef {{cursor: number, selection: number}} Deadlines
 */

/**
 * One entry per person, however many windows they have open; without me.
 * @param {{people: ReadonlyMap<string, Person>, me: {user: number}|null}} store
 * @returns {Person[]} by user
 */
export function othersHere({ people, me }) {
  /** @type {Map<number, Person>} */
  const byUser = new Map();
  for (const person of people.values()) if (!person.isMe && person.user !== me?.user) byUser.set(person.user, person);
  return [...byUser.values()].sort((a, b) => a.user - b.user);
}

export class People {
  constructor() {
    /** @type {Map<string, Person>} by `who` */
    this.all = new Map();
    /** @type {Map<string, Drag>} by box id */
    this.drags = new Map();
    /** @type {Map<string, Deadlines>} by `who` */
    this.deadlines = new Map();
    /** @type {Map<string, number>} by `who` */
    this.dragDeadlines = new Map();
    /** @type {Set<string>} gestures that have ended: a late preview of them is not shown */
    this.ended = new Set();
  }

  /**
   * @param {PersonWire[]} people
   * @param {string|null} me my `who`
   */
  replace(people, me) {
    const before = this.all;
    this.all = new Map(people.map((one) => {
      const known = before.get(one.who);
      const selection = known?.selection ?? new Set();
      return [one.who, { ...one, cursor: known?.cursor ?? null, selection, isMe: one.who === me }];
    }));
    for (const drag of [...this.drags.values()]) if (!this.all.has(drag.who)) this.endDrag(drag.who);
    for (const who of [...this.deadlines.keys()]) if (!this.all.has(who)) this.deadlines.delete(who);
  }

  /**
   * @param {EphItem} item
   * @param {number} now milliseconds
   * @returns {boolean} whether anything changed
   */
  take(item, now) {
    const person = this.all.get(item.who);
    if (!person || person.isMe) return false;
    if (item.kind === 'drag') return this.takeDrag(item, now);
    const deadlines = this.deadlines.get(item.who) ?? { cursor: 0, selection: 0 };
    if (item.kind === 'cursor') {
      this.all.set(item.who, { ...person, cursor: pointIn(item.val) });
      this.deadlines.set(item.who, { ...deadlines, cursor: now + PRESENCE_TTL_MS });
    } else if (item.kind === 'selection') {
      this.all.set(item.who, { ...person, selection: new Set(listIn(item.val).filter((id) => typeof id === 'string')) });
      this.deadlines.set(item.who, { ...deadlines, selection: now + PRESENCE_TTL_MS });
    } else return false;
    return true;
  }

  /**
   * @param {EphItem} item
   * @param {number} now
   */
  takeDrag(item, now) {
    const gesture = item.g ?? '';
    if (item.val !== null && this.ended.has(gesture)) return false;
    const had = this.endDrag(item.who);
    const boxes = listIn(item.val).flatMap((value) => dragIn(value, item.who, gesture));
    for (const [id, drag] of boxes) this.drags.set(id, drag);
    if (boxes.length) this.dragDeadlines.set(item.who, now + DRAG_TTL_MS);
    return had || boxes.length > 0;
  }

  /** @param {string} who @returns {boolean} */
  endDrag(who) {
    let had = false;
    for (const [id, drag] of this.drags) if (drag.who === who) had = this.drags.delete(id);
    this.dragDeadlines.delete(who);
    return had;
  }

  /**
   * The gesture has become an operation: its preview goes in the same paint.
   * @param {string} gesture
   * @returns {boolean}
   */
  endGesture(gesture) {
    this.ended.add(gesture);
    const [oldest] = this.ended;
    if (this.ended.size > REMEMBERED_GESTURES && oldest !== undefined) this.ended.delete(oldest);
    let had = false;
    for (const [id, drag] of this.drags) if (drag.gesture === gesture) had = this.drags.delete(id);
    return had;
  }

  /**
   * @param {number} now
   * @returns {boolean} whether anything faded
   */
  expire(now) {
    let changed = false;
    for (const [who, until] of [...this.dragDeadlines]) if (until <= now) changed = this.endDrag(who) || changed;
    for (const [who, { cursor, selection }] of this.deadlines) {
      const person = this.all.get(who);
      if (person?.cursor && cursor <= now) changed = !!this.all.set(who, { ...person, cursor: null });
      const later = this.all.get(who);
      if (later?.selection.size && selection <= now) changed = !!this.all.set(who, { ...later, selection: new Set() });
    }
    return changed;
  }

  /** The connection is lost: nobody is known to be there. */
  clear() {
    this.all.clear();
    this.drags.clear();
    this.deadlines.clear();
    this.dragDeadlines.clear();
  }
}

/** @param {unknown} value @returns {Record<string, unknown>} */
function recordIn(value) {
  return typeof value === 'object' && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}

/** @param {unknown} value @returns {unknown[]} */
function listIn(value) {
  const { boxes } = recordIn(value);
  return Array.isArray(boxes) ? boxes : [];
}

/** @param {unknown} value */
function pointIn(value) {
  const { x, y } = recordIn(value);
  return Number.isFinite(x) && Number.isFinite(y) ? { x: Number(x), y: Number(y) } : null;
}

/**
 * @param {unknown} value
 * @param {string} who
 * @param {string} gesture
 * @returns {[string, Drag][]}
 */
function dragIn(value, who, gesture) {
  const { id, x1, y1, x2, y2, label } = recordIn(value);
  if (typeof id !== 'string' || ![x1, y1, x2, y2].every(Number.isFinite)) return [];
  const edges = { x1: Number(x1), y1: Number(y1), x2: Number(x2), y2: Number(y2) };
  return [[id, { ...edges, who, gesture, label: typeof label === 'number' ? label : null }]];
}
