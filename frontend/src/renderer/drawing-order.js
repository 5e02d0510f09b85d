/**
 * The boxes in sight in the order in which they are drawn. Kept sorted: what changes is taken out and put in again, and
 * sorting what is nearly sorted costs little.
 *
 * @import { Box } from '../box.js'
 */
import { byStacking } from '../stacking.js';

export class DrawingOrder {
  /** @param {(box: Box) => boolean} isInSight */
  constructor(isInSight) {
    this.isInSight = isInSight;
    /** @type {readonly Box[]} */
    this.sorted = [];
    /** @type {Set<string>|null} ids of what may have another place; null: everything */
    this.stale = null;
  }

  /** @param {Iterable<string>|null} ids of boxes that changed; null: any */
  invalidate(ids) {
    if (ids === null) this.stale = null;
    else if (this.stale) for (const id of ids) this.stale.add(id);
  }

  /** @param {ReadonlyMap<string, Box>} boxes @returns {readonly Box[]} all in sight, what lies below first */
  of(boxes) {
    const { sorted, stale } = this;
    if (stale === null) this.sorted = this.some(boxes.values());
    else if (stale.size > 0) {
      const changed = [...stale].flatMap((id) => boxes.get(id) ?? []);
      this.sorted = [...sorted.filter((box) => !stale.has(box.id)), ...this.some(changed)].sort(byStacking);
    }
    this.stale = new Set();
    return this.sorted;
  }

  /** @param {Iterable<Box>} boxes @returns {Box[]} those of them in sight, in order */
  some(boxes) {
    return [...boxes].filter((box) => this.isInSight(box)).sort(byStacking);
  }
}
