/**
 * Copying, pasting, duplicating, and the boxes of the image before.
 *
 * @import { Box } from '../../box.js'
 * @import { Copied, Workspace } from '../../workspace.js'
 * @import { Toolbox } from '../toolbox.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { isAcceptedAlone } from '../../box.js';
import { iou, movedEdges, unionOf } from '../../geometry.js';
import { gettext, interpolate, ngettext } from '../../ui/i18n.js';
import { copyOf, placeCopies } from '../copies.js';
import { mayEdit } from './rights.js';

/** On the screen, so that a duplicate can be told from its box at every zoom. */
const STEP_PX = 12;
/** A box that lies like this on one of the same label is there already. */
const SAME_FROM_IOU = 0.9;

/** @param {Parts} parts @returns {Actions} */
export function clipboardCommands({ workspace, toolbox }) {
  return {
    'edit.copy': () => copy(workspace),
    'edit.paste': () => paste(workspace, toolbox),
    'edit.put-down': () => toolbox.tools.paste.putDown(),
    'edit.duplicate': () => duplicate(workspace),
    'box.repeat': () => void repeat(workspace),
  };
}

/** @param {Workspace} workspace */
function copy(workspace) {
  const boxes = workspace.chosenBoxes;
  if (!boxes.length) return workspace.host.say(gettext('Select a box first.'));
  workspace.clipboard = boxes.map(copyOf);
  workspace.host.say(interpolate(ngettext('%(count)s box copied.', '%(count)s boxes copied.', boxes.length), { count: boxes.length }));
}

/** Under the pointer, else a little beside where they were. @param {Workspace} workspace @param {Toolbox} toolbox */
function paste(workspace, toolbox) {
  const { clipboard, view, host } = workspace;
  if (!mayEdit(workspace)) return;
  if (!clipboard.length) return host.say(gettext('Nothing was copied yet.'));
  if (view.now.tool === 'paste') return toolbox.tools.paste.putDown(true);
  if (view.now.pointer) return toolbox.tools.paste.begin(view.now.pointer);
  beside(workspace, clipboard);
}

/** @param {Workspace} workspace */
function duplicate(workspace) {
  if (!mayEdit(workspace)) return;
  if (!workspace.chosenBoxes.length) return workspace.host.say(gettext('Select a box first.'));
  beside(workspace, workspace.chosenBoxes.map(copyOf));
}

/** @param {Workspace} workspace @param {readonly Copied[]} copies */
function beside(workspace, copies) {
  const { page: { frame }, pixel, store } = workspace;
  const step = Math.max(1, Math.round(STEP_PX * pixel));
  const common = unionOf([...copies]);
  const next = movedEdges(common, common.x2 + step <= frame.width ? step : -step, common.y2 + step <= frame.height ? step : -step, frame);
  const [dx, dy] = [next.x1 - common.x1, next.y1 - common.y1];
  const moved = copies.map((one) => ({ ...one, x1: one.x1 + dx, x2: one.x2 + dx, y1: one.y1 + dy, y2: one.y2 + dy }));
  store.select(placeCopies(workspace, moved));
}

/**
 * Whether a copy of a box may become a box of a person: what a model only proposes may not, and where proposals would lead
 * the eye not even what was accepted without anybody looking.
 * @param {Box} box
 * @param {boolean} isBlind whether the image it comes to is labelled without proposals
 */
function isKept(box, isBlind) {
  return box.status === 'accepted' && !(isBlind && isAcceptedAlone(box));
}

/** What was accepted on the image before and is not yet here. @param {Workspace} workspace */
async function repeat(workspace) {
  const { page, host, store } = workspace;
  const before = page.previous;
  if (!mayEdit(workspace) || !before) return;
  const boxes = await host.boxesOf(before.id);
  if (workspace.store !== store) return; // somebody impatient went on
  if (!boxes) return host.say(gettext('The boxes of the image before cannot be had now. Nothing was changed.'));
  const [across, down] = [page.frame.width / before.width, page.frame.height / before.height];
  const kept = boxes.filter((box) => isKept(box, page.frame.is_blind ?? false));
  const copies = kept.map(copyOf)
    .map((one) => ({ ...one, x1: one.x1 * across, x2: one.x2 * across, y1: one.y1 * down, y2: one.y2 * down }));
  const here = [...store.boxes.values()];
  const fresh = copies.filter((one) => !here.some((box) => box.label === one.label && iou(box, one) >= SAME_FROM_IOU));
  if (!boxes.length) return host.say(gettext('The image before has no boxes.'));
  if (!kept.length) return host.say(gettext('No box of the image before has been accepted yet. Nothing was added.'));
  if (!fresh.length) return host.say(gettext('The boxes of the image before are all here already.'));
  const made = placeCopies(workspace, fresh);
  store.select(made);
  host.say(interpolate(ngettext('%(count)s box of the image before was added.', '%(count)s boxes of the image before were added.', made.length), { count: made.length }));
}
