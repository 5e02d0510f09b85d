/**
 * Mouse, pen and fingers on the stage: to the tool, at most one move per animation frame. The wheel zooms at the pointer,
 * the middle button and the space bar pan, two fingers pan and zoom, Ctrl lends the select tool while drawing.
 *
 * @import { Workspace } from '../workspace.js'
 * @import { Toolbox } from '../tools/toolbox.js'
 * @import { Tool, ToolPoint } from '../tools/tool.js'
 */

const WHEEL_ZOOM_PER_PX = 0.0016;
const LINE_PX = 32;
const MIDDLE_BUTTON = 1;

export class PointerInput {
  /**
   * @param {HTMLElement} stage
   * @param {Workspace} workspace
   * @param {Toolbox} toolbox
   */
  constructor(stage, workspace, toolbox) {
    this.stage = stage;
    this.workspace = workspace;
    this.toolbox = toolbox;
    /** @type {Map<number, {x: number, y: number}>} pointers that are down, on the stage */
    this.down = new Map();
    /** @type {Tool|null} whose gesture is going on */
    this.active = null;
    /** @type {(() => void)|null} the newest move, for the next animation frame */
    this.waiting = null;
    this.isSpaceHeld = false;
    this.isPinching = false;
    this.listen();
  }

  listen() {
    const { stage } = this;
    stage.addEventListener('pointerdown', (event) => this.press(event));
    stage.addEventListener('pointermove', (event) => this.motion(event));
    stage.addEventListener('pointerup', (event) => this.release(event));
    stage.addEventListener('pointercancel', (event) => this.lose(event));
    stage.addEventListener('pointerleave', (event) => this.leave(event));
    stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    stage.addEventListener('contextmenu', (event) => event.preventDefault());
    stage.addEventListener('auxclick', (event) => event.preventDefault());
  }

  /** @param {boolean} isHeld */
  holdSpace(isHeld) {
    if (this.isSpaceHeld === isHeld) return;
    this.isSpaceHeld = isHeld;
    if (!this.active) this.workspace.view.set({ cursor: isHeld ? 'grab' : 'default' });
  }

  /** @param {{clientX: number, clientY: number}} event */
  placeOf({ clientX, clientY }) {
    const { left, top } = this.stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** @param {PointerEvent} event @returns {ToolPoint} */
  pointOf(event) {
    const at = this.placeOf(event);
    const { x, y } = this.workspace.camera.toImage(at);
    return { x, y, sx: at.x, sy: at.y, shift: event.shiftKey, alt: event.altKey, isTouch: event.pointerType === 'touch' };
  }

  /** @param {PointerEvent} event @returns {Tool|null} */
  toolFor(event) {
    const { tools, current } = this.toolbox;
    if (event.button === MIDDLE_BUTTON || this.isSpaceHeld) return tools.pan;
    if (event.button !== 0) return null;
    const { view } = this.workspace;
    return view.now.tool === 'draw' && !view.now.isDrawing && (event.ctrlKey || event.metaKey) ? tools.select : current;
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.flush();
    this.stage.focus({ preventScroll: true });
    this.down.set(event.pointerId, this.placeOf(event));
    this.workspace.view.set({ isTouch: event.pointerType === 'touch' });
    if (this.down.size === 2) return this.beginPinch();
    if (this.active) return;
    this.active = this.toolFor(event);
    if (!this.active) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.active.down(this.pointOf(event));
  }

  /** The second finger: what the first one began is given up. */
  beginPinch() {
    this.isPinching = true;
    this.active?.cancel();
    this.active = null;
  }

  /** @param {PointerEvent} event */
  motion(event) {
    const first = this.waiting === null;
    this.waiting = () => this.move(event);
    if (first) requestAnimationFrame(() => this.flush());
  }

  flush() {
    const run = this.waiting;
    this.waiting = null;
    run?.();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const point = this.pointOf(event);
    if (this.isPinching) return this.pinch(event);
    this.tell(point);
    if (this.active) return this.active.move(point);
    const tool = this.isSpaceHeld ? this.toolbox.tools.pan : this.hoverTool(event);
    tool.hover(point);
  }

  /** @param {PointerEvent} event */
  hoverTool(event) {
    const { view } = this.workspace;
    const lends = view.now.tool === 'draw' && !view.now.isDrawing && (event.ctrlKey || event.metaKey);
    return lends ? this.toolbox.tools.select : this.toolbox.current;
  }

  /** @param {ToolPoint} point */
  tell({ x, y }) {
    const { page, store, view } = this.workspace;
    const isInside = x >= 0 && y >= 0 && x <= page.frame.width && y <= page.frame.height;
    view.set({ pointer: isInside ? { x, y } : null });
    store.setCursor(isInside ? { x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 } : null);
  }

  /** @param {PointerEvent} event */
  pinch(event) {
    const before = this.spread();
    if (this.down.has(event.pointerId)) this.down.set(event.pointerId, this.placeOf(event));
    const after = this.spread();
    if (!before || !after) return;
    const { camera } = this.workspace;
    camera.panBy(after.x - before.x, after.y - before.y);
    camera.zoomBy(after.length / before.length, after);
  }

  /** @returns {{x: number, y: number, length: number}|null} middle and distance of two fingers */
  spread() {
    const [a, b] = [...this.down.values()];
    if (!a || !b) return null;
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, length: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  }

  /** @param {PointerEvent} event */
  release(event) {
    this.flush();
    this.down.delete(event.pointerId);
    if (this.isPinching) {
      this.isPinching = this.down.size > 0;
      return;
    }
    this.active?.up(this.pointOf(event));
    this.active = null;
  }

  /** @param {PointerEvent} event the browser took the pointer away */
  lose(event) {
    this.down.delete(event.pointerId);
    this.isPinching = this.isPinching && this.down.size > 0;
    this.active?.cancel();
    this.active = null;
  }

  /** @param {PointerEvent} event */
  leave(event) {
    if (this.active || event.pointerType === 'touch') return;
    this.flush();
    this.workspace.view.set({ pointer: null, hover: null });
    this.workspace.store.setCursor(null);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX;
    const { camera } = this.workspace;
    if (event.shiftKey) return camera.panBy(-(event.deltaX || event.deltaY) * unit, 0);
    const pinch = event.ctrlKey ? 6 : 1;
    camera.zoomBy(Math.exp(-event.deltaY * unit * WHEEL_ZOOM_PER_PX * pinch), this.placeOf(event));
  }
}
