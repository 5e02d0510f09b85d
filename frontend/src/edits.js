/**
 * What a local edit may be: the checks of the server, made before anything is shown.
 *
 * @import { Attributes, Box, BoxFields } from './box.js'
 */
import { isProposal } from './audit.js';
import { EDGES, sameValue } from './box.js';
import { mergedEdges } from './geometry.js';
import { edgesIn } from './pending.js';

const MAX_ATTRIBUTES_BYTES = 4096;
const MAX_NAME_LENGTH = 64;
const MAX_TEXT_LENGTH = 2000;
const MAX_Z = 1e9;
const STATUSES = ['proposed', 'accepted', 'rejected'];
const FEEDBACK = ['', 'positive', 'negative', 'neutral'];

/**
 * @typedef {{width: number, height: number}} Size in image pixels
 * @typedef {{id: number, active: boolean}[]} Labels
 */

/**
 * The fields as the server would store them.
 * @param {Box|null} box what they are written into, null for a new box
 * @param {Partial<BoxFields>} given
 * @param {Size} frame
 * @param {Labels} labels
 * @returns {Partial<BoxFields>|null} null when the server would refuse them
 */
export function checkedFields(box, given, frame, labels) {
  const fields = { ...given };
  const edges = edgesIn(given);
  if (!box || Object.keys(edges).length) {
    const merged = mergedEdges(box, edges, frame);
    if (!merged) return null;
    for (const name of EDGES) if (name in edges) fields[name] = merged[name];
  }
  if (fields.label !== undefined && fields.label !== box?.label && !isActive(labels, fields.label)) return null;
  if (fields.attributes !== undefined && !areAttributes(fields.attributes)) return null;
  if (fields.status !== undefined && !STATUSES.includes(fields.status)) return null;
  if (fields.feedback !== undefined && !mayRate(box, fields.feedback)) return null;
  if (fields.z !== undefined && !(Math.abs(fields.z) <= MAX_Z)) return null;
  return fields;
}

/**
 * @param {Partial<BoxFields>} fields
 * @param {Box} box
 * @returns {Partial<BoxFields>} only what differs
 */
export function changedFields(fields, box) {
  const present = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (box));
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== undefined && !sameValue(value, present[name])));
}

/** Whether it writes what a model has said of a proposal. @param {Partial<BoxFields>} set */
export function isCorrection(set) {
  return [...EDGES, 'label'].some((name) => name in set);
}

/**
 * Whoever moves or relabels a proposal accepts it, as corrected; and whoever decides on it takes back that it was rated
 * neutral, which says that it is undecided. The server says the same.
 * @param {Partial<BoxFields>} set what changes
 * @param {Box} box
 * @param {boolean} [isOpen] whether it waited for a verdict when the author began
 * @returns {Partial<BoxFields>}
 */
export function withVerdict(set, box, isOpen = isProposal(box)) {
  /** @type {Partial<BoxFields>} */
  const judged = isOpen && set.status === undefined && isCorrection(set) ? { ...set, status: 'accepted' } : set;
  const isDecided = judged.status !== undefined && judged.status !== 'proposed';
  return isDecided && judged.feedback === undefined && box.feedback === 'neutral' ? { ...judged, feedback: '' } : judged;
}

/**
 * @param {Labels} labels
 * @param {number} id
 */
function isActive(labels, id) {
  return labels.some((label) => label.id === id && label.active);
}

/** Only what a model proposed is rated. @param {Box|null} box @param {string} feedback */
function mayRate(box, feedback) {
  return FEEDBACK.includes(feedback) && (feedback === (box?.feedback ?? '') || box?.source === 'model');
}

/** @param {Attributes} attributes */
function areAttributes(attributes) {
  const sound = Object.entries(attributes).every(([name, value]) => name.length >= 1 && name.length <= MAX_NAME_LENGTH
    && isAttributeValue(value) && `${name}${value}`.isWellFormed() && !`${name}${value}`.includes('\0'));
  return sound && new TextEncoder().encode(JSON.stringify(attributes)).length <= MAX_ATTRIBUTES_BYTES;
}

/** @param {unknown} value */
function isAttributeValue(value) {
  if (typeof value === 'string') return value.length <= MAX_TEXT_LENGTH;
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
