/**
 * What every list of commands gets, and the questions that many of them ask first.
 *
 * @import { Box } from '../../box.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Toolbox } from '../toolbox.js'
 *
 * @typedef {{workspace: Workspace, toolbox: Toolbox}} Parts
 * @typedef {Record<string, () => void>} Actions what each command does, by its id
 */
import { gettext } from '../../ui/i18n.js';

/** @param {Workspace} workspace @returns {string} why nothing can be edited now, '' when it can */
export function whyNotEdit({ store }) {
  return store.canEdit ? '' : gettext('Your role in this project lets you look, not edit.');
}

/** @param {Workspace} workspace @returns {string} why no box can be drawn now, '' when one can */
export function whyNotDraw(workspace) {
  const why = whyNotEdit(workspace);
  if (why || workspace.activeLabels.length) return why;
  return gettext('This project has no labels yet, so no box can be drawn.');
}

/** @param {Workspace} workspace @returns {boolean} whether boxes can be drawn and changed; says why not */
export function mayEdit(workspace) {
  const why = whyNotDraw(workspace);
  if (why) workspace.host.say(why);
  return !why;
}

/** @param {Workspace} workspace @returns {string} why nothing of the selection can be changed, '' when some of it can */
export function whyNotChange({ store, chosenBoxes, selectedBoxes }) {
  if (!store.selection.size) return gettext('Select a box first.');
  if (selectedBoxes.length) return '';
  return chosenBoxes.length ? gettext('What is selected is locked. Unlock it first.') : gettext('What is selected is hidden. Show it first.');
}

/** @param {Workspace} workspace @returns {Box[]} what is to be changed; none where that is not possible, which is said */
export function changeable(workspace) {
  if (!workspace.store.selection.size || !mayEdit(workspace)) return [];
  const why = whyNotChange(workspace);
  if (why) workspace.host.say(why);
  return workspace.selectedBoxes;
}
