/**
 * Making, choosing and deleting boxes.
 *
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { visibilityOf } from '../../visibility.js';
import { toTenth } from '../tool.js';
import { changeable, mayEdit } from './rights.js';

const DEFAULT_SIDE_PX = 120;
const DEFAULT_MIN_IMAGE_PX = 8;

/** @param {Parts} parts @returns {Actions} */
export function boxCommands({ workspace }) {
  return {
    'box.new': () => newBox(workspace),
    'box.delete': () => removeSelected(workspace),
    'box.next': () => void walk(workspace, 1),
    'box.previous': () => void walk(workspace, -1),
    'box.all': () => selectAll(workspace),
  };
}

/** @param {Workspace} workspace */
function newBox(workspace) {
  const { store, view, camera, page, pixel } = workspace;
  if (!mayEdit(workspace) || view.now.label === null) return;
  const { x, y } = view.now.pointer ?? camera.centre();
  const side = Math.max(DEFAULT_SIDE_PX * pixel, DEFAULT_MIN_IMAGE_PX);
  const [width, height] = [Math.min(side, page.frame.width), Math.min(side, page.frame.height)];
  const left = toTenth(Math.min(Math.max(x - width / 2, 0), page.frame.width - width));
  const top = toTenth(Math.min(Math.max(y - height / 2, 0), page.frame.height - height));
  const edges = { x1: left, y1: top, x2: toTenth(left + width), y2: toTenth(top + height) };
  const id = store.create({ ...edges, label: view.now.label });
  if (id) store.select([id]);
}

/** Not what is faded: the pointer does not reach it either, and what is chosen at a stroke may be deleted at the next. @param {Workspace} workspace */
function selectAll({ store, shownBoxes, view }) {
  store.select(shownBoxes.filter((box) => visibilityOf(box, view.now) === 'shown').map((box) => box.id));
}

/** @param {Workspace} workspace */
function removeSelected(workspace) {
  const { store, shownBoxes } = workspace;
  const boxes = changeable(workspace);
  const [first] = boxes;
  if (!first) return;
  const at = shownBoxes.findIndex((box) => box.id === first.id);
  const next = shownBoxes.slice(at).find((box) => !store.selection.has(box.id)) ?? shownBoxes.slice(0, at).at(-1);
  const gesture = store.newGesture();
  store.together(() => boxes.forEach((box) => store.remove(box.id, gesture)));
  // By keyboard one goes on from where one was; with the pointer in the picture nothing is selected by itself.
  store.select(next && !workspace.view.now.pointer ? [next.id] : []);
}

/** @param {Workspace} workspace @param {number} step @returns {boolean} false at the end, where the focus may go on */
export function walk({ store, camera, shownBoxes }, step) {
  const at = shownBoxes.findIndex((box) => store.selection.has(box.id));
  const next = at < 0 ? shownBoxes.at(step > 0 ? 0 : -1) : shownBoxes[at + step];
  if (!next) return false;
  store.select([next.id]);
  camera.reveal(next);
  return true;
}
