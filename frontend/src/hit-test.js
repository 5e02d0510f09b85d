/**
 * What lies under a point. One interface; below GRID_FROM boxes every box is looked at (12 us for 1,000), above it a
 * uniform grid says which.
 *
 * @import { Box, Edges } from './box.js'
 */
import { byStacking, isShown } from './stacking.js';

export const GRID_FROM = 3000;
const CELLS_ACROSS = 64;
/** A box over more cells than this is looked at every time instead. */
const MAX_CELLS_PER_BOX = 256;

/** @typedef {'n'|'s'|'e'|'w'|'nw'|'ne'|'sw'|'se'} Handle */

/** Edges that a handle moves. @type {Record<Handle, readonly (keyof Edges)[]>} */
export const HANDLE_EDGES = {
  n: ['y1'], s: ['y2'], e: ['x2'], w: ['x1'], nw: ['x1', 'y1'], ne: ['x2', 'y1'], sw: ['x1', 'y2'], se: ['x2', 'y2'],
};
const CORNERS = /** @type {const} */ (['nw', 'ne', 'sw', 'se']);
const SIDES = /** @type {const} */ (['n', 's', 'e', 'w']);
const HANDLES = [...CORNERS, ...SIDES];
/** From here on a side is long enough, on the screen, for a handle in its middle. */
export const SIDE_HANDLE_FROM_PX = 28;

export class BoxIndex {
  constructor() {
    /** @type {ReadonlyMap<string, Box>} */
    this.boxes = new Map();
    /** @type {Grid|null} */
    this.grid = null;
    /** Whether a box can be reached by the pointer. @type {(box: Box) => boolean} */
    this.accepts = isShown;
  }

  /**
   * @param {ReadonlyMap<string, Box>} boxes
   * @param {{width: number, height: number}} image pixels
   */
  reset(boxes, image) {
    this.boxes = boxes;
    this.image = image;
    this.grid = boxes.size > GRID_FROM ? new Grid(image) : null;
    for (const box of boxes.values()) this.grid?.put(box);
  }

  /** @param {Iterable<string>} ids of boxes that were added, changed or removed */
  update(ids) {
    if (this.image && (this.boxes.size > GRID_FROM) !== (this.grid !== null)) return this.reset(this.boxes, this.image);
    if (!this.grid) return;
    for (const id of ids) {
      this.grid.remove(id);
      const box = this.boxes.get(id);
      if (box) this.grid.put(box);
    }
  }

  /**
   * @param {{x: number, y: number}} point image pixels
   * @param {number} [tolerance] image pixels
   * @returns {Box[]} boxes there that can be reached, the topmost first
   */
  at({ x, y }, tolerance = 0) {
    const near = this.near({ x1: x - tolerance, y1: y - tolerance, x2: x + tolerance, y2: y + tolerance });
    const found = [];
    for (const box of near) {
      const isInside = x >= box.x1 - tolerance && x <= box.x2 + tolerance && y >= box.y1 - tolerance && y <= box.y2 + tolerance;
      if (isInside && this.accepts(box)) found.push(box);
    }
    return found.sort((a, b) => byStacking(b, a));
  }

  /** @param {Edges} edges image pixels @returns {Iterable<Box>} every box that meets them, and others */
  near(edges) {
    return this.grid ? this.grid.near(edges) : this.boxes.values();
  }
}

export class Grid {
  /** @param {{width: number, height: number}} image */
  constructor({ width, height }) {
    this.side = Math.max(width, height) / CELLS_ACROSS;
    /** @type {Map<number, Set<Box>>} */
    this.cells = new Map();
    /** @type {Map<string, {box: Box, keys: number[]}>} */
    this.places = new Map();
    /** @type {Set<Box>} */
    this.large = new Set();
  }

  /** @param {Edges} edges @returns {number[]} */
  keysOf({ x1, y1, x2, y2 }) {
    const [left, top] = [Math.floor(x1 / this.side), Math.floor(y1 / this.side)];
    const [right, bottom] = [Math.floor(x2 / this.side), Math.floor(y2 / this.side)];
    const keys = [];
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) keys.push(row * (CELLS_ACROSS + 2) + column);
    }
    return keys;
  }

  /** @param {Box} box */
  put(box) {
    const keys = this.keysOf(box);
    const isLarge = keys.length > MAX_CELLS_PER_BOX;
    this.places.set(box.id, { box, keys: isLarge ? [] : keys });
    if (isLarge) this.large.add(box);
    else for (const key of keys) this.cell(key).add(box);
  }

  /** @param {number} key */
  cell(key) {
    const cell = this.cells.get(key) ?? new Set();
    this.cells.set(key, cell);
    return cell;
  }

  /** @param {string} id */
  remove(id) {
    const place = this.places.get(id);
    if (!place) return;
    this.places.delete(id);
    this.large.delete(place.box);
    for (const key of place.keys) this.cells.get(key)?.delete(place.box);
  }

  /**
   * Whether one of the boxes near these edges is wanted. Makes nothing, and stops at the first; may ask twice.
   * @param {Edges} edges inside the image
   * @param {(box: Box) => boolean} isWanted
   */
  some({ x1, y1, x2, y2 }, isWanted) {
    for (const box of this.large) if (isWanted(box)) return true;
    const { side, cells } = this;
    const [right, bottom] = [Math.floor(x2 / side), Math.floor(y2 / side)];
    for (let row = Math.floor(y1 / side); row <= bottom; row++) {
      for (let column = Math.floor(x1 / side); column <= right; column++) {
        const cell = cells.get(row * (CELLS_ACROSS + 2) + column);
        if (cell) for (const box of cell) if (isWanted(box)) return true;
      }
    }
    return false;
  }

  /** @param {Edges} edges @returns {Set<Box>} */
  near({ x1, y1, x2, y2 }) {
    const found = new Set(this.large);
    const end = this.side * CELLS_ACROSS;
    const inside = { x1: Math.max(x1, 0), y1: Math.max(y1, 0), x2: Math.min(x2, end), y2: Math.min(y2, end) };
    for (const key of this.keysOf(inside)) for (const box of this.cells.get(key) ?? []) found.add(box);
    return found;
  }
}

/**
 * @param {Edges} edges
 * @param {Handle} handle
 * @returns {{x: number, y: number}} where the handle sits
 */
export function handlePoint({ x1, y1, x2, y2 }, handle) {
  const x = handle.includes('w') ? x1 : handle.includes('e') ? x2 : (x1 + x2) / 2;
  const y = handle.startsWith('n') ? y1 : handle.startsWith('s') ? y2 : (y1 + y2) / 2;
  return { x, y };
}

/**
 * The handles that are drawn: those of short sides would lie on one another.
 * @param {Edges} edges on the screen
 * @returns {Handle[]}
 */
export function handlesOf({ x1, y1, x2, y2 }) {
  const sides = SIDES.filter((side) => (side === 'n' || side === 's' ? x2 - x1 : y2 - y1) >= SIDE_HANDLE_FROM_PX);
  return [...CORNERS, ...sides];
}

/**
 * The handle that a pointer takes: of the corners and middles of sides within `reach` the nearest, else the side itself.
 *
 * All eight reach as far as they should whatever the size of the box, also those of short sides, which are not drawn. The one
 * exception is inside a small box: there nothing reaches over more than a third of it, so that its middle still moves it.
 * Away from its handle a side reaches half as far, so that what lies beside a selected box can be pressed.
 * @param {Edges} edges on the screen, CSS pixels
 * @param {{x: number, y: number}} point on the screen
 * @param {number} reach half of the hit area, CSS pixels
 * @returns {Handle|null}
 */
export function handleAt(edges, point, reach) {
  const { x1, y1, x2, y2 } = edges;
  const isInside = point.x > x1 && point.x < x2 && point.y > y1 && point.y < y2;
  const across = isInside ? Math.min(reach, (x2 - x1) / 3) : reach;
  const down = isInside ? Math.min(reach, (y2 - y1) / 3) : reach;
  /** @type {Handle|null} */
  let best = null;
  let nearest = Infinity;
  for (const handle of HANDLES) {
    const at = handlePoint(edges, handle);
    const [dx, dy] = [Math.abs(at.x - point.x), Math.abs(at.y - point.y)];
    const distance = Math.hypot(dx, dy);
    if (dx <= across && dy <= down && distance < nearest) [best, nearest] = [handle, distance];
  }
  return best ?? sideAt(edges, point, Math.min(across, reach / 2), Math.min(down, reach / 2));
}

/**
 * @param {Edges} edges
 * @param {{x: number, y: number}} point
 * @param {number} across how far left and right sides reach
 * @param {number} down how far top and bottom do
 * @returns {Handle|null}
 */
function sideAt({ x1, y1, x2, y2 }, { x, y }, across, down) {
  const isAcross = x >= x1 && x <= x2;
  const isDown = y >= y1 && y <= y2;
  if (isAcross && Math.abs(y - y1) <= down) return 'n';
  if (isAcross && Math.abs(y - y2) <= down) return 's';
  if (isDown && Math.abs(x - x1) <= across) return 'w';
  if (isDown && Math.abs(x - x2) <= across) return 'e';
  return null;
}
