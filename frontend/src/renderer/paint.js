/**
 * How a box looks. All lengths are CSS pixels on the screen; callers have scaled the context to the device.
 *
 * @import { Edges } from '../box.js'
 * @import { Handle } from '../hit-test.js'
 *
 * @typedef {CanvasRenderingContext2D} Context
 * @typedef {{
 *   color: string, pattern: readonly number[], name: string, isProposed: boolean, isRejected?: boolean, confidence: number|null, isFaded: boolean
 * }} Look
 * @typedef {{left: number, top: number, right: number, bottom: number}} Limits what is in sight
 */
import { handlePoint, handlesOf } from '../hit-test.js';
import { textOn } from './colors.js';

const STROKE_PX = 2;
const SELECTED_STROKE_PX = 2.5;
const FILL = 0.07;
const HOVER_FILL = 0.14;
const FADED = 0.45;
/** Of what only a model believes. */
const PROPOSED_FILL = 0.03;
const REJECTED = 0.7;
const PROPOSAL_DASH = [6, 4];
const REJECTED_DASH = [5, 3];
/** Strong enough that one of the two stands out 3 : 1 from any grey (tests/js/renderer/halo.test.js). */
export const DARK_HALO = 'rgb(0 0 0 / 0.6)';
const LIGHT_HALO = 'rgb(255 255 255 / 0.8)';
/** Of proposals, which are quieter. */
const FAINT_DARK_HALO = 'rgb(0 0 0 / 0.45)';
const FAINT_LIGHT_HALO = 'rgb(255 255 255 / 0.65)';
/** Behind the words of a proposal: readable on every picture, and not of the colour of the label. */
const HOLLOW = 'rgb(22 24 30)';
/** Smaller boxes have no room for a halo inside. */
const HALO_FROM_PX = 7;
/** Smaller boxes get a dot for a label. */
const TAG_FROM_PX = 30;
const TAG_GAP_PX = 1;
/** Of a selected box: its handles, or its ring, lie between. */
export const SELECTED_TAG_GAP_PX = 6;
export const TAG_HEIGHT_PX = 16;
export const TAG_MAX_PX = 160;
/** Of the colour at the side of a proposal's name. */
const COLOR_PX = 3;
const TAG_FONT = '500 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const HANDLE_PX = 8;

/** @param {Edges} edges @returns {Edges} on whole pixels, so that lines are sharp */
export function sharp({ x1, y1, x2, y2 }) {
  const [left, top] = [Math.round(x1), Math.round(y1)];
  return { x1: left, y1: top, x2: Math.max(Math.round(x2), left + 1), y2: Math.max(Math.round(y2), top + 1) };
}

/**
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {Look} look
 * @param {{isHovered?: boolean, isSelected?: boolean}} [state]
 */
export function paintBox(context, edges, look, { isHovered = false, isSelected = false } = {}) {
  const { x1, y1, x2, y2 } = sharp(edges);
  const [width, height] = [x2 - x1, y2 - y1];
  if (look.isRejected) return paintRejected(context, { x1, y1, x2, y2 }, look.color, isHovered || isSelected);
  if (look.isFaded && !isSelected) return paintFaded(context, { x1, y1, x2, y2 }, look.color);
  context.fillStyle = look.color;
  context.globalAlpha = isHovered || isSelected ? HOVER_FILL : look.isProposed ? PROPOSED_FILL : FILL;
  context.fillRect(x1, y1, width, height);
  context.globalAlpha = 1;
  if (look.isProposed) paintUnderline(context, { x1, y1, x2, y2 });
  else if (Math.min(width, height) >= HALO_FROM_PX) paintHalo(context, { x1, y1, x2, y2 }, look.pattern);
  else paintOuterHalo(context, { x1, y1, x2, y2 });
  context.strokeStyle = look.color;
  context.lineWidth = isSelected ? SELECTED_STROKE_PX : STROKE_PX;
  if (look.isProposed) context.setLineDash(PROPOSAL_DASH);
  context.strokeRect(x1, y1, width, height);
  if (look.isProposed) context.setLineDash([]);
}

/** There, and out of the way. @param {Context} context @param {Edges} edges @param {string} color */
function paintFaded(context, { x1, y1, x2, y2 }, color) {
  context.globalAlpha = FADED;
  context.lineWidth = 3;
  context.strokeStyle = DARK_HALO;
  context.strokeRect(x1 + 0.5, y1 + 0.5, x2 - x1 - 1, y2 - y1 - 1);
  context.lineWidth = 1;
  context.strokeStyle = LIGHT_HALO;
  context.strokeRect(x1 - 0.5, y1 - 0.5, x2 - x1 + 1, y2 - y1 + 1);
  context.strokeStyle = color;
  context.strokeRect(x1 + 0.5, y1 + 0.5, x2 - x1 - 1, y2 - y1 - 1);
  context.globalAlpha = 1;
}

/**
 * What the dashes of a proposal stand out from: dark at both sides, light in the gaps. Nothing of it is as loud as what a person drew.
 * @param {Context} context
 * @param {Edges} edges
 */
function paintUnderline(context, { x1, y1, x2, y2 }) {
  context.lineWidth = 4;
  context.strokeStyle = FAINT_DARK_HALO;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.lineWidth = 2;
  context.strokeStyle = FAINT_LIGHT_HALO;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
}

/** Around a box that is too small for a line inside. @param {Context} context @param {Edges} edges */
function paintOuterHalo(context, { x1, y1, x2, y2 }) {
  context.lineWidth = 1;
  context.strokeStyle = LIGHT_HALO;
  context.strokeRect(x1 - 1.5, y1 - 1.5, x2 - x1 + 3, y2 - y1 + 3);
  context.strokeStyle = DARK_HALO;
  context.strokeRect(x1 - 2.5, y1 - 2.5, x2 - x1 + 5, y2 - y1 + 5);
}

/**
 * Thin and crossed out: it is only seen where somebody asked for it.
 * @param {Context} context
 * @param {Edges} edges
 * @param {string} color
 * @param {boolean} isTouched hovered or selected
 */
function paintRejected(context, { x1, y1, x2, y2 }, color, isTouched) {
  context.beginPath();
  context.rect(x1 + 0.5, y1 + 0.5, x2 - x1 - 1, y2 - y1 - 1);
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.moveTo(x2, y1);
  context.lineTo(x1, y2);
  context.globalAlpha = isTouched ? 1 : REJECTED;
  context.lineWidth = 3;
  context.strokeStyle = DARK_HALO;
  context.stroke();
  context.lineWidth = 1;
  context.strokeStyle = LIGHT_HALO;
  context.stroke();
  context.setLineDash(REJECTED_DASH);
  context.strokeStyle = color;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/**
 * A dark line outside and a light one inside, so that the stroke stands out from any picture. The light one has the
 * pattern of the label.
 * @param {Context} context
 * @param {Edges} edges
 * @param {readonly number[]} pattern
 */
function paintHalo(context, { x1, y1, x2, y2 }, pattern) {
  context.lineWidth = 1;
  context.strokeStyle = DARK_HALO;
  context.strokeRect(x1 - 1.5, y1 - 1.5, x2 - x1 + 3, y2 - y1 + 3);
  context.strokeStyle = LIGHT_HALO;
  if (pattern.length) context.setLineDash([...pattern]);
  context.strokeRect(x1 + 1.5, y1 + 1.5, x2 - x1 - 3, y2 - y1 - 3);
  if (pattern.length) context.setLineDash([]);
}

/**
 * The name of the label, outside the box where there is room: above, else below, else inside at the top. A small box has a dot beside it
 * instead, unless it is the one that somebody is looking at.
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {Look} look
 * @param {Limits} limits
 * @param {{fromPx?: number, isTouched?: boolean, gap?: number}} [options] `fromPx`: width from which there is a name. `isTouched`: selected,
 *   hovered or dragged, so the name is there whatever the size, whole inside the limits. `gap`: between name and box, CSS pixels
 */
export function paintTag(context, edges, look, limits, { fromPx = TAG_FROM_PX, isTouched = false, gap = TAG_GAP_PX } = {}) {
  const { x1, y1, x2, y2 } = sharp(edges);
  if ((look.isFaded && !isTouched) || x2 < limits.left || x1 > limits.right || y2 < limits.top || y1 > limits.bottom) return;
  if (!isTouched && x2 - x1 < fromPx) return paintDot(context, x1, y1, look.color);
  const text = look.confidence === null ? look.name : `${look.name} ${Math.round(look.confidence * 100)}\u202f%`;
  context.font = TAG_FONT;
  const width = Math.min(Math.ceil(widthOf(context, text)) + 8, TAG_MAX_PX - COLOR_PX);
  const above = y1 - TAG_HEIGHT_PX - gap >= limits.top;
  const below = !above && y2 + TAG_HEIGHT_PX + gap <= limits.bottom;
  const top = above ? y1 - TAG_HEIGHT_PX - gap : below ? y2 + gap : Math.max(y1, limits.top) + 2;
  const inSight = Math.max(x1 - 1, Math.min(limits.left, x2 - width));
  const whole = Math.max(limits.left, Math.min(x1 - 1, limits.right - width - COLOR_PX));
  const left = isTouched ? whole : inSight;
  if (look.isProposed) paintHollowPill(context, { left, top, width, text, color: look.color });
  else paintPill(context, { left, top, width, text, color: look.color, alpha: 0.92 });
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

/** @param {Context} context @param {number} x @param {number} y @param {string} color */
function paintDot(context, x, y, color) {
  context.fillStyle = DARK_HALO;
  context.fillRect(x - 1, y - 6, 5, 5);
  context.fillStyle = color;
  context.fillRect(x, y - 5, 3, 3);
}

/**
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {string} color of the accent
 */
export function paintHandles(context, edges, color) {
  const half = HANDLE_PX / 2;
  for (const handle of /** @type {Handle[]} */ (handlesOf(edges))) {
    const { x, y } = handlePoint(sharp(edges), handle);
    const [left, top] = [Math.round(x) - half, Math.round(y) - half];
    context.fillStyle = '#fff';
    context.fillRect(left, top, HANDLE_PX, HANDLE_PX);
    context.strokeStyle = color;
    context.lineWidth = 1.5;
    context.strokeRect(left, top, HANDLE_PX, HANDLE_PX);
  }
}

/**
 * Somebody else has this box selected.
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {string} color of the person
 */
export function paintRing(context, edges, color) {
  const { x1, y1, x2, y2 } = sharp(edges);
  context.lineWidth = 1.5;
  context.strokeStyle = color;
  context.strokeRect(x1 - 4.5, y1 - 4.5, x2 - x1 + 9, y2 - y1 + 9);
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
