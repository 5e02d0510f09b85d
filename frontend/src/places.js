/**
 * The order of the list of boxes: as they were created, the same in every window. A box that was deleted and comes back
 * has its old place.
 */
export class Places {
  constructor() {
    /** @type {Map<string, number>} by box id, of deleted ones too */
    this.all = new Map();
    /** Something was shown that does not belong at the end. */
    this.isDisturbed = false;
  }

  /** @param {string} id of a box that is shown now, and was not before */
  take(id) {
    if (this.all.has(id)) this.isDisturbed = true;
    else this.all.set(id, this.all.size);
  }

  /** @param {Iterable<string>} ids in the order of the server; what is only known here comes after them */
  restart(ids) {
    const before = this.all;
    this.all = new Map();
    for (const id of [...ids, ...before.keys()]) if (!this.all.has(id)) this.all.set(id, this.all.size);
    this.isDisturbed = true;
  }

  /** @param {Map<string, unknown>} boxes put in order in place */
  sort(boxes) {
    if (!this.isDisturbed) return;
    this.isDisturbed = false;
    const sorted = [...boxes].sort(([a], [b]) => (this.all.get(a) ?? 0) - (this.all.get(b) ?? 0));
    boxes.clear();
    for (const [id, box] of sorted) boxes.set(id, box);
  }
}
