/**
 * What is drawn over the boxes: the hand's own marks, those of others, and changes of the past. Lengths are CSS pixels on
 * the screen.
 *
 * @import { Edges } from '../box.js'
 * @import { Context } from './paint.js'
 */
import { DARK_HALO, sharp } from './paint.js';

const GHOST_DASH = [3, 3];
const MARQUEE_FILL = 0.07;
const CHANGE_GLOW = 0.35;

/** The frame that is being dragged to select. @param {Context} context @param {Edges} edges on the screen @param {string} color */
export function paintMarquee(context, edges, color) {
  const { x1, y1, x2, y2 } = sharp(edges);
  context.fillStyle = color;
  context.globalAlpha = MARQUEE_FILL;
  context.fillRect(x1, y1, x2 - x1, y2 - y1);
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = color;
  context.setLineDash(GHOST_DASH);
  context.strokeRect(x1 + 0.5, y1 + 0.5, x2 - x1, y2 - y1);
  context.setLineDash([]);
}

/** A point that was set. @param {Context} context @param {{x: number, y: number}} point on the screen @param {string} color */
export function paintDotAt(context, { x, y }, color) {
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fillStyle = '#fff';
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = color;
  context.stroke();
}

/**
 * Where a box was, or came to be, in a change of the past.
 * @param {Context} context
 * @param {Edges} edges on the screen
 * @param {'before'|'after'} when
 */
export function paintGhost(context, edges, when) {
  const { x1, y1, x2, y2 } = sharp(edges);
  context.lineWidth = 3;
  context.strokeStyle = DARK_HALO;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.lineWidth = 1.5;
  context.strokeStyle = '#fff';
  if (when === 'before') context.setLineDash(GHOST_DASH);
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  if (when === 'before') context.setLineDash([]);
}

/** A box that was changed since the last review: a glow around it, and a dot at its corner. @param {Context} context @param {Edges} edges on the screen @param {string} color */
export function paintChange(context, edges, color) {
  const { x1, y1, x2, y2 } = sharp(edges);
  context.globalAlpha = CHANGE_GLOW;
  context.lineWidth = 7;
  context.strokeStyle = color;
  context.strokeRect(x1 - 4, y1 - 4, x2 - x1 + 8, y2 - y1 + 8);
  context.globalAlpha = 1;
  paintDotAt(context, { x: x2, y: y1 }, color);
}

/**
 * @param {Context} context
 * @param {{x: number, y: number}} point
 * @param {string} color
 */
export function paintCursor(context, { x, y }, color) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 4.5, y + 14);
  context.lineTo(x + 7.5, y + 8);
  context.lineTo(x + 14, y + 5.5);
  context.closePath();
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = '#fff';
  context.lineJoin = 'round';
  context.stroke();
}

/**
 * Two lines across the whole picture, readable on light and dark.
 * @param {Context} context
 * @param {{x: number, y: number}} point on the screen
 * @param {Edges} picture on the screen
 */
export function paintCrosshair(context, { x, y }, picture) {
  const [column, row] = [Math.round(x), Math.round(y)];
  for (const [color, shift] of /** @type {const} */ ([['rgb(0 0 0 / 0.45)', 0], ['rgb(255 255 255 / 0.75)', 1]])) {
    context.fillStyle = color;
    context.fillRect(column - 1 + shift, picture.y1, 1, picture.y2 - picture.y1);
    context.fillRect(picture.x1, row - 1 + shift, picture.x2 - picture.x1, 1);
  }
}
