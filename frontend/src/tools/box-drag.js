/**
 * One move or resize of boxes, from press to release: previews while it lasts, one gesture at the end.
 *
 * @import { Box, Edges } from '../box.js'
 * @import { Handle } from '../hit-test.js'
 * @import { Workspace } from '../workspace.js'
 */
import { EDGES } from '../box.js';
import { MIN_SIDE_PX, mergedEdges, movedEdges, unionOf } from '../geometry.js';
import { HANDLE_EDGES } from '../hit-test.js';
import { toTenth } from './tool.js';

export class BoxDrag {
  /**
   * @param {Workspace} workspace
   * @param {Box[]} boxes
   * @param {Handle|null} handle null moves the boxes as a whole
   */
  constructor(workspace, boxes, handle) {
    this.workspace = workspace;
    this.boxes = boxes;
    this.handle = handle;
    /** Around all of them, as they were pressed: asked once, and not by each box of thousands in every frame. */
    this.common = unionOf(boxes);
    this.gesture = workspace.store.newGesture();
  }

  /** @param {number} dx image pixels since the press @param {number} dy */
  to(dx, dy) {
    const { store, view } = this.workspace;
    const moved = this.boxes.map((box) => ({ ...this.edgesOf(box, dx, dy), id: box.id }));
    store.preview(this.gesture, moved);
    view.set({ readout: moved[0] ?? null });
  }

  /** @param {number} dx @param {number} dy */
  commit(dx, dy) {
    const { store } = this.workspace;
    store.together(() => this.boxes.forEach((box) => store.set(box.id, this.fieldsOf(box, dx, dy), this.gesture)));
    this.end();
  }

  /**
   * Only what the handle moves: somebody else may be moving the opposite edge.
   * @param {Box} box @param {number} dx @param {number} dy
   * @returns {Partial<Edges>}
   */
  fieldsOf(box, dx, dy) {
    const edges = this.edgesOf(box, dx, dy);
    const names = this.handle && this.boxes.length === 1 ? HANDLE_EDGES[this.handle] : EDGES;
    return Object.fromEntries(names.map((name) => [name, edges[name]]));
  }

  end() {
    this.workspace.store.preview(this.gesture, null);
    this.workspace.view.set({ readout: null });
  }

  /**
   * @param {Box} box
   * @param {number} dx
   * @param {number} dy
   * @returns {Edges}
   */
  edgesOf(box, dx, dy) {
    const image = this.workspace.page.frame;
    if (!this.handle) return this.movedTogether(box, dx, dy);
    if (this.boxes.length > 1) return this.resizedTogether(box, this.handle, dx, dy);
    /** @type {Partial<Edges>} */
    const given = {};
    for (const name of HANDLE_EDGES[this.handle]) given[name] = toTenth(box[name] + (name.startsWith('x') ? dx : dy));
    return mergedEdges(box, given, image) ?? box;
  }

  /**
   * Several boxes are stretched as one picture of them would be.
   * @param {Box} box
   * @param {Handle} handle
   * @param {number} dx
   * @param {number} dy
   * @returns {Edges}
   */
  resizedTogether(box, handle, dx, dy) {
    const { common } = this;
    /** @type {Partial<Edges>} */
    const given = {};
    for (const name of HANDLE_EDGES[handle]) given[name] = toTenth(common[name] + (name.startsWith('x') ? dx : dy));
    const next = mergedEdges(common, given, this.workspace.page.frame) ?? common;
    const across = (next.x2 - next.x1) / (common.x2 - common.x1);
    const down = (next.y2 - next.y1) / (common.y2 - common.y1);
    const x = (/** @type {number} */ value) => toTenth(next.x1 + (value - common.x1) * across);
    const y = (/** @type {number} */ value) => toTenth(next.y1 + (value - common.y1) * down);
    const [x1, x2] = withSide(x(box.x1), x(box.x2), next.x2);
    const [y1, y2] = withSide(y(box.y1), y(box.y2), next.y2);
    return { x1, y1, x2, y2 };
  }

  /**
   * Several boxes keep their places to one another: they stop where their common frame meets the border.
   * @param {Box} box
   * @param {number} dx
   * @param {number} dy
   */
  movedTogether(box, dx, dy) {
    const { common } = this;
    const moved = movedEdges(common, toTenth(dx), toTenth(dy), this.workspace.page.frame);
    const [right, down] = [moved.x1 - common.x1, moved.y1 - common.y1];
    return { x1: box.x1 + right, y1: box.y1 + down, x2: box.x2 + right, y2: box.y2 + down };
  }
}

/**
 * However small the picture of them becomes, each keeps a side.
 * @param {number} low
 * @param {number} high
 * @param {number} limit that it may not go beyond
 * @returns {[number, number]}
 */
function withSide(low, high, limit) {
  const first = Math.min(low, limit - MIN_SIDE_PX);
  return [first, Math.max(high, first + MIN_SIDE_PX)];
}
