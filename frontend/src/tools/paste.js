/**
 * Copied boxes under the pointer: a click, or Enter, puts them down. With Ctrl they stay in hand for more.
 *
 * @import { PreviewBox } from '../confirmed-store.js'
 * @import { ToolName } from '../view-state.js'
 * @import { Copied, Workspace } from '../workspace.js'
 * @import { Tool, ToolPoint } from './tool.js'
 */
import { movedEdges, unionOf } from '../geometry.js';
import { placeCopies } from './copies.js';
import { toTenth } from './tool.js';

/** @implements {Tool} */
export class PasteTool {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.gesture = '';
    /** @type {string[]} ids of the boxes to be, in the order of what was copied */
    this.ids = [];
    /** @type {Copied[]} where they would lie now */
    this.placed = [];
    /** @type {Exclude<ToolName, 'paste'>} in the hand before */
    this.before = 'select';
  }

  /** @param {{x: number, y: number}} point image pixels */
  begin(point) {
    const { store, clipboard, view } = this.workspace;
    if (view.now.tool !== 'paste') this.before = view.now.tool;
    this.gesture = store.newGesture();
    this.ids = clipboard.map(() => store.newId());
    view.set({ tool: 'paste', cursor: 'copy', hover: null, isDrawing: true });
    this.follow(point);
  }

  down() {}

  /** @param {ToolPoint} point */
  move(point) {
    this.follow(point);
  }

  /** @param {ToolPoint} point */
  hover(point) {
    this.follow(point);
  }

  /** @param {ToolPoint} point */
  up(point) {
    this.follow(point);
    this.putDown(point.isMore);
  }

  /** @param {{x: number, y: number}} point the middle of all copies goes there */
  follow({ x, y }) {
    const { clipboard, page, store } = this.workspace;
    if (!clipboard.length || !this.ids.length) return;
    const common = unionOf(clipboard);
    const [dx, dy] = [x - (common.x1 + common.x2) / 2, y - (common.y1 + common.y2) / 2];
    const moved = movedEdges(common, toTenth(dx), toTenth(dy), page.frame);
    this.placed = clipboard.map((one) => ({
      ...one, x1: one.x1 + moved.x1 - common.x1, x2: one.x2 + moved.x1 - common.x1, y1: one.y1 + moved.y1 - common.y1, y2: one.y2 + moved.y1 - common.y1,
    }));
    /** @type {PreviewBox[]} */
    const boxes = this.placed.map(({ x1, y1, x2, y2, label }, index) => ({ x1, y1, x2, y2, label, id: this.ids[index] ?? '' }));
    store.preview(this.gesture, boxes);
  }

  /** @param {boolean} [isMore] they stay in hand */
  putDown(isMore = false) {
    const { store, view } = this.workspace;
    const made = placeCopies(this.workspace, this.placed, { gesture: this.gesture, ids: this.ids });
    store.preview(this.gesture, null);
    store.select(made);
    if (!isMore) return this.end();
    this.gesture = store.newGesture();
    this.ids = this.ids.map(() => store.newId());
    if (view.now.pointer) this.follow(view.now.pointer);
  }

  end() {
    this.ids = [];
    this.workspace.view.set({ tool: this.before, isDrawing: false, cursor: 'default' });
  }

  cancel() {
    if (!this.ids.length) return false;
    this.workspace.store.preview(this.gesture, null);
    this.end();
    return true;
  }
}
