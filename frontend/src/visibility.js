/**
 * Which boxes are in sight. What is hidden is only not drawn here: a filter never deletes, and it is counted on the screen.
 *
 * @import { Box } from './box.js'
 *
 * @typedef {{
 *   labels: ReadonlySet<number>|null, people: ReadonlySet<number>|null, sources: ReadonlySet<string>|null,
 *   statuses: ReadonlySet<string>|null, confidence: readonly [number, number]
 * }} Filter
 *   null: all of them, except that rejected boxes are hidden unless `statuses` asks for them. `people`: ids of users; 0 is a
 *   machine. `confidence`: from and to, 0 to 1; boxes without one pass.
 * @typedef {'shown'|'faded'|'hidden'} Visibility
 * @typedef {{filter: Filter, hidden: ReadonlySet<string>, isBlank: boolean, isFading: boolean}} Sight
 *   `hidden`: ids of boxes hidden by hand. `isBlank`: all are. `isFading`: what the filter leaves out is faded instead
 */

/** @type {Filter} */
export const NO_FILTER = { labels: null, people: null, sources: null, statuses: null, confidence: [0, 1] };

/** @param {Filter} filter */
export function isFiltering({ labels, people, sources, statuses, confidence: [low, high] }) {
  return Boolean(labels ?? people ?? sources ?? statuses) || low > 0 || high < 1;
}

/** @param {Box} box @param {Filter} filter */
export function passes(box, { labels, people, sources, statuses, confidence: [low, high] }) {
  if (statuses ? !statuses.has(box.status) : box.status === 'rejected') return false;
  if (labels && !labels.has(box.label)) return false;
  if (people && !people.has(box.by ?? 0)) return false;
  if (sources && !sources.has(box.source)) return false;
  return box.confidence === null || (box.confidence >= low && box.confidence <= high);
}

/** @param {Box} box @param {Sight} sight @returns {Visibility} */
export function visibilityOf(box, { filter, hidden, isBlank, isFading }) {
  if (isBlank || hidden.has(box.id)) return 'hidden';
  if (passes(box, filter)) return 'shown';
  return isFading && box.status !== 'rejected' ? 'faded' : 'hidden';
}

/**
 * What is hidden, and by what.
 * @param {Iterable<Box>} boxes
 * @param {Sight} sight
 * @returns {{byFilter: number, byHand: number}} rejected boxes that nobody asked for are not counted
 */
export function hiddenCounts(boxes, { filter, hidden, isBlank, isFading }) {
  const counts = { byFilter: 0, byHand: 0 };
  for (const box of boxes) {
    if (box.status === 'rejected' && !filter.statuses) continue;
    if (isBlank || hidden.has(box.id)) counts.byHand += 1;
    else if (!isFading && !passes(box, filter)) counts.byFilter += 1;
  }
  return counts;
}
