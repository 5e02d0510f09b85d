/**
 * What a review goes by: which boxes are new to the reviewer, and why one cannot decide.
 *
 * @import { Box } from './box.js'
 *
 * @typedef {{
 *   is_on: boolean, may_review: boolean, why_not: string, people: string, since: number|null, verdict: ''|'approved'|'returned', by: string,
 *   text: string
 * }} ReviewCard what annotate/views/review_cards.py says. `since`: the revision that was reviewed last, null for none.
 *   `why_not`: why this person cannot approve the frame as it was when the page was made. `people`: how many have labelled it
 *   independently, '' where nobody is asked to. `text`: why it was returned
 * @typedef {{id: string, text: string, box?: string, x?: number, y?: number}} Reason
 * @typedef {'approved'|'returned'} Verdict
 */

/** @type {ReviewCard} of a server that says nothing about reviews */
export const NO_REVIEW = { is_on: false, may_review: false, why_not: '', people: '', since: null, verdict: '', by: '', text: '' };

/** Whether nobody has to label the frame any more. @param {string} status @returns {boolean} */
export function isDone(status) {
  return status === 'complete' || status === 'approved';
}

/** @param {Pick<Box, 'versions'>} box @param {number} revision @returns {boolean} whether anybody wrote any of it since */
export function isChangedSince({ versions }, revision) {
  return Object.values(versions).some((version) => version > revision);
}

/**
 * @param {Iterable<Box>} boxes
 * @param {number|null} since null: nothing was reviewed yet, and all is new without saying so
 * @returns {Box[]} from top to bottom
 */
export function changedBoxes(boxes, since) {
  if (since === null) return [];
  return [...boxes].filter((box) => isChangedSince(box, since)).sort((a, b) => a.y1 - b.y1 || a.x1 - b.x1 || (a.id < b.id ? -1 : 1));
}
