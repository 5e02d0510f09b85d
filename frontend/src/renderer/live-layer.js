/**
 * All that moves: selected and hovered boxes, what I draw or drag, what others drag and select, their cursors, the
 * crosshair. Drawn anew whenever any of it changes.
 *
 * @import { Edges } from '../box.js'
 * @import { Person } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Look } from './paint.js'
 */
import { isShown } from '../stacking.js';
import { personColor } from './colors.js';
import { Layer } from './layer.js';
import { paintBox, paintCrosshair, paintCursor, paintHandles, paintName, paintRing, paintTag, TAG_HEIGHT_PX } from './paint.js';
import { edgesOnScreen } from './static-layer.js';

/** @typedef {Edges & {id: string, label: number|null, who: string|null}} Moving */

export class LiveLayer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Workspace} workspace
   * @param {{lookOf: (box: {label: number|null, status?: string, confidence?: number|null}) => Look, accent: () => string}} style
   */
  constructor(canvas, workspace, { lookOf, accent }) {
    this.layer = new Layer(canvas);
    this.workspace = workspace;
    this.lookOf = lookOf;
    this.accent = accent;
  }

  /** Ids of boxes that are drawn here and not in the static layer. @returns {Set<string>} */
  lifted() {
    const { store } = this.workspace;
    const mine = store.myPreview?.boxes.map((box) => box.id) ?? [];
    return new Set([...store.selection, ...mine, ...store.drags.keys()]);
  }

  draw() {
    this.layer.clear();
    const { store, view } = this.workspace;
    const moving = this.moving();
    this.drawHovered(moving);
    for (const id of store.selection) if (!moving.has(id)) this.drawSelected(id);
    for (const box of moving.values()) this.drawMoving(box);
    this.drawRings(moving);
    if (view.now.tool === 'draw' && view.now.pointer && !view.now.isTouch) this.drawCrosshair(view.now.pointer);
    for (const person of store.people.values()) this.drawCursor(person);
  }

  /** @returns {Map<string, Moving>} by box id; mine goes before what others do */
  moving() {
    const { store } = this.workspace;
    /** @type {Map<string, Moving>} */
    const all = new Map();
    for (const [id, drag] of store.drags) all.set(id, { ...drag, id, label: drag.label ?? store.boxes.get(id)?.label ?? null });
    for (const box of store.myPreview?.boxes ?? []) {
      all.set(box.id, { ...box, label: box.label ?? store.boxes.get(box.id)?.label ?? null, who: null });
    }
    return all;
  }

  /** @param {Map<string, Moving>} moving */
  drawHovered(moving) {
    const { store, view } = this.workspace;
    const box = view.now.hover === null ? undefined : store.boxes.get(view.now.hover);
    if (!box || !isShown(box) || moving.has(box.id) || store.selection.has(box.id)) return;
    paintBox(this.layer.context, this.onScreen(box), this.lookOf(box), { isHovered: true });
  }

  /** @param {string} id */
  drawSelected(id) {
    const box = this.workspace.store.boxes.get(id);
    if (!box || !isShown(box)) return;
    const { context } = this.layer;
    const edges = this.onScreen(box);
    this.drawWhole(edges, this.lookOf(box));
    if (this.workspace.store.selection.size === 1 && this.workspace.store.canEdit) paintHandles(context, edges, this.accent());
    else paintRing(context, edges, this.accent());
  }

  /** @param {Edges} edges @param {Look} look */
  drawWhole(edges, look) {
    paintBox(this.layer.context, edges, look, { isSelected: true });
    paintTag(this.layer.context, edges, look, this.limits);
  }

  /** @param {Moving} box */
  drawMoving(box) {
    const edges = this.onScreen(box);
    const person = box.who === null ? null : this.workspace.store.people.get(box.who);
    if (!person) return this.drawWhole(edges, this.lookOf(box));
    const color = personColor(person.user);
    const { context } = this.layer;
    paintBox(context, edges, { ...this.lookOf(box), color }, { isSelected: true });
    paintName(context, { x: edges.x1 - 1, y: edges.y1 - TAG_HEIGHT_PX - 2 }, person.name, color);
  }

  /** @param {Map<string, Moving>} moving */
  drawRings(moving) {
    const { store } = this.workspace;
    for (const person of store.people.values()) {
      if (person.isMe) continue;
      for (const id of person.selection) {
        const box = moving.has(id) ? undefined : store.boxes.get(id);
        if (box) paintRing(this.layer.context, this.onScreen(box), personColor(person.user));
      }
    }
  }

  /** @param {Person} person */
  drawCursor(person) {
    if (person.isMe || !person.cursor) return;
    const point = this.workspace.camera.toScreen(person.cursor);
    const color = personColor(person.user);
    paintCursor(this.layer.context, point, color);
    paintName(this.layer.context, { x: point.x + 12, y: point.y + 14 }, person.name, color);
  }

  /** @param {{x: number, y: number}} pointer */
  drawCrosshair(pointer) {
    const { camera, page } = this.workspace;
    const { width, height } = page.frame;
    const picture = edgesOnScreen({ x1: 0, y1: 0, x2: width, y2: height }, camera);
    paintCrosshair(this.layer.context, camera.toScreen(pointer), picture);
  }

  get limits() {
    return { left: 0, top: 0, right: this.layer.width, bottom: this.layer.height };
  }

  /** @param {Edges} edges */
  onScreen(edges) {
    return edgesOnScreen(edges, this.workspace.camera);
  }
}
