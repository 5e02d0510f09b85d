/**
 * Which boxes are shown, and which lies on top: higher `z` first, then the smaller, so that a box inside another one can
 * be seen and reached.
 *
 * @import { Box } from './box.js'
 */
import { areaOf } from './geometry.js';

/** @param {Box} box */
export function isShown(box) {
  return box.status !== 'rejected';
}

/**
 * For sorting: what lies below comes first.
 * @param {Box} a
 * @param {Box} b
 */
export function byStacking(a, b) {
  return a.z - b.z || areaOf(b) - areaOf(a) || (a.id < b.id ? -1 : 1);
}
