/**
 * Making boxes out of others: pasted, duplicated, taken from another image.
 *
 * @import { Box } from '../box.js'
 * @import { Copied, Workspace } from '../workspace.js'
 */

/** @param {Box} box @returns {Copied} */
export function copyOf({ x1, y1, x2, y2, label, attributes, z }) {
  return { x1, y1, x2, y2, label, attributes, z };
}

/**
 * One undo step.
 * @param {Workspace} workspace
 * @param {readonly Copied[]} copies where they are to lie, image pixels
 * @param {{gesture?: string, ids?: string[]}} [options] `ids`: of boxes that were previewed
 * @returns {string[]} ids of the boxes made; those with a label that is set aside get the one that is chosen now
 */
export function placeCopies({ store, activeLabels, view }, copies, { gesture = store.newGesture(), ids = [] } = {}) {
  return copies.flatMap((copy, index) => {
    const label = activeLabels.some((one) => one.id === copy.label) ? copy.label : view.now.label;
    const id = label === null ? null : store.create({ ...copy, label, id: ids[index] }, gesture);
    return id ?? [];
  });
}
