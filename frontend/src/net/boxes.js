/**
 * The boxes of a frame that is not open.
 *
 * @import { Box } from '../box.js'
 */
import { readBox } from '../protocol.js';
import { ask } from './request.js';

/** @param {number} frame id @returns {Promise<Box[]|null>} null when they cannot be had now */
export async function boxesOf(frame) {
  const answer = await ask(`/api/ui/frames/${frame}/boxes`);
  return answer.ok ? answer.body.boxes.map(readBox) : null;
}
