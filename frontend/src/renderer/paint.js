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
 */
import { handlePoint, handlesOf } from '../hit-test.js';

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
/** Smaller boxes have no room for a halo inside. */
const HALO_FROM_PX = 7;
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
