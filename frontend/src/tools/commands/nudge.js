/**
 * Moving boxes and their edges by keys: `box.move.left`, `box.resize.left` (the right or lower edge), `box.resize-start.left`
 * (the left or upper edge), each also with `.far`.
 *
 * @import { Box, Edges } from '../../box.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { movedEdges, unionOf } from '../../geometry.js';
import { changeable } from './rights.js';

/** Key presses closer together are one undo step. */
const NUDGE_PAUSE_MS = 900;
const FAR_PX = 10;

/** @type {[string, number, number][]} */
const WAYS = [['left', -1, 0], ['right', 1, 0], ['up', 0, -1], ['down', 0, 1]];

/** @param {Parts} parts @returns {Actions} */
export function nudgeCommands({ workspace }) {
  const nudge = new Nudge(workspace);
  /** @type {Actions} */
  const found = {};
  for (const [name, dx, dy] of WAYS) {
    for (const [suffix, step] of /** @type {[string, number][]} */ ([['', 1], ['.far', FAR_PX]])) {
      found[`box.move.${name}${suffix}`] = () => nudge.move(dx * step, dy * step);
      found[`box.resize.${name}${suffix}`] = () => nudge.resize(dx ? 'x2' : 'y2', (dx || dy) * step);
      found[`box.resize-start.${name}${suffix}`] = () => nudge.resize(dx ? 'x1' : 'y1', (dx || dy) * step);
    }
  }
  return found;
}

export class Nudge {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    /** @type {{key: string, gesture: string, at: number}|null} the presses that go on */
    this.last = null;
  }

  /** @param {number} dx image pixels @param {number} dy */
  move(dx, dy) {
    const boxes = this.boxes();
    if (!boxes.length) return;
    const common = unionOf(boxes);
    const moved = movedEdges(common, dx, dy, this.workspace.page.frame);
    const [right, down] = [moved.x1 - common.x1, moved.y1 - common.y1];
    const gesture = this.gestureOf('move');
    const { store } = this.workspace;
    store.together(() => boxes.forEach(({ id, x1, y1, x2, y2 }) => {
      /** @type {Partial<Edges>} */
      const set = right ? { x1: x1 + right, x2: x2 + right } : down ? { y1: y1 + down, y2: y2 + down } : {};
      store.set(id, set, gesture);
    }));
    this.show();
  }

  /** @param {keyof Edges} edge @param {number} by image pixels */
  resize(edge, by) {
    const boxes = this.boxes();
    if (!boxes.length) return;
    const gesture = this.gestureOf('resize');
    const { store } = this.workspace;
    store.together(() => boxes.forEach((box) => store.set(box.id, { [edge]: box[edge] + by }, gesture)));
    this.show();
  }

  /** @returns {Box[]} what the keys move; none where editing is not possible, which is said */
  boxes() {
    return changeable(this.workspace);
  }

  show() {
    const { selectedBoxes, camera } = this.workspace;
    if (selectedBoxes.length) camera.reveal(unionOf(selectedBoxes));
  }

  /** @param {string} kind @returns {string} */
  gestureOf(kind) {
    const { store } = this.workspace;
    const key = `${kind} ${[...store.selection].join(' ')}`;
    const at = store.now();
    const goesOn = this.last?.key === key && at - this.last.at < NUDGE_PAUSE_MS && store.lastGesture === this.last.gesture;
    const gesture = goesOn && this.last ? this.last.gesture : store.newGesture();
    this.last = { key, gesture, at };
    return gesture;
  }
}
