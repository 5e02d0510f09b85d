/**
 * Names of boxes: where they go, and which of them there is room for. All lengths are CSS pixels on the screen.
 *
 * @import { Edges } from '../box.js'
 * @import { Context, Look } from './paint.js'
 *
 * @typedef {{left: number, top: number, right: number, bottom: number}} Limits what is in sight
 * @typedef {{left: number, top: number, width: number, text: string}} Tag
 * @typedef {{edges: Edges, look: Look}} Named a box on the screen
 * @typedef {{named: Named, isSmall: boolean, full: Tag, short: Tag|null}} Wish what a box would like to say
 */
import { textOn } from './colors.js';
import { DARK_HALO, sharp } from './paint.js';

/** Behind the words of a proposal: readable on every picture, and not of the colour of the label. */
const HOLLOW = 'rgb(22 24 30)';
/** Narrower boxes have a name only where nothing else is, else a dot. */
const TAG_FROM_PX = 30;
const TAG_GAP_PX = 1;
/** Of a selected box: its handles, or its ring, lie between. */
export const SELECTED_TAG_GAP_PX = 6;
export const TAG_HEIGHT_PX = 16;
export const TAG_MAX_PX = 160;
/** Of the colour at the side of a proposal's name. */
const COLOR_PX = 3;
const TAG_FONT = '500 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/**
 * The name of one box, outside of it where there is room. A small one has a dot beside it instead, unless it is the one that
 * somebody is looking at.
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {Look} look
 * @param {Limits} limits
 * @param {{fromPx?: number, isTouched?: boolean, gap?: number}} [options] `fromPx`: width from which there is a name. `isTouched`: selected,
 *   hovered or dragged, so the name is there whatever the size, whole inside the limits. `gap`: between name and box, CSS pixels
 */
export function paintTag(context, edges, look, limits, { fromPx = TAG_FROM_PX, isTouched = false, gap = TAG_GAP_PX } = {}) {
  if ((look.isFaded && !isTouched) || isOutside(edges, limits)) return;
  if (!isTouched && widthOnScreen(edges) < fromPx) return paintDot(context, edges, look.color, limits);
  const text = textOf(look);
  context.font = TAG_FONT;
  const [first] = placesFor(edges, tagWidth(context, text), limits, gap);
  const { left, top, width } = /** @type {Tag} */ (first);
  const whole = Math.max(limits.left, Math.min(left, limits.right - width - COLOR_PX));
  paintWords(context, { left: isTouched ? whole : left, top, width, text }, look);
}

/**
 * The names of some boxes, so that each can be read and none lies on what is being judged. What a box says depends only on its
 * neighbourhood (`TAG_MAX_PX` to the sides), so that a part of the picture is drawn anew as all of it would be.
 */
export class Tags {
  /**
   * @param {Context} context
   * @param {readonly Named[]} around boxes, those whose names are painted among them
   * @param {Limits} limits
   * @param {readonly Edges[]} kept free of names: what somebody has in hand
   */
  constructor(context, around, limits, kept) {
    this.context = context;
    this.limits = limits;
    this.kept = kept;
    context.font = TAG_FONT;
    this.wishes = new Map(around.flatMap((named) => (named.look.isFaded || isOutside(named.edges, limits) ? [] : [[named, this.wishOf(named)]])));
  }

  /** @param {Named} named @returns {Wish} */
  wishOf(named) {
    const { edges, look } = named;
    const isSmall = widthOnScreen(edges) < TAG_FROM_PX;
    const confidence = confidenceText(look);
    const short = isSmall && confidence ? this.placed(edges, confidence) : null;
    return { named, isSmall, full: this.placed(edges, textOf(look)), short };
  }

  /** @param {Edges} edges @param {string} text @returns {Tag} the best place, others may be there too */
  placed(edges, text) {
    const [first] = placesFor(edges, tagWidth(this.context, text), this.limits, TAG_GAP_PX);
    return { .../** @type {Tag} */ (first), text };
  }

  /** @param {Named} named one of those around */
  paint(named) {
    const wish = this.wishes.get(named);
    if (!wish) return;
    const tag = this.tagFor(wish);
    if (tag) paintWords(this.context, tag, named.look);
    else paintDot(this.context, named.edges, named.look.color, this.limits);
  }

  /** @param {Wish} wish @returns {Tag|null} null where there is room for a dot only */
  tagFor(wish) {
    const { named, isSmall, full, short } = wish;
    if (!isSmall) return this.freeOfHands(named.edges, full);
    if (!this.isKept(full) && this.isAlone(wish, full, (other) => other.full)) return full;
    if (short && !this.isKept(short) && this.isAlone(wish, short, (other) => (other.isSmall ? other.short : other.full))) return short;
    return null;
  }

  /** @param {Edges} edges @param {Tag} full @returns {Tag|null} */
  freeOfHands(edges, full) {
    if (!this.isKept(full)) return full;
    const others = placesFor(edges, full.width, this.limits, TAG_GAP_PX).map((place) => ({ ...place, text: full.text }));
    return others.find((tag) => !this.isKept(tag)) ?? null;
  }

  /** @param {Named} named @returns {boolean} whether what it would say first lies on what somebody has in hand */
  isOnHands(named) {
    const { full, short } = this.wishOf(named);
    return this.isKept(full) || (short !== null && this.isKept(short));
  }

  /** @param {Tag} tag @returns {boolean} whether it would lie on what somebody has in hand */
  isKept(tag) {
    return this.kept.some((edges) => meets(tag, edges));
  }

  /**
   * Nothing under it, and no other name that is as long; then two neighbours always come to the same answer.
   * @param {Wish} wish
   * @param {Tag} tag
   * @param {(other: Wish) => Tag|null} nameOf what another box would say
   */
  isAlone({ named }, tag, nameOf) {
    for (const other of this.wishes.values()) {
      if (other.named === named) continue;
      if (meets(tag, other.named.edges) && !isAround(other.named.edges, named.edges)) return false;
      const name = nameOf(other);
      if (name && meets(tag, edgesOf(name))) return false;
    }
    return true;
  }
}

/** @param {Edges} edges @param {Limits} limits */
function isOutside(edges, { left, top, right, bottom }) {
  const { x1, y1, x2, y2 } = sharp(edges);
  return x2 < left || x1 > right || y2 < top || y1 > bottom;
}

/** @param {Edges} edges */
function widthOnScreen(edges) {
  const { x1, x2 } = sharp(edges);
  return x2 - x1;
}

/** @param {Look} look @returns {string} '' for what nobody doubts */
function confidenceText({ confidence }) {
  return confidence === null ? '' : `${Math.round(confidence * 100)}\u202f%`;
}

/** @param {Look} look */
function textOf(look) {
  return [look.name, confidenceText(look)].filter(Boolean).join(' ');
}

/** @param {Context} context @param {string} text */
function tagWidth(context, text) {
  return Math.min(Math.ceil(widthOf(context, text)) + 8, TAG_MAX_PX - COLOR_PX);
}

/**
 * Where a name may be, the best place first: above, below, inside at the top of what is in sight. Beside the box only where something in
 * hand is at the better ones: so nothing that is painted of a box when nobody touches one is far to its right.
 * @param {Edges} edges on the screen
 * @param {number} width
 * @param {Limits} limits
 * @param {number} gap between name and box
 * @returns {{left: number, top: number, width: number}[]}
 */
function placesFor(edges, width, limits, gap) {
  const { x1, y1, x2, y2 } = sharp(edges);
  const left = Math.max(x1 - 1, Math.min(limits.left, x2 - width));
  const top = Math.max(y1, limits.top) + 2;
  const outside = [y1 - TAG_HEIGHT_PX - gap, y2 + gap].filter((y) => y >= limits.top && y + TAG_HEIGHT_PX <= limits.bottom);
  const right = x2 + gap + 1;
  const beside = right + width + COLOR_PX <= limits.right ? [{ left: right, top, width }] : [];
  const inside = { left, top, width };
  if (!outside.length) return [inside, ...beside];
  return [...outside.map((y) => ({ left, top: y, width })), ...beside, inside];
}

/** @param {Tag} tag @returns {Edges} */
function edgesOf({ left, top, width }) {
  return { x1: left, y1: top, x2: left + width + COLOR_PX, y2: top + TAG_HEIGHT_PX };
}

/** @param {Tag} tag @param {Edges} edges */
function meets({ left, top, width }, { x1, y1, x2, y2 }) {
  return left < x2 && left + width + COLOR_PX > x1 && top < y2 && top + TAG_HEIGHT_PX > y1;
}

/** @param {Edges} outer @param {Edges} inner @returns {boolean} whether one lies about the middle of the other: it covers nothing of the other that counts */
function isAround({ x1, y1, x2, y2 }, inner) {
  const [x, y] = [(inner.x1 + inner.x2) / 2, (inner.y1 + inner.y2) / 2];
  return x > x1 && x < x2 && y > y1 && y < y2;
}

/** @param {Context} context @param {Tag} tag @param {Look} look */
function paintWords(context, tag, { color, isProposed }) {
  if (isProposed) paintHollowPill(context, { ...tag, color });
  else paintPill(context, { ...tag, color, alpha: 0.92 });
}

/** @type {Map<string, number>} */
const WIDTHS = new Map();

/** Measuring is dear, and there are few different texts. @param {Context} context @param {string} text */
function widthOf(context, text) {
  const known = WIDTHS.get(text);
  if (known !== undefined) return known;
  if (WIDTHS.size > 5000) WIDTHS.clear();
  const { width } = context.measureText(text);
  WIDTHS.set(text, width);
  return width;
}

/**
 * @param {Context} context
 * @param {{left: number, top: number, width: number, text: string, color: string, alpha: number}} pill
 */
function paintPill(context, { left, top, width, text, color, alpha }) {
  context.globalAlpha = alpha;
  context.fillStyle = color;
  context.fillRect(left, top, width, TAG_HEIGHT_PX);
  context.globalAlpha = 1;
  context.fillStyle = textOn(color);
  context.textBaseline = 'middle';
  context.fillText(text, left + 4, top + TAG_HEIGHT_PX / 2 + 0.5, width - 8);
}

/**
 * White on dark, with the colour at the side only.
 * @param {Context} context
 * @param {{left: number, top: number, width: number, text: string, color: string}} pill
 */
function paintHollowPill(context, { left, top, width, text, color }) {
  context.globalAlpha = 0.78;
  context.fillStyle = HOLLOW;
  context.fillRect(left, top, width + COLOR_PX, TAG_HEIGHT_PX);
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.fillRect(left, top, COLOR_PX, TAG_HEIGHT_PX);
  context.fillStyle = '#fff';
  context.textBaseline = 'middle';
  context.fillText(text, left + COLOR_PX + 4, top + TAG_HEIGHT_PX / 2 + 0.5, width - 8);
}

/**
 * At the side of the box where its name would be (`placesFor`); thousands are painted at once, so nothing else is worked out.
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {string} color
 * @param {Limits} limits
 */
function paintDot(context, edges, color, limits) {
  const { x1: x, y1, y2 } = sharp(edges);
  const room = TAG_HEIGHT_PX + TAG_GAP_PX;
  const y = y1 - room >= limits.top ? y1 - 5 : y2 + room <= limits.bottom ? y2 + 2 : Math.max(y1, limits.top) + 2;
  context.fillStyle = DARK_HALO;
  context.fillRect(x - 1, y - 1, 5, 5);
  context.fillStyle = color;
  context.fillRect(x, y, 3, 3);
}

/**
 * A name on the colour of a person, its left top corner at the point.
 * @param {Context} context
 * @param {{x: number, y: number}} point
 * @param {string} name
 * @param {string} color
 */
export function paintName(context, { x, y }, name, color) {
  context.font = TAG_FONT;
  const width = Math.min(Math.ceil(widthOf(context, name)) + 8, TAG_MAX_PX);
  paintPill(context, { left: Math.round(x), top: Math.round(y), width, text: name, color, alpha: 1 });
}
