/**
 * Boxes as four edges in image pixels, origin top left. The same rules as annotate/geometry.py, so that what
 * a person sees at once is what the server will store.
 *
 * @import { Edges } from './box.js'
 */

export const MIN_SIDE_PX = 1;
/** 1.4 - 0.4 is less than 1: what rounding takes away does not count. */
const ROUNDING_PX = 1e-6;

/**
 * The box after writing the edges in `given`. Both edges of an axis given: they are put in order. One edge
 * given: it stops MIN_SIDE_PX before the opposite edge. Everything is clamped to the image.
 * @param {Edges|null} present
 * @param {Partial<Edges>} given
 * @param {{width: number, height: number}} image size in pixels
 * @returns {Edges|null} null when less than MIN_SIDE_PX would remain, or a number is missing or not finite
 */
export function mergedEdges(present, given, image) {
  const across = axis(present && [present.x1, present.x2], given.x1, given.x2, image.width);
  const down = axis(present && [present.y1, present.y2], given.y1, given.y2, image.height);
  return across && down && { x1: across[0], y1: down[0], x2: across[1], y2: down[1] };
}

/**
 * @param {[number, number]|null} present
 * @param {number|undefined} low
 * @param {number|undefined} high
 * @param {number} limit
 * @returns {[number, number]|null}
 */
function axis(present, low, high, limit) {
  for (const value of [low, high]) {
    if (value !== undefined && !Number.isFinite(value)) return null;
  }
  if (low !== undefined && high !== undefined) {
    const first = clamp(Math.min(low, high), limit);
    const last = clamp(Math.max(low, high), limit);
    return isTooShort(first, last) ? null : [first, last];
  }
  if (!present) return null;
  if (low !== undefined) return [clamp(Math.min(low, present[1] - MIN_SIDE_PX), limit), present[1]];
  if (high !== undefined) return [present[0], clamp(Math.max(high, present[0] + MIN_SIDE_PX), limit)];
  return present;
}

/**
 * @param {number} low
 * @param {number} high
 */
export function isTooShort(low, high) {
  return high - low < MIN_SIDE_PX - ROUNDING_PX;
}

/**
 * @param {number} value
 * @param {number} limit
 */
function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit) + 0; // + 0 turns -0 into 0
}

/**
 * The edges moved as a whole, held back where they would leave the image.
 * @param {Edges} edges
 * @param {number} dx pixels
 * @param {number} dy pixels
 * @param {{width: number, height: number}} image
 * @returns {Edges}
 */
export function movedEdges(edges, dx, dy, image) {
  const right = Math.min(Math.max(dx, -edges.x1), image.width - edges.x2);
  const down = Math.min(Math.max(dy, -edges.y1), image.height - edges.y2);
  return { x1: edges.x1 + right, y1: edges.y1 + down, x2: edges.x2 + right, y2: edges.y2 + down };
}

/** @param {Edges} edges */
export function areaOf(edges) {
  return (edges.x2 - edges.x1) * (edges.y2 - edges.y1);
}

/**
 * Intersection over union, 0 to 1.
 * @param {Edges} a
 * @param {Edges} b
 */
export function iou(a, b) {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

/** @param {Edges[]} boxes at least one, of any number @returns {Edges} */
export function unionOf(boxes) {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    x1 = Math.min(x1, box.x1);
    y1 = Math.min(y1, box.y1);
    x2 = Math.max(x2, box.x2);
    y2 = Math.max(y2, box.y2);
  }
  return { x1, y1, x2, y2 };
}
