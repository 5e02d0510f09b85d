/**
 * The operation log of a frame, page by page.
 *
 * @import { LogPage } from '../frame-log.js'
 */
import { ask } from './request.js';

/**
 * @param {number} frame
 * @param {number} [below] revision; without it the newest
 * @returns {Promise<LogPage|null>} null when it cannot be had now
 */
export async function logPage(frame, below) {
  const answer = await ask(`/api/ui/frames/${frame}/history${below ? `?below=${below}` : ''}`);
  return answer.ok ? answer.body : null;
}
