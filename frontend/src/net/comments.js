/**
 * Comments of a frame, asked and sent.
 *
 * @import { Answer, CommentServer } from '../comments.js'
 * @import { Answered, Failed } from './request.js'
 */
import { ask, isPassing } from './request.js';

/** @type {CommentServer} */
export const commentServer = {
  list: async (frame) => answerOf(await ask(`/api/ui/frames/${frame}/comments`)),
  add: async (frame, comment) => answerOf(await ask(`/api/ui/frames/${frame}/comments`, { method: 'POST', body: comment })),
  change: async (id, change) => answerOf(await ask(`/api/ui/comments/${id}`, { method: 'PATCH', body: change })),
};

/** @param {Answered|Failed} answer @returns {Answer} */
function answerOf(answer) {
  if (answer.ok) return answer.body;
  if (isPassing(answer) || answer.status === 401) return 'later';
  return { refused: answer.detail };
}
