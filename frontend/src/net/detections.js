/**
 * Detections, asked for and told of.
 *
 * @import { DetectionServer } from '../detections.js'
 * @import { DetectorServer } from '../detecting.js'
 * @import { Answered, Failed } from './request.js'
 */
import { ask, isPassing } from './request.js';

/** @type {DetectionServer} */
export const detectionServer = {
  list: async (frame) => answerOf(await ask(`/api/ui/frames/${frame}/detections`)),
};

/** @type {DetectorServer} */
export const detectorServer = {
  start: async (request) => answerOf(await ask('/ai/detect', { method: 'POST', body: request })),
  look: async (id) => answerOf(await ask(`/ai/detections/${id}`)),
  cancel: (id) => ask(`/ai/detections/${id}/cancel`, { method: 'POST' }),
};

/** @param {Answered|Failed} answer @returns {any} the body, 'later', or why it was refused */
function answerOf(answer) {
  if (answer.ok) return answer.body;
  // A server that has a reason says it, also where it is only for now: no model, for one.
  if (answer.detail && answer.status !== 401) return { refused: answer.detail };
  if (isPassing(answer) || answer.status === 401) return 'later';
  return { refused: answer.detail };
}
