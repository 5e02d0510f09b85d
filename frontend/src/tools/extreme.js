/**
 * Draws a box by four clicks on the outermost points of an object: top, left, bottom, right, in any order. Quicker and as
 * exact as corners that lie on nothing (Papadopoulos et al., ICCV 2017).
 *
 * @import { Edges } from '../box.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Tool, ToolPoint } from './tool.js'
 */
import { mergedEdges } from '../geometry.js';
import { isSlip, spotOf, toTenth } from './tool.js';

const POINTS = 4;

/** @implements {Tool} */
export class ExtremeTool {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.gesture = '';
    this.id = '';
  }

  get dots() {
    return this.workspace.view.now.dots;
  }

  /** A finger sees where it is before it sets the point. @param {ToolPoint} point */
  down(point) {
    this.move(point);
  }

  /** @param {ToolPoint} point */
  move(point) {
    this.hover(point);
    const { store, view } = this.workspace;
    if (!this.dots.length && store.canEdit && view.now.label !== null) view.set({ readout: spotOf(point, this.workspace.page.frame) });
  }

  /** A click sets a point; the fourth makes the box. @param {ToolPoint} point */
  up(point) {
    const { store, view } = this.workspace;
    if (!store.canEdit || view.now.label === null) return;
    if (!this.dots.length) this.begin();
    const { x1: x, y1: y } = spotOf(point, this.workspace.page.frame);
    view.set({ dots: [...this.dots, { x, y }], isDrawing: true });
    if (this.dots.length === POINTS) return this.finish();
    this.hover(point);
    if (point.isTouch) view.set({ readout: null }); // nothing is under the finger any more
  }

  begin() {
    const { store } = this.workspace;
    this.gesture = store.newGesture();
    this.id = store.newId();
    store.select([]);
  }

  finish() {
    const { store, view, camera } = this.workspace;
    const edges = this.edgesOf(this.dots);
    const { label } = view.now;
    const isMeant = edges && !isSlip(edges, camera.scale);
    const id = isMeant && label !== null ? store.create({ ...edges, label, id: this.id }, this.gesture) : null;
    this.cancel();
    if (id) store.select([id]);
  }

  /** @param {ToolPoint} point */
  hover(point) {
    const { store, view } = this.workspace;
    view.set({ cursor: 'crosshair', hover: null });
    if (!this.dots.length) return;
    const edges = this.edgesOf([...this.dots, point]);
    store.preview(this.gesture, edges && [{ ...edges, id: this.id, label: view.now.label ?? undefined }]);
    view.set({ readout: edges });
  }

  /** @param {readonly {x: number, y: number}[]} points @returns {Edges|null} null while it is no box yet */
  edgesOf(points) {
    const [xs, ys] = [points.map(({ x }) => toTenth(x)), points.map(({ y }) => toTenth(y))];
    const given = { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) };
    return mergedEdges(null, given, this.workspace.page.frame);
  }

  cancel() {
    this.workspace.view.set({ readout: null });
    if (!this.dots.length) return false;
    this.workspace.store.preview(this.gesture, null);
    this.workspace.view.set({ dots: [], isDrawing: false });
    return true;
  }
}
