/**
 * Deciding about a frame, and asking for the next one to review.
 *
 * @import { Reason, ReviewCard, Verdict } from '../review.js'
 * @import { ClaimCard, FrameCard } from '../workspace.js'
 *
 * @typedef {{status: string, review: ReviewCard}} Decided
 * @typedef {{frame: FrameCard, claim: ClaimCard}} Offered
 */
import { gettext } from '../ui/i18n.js';
import { ask, isPassing } from './request.js';

/** @param {string} detail @param {boolean} isLater @returns {string} */
function reasonOf(detail, isLater) {
  if (detail) return detail;
  if (isLater) return gettext('The server cannot be reached now, so nothing was decided. Try again when the connection is back.');
  return gettext('The server did not take the decision. Nothing was changed; reload the page and try again.');
}

/**
 * @param {{frame: number, verdict: Verdict, revision: number, reason: Reason|null}} review
 * @returns {Promise<Decided|string>} or why not
 */
export async function decide({ frame, ...body }) {
  const answer = await ask(`/api/ui/frames/${frame}/review`, { method: 'POST', body });
  return answer.ok ? answer.body : reasonOf(answer.detail, isPassing(answer));
}

/**
 * @param {number} project
 * @param {number} frame the present one, which is not given again
 * @returns {Promise<Offered|string>} or why there is none
 */
export async function nextToReview(project, frame) {
  const answer = await ask(`/api/ui/projects/${project}/next-review`, { method: 'POST', body: { frame } });
  if (!answer.ok) return answer.detail || gettext('The next image cannot be had while offline. You can go on with this one; your edits are kept.');
  return answer.body.frame ? answer.body : answer.body.message;
}
