/**
 * Moves the picture.
 *
 * @import { Workspace } from '../workspace.js'
 * @import { Tool, ToolPoint } from './tool.js'
 */

/** @implements {Tool} */
export class PanTool {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    /** @type {ToolPoint|null} */
    this.last = null;
  }

  /** @param {ToolPoint} point */
  down(point) {
    this.last = point;
    this.workspace.view.set({ cursor: 'grabbing' });
  }

  /** @param {ToolPoint} point */
  move(point) {
    if (!this.last) return;
    this.workspace.camera.panBy(point.sx - this.last.sx, point.sy - this.last.sy);
    this.last = point;
  }

  /** @param {ToolPoint} point */
  up(point) {
    this.move(point);
    this.cancel();
  }

  hover() {
    this.workspace.view.set({ cursor: 'grab', hover: null });
  }

  cancel() {
    const wasPanning = this.last !== null;
    this.last = null;
    this.workspace.view.set({ cursor: 'grab' });
    return wasPanning;
  }
}
