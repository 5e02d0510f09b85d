/**
 * What people say of a detection of the frame as a whole. The word of each person on each detection is a register of its own,
 * which nobody else writes (annotate/sync/opinions.py has the same rules).
 *
 * @import { Feedback } from './box.js'
 *
 * @typedef {{feedback: Feedback, note: string}} Opinion without feedback: nothing is said
 * @typedef {{detection: string, by: number, opinion: Opinion, revision: number, authored: string}} OpinionState
 *   `revision`: of the operation that wrote it, 0 before the log. `authored`: the operation that the present word comes from:
 *   a revision (`"57"`), or an undecided command (`"p2"`)
 * @typedef {{detection: string, now: Opinion, before: Opinion}} Said as an operation of the log has it
 * @typedef {{detection: string, by: number, now: Opinion, before: Opinion, authoredBefore: string, authored: string|null}} OpinionEffect
 *   `authored`, of an undo or redo: the operation that the word given back comes from
 * @typedef {OpinionEffect & {token: string}} LoggedOpinion
 * @typedef {{positive: number, neutral: number, negative: number, mine: Feedback, note: string}} Opinions
 *   how many people say so; `mine` and `note`: of the person here
 * @typedef {ReadonlyMap<string, OpinionState>} Register by `keyOf`
 */

const MAX_NOTE_LENGTH = 2000;
const WORDS = ['positive', 'neutral', 'negative', ''];
/** @type {Opinion} */
export const NOTHING_SAID = { feedback: '', note: '' };

/** @param {string} detection @param {number} by */
export function keyOf(detection, by) {
  return `${detection} ${by}`;
}

/** @param {Opinion} a @param {Opinion} b */
export function sameOpinion(a, b) {
  return a.feedback === b.feedback && a.note === b.note;
}

/** As the server would store it. @param {Opinion} given @returns {Opinion|null} null when it would refuse it */
export function checkedOpinion({ feedback, note }) {
  if (!WORDS.includes(feedback) || note.length > MAX_NOTE_LENGTH || note.includes('\0') || !note.isWellFormed()) return null;
  return feedback ? { feedback, note } : NOTHING_SAID;
}

/** @param {OpinionEffect} effect @param {{token: string, revision: number|null}} author @param {OpinionState} [before] @returns {OpinionState} */
export function said({ detection, by, now, authored }, { token, revision }, before) {
  return { detection, by, opinion: now, revision: revision ?? before?.revision ?? 0, authored: authored ?? token };
}

/**
 * @param {OpinionState|undefined} present
 * @param {{detection: string, by: number, now: Opinion}} wanted
 * @returns {OpinionEffect}
 */
export function sayingOf(present, { detection, by, now }) {
  return { detection, by, now, before: present?.opinion ?? NOTHING_SAID, authoredBefore: present?.authored ?? '0', authored: null };
}

/**
 * The effects of taking back one gesture: what was said anew since stays.
 * @param {LoggedOpinion[]} logged the gesture, oldest first
 * @param {(key: string) => OpinionState|undefined} stateFor
 * @returns {OpinionEffect[]}
 */
export function opinionsReversal(logged, stateFor) {
  /** @type {Map<string, LoggedOpinion[]>} */
  const byKey = new Map();
  for (const one of logged) byKey.set(keyOf(one.detection, one.by), [...(byKey.get(keyOf(one.detection, one.by)) ?? []), one]);
  return [...byKey].flatMap(([key, ones]) => {
    const [first] = ones;
    const now = stateFor(key);
    const isOurs = now && ones.some((one) => (one.authored ?? one.token) === now.authored);
    if (!first || !isOurs || sameOpinion(now.opinion, first.before)) return [];
    return [{ ...sayingOf(now, { detection: first.detection, by: first.by, now: first.before }), authored: first.authoredBefore }];
  });
}

/** @param {Register} register @param {string} detection @param {number|null} me @returns {Opinions} */
export function opinionsOn(register, detection, me) {
  /** @type {Opinions} */
  const found = { positive: 0, neutral: 0, negative: 0, mine: '', note: '' };
  for (const { detection: about, by, opinion } of register.values()) {
    if (about !== detection) continue;
    if (opinion.feedback) found[opinion.feedback] += 1;
    if (by === me) Object.assign(found, { mine: opinion.feedback, note: opinion.note });
  }
  return found;
}
