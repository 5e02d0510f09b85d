/**
 * The history of a frame, as the panel shows it: the operations of one gesture together, newest first.
 *
 * @import { Box, Edges } from './box.js'
 * @import { Opinion } from './opinions.js'
 *
 * @typedef {{
 *   r: number, k: 'create'|'set'|'delete'|'restore'|'rate', o: string, by: number|null, name: string, box: string, label: number|null,
 *   f: Partial<Box & Opinion>, b: Partial<Box & Opinion>, e: Edges|null, g: string, rv: string, at: number, model?: string
 * }} LogEntry as annotate/views/history.py says; `e`: the edges that the box has now. `box` is '' where the detection by `model`
 *   is rated as a whole
 * @typedef {{operations: LogEntry[], more: boolean}} LogPage newest first; `more`: there are older ones
 * @typedef {'drawn'|'moved'|'relabelled'|'judged'|'changed'|'deleted'|'brought-back'|'rated'} Deed
 * @typedef {{
 *   gesture: string, first: number, last: number, origin: string, by: number|null, name: string, at: number, deed: Deed,
 *   boxes: string[], entries: LogEntry[]
 * }} Step `first`, `last`: revisions. `boxes`: ids, each once
 */
import { EDGES } from './box.js';

/** Of several deeds in one gesture the step is named after the first of these. @type {Deed[]} */
const WEIGHT = ['drawn', 'deleted', 'brought-back', 'judged', 'relabelled', 'moved', 'changed', 'rated'];

/** @param {LogEntry} entry @returns {Deed} */
export function deedOf({ k, f }) {
  if (k === 'create') return 'drawn';
  if (k === 'delete') return 'deleted';
  if (k === 'restore') return 'brought-back';
  if (k === 'rate') return 'rated';
  if ('label' in f) return 'relabelled';
  if (EDGES.some((name) => name in f)) return 'moved'; // a proposal that is moved is accepted by it
  return 'status' in f || 'feedback' in f ? 'judged' : 'changed';
}

/**
 * @param {LogEntry[]} entries newest first, without a hole
 * @returns {Step[]} newest first
 */
export function stepsOf(entries) {
  /** @type {Step[]} */
  const steps = [];
  for (const entry of entries) {
    const open = steps.at(-1);
    if (open && open.gesture === entry.g && open.by === entry.by) addTo(open, entry);
    else steps.push(stepOf(entry));
  }
  return steps;
}

/** @param {LogEntry} entry @returns {Step} */
function stepOf(entry) {
  return {
    gesture: entry.g, first: entry.r, last: entry.r, origin: entry.o, by: entry.by, name: entry.name, at: entry.at,
    deed: deedOf(entry), boxes: entry.box ? [entry.box] : [], entries: [entry],
  };
}

/** @param {Step} step @param {LogEntry} entry an older one */
function addTo(step, entry) {
  step.first = entry.r;
  step.entries.push(entry);
  if (entry.box && !step.boxes.includes(entry.box)) step.boxes.push(entry.box);
  const deed = deedOf(entry);
  if (WEIGHT.indexOf(deed) < WEIGHT.indexOf(step.deed)) step.deed = deed;
}

/**
 * Where each box of a step was before it and after it, in image pixels; null where it did not exist.
 * @param {Step} step
 * @param {LogEntry[]} entries the log from its newest entry down to the step, newest first
 * @returns {{box: string, label: number, before: Edges|null, after: Edges|null}[]}
 */
export function changesOf(step, entries) {
  return step.boxes.map((box) => {
    const own = entries.filter((entry) => entry.box === box && entry.r >= step.first);
    const [newest] = own;
    if (!newest?.e) return { box, label: 0, before: null, after: null };
    const after = own.filter((entry) => entry.r > step.last).reduce(backOver, newest.e);
    const mine = own.filter((entry) => entry.r <= step.last);
    const before = mine.reduce(backOver, after);
    const [last, first] = [mine[0]?.k, mine.at(-1)?.k];
    return { box, label: newest.label ?? 0, before: first === 'create' || first === 'restore' ? null : before, after: last === 'delete' ? null : after };
  });
}

/** @param {Edges} edges after the entry @param {LogEntry} entry @returns {Edges} before it */
function backOver(edges, { b }) {
  return /** @type {Edges} */ (Object.fromEntries(EDGES.map((name) => [name, b[name] ?? edges[name]])));
}

/**
 * Pages of the log put together: newer entries in front, older ones behind, each revision once.
 * @param {LogEntry[]} fresh newest first; of a revision that both have, its words hold: labels are those of now
 * @param {LogEntry[]} known newest first
 * @returns {LogEntry[]} only the part without a hole, from the newest on
 */
export function joined(fresh, known) {
  const byRevision = new Map([...known, ...fresh].map((entry) => [entry.r, entry]));
  const all = [...byRevision.values()].sort((a, b) => b.r - a.r);
  const hole = all.findIndex((entry, index) => index > 0 && entry.r !== (all[index - 1]?.r ?? 0) - 1);
  return hole < 0 ? all : all.slice(0, hole);
}
