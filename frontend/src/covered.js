/**
 * Proposals on what is labelled already: one that means the same object as a box of its class that a person drew or kept is
 * not shown. Where a model looks, the server leaves such finds out (annotate/detection/plan.py); here the rule holds for boxes
 * that come afterwards, and only as long as they are there.
 *
 * Looks at what changed and at what is near it, so that it costs nothing to edit one box of ten thousand.
 *
 * @import { Box } from './box.js'
 */
import { isProposal } from './audit.js';
import { isAcceptedAlone } from './box.js';
import { iou } from './geometry.js';
import { Grid } from './hit-test.js';

/** As in annotate/detection/plan.py. */
export const SAME_OBJECT_IOU = 0.7;
/** @type {ReadonlySet<string>} */
const NOTHING = new Set();

/** @param {Box} box @returns {boolean} whether it stands for an object as a person sees it */
function isOfPerson(box) {
  return box.status === 'accepted' && !isAcceptedAlone(box);
}

/** @param {Box} a @param {Box} b */
function isSameObject(a, b) {
  return a.label === b.label && iou(a, b) >= SAME_OBJECT_IOU;
}

export class Covered {
  constructor() {
    /** @type {ReadonlySet<string>} of proposals; replaced, never changed in place */
    this.ids = NOTHING;
    /** @type {{proposals: Grid, people: Grid}|null} null as long as there was no proposal */
    this.grids = null;
    /** @type {Map<string, Box>} what is in the grids */
    this.known = new Map();
    this.image = { width: 1, height: 1 };
  }

  /** Another frame. @param {ReadonlyMap<string, Box>} boxes @param {{width: number, height: number}} image pixels */
  open(boxes, image) {
    this.ids = NOTHING;
    this.grids = null;
    this.known.clear();
    this.image = image;
    this.update(boxes, boxes.keys());
  }

  /**
   * @param {ReadonlyMap<string, Box>} boxes
   * @param {Iterable<string>} changed ids of boxes that were added, changed or removed
   * @returns {ReadonlySet<string>} ids of proposals that are covered now and were not, or the other way round
   */
  update(boxes, changed) {
    const ids = [...changed];
    if (!this.grids && !ids.some((id) => isProposalIn(boxes, id))) return NOTHING;
    const isFirst = this.grids === null;
    this.grids ??= { proposals: new Grid(this.image), people: new Grid(this.image) };
    /** @type {Set<string>} */
    const asked = new Set();
    for (const id of isFirst ? boxes.keys() : ids) this.take(id, boxes.get(id), asked);
    const turned = new Set([...asked].filter((id) => this.isCovered(id) !== this.ids.has(id)));
    if (turned.size) this.ids = new Set([...this.ids, ...turned].filter((id) => this.ids.has(id) !== turned.has(id)));
    return turned;
  }

  /** @param {string} id @param {Box|undefined} box as it is now @param {Set<string>} asked proposals to look at again */
  take(id, box, asked) {
    const before = this.known.get(id);
    if (before === box) return;
    if (before) {
      this.gridOf(before)?.remove(id);
      this.known.delete(id);
      this.ask(before, asked);
    }
    const grid = box && this.gridOf(box);
    if (!box || !grid) return;
    grid.put(box);
    this.known.set(id, box);
    this.ask(box, asked);
  }

  /** @param {Box} box @returns {Grid|null} null where it is of no account */
  gridOf(box) {
    if (isProposal(box)) return this.grids?.proposals ?? null;
    return isOfPerson(box) ? this.grids?.people ?? null : null;
  }

  /** @param {Box} box that came or went @param {Set<string>} asked */
  ask(box, asked) {
    if (isProposal(box)) asked.add(box.id);
    else {
      this.grids?.proposals.some(box, (one) => {
        if (isSameObject(one, box)) asked.add(one.id);
        return false;
      });
    }
  }

  /** @param {string} id @returns {boolean} */
  isCovered(id) {
    const box = this.known.get(id);
    if (!box || !isProposal(box)) return false;
    return this.grids?.people.some(box, (one) => isSameObject(one, box)) ?? false;
  }
}

/** @param {ReadonlyMap<string, Box>} boxes @param {string} id */
function isProposalIn(boxes, id) {
  const box = boxes.get(id);
  return box !== undefined && isProposal(box);
}
