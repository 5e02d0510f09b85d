/**
 * Labels by their digit.
 *
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { gettext, interpolate } from '../../ui/i18n.js';
import { changeable } from './rights.js';

/** @param {Parts} parts @returns {Actions} */
export function labelCommands({ workspace }) {
  return Object.fromEntries([...'1234567890'].map((digit) => [`label.${digit}`, () => labelByKey(workspace, digit)]));
}

/** @param {Workspace} workspace @param {string} digit */
function labelByKey(workspace, digit) {
  const label = workspace.activeLabels.find((one) => one.key === digit);
  if (label) chooseLabel(workspace, label.id);
  else workspace.host.say(interpolate(gettext('No label has the key %(digit)s.'), { digit }));
}

/** For the selected boxes, and for the next ones. @param {Workspace} workspace @param {number} id */
export function chooseLabel(workspace, id) {
  const { store, view } = workspace;
  view.set({ label: id });
  const boxes = changeable(workspace);
  if (!boxes.length) return;
  const gesture = store.newGesture();
  store.together(() => boxes.forEach((box) => store.set(box.id, { label: id }, gesture)));
}
