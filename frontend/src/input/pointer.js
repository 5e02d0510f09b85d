/**
 * Mouse, pen and fingers on the stage: to the tool, at most one move per animation frame. The wheel zooms at the pointer,
 * the middle button and the space bar pan, two fingers pan and zoom, Ctrl lends the select tool while drawing. A finger or
 * pen that stays where it came down means what a mouse means with a key held.
 *
 * @import { Workspace } from '../workspace.js'
 * @import { Toolbox } from '../tools/toolbox.js'
 * @import { Tool, ToolPoint } from '../tools/tool.js'
 */
import { isForDrawing } from '../view-state.js';
import { isHeld } from './table/gestures.js';

const WHEEL_ZOOM_PER_PX = 0.0016;
const LINE_PX = 32;
const MIDDLE_BUTTON = 1;
/** As long as the systems of phones take it. */
const HOLD_MS = 500;
/** CSS pixels: a finger trembles. */
const HOLD_SLACK_PX = 10;

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
    /** The pointer that goes with it; what others do meanwhile is none of its business. */
    this.activeId = -1;
    /** @type {(() => void)|null} the newest move, for the next animation frame */
    this.waiting = null;
    this.flushNext = () => this.flush();
    /** @type {{timer: ReturnType<typeof setTimeout>, point: ToolPoint}|null} a press that may become a hold */
    this.hold = null;
    this.isSpaceHeld = false;
    this.isPinching = false;
    /** A pen was seen: from now on fingers only move the picture. */
    this.hasPen = false;
    /** The pen that is on the screen now. @type {number|null} */
    this.pen = null;
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
    stage.addEventListener('touchstart', (event) => keepFromScrolling(event), { passive: false });
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
    return { x, y, sx: at.x, sy: at.y, alt: event.altKey, isTouch: event.pointerType === 'touch', ...this.wishOf(event) };
  }

  /** What lends the select tool while drawing adds to the selection in the select tool, as Shift does everywhere. @param {PointerEvent} event */
  wishOf(event) {
    const isMore = isHeld('hand.again', event);
    return { shift: isHeld('hand.more', event) && (!isMore || event.shiftKey || this.workspace.view.now.tool === 'select'), isMore };
  }

  /** @param {PointerEvent} event @returns {Tool|null} */
  toolFor(event) {
    const { tools, current } = this.toolbox;
    if (event.button === MIDDLE_BUTTON || this.isSpaceHeld) return tools.pan;
    if (event.button !== 0) return null;
    if (event.pointerType === 'touch' && this.hasPen) return tools.pan; // the hand that holds the pen lies on the screen
    return this.lendsSelect(event) ? tools.select : current;
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.pointerType === 'pen') this.takePen(event);
    else if (event.pointerType === 'touch' && this.pen !== null) return; // a palm, while the pen draws
    this.flush();
    this.stage.focus({ preventScroll: true });
    this.down.set(event.pointerId, this.placeOf(event));
    this.workspace.view.set({ isTouch: event.pointerType === 'touch' });
    if (this.down.size === 2) return this.beginPinch();
    if (this.active) return;
    this.active = this.toolFor(event);
    if (!this.active) return;
    event.preventDefault();
    this.activeId = event.pointerId;
    this.stage.setPointerCapture(event.pointerId);
    const point = this.pointOf(event);
    this.tell(point);
    this.active.down(point);
    if (event.pointerType !== 'mouse') this.waitForHold(point);
  }

  /** @param {ToolPoint} point */
  waitForHold(point) {
    this.endHold();
    const timer = setTimeout(() => {
      this.hold = null;
      this.flush();
      this.active?.hold?.(point);
    }, HOLD_MS);
    this.hold = { timer, point };
  }

  endHold() {
    if (this.hold) clearTimeout(this.hold.timer);
    this.hold = null;
  }

  /** A palm that came down before the pen has begun nothing. @param {PointerEvent} event */
  takePen({ pointerId }) {
    this.endHold();
    this.active?.cancel();
    this.active = null;
    this.down.clear();
    this.hasPen = true;
    this.pen = pointerId;
    this.isPinching = false;
  }

  /** @param {PointerEvent} event @returns {boolean} whether it is of another pointer than the one that draws */
  isBeside({ pointerId, pointerType }) {
    if (this.pen !== null && pointerType === 'touch') return true;
    return this.active !== null && pointerId !== this.activeId;
  }

  /** The second finger: what the first one began is given up. */
  beginPinch() {
    this.isPinching = true;
    this.endHold();
    this.active?.cancel();
    this.active = null;
  }

  /** @param {PointerEvent} event */
  motion(event) {
    if (!this.isPinching && this.isBeside(event)) return;
    this.waiting = () => this.move(event);
    this.workspace.frames.before(this.flushNext);
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
    if (this.hold && Math.hypot(point.sx - this.hold.point.sx, point.sy - this.hold.point.sy) > HOLD_SLACK_PX) this.endHold();
    if (this.active) return this.active.move(point);
    const tool = this.isSpaceHeld ? this.toolbox.tools.pan : this.hoverTool(event);
    tool.hover(point);
  }

  /** @param {PointerEvent} event */
  hoverTool(event) {
    return this.lendsSelect(event) ? this.toolbox.tools.select : this.toolbox.current;
  }

  /** @param {PointerEvent} event */
  lendsSelect(event) {
    const { tool, isDrawing } = this.workspace.view.now;
    return isForDrawing(tool) && !isDrawing && isHeld('hand.lend', event);
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
    const isBeside = this.isBeside(event);
    this.flush();
    this.forget(event);
    if (this.isPinching) {
      this.isPinching = this.down.size > 0;
      return;
    }
    if (isBeside) return;
    this.endHold();
    this.active?.up(this.pointOf(event));
    this.active = null;
  }

  /** @param {PointerEvent} event */
  forget({ pointerId }) {
    this.down.delete(pointerId);
    if (this.pen === pointerId) this.pen = null;
  }

  /** @param {PointerEvent} event the browser took the pointer away */
  lose(event) {
    const isBeside = this.isBeside(event);
    this.forget(event);
    this.isPinching = this.isPinching && this.down.size > 0;
    if (isBeside) return;
    this.endHold();
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
    if (isHeld('hand.across', event)) return camera.panBy(-(event.deltaX || event.deltaY) * unit, 0);
    const pinch = event.ctrlKey ? 6 : 1;
    camera.zoomBy(Math.exp(-event.deltaY * unit * WHEEL_ZOOM_PER_PX * pinch), this.placeOf(event));
  }
}

/**
 * Chromium takes a quick drag for the beginning of a scroll, even where nothing can scroll, and then the next tap, on a
 * tool for instance, for the end of it.
 * @param {TouchEvent} event
 */
function keepFromScrolling(event) {
  if (event.target instanceof HTMLCanvasElement && event.cancelable) event.preventDefault();
}
