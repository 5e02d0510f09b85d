/**
 * What is thought of a box, in words: by a model, and by people.
 *
 * @import { Box, Feedback } from '../box.js'
 */
import { isAcceptedAlone } from '../box.js';
import { gettext, pgettext } from './i18n.js';

/** @type {Record<string, () => string>} of a box */
export const STATUS_WORDS = { accepted: () => gettext('accepted'), proposed: () => gettext('proposed'), rejected: () => gettext('rejected') };

/** @type {Record<Feedback, () => string>} */
const RATED_WORDS = {
  '': () => '', positive: () => gettext('rated positive'), negative: () => gettext('rated negative'), neutral: () => gettext('rated neutral'),
};

/** @type {Record<Feedback, () => string>} of a rating by itself */
export const RATING_WORDS = {
  '': () => '', positive: () => pgettext('rating', 'positive'), negative: () => pgettext('rating', 'negative'), neutral: () => pgettext('rating', 'neutral'),
};

/** @param {number} share 0 to 1 @returns {string} */
export function percent(share) {
  return `${Math.round(share * 100)}\u202f%`;
}

/** @param {Pick<Box, 'status'|'confidence'>} box @returns {string} `proposed 87 %` */
export function statusOf({ status, confidence }) {
  const word = STATUS_WORDS[status]?.() ?? status;
  return status === 'proposed' && confidence !== null ? `${word} ${percent(confidence)}` : word;
}

/** @param {Box} box @returns {string} in a word or two; '' for what is as if drawn */
export function shortVerdictOf(box) {
  const { status, confidence, feedback } = box;
  if (isAcceptedAlone(box)) return confidence === null ? gettext('by itself') : `${gettext('by itself')} ${percent(confidence)}`;
  if (status === 'accepted') return RATING_WORDS[feedback]();
  if (status !== 'proposed' || !feedback) return statusOf({ status, confidence });
  return [RATING_WORDS[feedback](), confidence === null ? '' : percent(confidence)].filter(Boolean).join(' ');
}

/** @param {Box} box @returns {string} with the rating, and whether a person was asked */
export function verdictOf(box) {
  const alone = isAcceptedAlone(box) ? gettext('without a person') : '';
  return [statusOf(box), alone, RATED_WORDS[box.feedback]()].filter(Boolean).join(', ');
}
