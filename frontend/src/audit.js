/**
 * What an audit goes by: which boxes wait for a verdict, in which order, and what a verdict writes.
 *
 * @import { Box, BoxFields, Feedback } from './box.js'
 *
 * @typedef {Exclude<Feedback, ''>} Rating
 * @typedef {'above'|'below'} Side above: from the threshold on, the threshold included
 * @typedef {{all: number, unrated: number, undecided: number}} Tally
 *   `all`: boxes of models, judged or not. `unrated`: nobody has said anything of them. `undecided`: rated neutral only
 */

/** Ten thousandths tell confidences apart; what differs by less is equal. */
const STEPS = 10_000;

/** Positive accepts, negative rejects, neutral leaves it open, or opens it again. @type {Readonly<Record<Rating, Partial<BoxFields>>>} */
export const RATINGS = {
  positive: { status: 'accepted', feedback: 'positive' }, negative: { status: 'rejected', feedback: 'negative' }, neutral: { status: 'proposed', feedback: 'neutral' },
};

/** Whether a box waits for a verdict. @param {Pick<Box, 'source'|'status'>} box */
export function isProposal({ source, status }) {
  return source === 'model' && status === 'proposed';
}

/** @param {Pick<Box, 'confidence'>} box @returns {number} 0 for a model that is wholly in doubt; one that says nothing of its doubt comes last */
function certaintyOf({ confidence }) {
  return confidence === null ? STEPS : Math.round(Math.abs(confidence - 0.5) * STEPS);
}

/**
 * The most doubtful first, among equals from top to bottom; what was left undecided comes last.
 * @param {Box} a
 * @param {Box} b
 */
export function byDoubt(a, b) {
  return Number(a.feedback !== '') - Number(b.feedback !== '') || certaintyOf(a) - certaintyOf(b) || a.y1 - b.y1 || a.x1 - b.x1
    || (a.id < b.id ? -1 : 1);
}

/** @param {Iterable<Box>} boxes @returns {Box[]} those that wait for a verdict, in the order in which they are walked */
export function proposalsIn(boxes) {
  return [...boxes].filter(isProposal).sort(byDoubt);
}

/** Whether any waits for a verdict: asked with every edit, of any number. @param {Iterable<Box>} boxes */
export function hasProposals(boxes) {
  for (const box of boxes) if (isProposal(box)) return true;
  return false;
}

/**
 * Where to go on after a verdict: to the next that nobody has rated, from the end back to the start.
 * @param {readonly Box[]} order as it was before the verdict
 * @param {ReadonlySet<string>} judged ids
 * @returns {Box|null} null when nothing is left
 */
export function nextToJudge(order, judged) {
  const at = order.findIndex((box) => judged.has(box.id));
  const isLeft = (/** @type {Box} */ box) => box.feedback === '' && !judged.has(box.id);
  return order.slice(at + 1).find(isLeft) ?? order.find(isLeft) ?? null;
}

/**
 * The proposals on one side of a threshold. One without a confidence is on neither.
 * @param {Iterable<Box>} boxes
 * @param {{threshold: number, side: Side}} choice `threshold`: 0 to 1
 * @returns {Box[]}
 */
export function proposalsBeside(boxes, { threshold, side }) {
  return [...boxes].filter((box) => isProposal(box) && box.confidence !== null && (box.confidence >= threshold) === (side === 'above'));
}

/** @param {Iterable<Box>} boxes of a frame @param {ReadonlySet<string>} covered ids of proposals that nobody has to judge @returns {Tally} */
export function tallyOf(boxes, covered = new Set()) {
  const tally = { all: 0, unrated: 0, undecided: 0 };
  for (const box of boxes) {
    if (box.source !== 'model' || covered.has(box.id)) continue;
    tally.all += 1;
    if (box.status !== 'proposed') continue;
    if (box.feedback === '') tally.unrated += 1;
    else tally.undecided += 1;
  }
  return tally;
}

/** Whether anything is on the frame that was accepted: else completing it says that there are no objects. @param {Iterable<Box>} boxes */
export function hasObjects(boxes) {
  for (const box of boxes) if (box.status === 'accepted') return true;
  return false;
}
