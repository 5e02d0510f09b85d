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
 * @typedef {{
 *   filter: Filter, hidden: ReadonlySet<string>, isBlank: boolean, isFading: boolean, hidesProposals?: boolean, proposalsFrom?: number,
 *   covered?: ReadonlySet<string>
 * }} Sight
 *   `hidden`: ids of boxes hidden by hand. `isBlank`: all are. `isFading`: what the filter leaves out is faded instead.
 *   `hidesProposals`: what waits for a verdict is hidden by hand. `proposalsFrom`: so is what is less confident, by the filter.
 *   `covered`: ids of proposals of what is labelled already (covered.js); nothing brings them into sight
 */
import { isProposal } from './audit.js';

/** @type {Filter} */
export const NO_FILTER = { labels: null, people: null, sources: null, statuses: null, confidence: [0, 1] };

/** Nothing is hidden any more that can be shown. @type {Required<Omit<Sight, 'isFading'|'covered'>>} */
export const ALL_IN_SIGHT = { filter: NO_FILTER, hidden: new Set(), isBlank: false, hidesProposals: false, proposalsFrom: 0 };

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
export function visibilityOf(box, sight) {
  if (isHiddenByHand(box, sight) || sight.covered?.has(box.id)) return 'hidden';
  if (passesAll(box, sight)) return 'shown';
  return sight.isFading && box.status !== 'rejected' ? 'faded' : 'hidden';
}

/** @param {Box} box @param {Sight} sight */
function isHiddenByHand(box, { hidden, isBlank, hidesProposals = false }) {
  return isBlank || hidden.has(box.id) || (hidesProposals && isProposal(box));
}

/** @param {Box} box @param {Sight} sight */
function passesAll(box, { filter, proposalsFrom = 0 }) {
  const isDoubtful = isProposal(box) && box.confidence !== null && box.confidence < proposalsFrom;
  return !isDoubtful && passes(box, filter);
}

/**
 * What is hidden, and by what.
 * @param {Iterable<Box>} boxes
 * @param {Sight} sight
 * @returns {{byFilter: number, byHand: number, covered: number, rejected: number}} each box once; `rejected`: those that nobody asked for,
 *   which are out of sight whatever else is chosen
 */
export function hiddenCounts(boxes, sight) {
  const counts = { byFilter: 0, byHand: 0, covered: 0, rejected: 0 };
  for (const box of boxes) {
    if (box.status === 'rejected' && !sight.filter.statuses) counts.rejected += 1;
    else if (isHiddenByHand(box, sight)) counts.byHand += 1;
    else if (sight.covered?.has(box.id)) counts.covered += 1;
    else if (!sight.isFading && !passesAll(box, sight)) counts.byFilter += 1;
  }
  return counts;
}
