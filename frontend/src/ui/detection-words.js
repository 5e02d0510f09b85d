/**
 * How far a detection is, in words.
 *
 * @import { Progress, Run } from '../detecting.js'
 */
import { gettext, interpolate, ngettext } from './i18n.js';

/** @type {Record<string, () => string>} why boxes were left out */
const REASONS = {
  not_finite: () => gettext('not a number'), bad_confidence: () => gettext('no usable confidence'), bad_class: () => gettext('a class that the model does not have'),
  no_area: () => gettext('without an area'), outside: () => gettext('outside the image'), too_small: () => gettext('smaller than a pixel'),
  too_many: () => gettext('too many on one image'), unmapped: () => gettext('without a label in this project'),
  already_there: () => gettext('drawn or judged already'), unchanged: () => gettext('proposed already'),
  overtaken: () => gettext('answered by a later request'), unreadable: () => gettext('images that cannot be read'),
};

/** @param {Record<string, number>} leftOut @returns {string} '' for nothing */
export function leftOutText(leftOut) {
  const parts = Object.entries(leftOut).filter(([, count]) => count > 0);
  if (!parts.length) return '';
  const reasons = parts.map(([reason, count]) => `${count} ${REASONS[reason]?.() ?? reason.replaceAll('_', ' ')}`).join(', ');
  const sum = parts.reduce((all, [, count]) => all + count, 0);
  return interpolate(ngettext('%(count)s left out: %(reasons)s.', '%(count)s left out: %(reasons)s.', sum), { count: sum, reasons });
}

/** @param {Run} run */
function doneText({ proposed, replaced, total, left_out: leftOut }) {
  const text = total > 1 ? ngettext('Done: %(count)s proposal on %(frames)s images.', 'Done: %(count)s proposals on %(frames)s images.', proposed)
    : ngettext('Done: %(count)s proposal.', 'Done: %(count)s proposals.', proposed);
  const older = ngettext('%(count)s older one was replaced.', '%(count)s older ones were replaced.', replaced);
  const parts = [interpolate(text, { count: proposed, frames: total }), replaced ? interpolate(older, { count: replaced }) : '', leftOutText(leftOut)];
  return parts.filter(Boolean).join(' ');
}

/** @param {Run|null} run */
function runningText(run) {
  if (!run || run.total <= 1) return gettext('The model is looking at the image.');
  const text = interpolate(gettext('The model is looking: %(done)s of %(total)s images.'), { done: run.done, total: run.total });
  const left = run.eta_s === null ? null : Math.max(1, Math.round(run.eta_s));
  return left === null ? text : `${text} ${interpolate(ngettext('About %(seconds)s second left.', 'About %(seconds)s seconds left.', left), { seconds: left })}`;
}

/** @param {Progress} progress @returns {string} a sentence or two; '' while nothing was asked for */
export function progressText({ state, run, why, isAsked }) {
  if (isAsked && (state === 'queued' || state === 'running' || state === 'asking')) return gettext('Cancelling…');
  switch (state) {
    case 'none': return '';
    case 'asking': case 'queued': return gettext('Waiting for a worker.');
    case 'running': return runningText(run);
    case 'done': return run ? doneText(run) : '';
    case 'cancelled': return gettext('Cancelled. Proposals that were made stay.');
    case 'refused': return why || gettext('The server did not take this. Nothing was changed.');
    case 'away': return gettext('The server cannot be reached now. Nothing was started; your boxes are kept.');
    default: return run?.message || why || gettext('The detection failed. Your boxes are as they were.');
  }
}

/** @param {Progress} progress @returns {string} on a button */
export function shortProgress({ state, run }) {
  if (state === 'asking' || state === 'queued') return gettext('Waiting');
  if (state !== 'running') return gettext('Detect');
  return run && run.total > 1 ? `${run.done} / ${run.total}` : gettext('Detecting');
}
