/**
 * A box as everybody on the frame sees it. Edges are image pixels, origin top left, x1 < x2 and y1 < y2.
 * Box objects are never changed in place: a changed box is a new object, so `===` tells whether it changed.
 *
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Edges
 * @typedef {'human'|'model'} Source
 * @typedef {'proposed'|'accepted'|'rejected'} Status
 * @typedef {string|number|boolean|null} AttributeValue
 * @typedef {''|'positive'|'negative'|'neutral'} Feedback what a person thinks of a proposal
 * @typedef {Record<string, AttributeValue>} Attributes
 * @typedef {{
 *   x1: number, y1: number, x2: number, y2: number, label: number, attributes: Attributes, z: number,
 *   status: Status, feedback: Feedback
 * }} BoxFields the fields a person can write
 * @typedef {BoxFields & {
 *   id: string, source: Source, confidence: number|null, detection: string|null, by: number|null, versions: Record<string, number>
 * }} Box
 */

/**
 * A box with what undo needs to know. Deleted boxes are kept, so that an undo can bring them back at once.
 * `authored` names, per field and for `deleted`, the operation that the present value comes from: a revision
 * (`"57"`), or an undecided command (`"c7"`). `foreign`: somebody else has changed it since it is known here.
 *
 * @typedef {{box: Box, deleted: boolean, authored: Record<string, string>, foreign: boolean}} BoxState
 */

export const EDGES = /** @type {const} */ (['x1', 'y1', 'x2', 'y2']);

export const FIELDS = /** @type {const} */ ([...EDGES, 'label', 'attributes', 'z', 'status', 'feedback']);

/**
 * The same keys with one value.
 * @template T
 * @param {readonly string[]} keys
 * @param {T} value
 * @returns {Record<string, T>}
 */
export function filled(keys, value) {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

/**
 * @param {unknown} a a field value
 * @param {unknown} b
 */
export function sameValue(a, b) {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && right.get(key) === value);
}

/**
 * @param {Box} box
 * @returns {BoxFields}
 */
export function fieldsOf(box) {
  const { x1, y1, x2, y2, label, attributes, z, status, feedback } = box;
  return { x1, y1, x2, y2, label, attributes, z, status, feedback };
}

/**
 * Whether a detection accepted it when it made it, and no person has judged, moved or relabelled it since: all of that was written at
 * once. An imported box has no detection, one that a version brought back has an author.
 *
 * @param {Box} box
 */
export function isAcceptedAlone(box) {
  const { source, status, feedback, detection, by, versions } = box;
  const isOfDetection = source === 'model' && detection !== null && by === null;
  if (!isOfDetection || status !== 'accepted' || feedback) return false;
  return [...EDGES, 'label'].every((name) => versions[name] === versions['status']);
}
