/**
 * What a tool is: it turns pointer gestures on the image into calls of the store and the camera. It sees no page, no
 * network and no canvas. input/pointer.js calls it; `move` comes at most once per animation frame.
 *
 * @import { Edges } from '../box.js'
 *
 * @typedef {{
 *   x: number, y: number, sx: number, sy: number, shift: boolean, alt: boolean, isTouch: boolean, isMore: boolean
 * }} ToolPoint `x`, `y`: image pixels, may lie outside the image. `sx`, `sy`: CSS pixels on the stage. `isMore`: Ctrl is held: one more of the same.
 *
 * @typedef {{
 *   down: (point: ToolPoint) => void, move: (point: ToolPoint) => void, up: (point: ToolPoint) => void,
 *   hover: (point: ToolPoint) => void, cancel: () => boolean, hold?: (point: ToolPoint) => void
 * }} Tool `hover`: the pointer moves with no button down. `hold`: a finger or pen has stayed where it came down. `cancel` gives up what was begun, and says whether there was any.
 */

/** A press that moves less is a click. */
export const DRAG_THRESHOLD_PX = 3;
/** On the screen; a box with a shorter side is a slip of the hand. */
const MIN_SIDE_PX = 3;

/**
 * @param {ToolPoint} a
 * @param {ToolPoint} b
 */
export function isDrag(a, b) {
  return Math.max(Math.abs(a.sx - b.sx), Math.abs(a.sy - b.sy)) > DRAG_THRESHOLD_PX;
}

/**
 * The place of a corner that is pressed, before there is a box.
 * @param {{x: number, y: number}} point
 * @param {{width: number, height: number}} image pixels
 * @returns {Edges} without width and height
 */
export function spotOf(point, { width, height }) {
  const x = toTenth(Math.min(Math.max(point.x, 0), width));
  const y = toTenth(Math.min(Math.max(point.y, 0), height));
  return { x1: x, y1: y, x2: x, y2: y };
}

/** @param {Edges} edges @param {number} scale CSS pixels per image pixel */
export function isSlip({ x1, y1, x2, y2 }, scale) {
  return Math.min(x2 - x1, y2 - y1) * scale < MIN_SIDE_PX;
}

/** Edges keep a tenth of a pixel: finer than anybody can point, and short to read. @param {number} value */
export function toTenth(value) {
  return Math.round(value * 10) / 10;
}
