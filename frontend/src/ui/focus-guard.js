/**
 * The focus is never lost: when what has it is removed or hidden, it goes to what took its place in the same part of the page,
 * else to what that part belongs to, else to the picture.
 *
 * @import { FrameScheduler } from '../frame-scheduler.js'
 * @typedef {{part: Element, at: number, then: string}} Place `at`: how many come before it in that part
 */
import { byId } from './dom.js';

/** The inner ones first; and where the focus goes when there is nothing left in one. */
const PARTS = [
  ['#geometry', '#boxes'], ['#filter', '#filter-button'], ['#talk', '#tab-side-comments'], ['#notices', '#main'], ['#people', '#main'],
  ['#film', '#main'], ['dialog', '[data-close]'], ['[role=tabpanel]', '#side-tabs [aria-selected=true]'],
];
const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';
/** What can hide something. */
const HIDING = { childList: true, subtree: true, attributeFilter: ['hidden', 'class', 'disabled', 'open'] };

/** @param {Pick<FrameScheduler, 'ask'>} frames */
export function guardFocus(frames) {
  const guard = new FocusGuard();
  const check = () => guard.check();
  const ask = () => guard.isNeeded && frames.ask(check);
  document.addEventListener('focusin', ({ target }) => target instanceof HTMLElement && guard.enter(target));
  document.addEventListener('focusout', ask); // what is removed is still there at that moment
  new MutationObserver(ask).observe(document.body, HIDING);
  document.addEventListener('transitionend', ask);
  addEventListener('resize', ask);
}

class FocusGuard {
  constructor() {
    /** @type {HTMLElement|null} what has the focus; null where nobody wants it anywhere */
    this.last = null;
    /** @type {Place[]} where that is, from the inside out */
    this.places = [];
  }

  /** The picture is always there. */
  get isNeeded() {
    return this.last !== null && this.last.id !== 'main';
  }

  /** @param {HTMLElement} target */
  enter(target) {
    this.last = target;
    this.places = PARTS.flatMap(([selector = '', then = '']) => {
      const part = target.parentElement?.closest(selector);
      return part ? [{ part, at: reachable(part).indexOf(target), then }] : [];
    });
  }

  check() {
    const { last } = this;
    const active = document.activeElement;
    const isNowhere = active === null || active === document.body;
    if (!last || (!isNowhere && active !== last)) return;
    if (!isReachable(last)) this.next().focus({ preventScroll: true });
    else if (isNowhere && document.hasFocus()) this.last = null; // somebody pressed on nothing: that is no loss
  }

  /** @returns {HTMLElement} */
  next() {
    for (const { part, at, then } of this.places) {
      const items = part.isConnected ? reachable(part) : [];
      const outer = (part.localName === 'dialog' ? part : document).querySelector(then);
      const next = items[Math.min(at, items.length - 1)] ?? outer;
      if (next instanceof HTMLElement && isReachable(next)) return next;
    }
    return byId('main', HTMLElement);
  }
}

/** @param {Element} part @returns {HTMLElement[]} what Tab comes to, in that order */
function reachable(part) {
  return [...part.querySelectorAll(FOCUSABLE)].filter((one) => one instanceof HTMLElement && one.tabIndex >= 0 && isReachable(one))
    .map((one) => /** @type {HTMLElement} */ (one));
}

/** @param {HTMLElement|null} one */
function isReachable(one) {
  return one !== null && one.isConnected && !one.matches(':disabled') && one.checkVisibility({ checkVisibilityCSS: true });
}
