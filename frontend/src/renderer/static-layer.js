/**
 * All boxes that nobody is touching. Drawn once and kept: a changed box redraws its neighbourhood, a moving camera moves
 * the whole layer until it rests, unless drawing it is cheap enough for every frame. What is not is drawn anew out of
 * sight, a slice in each frame, and shown when it is whole.
 *
 * @import { Box, Edges } from '../box.js'
 * @import { Camera, Placement } from '../camera.js'
 * @import { Look } from './paint.js'
 *
 * @typedef {{layer: Layer, at: Placement, tagFrom: number}} Sheet where boxes are painted, and how; `at`: of the camera
 * @typedef {{sheet: Sheet, steps: Iterator<void>, cost: number, missed: Set<Edges>}} Job a drawing in slices; `missed`: what
 *   changed there meanwhile
 */
import { DrawingOrder } from './drawing-order.js';
import { Layer } from './layer.js';
import { paintBox, paintRing } from './paint.js';
import { paintTag, Tags, TAG_HEIGHT_PX, TAG_MAX_PX } from './tags.js';

/** More changed boxes than this: drawing everything is quicker. */
const MAX_REGIONS = 24;
const CHEAP_MS = 2;
const SLICE_MS = 3;
/** From so many boxes in sight on, names are shown in wider boxes only, without a look at what else is there. */
const CROWD = 250;
/** Whoever has more in hand moves them all: names keep out of the way of fewer only. */
const KEPT_FREE = 3;
const CROWDED_TAG_FROM_PX = 64;
/** Halo or ring. */
const AROUND_PX = 6;

export class StaticLayer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Camera} camera
   * @param {{
   *   lookOf: (box: Box) => Look, isInSight: (box: Box) => boolean, near: (edges: Edges) => Iterable<Box>,
   *   ringOf?: (box: Box) => string|null, newLayer?: () => Layer
   * }} parts `near`: boxes that meet edges, in image pixels, and maybe others. `ringOf`: the colour around a selected box
   */
  constructor(canvas, camera, { lookOf, isInSight, near, ringOf = () => null, newLayer = () => new Layer(document.createElement('canvas')) }) {
    this.layer = new Layer(canvas);
    this.camera = camera;
    this.lookOf = lookOf;
    this.near = near;
    this.ringOf = ringOf;
    this.newLayer = newLayer;
    this.order = new DrawingOrder(isInSight);
    /** @type {ReadonlyMap<string, Box>} */
    this.boxes = new Map();
    /** @type {ReadonlySet<string>} drawn elsewhere now */
    this.lifted = new Set();
    /** @type {ReadonlyMap<string, Box>} what names kept out of the way of when they were drawn */
    this.kept = new Map();
    /** @type {Map<string, Edges>} where boxes were when they were drawn */
    this.drawn = new Map();
    /** @type {Set<string>|null} null: everything */
    this.dirty = null;
    /** @type {Sheet} what is seen */
    this.sheet = { layer: this.layer, at: { x: 0, y: 0, scale: 1 }, tagFrom: 0 };
    /** @type {Layer|null} what is not seen yet */
    this.spare = null;
    /** @type {Job|null} */
    this.job = null;
    this.cost = 0;
  }

  /** @param {Iterable<string>|null} ids of boxes that look different now; null: any */
  invalidate(ids) {
    this.order.invalidate(ids);
    this.blemish(ids);
  }

  /** @param {Iterable<string>|null} ids of boxes to draw anew where they are */
  blemish(ids) {
    if (ids === null) this.dirty = null;
    else if (this.dirty) for (const id of ids) this.dirty.add(id);
  }

  /** Whether it may be drawn anew in every frame. */
  get isCheap() {
    return this.cost < CHEAP_MS;
  }

  /** Show what was drawn where the camera is now, without drawing. @returns {boolean} whether it was drawn there */
  follow() {
    const { sheet: { at }, camera } = this;
    const factor = camera.scale / at.scale;
    const [x, y] = [camera.x - at.x * factor, camera.y - at.y * factor];
    const isSame = factor === 1 && x === 0 && y === 0;
    this.layer.canvas.style.transform = isSame ? '' : `translate(${x}px, ${y}px) scale(${factor})`;
    return isSame;
  }

  /**
   * @param {ReadonlyMap<string, Box>} boxes
   * @param {ReadonlySet<string>} lifted
   * @param {boolean} isMoving the camera is not at rest
   * @returns {boolean} whether it is as it should be; else it wants to be drawn again in the next frame
   */
  draw(boxes, lifted, isMoving) {
    this.takeLifted(lifted);
    this.boxes = boxes;
    this.takeKept();
    const isMoved = !this.follow();
    const { dirty } = this;
    this.dirty = new Set();
    if (!dirty || dirty.size > MAX_REGIONS || (isMoved && this.isCheap)) this.drawAll();
    else {
      if (dirty.size) this.drawRegions([...dirty]);
      if (isMoved && !isMoving) return this.drawSlice();
    }
    return true;
  }

  /** @param {ReadonlySet<string>} lifted */
  takeLifted(lifted) {
    for (const id of lifted) if (!this.lifted.has(id)) this.blemish([id]);
    for (const id of this.lifted) if (!lifted.has(id)) this.blemish([id]);
    this.lifted = lifted;
  }

  /**
   * What is in hand is kept free of names: those that lay on it go elsewhere, up to the other end of their box, and come back. Where
   * they go depends on all that is in hand.
   */
  takeKept() {
    const [before, { boxes, lifted }] = [this.kept, this];
    const now = this.kept = new Map(lifted.size > KEPT_FREE ? [] : [...lifted].flatMap((id) => boxes.get(id) ?? []).map((box) => [box.id, box]));
    if (before.size === now.size && [...now].every(([id, box]) => before.get(id) === box)) return;
    this.job = null;
    if (!this.sheet.tagFrom) for (const place of new Set([...before.values(), ...now.values()])) this.blemish(this.namedOn(place));
  }

  /** @param {Edges} place image pixels @returns {string[]} ids of boxes that would have their name there */
  namedOn(place) {
    const { sheet: { layer: { context }, at }, limits } = this;
    const onScreen = edgesOnScreen(place, at);
    const tags = new Tags(context, [], limits, [onScreen]);
    const near = [...this.near(reachOf(onScreen, at))].filter(({ id }) => this.drawn.has(id));
    return near.filter((box) => tags.isOnHands({ edges: edgesOnScreen(box, at), look: this.lookOf(box) })).map(({ id }) => id);
  }

  drawAll() {
    const start = performance.now();
    this.job = null;
    this.drawn.clear();
    this.sheet = { layer: this.layer, at: this.placement, tagFrom: 0 };
    this.layer.canvas.style.transform = '';
    run(this.stepsFor(this.sheet), Infinity);
    this.cost = performance.now() - start;
  }

  /** Go on with drawing everything where the camera rests. @returns {boolean} whether that is done */
  drawSlice() {
    const start = performance.now();
    const { camera, job: begun } = this;
    const isRight = begun && begun.sheet.at.x === camera.x && begun.sheet.at.y === camera.y && begun.sheet.at.scale === camera.scale;
    const job = this.job = isRight ? begun : this.newJob();
    const isDone = run(job.steps, start + SLICE_MS);
    job.cost += performance.now() - start;
    if (isDone) this.show(job);
    return isDone;
  }

  /** @returns {Job} */
  newJob() {
    const layer = this.spare ??= this.newLayer();
    layer.resize(this.layer, this.layer.ratio);
    /** @type {Sheet} */
    const sheet = { layer, at: this.placement, tagFrom: 0 };
    return { sheet, steps: this.stepsFor(sheet), cost: 0, missed: new Set() };
  }

  /** @param {Job} job */
  show({ sheet, cost, missed }) {
    this.layer.copy(sheet.layer);
    this.sheet = { ...sheet, layer: this.layer };
    this.layer.canvas.style.transform = '';
    this.cost = cost;
    this.job = null;
    for (const place of missed) this.drawRegion(place);
  }

  get placement() {
    const { x, y, scale } = this.camera;
    return { x, y, scale };
  }

  /** Everything in sight, on an empty sheet. @param {Sheet} sheet */
  *stepsFor(sheet) {
    sheet.layer.clear();
    const { left, top, right, bottom } = this.limits;
    const around = { left: left - AROUND_PX, top: top - AROUND_PX, right: right + AROUND_PX, bottom: bottom + AROUND_PX };
    const inSight = this.order.of(this.boxes).filter((box) => touches(edgesOnScreen(box, sheet.at), around));
    sheet.tagFrom = inSight.length > CROWD ? CROWDED_TAG_FROM_PX : 0;
    yield* this.paint(inSight, sheet);
  }

  /** @param {string[]} ids */
  drawRegions(ids) {
    const places = new Set(ids.flatMap((id) => [this.drawn.get(id) ?? [], this.boxes.get(id) ?? []].flat()));
    for (const place of places) this.drawRegion(place);
    for (const place of places) this.job?.missed.add(place);
    for (const id of ids) if (!this.boxes.has(id) || this.lifted.has(id)) this.drawn.delete(id);
  }

  /** @param {Edges} place image pixels */
  drawRegion(place) {
    const { context } = this.layer;
    const { at, tagFrom } = this.sheet;
    const isCrowded = tagFrom > 0;
    const region = isCrowded ? grown(edgesOnScreen(place, at)) : withNames(grown(edgesOnScreen(place, at)));
    const [width, height] = [region.x2 - region.x1, region.y2 - region.y1];
    context.save();
    context.beginPath();
    context.rect(region.x1, region.y1, width, height);
    context.clip();
    context.clearRect(region.x1, region.y1, width, height);
    const near = this.order.some(this.near(reachOf(region, at)));
    const around = isCrowded ? near : this.order.some(this.near(reachOf(withNames(region), at)));
    const right = this.kept.size ? TAG_MAX_PX : 0;
    const isIn = (/** @type {Box} */ box) => touches(grown(edgesOnScreen(box, at), right), limitsOf(region));
    run(this.paint(near.filter(isIn), this.sheet, around), Infinity);
    context.restore();
  }

  /**
   * A box or a name with every step.
   * @param {Box[]} boxes
   * @param {Sheet} sheet
   * @param {Box[]} [around] all that names depend on, `boxes` among them
   * @returns {Generator<void>}
   */
  *paint(boxes, { layer: { context }, at, tagFrom }, around = boxes) {
    const shown = boxes.filter((box) => !this.lifted.has(box.id));
    for (const box of shown) {
      this.paintOne(context, box, edgesOnScreen(box, at));
      this.drawn.set(box.id, box);
      yield;
    }
    const paintName = tagFrom ? this.simpleNames(context, at, tagFrom) : this.names(context, at, around);
    for (const box of shown) {
      paintName(box);
      yield;
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Placement} at @param {number} fromPx @returns {(box: Box) => void} */
  simpleNames(context, at, fromPx) {
    return (box) => paintTag(context, edgesOnScreen(box, at), this.lookOf(box), this.limits, { fromPx });
  }

  /** @param {CanvasRenderingContext2D} context @param {Placement} at @param {Box[]} around @returns {(box: Box) => void} */
  names(context, at, around) {
    const named = new Map(around.filter(({ id }) => !this.lifted.has(id)).map((box) => [box.id, { edges: edgesOnScreen(box, at), look: this.lookOf(box) }]));
    const tags = new Tags(context, [...named.values()], this.limits, [...this.kept.values()].map((box) => edgesOnScreen(box, at)));
    return ({ id }) => {
      const one = named.get(id);
      if (one) tags.paint(one);
    };
  }

  /** @param {CanvasRenderingContext2D} context @param {Box} box @param {Edges} edges on the screen */
  paintOne(context, box, edges) {
    const ring = this.ringOf(box);
    paintBox(context, edges, this.lookOf(box), { isSelected: ring !== null });
    if (ring !== null) paintRing(context, edges, ring);
  }

  get limits() {
    return { left: 0, top: 0, right: this.layer.width, bottom: this.layer.height };
  }
}

/** @param {Iterator<void>} steps @param {number} until of performance.now() @returns {boolean} whether that was all */
function run(steps, until) {
  while (!steps.next().done) if (until < Infinity && performance.now() > until) return false;
  return true;
}

/** @param {Edges} edges @param {{left: number, top: number, right: number, bottom: number}} limits */
function touches({ x1, y1, x2, y2 }, { left, top, right, bottom }) {
  return x2 >= left && x1 <= right && y2 >= top && y1 <= bottom;
}

/**
 * @param {Edges} edges image pixels
 * @param {Placement} placement
 * @returns {Edges} CSS pixels
 */
export function edgesOnScreen({ x1, y1, x2, y2 }, { x, y, scale }) {
  return { x1: x1 * scale + x, y1: y1 * scale + y, x2: x2 * scale + x, y2: y2 * scale + y };
}

/**
 * With everything that is painted around a box: halo, ring and name, above or below.
 * @param {Edges} edges
 * @param {number} [right] for a name beside it, CSS pixels
 * @returns {Edges}
 */
function grown({ x1, y1, x2, y2 }, right = 0) {
  const tag = TAG_HEIGHT_PX + AROUND_PX;
  return {
    x1: Math.floor(x1) - AROUND_PX, y1: Math.floor(y1) - tag, y2: Math.ceil(y2) + tag,
    x2: Math.ceil(Math.max(x2 + right, x1 + TAG_MAX_PX)) + AROUND_PX,
  };
}

/** With all names that may be other ones now. @param {Edges} region CSS pixels @returns {Edges} */
function withNames({ x1, y1, x2, y2 }) {
  const [across, down] = [TAG_MAX_PX + AROUND_PX, TAG_HEIGHT_PX + AROUND_PX];
  return { x1: x1 - across, y1: y1 - down, x2: x2 + across, y2: y2 + down };
}

/** @param {Edges} edges */
function limitsOf({ x1, y1, x2, y2 }) {
  return { left: x1, top: y1, right: x2, bottom: y2 };
}

/**
 * Where boxes may lie of which something is painted in a region.
 * @param {Edges} region CSS pixels
 * @param {Placement} at
 * @returns {Edges} image pixels
 */
function reachOf({ x1, y1, x2, y2 }, { x, y, scale }) {
  const tag = TAG_HEIGHT_PX + AROUND_PX + 1;
  return {
    x1: (x1 - TAG_MAX_PX - AROUND_PX - 1 - x) / scale, y1: (y1 - tag - y) / scale,
    x2: (x2 + AROUND_PX + 1 - x) / scale, y2: (y2 + tag - y) / scale,
  };
}
