/**
 * What I am doing right now, told to the others: the latest of each kind, at most once per animation interval, only
 * when it changed, and again before it fades.
 *
 * @import { PreviewBox } from '../confirmed-store.js'
 * @import { EphOut } from '../protocol.js'
 * @import { Clock } from './locks.js'
 */

export const INTERVAL_MS = 34;
const REPEAT_MS = { cursor: 4000, selection: 4000, drag: 1000 };
const MAX_SELECTED = 200;
const MAX_DRAGGED = 50;

/** @typedef {'cursor'|'selection'|'drag'} EphKind */
/** @typedef {{val: unknown, g: string|undefined, text: string, sentText: string, sentAt: number}} Lane */

export class Ephemera {
  /**
   * @param {Clock} clock
   * @param {(message: EphOut) => void} send
   */
  constructor(clock, send) {
    this.clock = clock;
    this.send = send;
    this.isOn = false;
    /** @type {Map<EphKind, Lane>} */
    this.lanes = new Map();
    /** @type {unknown} */
    this.timer = null;
    this.lastSent = -Infinity;
  }

  /** A connection begins: nobody has heard anything yet. */
  begin() {
    this.isOn = true;
    for (const [kind, lane] of this.lanes) {
      if (lane.val === null) this.lanes.delete(kind);
      else lane.sentText = '';
    }
    this.schedule();
  }

  stop() {
    this.isOn = false;
    this.clock.clearTimeout(this.timer);
    this.timer = null;
  }

  /** @param {{x: number, y: number}|null} point */
  cursor(point) {
    this.put('cursor', point);
  }

  /** @param {string[]} ids */
  selection(ids) {
    this.put('selection', ids.length ? { boxes: ids.slice(0, MAX_SELECTED) } : null);
  }

  /**
   * @param {string} gesture
   * @param {PreviewBox[]|null} boxes
   * @param {boolean} committed its edit is on the way, and ends the preview for the others
   */
  drag(gesture, boxes, committed) {
    if (!boxes && committed) this.lanes.delete('drag');
    else this.put('drag', boxes && { boxes: boxes.slice(0, MAX_DRAGGED) }, gesture);
  }

  /**
   * @param {EphKind} kind
   * @param {unknown} val
   * @param {string} [g]
   */
  put(kind, val, g) {
    const before = this.lanes.get(kind);
    if (val === null && !before?.sentText) this.lanes.delete(kind);
    else {
      const text = JSON.stringify([val, g]);
      this.lanes.set(kind, { val, g, text, sentText: before?.sentText ?? '', sentAt: before?.sentAt ?? 0 });
    }
    this.schedule();
  }

  /** @param {EphKind} kind @param {Lane} lane @returns {number} when it is to be sent */
  dueAt(kind, lane) {
    return lane.text !== lane.sentText ? this.lastSent + INTERVAL_MS : lane.sentAt + REPEAT_MS[kind];
  }

  schedule() {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
    if (!this.isOn || !this.lanes.size) return;
    const due = Math.min(...[...this.lanes].map(([kind, lane]) => this.dueAt(kind, lane)));
    this.timer = this.clock.setTimeout(() => this.flush(), Math.max(0, due - this.clock.now()));
  }

  /** One message a time, the longest overdue first: the server counts messages. */
  flush() {
    this.timer = null;
    const now = this.clock.now();
    const due = [...this.lanes].filter(([kind, lane]) => this.dueAt(kind, lane) <= now)
      .sort(([, a], [, b]) => a.sentAt - b.sentAt)[0];
    if (due) this.sendLane(due[0], due[1], now);
    this.schedule();
  }

  /**
   * @param {EphKind} kind
   * @param {Lane} lane
   * @param {number} now
   */
  sendLane(kind, lane, now) {
    const { val, g } = lane;
    this.send(g === undefined ? { t: 'eph', kind, val } : { t: 'eph', kind, g, val });
    this.lastSent = now;
    if (val === null) this.lanes.delete(kind);
    else this.lanes.set(kind, { ...lane, sentText: lane.text, sentAt: now });
  }
}
