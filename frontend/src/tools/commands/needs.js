/**
 * What commands need before they make sense: each answers why not, '' when it is there. The palette shows what cannot be
 * done now, with this reason.
 *
 * @import { Workspace } from '../../workspace.js'
 * @typedef {(workspace: Workspace) => string} Need
 */
import { isDone } from '../../review.js';
import { gettext } from '../../ui/i18n.js';
import { whyNoProposals, whyNotEmpty, whyNotJudge } from './audit.js';
import { whyNotDetecting } from './detection.js';
import { whyNotApprove, whyNotReview, whyNotReviewer, whyNotWalk } from './review.js';
import { whyNotChange, whyNotDraw, whyNotEdit } from './rights.js';
import { whyNotQuestion } from './together.js';

/** @param {boolean} isThere @param {string} why */
const unless = (isThere, why) => (isThere ? '' : why);

/** @satisfies {Record<string, Need>} */
export const needs = {
  edit: whyNotEdit,
  draw: whyNotDraw,
  pasting: ({ view }) => unless(view.now.tool === 'paste', gettext('Paste first.')),
  selection: ({ store }) => unless(store.selection.size > 0, gettext('Select a box first.')),
  change: whyNotChange,
  audit: ({ view }) => unless(view.now.mode === 'audit', gettext('Turn the audit mode on first.')),
  judge: whyNotJudge,
  empty: whyNotEmpty,
  detecting: whyNotDetecting,
  proposals: whyNoProposals,
  boxes: ({ shownBoxes }) => unless(shownBoxes.length > 0, gettext('There are no boxes in sight.')),
  undo: ({ store }) => unless(store.canUndo, gettext('There is nothing to undo.')),
  redo: ({ store }) => unless(store.canRedo, gettext('There is nothing to redo.')),
  question: whyNotQuestion,
  next: ({ page }) => unless(page.next !== null, gettext('This is the last image.')),
  previous: ({ page }) => unless(page.previous !== null, gettext('This is the first image.')),
  online: ({ store }) => unless(['online', 'connecting'].includes(store.status.connection), gettext('This needs the connection.')),
  reviewer: whyNotReviewer,
  review: whyNotReview,
  approve: whyNotApprove,
  changes: whyNotWalk,
  incomplete: ({ frameStatus }) => unless(!isDone(frameStatus), gettext('This image is marked complete already.')),
  complete: ({ frameStatus }) => unless(isDone(frameStatus), gettext('This image is not marked complete.')),
};

/**
 * @param {readonly Need[]} wanted
 * @param {Workspace} workspace
 * @returns {string} the first reason against it, '' for none
 */
export function whyNot(wanted, workspace) {
  for (const need of wanted) {
    const why = need(workspace);
    if (why) return why;
  }
  return '';
}
