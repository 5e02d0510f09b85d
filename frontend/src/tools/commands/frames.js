/**
 * From frame to frame, and saying that one is done.
 *
 * @import { FrameCard, Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { gettext } from '../../ui/i18n.js';
import { whyNotEdit } from './rights.js';

/** @param {Parts} parts @returns {Actions} */
export function frameCommands({ workspace }) {
  return {
    'frame.next': () => go(workspace, workspace.page.next),
    'frame.previous': () => go(workspace, workspace.page.previous),
    'frame.next-for-me': () => workspace.host.takeNext(),
    'frame.complete-next': () => void completeAndGo(workspace),
    'frame.complete': () => void setStatus(workspace, 'complete'),
    'frame.open-again': () => void setStatus(workspace, 'in_progress'),
  };
}

/** @param {Workspace} workspace @param {FrameCard|null} card */
function go({ host }, card) {
  if (card) host.go(card);
  else host.say(gettext('There is no further image in this direction.'));
}

/**
 * @param {Workspace} workspace
 * @param {string} status
 * @param {{isEmpty?: boolean}} [claim] `isEmpty`: nothing is to be found here
 * @returns {Promise<boolean>} whether it is so now; if not, the person was told why
 */
async function setStatus(workspace, status, claim = {}) {
  // Quick people declare an image done while it is being opened: then the host waits.
  const isOpening = workspace.store.status.connection === 'connecting';
  const why = isOpening ? '' : whyNotEdit(workspace);
  if (!why) return workspace.host.setStatus(status, claim);
  workspace.host.say(why);
  return false;
}

/** To the neighbour; to what the queue gives for those who came from it. @param {Workspace} workspace @param {{isEmpty?: boolean}} [claim] */
export async function completeAndGo(workspace, claim = {}) {
  const { frame, next } = workspace.page;
  if (!(await setStatus(workspace, 'complete', claim))) return;
  if (workspace.page.frame.id !== frame.id) return; // somebody impatient went on already
  if (workspace.page.claim?.from_queue) workspace.host.takeNext();
  else if (next) workspace.host.go(next);
  else workspace.host.say(gettext('This image is marked complete. It is the last one.'));
}
