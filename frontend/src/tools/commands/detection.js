/**
 * What this window has asked of a model.
 *
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { gettext } from '../../ui/i18n.js';

/** @param {Parts} parts @returns {Actions} */
export function detectionCommands({ workspace }) {
  return { 'ai.cancel': () => cancel(workspace) };
}

/** @param {Workspace} workspace @returns {string} why there is nothing to cancel, '' where there is */
export function whyNotDetecting({ host }) {
  return host.isDetecting() ? '' : gettext('No model is detecting now.');
}

/** @param {Workspace} workspace */
function cancel(workspace) {
  const why = whyNotDetecting(workspace);
  if (why) return workspace.host.say(why);
  workspace.host.cancelDetection();
  workspace.host.say(gettext('The detection is being cancelled.'));
}
