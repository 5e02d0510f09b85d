/**
 * Looking at what others labelled: approve, or return with a reason. What is corrected meanwhile is an edit like any other.
 *
 * @import { Box } from '../../box.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { changedBoxes } from '../../review.js';
import { gettext, interpolate, ngettext } from '../../ui/i18n.js';

/** @param {Parts} parts @returns {Actions} */
export function reviewCommands({ workspace }) {
  return {
    'mode.review': () => toggleReview(workspace),
    'review.approve': () => guarded(workspace, whyNotApprove, () => workspace.host.approve()),
    'review.return': () => guarded(workspace, whyNotReview, () => workspace.host.askReason()),
    'review.next-change': () => guarded(workspace, whyNotWalk, () => walkChanges(workspace)),
    'review.next': () => guarded(workspace, whyNotReviewer, () => workspace.host.takeNextReview()),
  };
}

/** @param {Workspace} workspace @param {(workspace: Workspace) => string} whyNot @param {() => void} act */
function guarded(workspace, whyNot, act) {
  const why = whyNot(workspace);
  if (why) workspace.host.say(why);
  else act();
}

/** @param {Workspace} workspace @returns {string} why this person reviews nothing here, '' when they do */
export function whyNotReviewer({ page: { review } }) {
  if (!review?.is_on) return gettext('This project works without review.');
  return review.may_review ? '' : gettext('Your role in this project does not include reviewing.');
}

/** @param {Workspace} workspace @returns {string} why nothing can be decided about this frame now, '' when it can */
export function whyNotReview(workspace) {
  const why = whyNotReviewer(workspace);
  if (why) return why;
  const isReviewable = ['complete', 'approved'].includes(workspace.frameStatus);
  return isReviewable ? '' : gettext('Only an image that is complete can be reviewed.');
}

/** @param {Workspace} workspace @returns {string} */
export function whyNotApprove(workspace) {
  const why = whyNotReview(workspace);
  if (why) return why;
  if (workspace.frameStatus === 'approved') return gettext('This image is approved already.');
  return workspace.page.review?.why_not ?? '';
}

/** @param {Workspace} workspace @returns {Box[]} what is in sight and was written since the last review */
export function changesInSight({ shownBoxes, page }) {
  return changedBoxes(shownBoxes, page.review?.since ?? null);
}

/** @param {Workspace} workspace @returns {string} */
export function whyNotWalk(workspace) {
  if ((workspace.page.review?.since ?? null) === null) return gettext('This image was not reviewed before: all of it is new.');
  return changesInSight(workspace).length ? '' : gettext('Nothing in sight was changed since the last review.');
}

/** From the selected one to the next, from the last back to the first. @param {Workspace} workspace */
function walkChanges(workspace) {
  const { store, camera } = workspace;
  const changes = changesInSight(workspace);
  const at = changes.findIndex((box) => store.selection.has(box.id));
  const next = changes[(at + 1) % changes.length];
  if (!next) return;
  store.select([next.id]);
  camera.reveal(next);
}

/** @param {Workspace} workspace */
function toggleReview(workspace) {
  const { view, host } = workspace;
  if (view.now.mode === 'review') {
    view.set({ mode: 'edit' });
    return host.say(gettext('Review mode is off.'));
  }
  guarded(workspace, whyNotReviewer, () => {
    view.set({ mode: 'review' });
    const count = changesInSight(workspace).length;
    const text = ngettext('Review mode: %(count)s box was changed since the last review.', 'Review mode: %(count)s boxes were changed since the last review.', count);
    host.say(count ? interpolate(text, { count }) : gettext('Review mode: keys approve or return the image.'));
  });
}
