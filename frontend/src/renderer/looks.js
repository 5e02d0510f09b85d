/**
 * How boxes look, by label and status. Each look is made once: thousands of boxes share a few hundred.
 *
 * @import { Box } from '../box.js'
 * @import { Label } from '../store.js'
 * @import { Look } from './paint.js'
 * @typedef {{label: number|null, status?: string, confidence?: number|null}|Box} Looked
 */
import { patternOf, UNKNOWN_COLOR } from './colors.js';

/** One look for each whole percent of confidence, and one for none. */
const NO_CONFIDENCE = 101;

export class Looks {
  /** @param {() => readonly Label[]} labels */
  constructor(labels) {
    this.labels = labels;
    /** @type {Map<number|null, {plain: LooksOfStatus, faded: LooksOfStatus}>} by label id */
    this.made = new Map();
  }

  /** The labels have changed. */
  clear() {
    this.made.clear();
  }

  /** @param {Looked} box @param {boolean} isFaded @returns {Look} */
  of(box, isFaded) {
    const label = this.made.get(box.label) ?? this.newLooks(box.label);
    return (isFaded ? label.faded : label.plain).of(box.status, box.confidence ?? null);
  }

  /** @param {number|null} id */
  newLooks(id) {
    const labels = this.labels();
    const index = labels.findIndex((label) => label.id === id);
    const label = labels[index];
    const look = {
      color: label?.color ?? UNKNOWN_COLOR, pattern: patternOf(index), name: label?.name ?? '', isProposed: false, isRejected: false,
      confidence: null, isFaded: false,
    };
    const made = { plain: new LooksOfStatus(look), faded: new LooksOfStatus({ ...look, isFaded: true }) };
    this.made.set(id, made);
    return made;
  }
}

class LooksOfStatus {
  /** @param {Look} accepted */
  constructor(accepted) {
    this.accepted = accepted;
    this.rejected = { ...accepted, isRejected: true };
    /** @type {Look[]} by whole percent */
    this.proposed = [];
  }

  /** @param {string|undefined} status @param {number|null} confidence 0 to 1 @returns {Look} */
  of(status, confidence) {
    if (status === 'rejected') return this.rejected;
    if (status !== 'proposed') return this.accepted;
    const percent = confidence === null ? NO_CONFIDENCE : Math.round(confidence * 100);
    return this.proposed[percent] ??= { ...this.accepted, isProposed: true, confidence: confidence === null ? null : percent / 100 };
  }
}
