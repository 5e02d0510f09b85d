/**
 * Which box lies on top, which the hand leaves alone, which is out of sight.
 *
 * @import { Box } from '../../box.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { iou, unionOf } from '../../geometry.js';
import { byStacking } from '../../stacking.js';
import { gettext, interpolate, ngettext } from '../../ui/i18n.js';
import { ALL_IN_SIGHT } from '../../visibility.js';
import { changeable } from './rights.js';

/** @param {Parts} parts @returns {Actions} */
export function arrangeCommands({ workspace }) {
  const { view } = workspace;
  return {
    'box.forward': () => step(workspace, 1),
    'box.backward': () => step(workspace, -1),
    'box.front': () => allTheWay(workspace, 1),
    'box.back': () => allTheWay(workspace, -1),
    'box.lock': () => toggleLock(workspace),
    'box.hide': () => hideSelected(workspace),
    'view.show-hidden': () => view.set(ALL_IN_SIGHT),
    'view.blank': () => view.set({ isBlank: !view.now.isBlank }),
    'view.blank-while': () => view.set({ isBlank: true }),
    'view.blank-end': () => view.set({ isBlank: false }),
    'view.fade': () => view.set({ isFading: !view.now.isFading }),
    'view.filter': () => workspace.host.toggleFilter(),
    'view.adjust': () => workspace.host.toggleAdjust(),
    'view.selection': () => showSelected(workspace),
  };
}

/**
 * Past the next box that it lies on or under: one that it does not touch would change nothing that can be seen.
 * @param {Workspace} workspace
 * @param {1|-1} way 1: to the front
 */
function step(workspace, way) {
  const { store, host } = workspace;
  const boxes = changeable(workspace).sort((a, b) => way * byStacking(b, a));
  if (!boxes.length) return;
  const others = [...store.boxes.values()].filter((box) => !store.selection.has(box.id));
  const gesture = store.newGesture();
  let moved = 0;
  for (const box of boxes) {
    const beyond = others.filter((one) => way * byStacking(one, box) > 0 && iou(one, box) > 0).sort((a, b) => way * byStacking(a, b));
    if (beyond.length && store.set(box.id, { z: past(box, beyond, way) }, gesture)) moved += 1;
  }
  if (!moved) host.say(way > 0 ? gettext('Nothing lies over it.') : gettext('Nothing lies under it.'));
}

/**
 * Past the first of these, and not past the second where that can be done by moving this box only.
 * @param {Box} box
 * @param {Box[]} beyond the nearest first
 * @param {1|-1} way
 * @returns {number}
 */
function past({ z }, [next, afterNext], way) {
  if (!next) return z;
  const middle = afterNext ? (next.z + afterNext.z) / 2 : NaN;
  const isBetween = way * (middle - next.z) > 0 && way * ((afterNext?.z ?? 0) - middle) > 0;
  return isBetween ? middle : next.z + way;
}

/** Past all others; among themselves the selected ones stay as they are. @param {Workspace} workspace @param {1|-1} way */
function allTheWay(workspace, way) {
  const { store } = workspace;
  const boxes = changeable(workspace).sort((a, b) => way * byStacking(a, b));
  const others = [...store.boxes.values()].filter((box) => !store.selection.has(box.id));
  const [nearest] = boxes;
  if (!nearest || others.every((one) => way * byStacking(nearest, one) > 0)) return;
  const last = others.reduce((z, one) => (way * (one.z - z) > 0 ? one.z : z), others[0]?.z ?? 0);
  const gesture = store.newGesture();
  store.together(() => boxes.forEach((box, index) => store.set(box.id, { z: last + way * (index + 1) }, gesture)));
}

/** @param {Workspace} workspace */
function toggleLock({ store, view, host }) {
  const chosen = [...store.selection];
  if (!chosen.length) return;
  const locked = new Set(view.now.locked);
  const locks = chosen.some((id) => !locked.has(id));
  for (const id of chosen) {
    if (locks) locked.add(id);
    else locked.delete(id);
  }
  view.set({ locked });
  const text = locks ? ngettext('%(count)s box locked.', '%(count)s boxes locked.', chosen.length)
    : ngettext('%(count)s box unlocked.', '%(count)s boxes unlocked.', chosen.length);
  host.say(interpolate(text, { count: chosen.length }));
}

/** @param {Workspace} workspace */
function hideSelected({ store, view, host }) {
  const chosen = [...store.selection];
  if (!chosen.length) return;
  view.set({ hidden: new Set([...view.now.hidden, ...chosen]) });
  store.select([]);
  host.say(interpolate(ngettext('%(count)s box hidden. It is not deleted.', '%(count)s boxes hidden. They are not deleted.', chosen.length), { count: chosen.length }));
}

/** @param {Workspace} workspace */
function showSelected({ store, camera, host }) {
  const boxes = [...store.selection].flatMap((id) => store.boxes.get(id) ?? []);
  if (boxes.length) camera.show(unionOf(boxes));
  else host.say(gettext('Select a box first.'));
}
