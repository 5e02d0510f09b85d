/**
 * Chooses boxes, moves and resizes them. A drag that begins on no box moves the picture, with Shift or Ctrl it frames boxes,
 * as it does where a finger was held first.
 *
 * @import { Edges } from '../box.js'
 * @import { Handle } from '../hit-test.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Tool, ToolPoint } from './tool.js'
 */
import { unionOf } from '../geometry.js';
import { handleAt } from '../hit-test.js';
import { BoxDrag } from './box-drag.js';
import { PanTool } from './pan.js';
import { isDrag } from './tool.js';

const MOUSE_REACH_PX = 12;
const TOUCH_REACH_PX = 22;
/** How far beside a thin box a press still means it. */
const BOX_TOLERANCE_PX = 3;
/** @type {Record<Handle, string>} */
const CURSORS = {
  n: 'ns-resize', s: 'ns-resize', e: 'ew-resize', w: 'ew-resize',
  nw: 'nwse-resize', se: 'nwse-resize', ne: 'nesw-resize', sw: 'nesw-resize',
};

/** @implements {Tool} */
export class SelectTool {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.pan = new PanTool(workspace);
    /** @type {ToolPoint|null} where the press began */
    this.start = null;
    /** @type {Handle|null} */
    this.handle = null;
    /** @type {string|null} the box that was pressed */
    this.pressed = null;
    /** @type {ReadonlySet<string>} what was selected before the press */
    this.before = new Set();
    /** @type {BoxDrag|null} */
    this.drag = null;
    /** The press was on a box that was selected already: without a drag it means the one below. */
    this.mayCycle = false;
    /** A frame is being dragged around boxes. */
    this.isFraming = false;
  }

  /** @param {ToolPoint} point */
  down(point) {
    this.cancel();
    this.start = point;
    this.before = new Set(this.workspace.store.selection);
    this.handle = this.handleUnder(point);
    if (this.handle) return;
    const found = this.boxesUnder(point);
    const { store } = this.workspace;
    const already = found.find((box) => store.selection.has(box.id));
    this.pressed = (already ?? found[0])?.id ?? null;
    this.mayCycle = already !== undefined && !point.shift;
    this.isFraming = !this.pressed && point.shift;
    if (this.pressed && !already) store.select([this.pressed], { add: point.shift });
    else if (already && point.shift) store.select([...store.selection].filter((id) => id !== already.id));
    if (!this.pressed && !this.isFraming) this.pan.down(point);
  }

  /** @param {ToolPoint} point */
  move(point) {
    if (!this.start) return;
    if (this.isFraming) return this.workspace.view.set({ marquee: frameOf(this.start, point) });
    if (!this.handle && !this.pressed) return this.pan.move(point);
    if (!this.drag && isDrag(this.start, point)) this.begin();
    this.drag?.to(point.x - this.start.x, point.y - this.start.y);
  }

  /** As if the press had been with Shift. @param {ToolPoint} point */
  hold(point) {
    if (!this.start || this.handle || point.shift) return;
    const { before } = this;
    this.workspace.store.select([...before]);
    this.down({ ...point, shift: true });
  }

  begin() {
    const { store, selectedBoxes } = this.workspace;
    if (!store.canEdit || !selectedBoxes.length) return;
    if (this.pressed && !store.selection.has(this.pressed)) return;
    this.drag = new BoxDrag(this.workspace, selectedBoxes, this.handle);
  }

  /** @param {ToolPoint} point */
  up(point) {
    const { start, drag } = this;
    if (!start) return;
    if (this.isFraming && isDrag(start, point)) this.takeFramed(frameOf(start, point));
    else if (drag) drag.commit(point.x - start.x, point.y - start.y);
    else if (!isDrag(start, point)) this.click(point);
    this.drag = null;
    this.cancel();
    this.hover(point);
  }

  /** Boxes whose middle lies in the frame, added to what is selected. @param {Edges} frame */
  takeFramed(frame) {
    const { store, shownBoxes, index } = this.workspace;
    const framed = shownBoxes.filter((box) => index.accepts(box) && holdsMiddle(frame, box));
    store.select(framed.map((box) => box.id), { add: true });
  }

  /** @param {ToolPoint} point */
  click(point) {
    const { store } = this.workspace;
    if (!this.handle && !this.pressed && !point.shift && !this.isFraming) store.select([]);
    if (!this.mayCycle || !this.pressed) return;
    const found = this.boxesUnder(point);
    const at = found.findIndex((box) => box.id === this.pressed);
    const next = found[(at + 1) % found.length];
    if (next) store.select([next.id]);
  }

  /** @param {ToolPoint} point */
  hover(point) {
    const handle = this.handleUnder(point);
    const box = handle ? undefined : this.boxesUnder(point)[0];
    const idle = box ? (this.workspace.store.canEdit ? 'move' : 'pointer') : 'default';
    this.workspace.view.set({ hover: box?.id ?? null, cursor: handle ? CURSORS[handle] : idle });
  }

  cancel() {
    const wasBusy = this.drag !== null || this.isFraming;
    if (this.isFraming) this.workspace.view.set({ marquee: null });
    this.isFraming = false;
    this.drag?.end();
    if (this.pan.last) this.pan.cancel();
    this.start = this.handle = this.pressed = this.drag = null;
    this.mayCycle = false;
    return wasBusy;
  }

  /** @param {ToolPoint} point */
  boxesUnder(point) {
    return this.workspace.index.at(point, BOX_TOLERANCE_PX * this.workspace.pixel);
  }

  /** @param {ToolPoint} point @returns {Handle|null} */
  handleUnder(point) {
    const { store, selectedBoxes, camera } = this.workspace;
    if (!selectedBoxes.length || !store.canEdit) return null;
    const box = unionOf(selectedBoxes);
    const low = camera.toScreen({ x: box.x1, y: box.y1 });
    const high = camera.toScreen({ x: box.x2, y: box.y2 });
    const edges = { x1: low.x, y1: low.y, x2: high.x, y2: high.y };
    return handleAt(edges, { x: point.sx, y: point.sy }, point.isTouch ? TOUCH_REACH_PX : MOUSE_REACH_PX);
  }
}

/** @param {ToolPoint} a @param {ToolPoint} b @returns {Edges} */
function frameOf(a, b) {
  return { x1: Math.min(a.x, b.x), y1: Math.min(a.y, b.y), x2: Math.max(a.x, b.x), y2: Math.max(a.y, b.y) };
}

/** @param {Edges} frame @param {Edges} box */
function holdsMiddle(frame, box) {
  const [x, y] = [(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2];
  return x >= frame.x1 && x <= frame.x2 && y >= frame.y1 && y <= frame.y2;
}
