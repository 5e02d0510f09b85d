/**
 * Draws boxes: by a drag, or by a click on one corner and a click on the other. It never takes hold of a box that is
 * there already, and stays ready for the next one.
 *
 * @import { Edges } from '../box.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Tool, ToolPoint } from './tool.js'
 */
import { mergedEdges } from '../geometry.js';
import { isDrag, isSlip, spotOf, toTenth } from './tool.js';

/** @implements {Tool} */
export class DrawTool {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    /** @type {{corner: ToolPoint, gesture: string, id: string}|null} */
    this.draft = null;
    /** A first corner was clicked; the next click sets the second. */
    this.isClicking = false;
  }

  /** @param {ToolPoint} point */
  down(point) {
    const { store, view } = this.workspace;
    if (this.draft) return this.move(point);
    if (!store.canEdit || view.now.label === null) return;
    this.draft = { corner: point, gesture: store.newGesture(), id: store.newId() };
    this.isClicking = false;
    store.select([]);
    view.set({ isDrawing: true, hover: null, readout: spotOf(point, this.workspace.page.frame) });
  }

  /** @param {ToolPoint} point */
  move(point) {
    const { draft } = this;
    if (!draft) return;
    const edges = this.edgesTo(point);
    const { store, view } = this.workspace;
    const label = view.now.label ?? undefined;
    store.preview(draft.gesture, edges && [{ ...edges, id: draft.id, label }]);
    view.set({ readout: edges });
  }

  /** @param {ToolPoint} point */
  up(point) {
    const { draft } = this;
    if (!draft) return;
    if (!this.isClicking && !isDrag(draft.corner, point)) {
      this.isClicking = true;
      if (point.isTouch) this.workspace.view.set({ readout: null }); // nothing is under the finger any more
      return;
    }
    this.finish(point);
  }

  /** @param {ToolPoint} point */
  finish(point) {
    const { draft } = this;
    const { store, view, camera } = this.workspace;
    const edges = this.edgesTo(point);
    const { label } = view.now;
    if (!draft || !edges || label === null) return void this.cancel();
    const id = isSlip(edges, camera.scale) ? null : store.create({ ...edges, label, id: draft.id }, draft.gesture);
    this.cancel();
    if (id) store.select([id]);
  }

  /** @param {ToolPoint} point */
  hover(point) {
    this.workspace.view.set({ cursor: 'crosshair', hover: null });
    if (this.draft) this.move(point);
  }

  cancel() {
    const { draft } = this;
    if (!draft) return false;
    this.draft = null;
    this.isClicking = false;
    this.workspace.store.preview(draft.gesture, null);
    this.workspace.view.set({ isDrawing: false, readout: null });
    return true;
  }

  /** @param {ToolPoint} point @returns {Edges|null} null while it is no box yet */
  edgesTo(point) {
    const corner = this.draft?.corner ?? point;
    const [x1, x2] = [toTenth(corner.x), toTenth(point.x)];
    const [y1, y2] = [toTenth(corner.y), toTenth(point.y)];
    return mergedEdges(null, { x1, y1, x2, y2 }, this.workspace.page.frame);
  }
}
