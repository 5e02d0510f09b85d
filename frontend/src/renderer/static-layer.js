/**
 * All boxes that nobody is touching. Drawn once and kept: a changed box redraws its neighbourhood, a moving camera moves
 * the whole layer until it rests, unless drawing it is cheap enough for every frame.
 *
 * @import { Box, Edges } from '../box.js'
 * @import { Camera, Placement } from '../camera.js'
 * @import { Look } from './paint.js'
 */
import { byStacking, isShown } from '../stacking.js';
import { Layer } from './layer.js';
import { paintBox, paintTag, TAG_HEIGHT_PX, TAG_MAX_PX } from './paint.js';

/** More changed boxes than this: drawing everything is quicker. */
const MAX_REGIONS = 24;
const CHEAP_MS = 5;
/** From so many boxes in sight on, names are shown in wider boxes only. */
const CROWD = 250;
const CROWDED_TAG_FROM_PX = 64;
const HALO_PX = 3;

export class StaticLayer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Camera} camera
   * @param {(box: Box) => Look} lookOf
   */
  constructor(canvas, camera, lookOf) {
    this.layer = new Layer(canvas);
    this.camera = camera;
    this.lookOf = lookOf;
    /** @type {ReadonlyMap<string, Box>} */
    this.boxes = new Map();
    /** @type {Box[]} in the order of drawing */
    this.sorted = [];
    /** @type {ReadonlySet<string>} drawn elsewhere now */
    this.lifted = new Set();
    /** @type {Map<string, Edges>} where boxes were when they were drawn */
    this.drawn = new Map();
    /** @type {Set<string>|null} null: everything */
    this.dirty = null;
    /** @type {Placement} of the camera when it was drawn */
    this.at = { x: 0, y: 0, scale: 1 };
    this.cost = 0;
    this.tagFrom = 0;
  }

  /** @param {Iterable<string>|null} ids of boxes that look different now; null: any */
  invalidate(ids) {
    if (ids === null) this.dirty = null;
    else if (this.dirty) for (const id of ids) this.dirty.add(id);
  }

  /** Whether it may be drawn anew in every frame. */
  get isCheap() {
    return this.cost < CHEAP_MS;
  }

  /** Show what was drawn where the camera is now, without drawing. */
  follow() {
    const { at, camera } = this;
    const factor = camera.scale / at.scale;
    const [x, y] = [camera.x - at.x * factor, camera.y - at.y * factor];
    const isSame = factor === 1 && x === 0 && y === 0;
    this.layer.canvas.style.transform = isSame ? '' : `translate(${x}px, ${y}px) scale(${factor})`;
    return isSame;
  }

  /** @param {ReadonlyMap<string, Box>} boxes @param {ReadonlySet<string>} lifted */
  draw(boxes, lifted) {
    this.takeLifted(lifted);
    this.boxes = boxes;
    const isMoved = !this.follow();
    if (!isMoved && this.dirty && this.dirty.size === 0) return;
    if (isMoved || !this.dirty || this.dirty.size > MAX_REGIONS) this.drawAll();
    else this.drawRegions([...this.dirty]);
    this.dirty = new Set();
  }

  /** @param {ReadonlySet<string>} lifted */
  takeLifted(lifted) {
    for (const id of lifted) if (!this.lifted.has(id)) this.invalidate([id]);
    for (const id of this.lifted) if (!lifted.has(id)) this.invalidate([id]);
    this.lifted = lifted;
  }

  drawAll() {
    const start = performance.now();
    const { x, y, scale } = this.camera;
    this.at = { x, y, scale };
    this.layer.canvas.style.transform = '';
    this.layer.clear();
    this.drawn.clear();
    this.sort();
    const inSight = this.sorted.filter((box) => this.touches(this.onScreen(box), this.limits));
    this.tagFrom = inSight.length > CROWD ? CROWDED_TAG_FROM_PX : 0;
    this.paint(inSight);
    this.cost = performance.now() - start;
  }

  sort() {
    this.sorted = [...this.boxes.values()].filter(isShown).sort(byStacking);
  }

  /** @param {string[]} ids */
  drawRegions(ids) {
    const { context } = this.layer;
    this.sort();
    const places = ids.flatMap((id) => [this.drawn.get(id), this.boxes.get(id)]);
    for (const place of places) {
      if (!place) continue;
      const region = grown(this.onScreen(place));
      context.save();
      context.beginPath();
      context.rect(region.x1, region.y1, region.x2 - region.x1, region.y2 - region.y1);
      context.clip();
      context.clearRect(region.x1, region.y1, region.x2 - region.x1, region.y2 - region.y1);
      this.paint(this.sorted.filter((box) => this.touches(grown(this.onScreen(box)), limitsOf(region))));
      context.restore();
    }
    for (const id of ids) if (!this.boxes.has(id) || this.lifted.has(id)) this.drawn.delete(id);
  }

  /** @param {Box[]} boxes */
  paint(boxes) {
    const { context } = this.layer;
    const shown = boxes.filter((box) => !this.lifted.has(box.id));
    for (const box of shown) {
      paintBox(context, this.onScreen(box), this.lookOf(box));
      this.drawn.set(box.id, box);
    }
    for (const box of shown) paintTag(context, this.onScreen(box), this.lookOf(box), this.limits, this.tagFrom || undefined);
  }

  get limits() {
    return { left: 0, top: 0, right: this.layer.width, bottom: this.layer.height };
  }

  /** @param {Edges} edges @returns {Edges} */
  onScreen(edges) {
    return edgesOnScreen(edges, this.at);
  }

  /** @param {Edges} edges @param {{left: number, top: number, right: number, bottom: number}} limits */
  touches({ x1, y1, x2, y2 }, { left, top, right, bottom }) {
    return x2 >= left && x1 <= right && y2 >= top && y1 <= bottom;
  }
}

/**
 * @param {Edges} edges image pixels
 * @param {Placement} placement
 * @returns {Edges} CSS pixels
 */
export function edgesOnScreen({ x1, y1, x2, y2 }, { x, y, scale }) {
  return { x1: x1 * scale + x, y1: y1 * scale + y, x2: x2 * scale + x, y2: y2 * scale + y };
}

/** With everything that is painted around a box: halo and name, above or below. @param {Edges} edges @returns {Edges} */
function grown({ x1, y1, x2, y2 }) {
  const tag = TAG_HEIGHT_PX + HALO_PX;
  return {
    x1: Math.floor(x1) - HALO_PX, y1: Math.floor(y1) - tag, y2: Math.ceil(y2) + tag,
    x2: Math.ceil(Math.max(x2, x1 + TAG_MAX_PX)) + HALO_PX,
  };
}

/** @param {Edges} edges */
function limitsOf({ x1, y1, x2, y2 }) {
  return { left: x1, top: y1, right: x2, bottom: y2 };
}
