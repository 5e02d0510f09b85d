/**
 * All that moves: selected and hovered boxes, what I draw or drag, what others drag and select, their cursors, the
 * crosshair. Drawn anew whenever any of it changes.
 *
 * @import { Edges } from '../box.js'
 * @import { Person } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Ghost } from '../view-state.js'
 * @import { Look } from './paint.js'
 */
import { changedBoxes } from '../review.js';
import { isForDrawing } from '../view-state.js';
import { personColor } from './colors.js';
import { unionOf } from '../geometry.js';
import { Layer } from './layer.js';
import { paintLoupe } from './loupe.js';
import { paintChange, paintCrosshair, paintCursor, paintDotAt, paintGhost, paintMarquee } from './marks.js';
import { paintBox, paintHandles, paintRing } from './paint.js';
import { edgesOnScreen } from './static-layer.js';
import { paintName, paintTag, SELECTED_TAG_GAP_PX, TAG_HEIGHT_PX } from './tags.js';

/** More selected boxes than this stay in the static layer: drawing them in every frame would be slow. */
const MANY_SELECTED = 250;
/** Who selects more boxes is not named at each of them. */
const NAMED_RINGS = 3;

/** @typedef {Edges & {id: string, label: number|null, who: string|null}} Moving */

export class LiveLayer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Workspace} workspace
   * @param {{
   *   lookOf: (box: {label: number|null, status?: string, confidence?: number|null}) => Look, accent: () => string,
   *   picture: HTMLImageElement
   * }} style
   */
  constructor(canvas, workspace, { lookOf, accent, picture }) {
    this.picture = picture;
    this.layer = new Layer(canvas);
    this.workspace = workspace;
    this.lookOf = lookOf;
    this.accent = accent;
  }

  /** Ids of boxes that are drawn here and not in the static layer. @returns {Set<string>} */
  lifted() {
    const { store } = this.workspace;
    const mine = store.myPreview?.boxes.map((box) => box.id) ?? [];
    return new Set([...(this.hasManySelected ? [] : store.selection), ...mine, ...store.drags.keys()]);
  }

  get hasManySelected() {
    return this.workspace.store.selection.size > MANY_SELECTED;
  }

  draw() {
    this.layer.clear();
    const { store, view, preferences } = this.workspace;
    const moving = this.moving();
    this.drawHovered(moving);
    if (!this.hasManySelected) for (const id of store.selection) if (!moving.has(id)) this.drawSelected(id);
    for (const box of moving.values()) this.drawMoving(box);
    if (view.now.mode === 'review') this.drawChanges();
    this.drawRings(moving);
    if (isForDrawing(view.now.tool) && view.now.pointer && !view.now.isTouch && preferences.now.show_crosshair) this.drawCrosshair(view.now.pointer);
    if (store.selection.size > 1) this.drawCommonHandles(moving);
    for (const ghost of view.now.ghosts) this.drawGhost(ghost);
    if (view.now.marquee) paintMarquee(this.layer.context, this.onScreen(view.now.marquee), this.accent());
    for (const dot of view.now.dots) paintDotAt(this.layer.context, this.workspace.camera.toScreen(dot), this.accent());
    if (view.now.isTouch && view.now.readout) this.drawLoupe();
    if (preferences.now.show_cursors) for (const person of store.people.values()) this.drawCursor(person);
  }

  /** Several selected boxes are resized together. @param {Map<string, Moving>} moving */
  drawCommonHandles(moving) {
    const { selectedBoxes, store } = this.workspace;
    if (selectedBoxes.length < 2 || !store.canEdit) return;
    const common = this.onScreen(unionOf(selectedBoxes.map((box) => moving.get(box.id) ?? box)));
    paintRing(this.layer.context, common, this.accent());
    paintHandles(this.layer.context, common, this.accent());
  }

  /** Under a finger nobody sees. */
  drawLoupe() {
    const { pointer } = this.workspace.view.now;
    if (pointer) paintLoupe(this.layer.context, this.picture, pointer, this.workspace.camera);
  }

  /** A change of the past: from where to where. @param {Ghost} ghost */
  drawGhost({ before, after, label }) {
    const { context } = this.layer;
    if (before) paintGhost(context, this.onScreen(before), 'before');
    if (after) paintGhost(context, this.onScreen(after), 'after');
    const place = after ?? before;
    if (place) paintTag(context, this.onScreen(place), this.lookOf({ label }), this.limits);
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
    if (!box || !this.workspace.isInSight(box) || moving.has(box.id) || store.selection.has(box.id)) return;
    const [edges, look] = [this.onScreen(box), this.lookOf(box)];
    paintBox(this.layer.context, edges, look, { isHovered: true });
    paintTag(this.layer.context, edges, look, this.limits, { isTouched: true });
  }

  /** @param {string} id */
  drawSelected(id) {
    const box = this.workspace.store.boxes.get(id);
    if (!box || !this.workspace.isInSight(box)) return;
    const { context } = this.layer;
    const edges = this.onScreen(box);
    this.drawWhole(edges, this.lookOf(box));
    const { store, selectedBoxes } = this.workspace;
    if (store.selection.size === 1 && store.canEdit && selectedBoxes.length) paintHandles(context, edges, this.accent());
    else paintRing(context, edges, this.accent());
  }

  /** With its whole name, unless there are too many to read: writing thousands in every frame would be slow. @param {Edges} edges @param {Look} look */
  drawWhole(edges, look) {
    paintBox(this.layer.context, edges, look, { isSelected: true });
    paintTag(this.layer.context, edges, look, this.limits, { isTouched: !this.hasManySelected, gap: SELECTED_TAG_GAP_PX });
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
        if (!box || !this.workspace.isInSight(box)) continue;
        paintRing(this.layer.context, this.onScreen(box), personColor(person.user));
        if (person.selection.size <= NAMED_RINGS) this.drawEditor(this.onScreen(box), person);
      }
    }
  }

  /** What is new to the reviewer. */
  drawChanges() {
    const { shownBoxes, page } = this.workspace;
    for (const box of changedBoxes(shownBoxes, page.review?.since ?? null)) paintChange(this.layer.context, this.onScreen(box), this.accent());
  }

  /** Who is at a box, below it. @param {Edges} edges on the screen @param {Person} person */
  drawEditor({ x1, y2 }, person) {
    paintName(this.layer.context, { x: x1 - 5, y: y2 + 7 }, person.name, personColor(person.user));
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
