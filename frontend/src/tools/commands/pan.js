/**
 * Moving the view by keys: `view.pan.left`, and by half of it with `.far`. Left shows what lies further left.
 *
 * @import { Actions, Parts } from './rights.js'
 */

/** CSS pixels. */
const STEP_PX = 64;

/** @type {[string, number, number][]} */
const WAYS = [['left', -1, 0], ['right', 1, 0], ['up', 0, -1], ['down', 0, 1]];

/** @param {Parts} parts @returns {Actions} */
export function panCommands({ workspace: { camera } }) {
  return Object.fromEntries(WAYS.flatMap(([way, dx, dy]) => [
    [`view.pan.${way}`, () => camera.panBy(-dx * STEP_PX, -dy * STEP_PX)],
    [`view.pan.${way}.far`, () => camera.panBy(-dx * camera.view.width / 2, -dy * camera.view.height / 2)],
  ]));
}
