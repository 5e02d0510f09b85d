/**
 * My gestures on this frame, as far as this page has seen them, and what taking one back would do. The server's
 * answer rules (annotate/sync/undo.py has the same rules); this predicts it, so that undo is instant and works offline.
 *
 * @import { Box, BoxFields, BoxState } from './box.js'
 * @import { Effect } from './replica.js'
 * @import { LoggedOpinion } from './opinions.js'
 */
import { isTooShort } from './geometry.js';
import { changeOf, deletionOf, restorationOf } from './replica.js';

/**
 * @typedef {'user'|'undo'|'redo'} StepKind
 * @typedef {{gesture: string, kind: StepKind, reverts: string|null}} Step
 * @typedef {Effect & {token: string}} Logged
 * @typedef {{done: string[], undone: string[]}} Stack gestures that can be taken back, undo gestures that can be redone
 */

/** My confirmed operations, in the order of the log. */
export class History {
  constructor() {
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Map<string, Logged[]>} */
    this.byGesture = new Map();
    /** @type {Map<string, LoggedOpinion[]>} */
    this.saidByGesture = new Map();
    /** @type {Set<number>} revisions that I wrote */
    this.mine = new Set();
    /** My newest gestures may be older than what this page has seen. */
    this.mayUndoMore = false;
    this.mayRedoMore = false;
  }

  /**
   * Forget what was seen, because a part of the log was skipped.
   * @param {string|null} [newest] what my newest operation is (user, undo, redo; '' where I have none); null: not known
   */
  forget(newest = null) {
    this.steps = [];
    this.byGesture.clear();
    this.saidByGesture.clear();
    this.mayUndoMore = newest !== '';
    this.mayRedoMore = newest !== '' && newest !== 'user';
  }

  /**
   * @param {Step} step
   * @param {Logged|null} logged
   * @param {LoggedOpinion|null} [said]
   */
  add(step, logged, said = null) {
    const last = this.steps.at(-1);
    if (last?.gesture !== step.gesture || last.kind !== step.kind) this.steps.push(step);
    if (step.kind === 'user') this.mayRedoMore = false;
    if (step.kind === 'undo') this.mayUndoMore ||= step.reverts !== null && !this.knows(step.reverts);
    if (said) this.saidByGesture.set(step.gesture, [...(this.saidByGesture.get(step.gesture) ?? []), said]);
    if (!logged) return;
    const known = this.byGesture.get(step.gesture);
    if (known) known.push(logged);
    else this.byGesture.set(step.gesture, [logged]);
  }

  /** @param {string} gesture */
  knows(gesture) {
    return this.byGesture.has(gesture) || this.saidByGesture.has(gesture);
  }

  /**
   * The word that an undo of `gesture` gives back comes from there.
   * @param {string} gesture
   * @param {string} detection
   * @returns {string|null}
   */
  earlierAuthorOf(gesture, detection) {
    return this.saidByGesture.get(gesture)?.find((one) => one.detection === detection)?.authoredBefore ?? null;
  }

  /**
   * The server finds nothing in this gesture to take back.
   * @param {string} gesture
   */
  drop(gesture) {
    this.steps = this.steps.filter((step) => step.gesture !== gesture);
  }

  /**
   * Who a value given back by undoing `gesture` comes from, per field of one box.
   * @param {string} gesture
   * @param {string} boxId
   * @param {string[]} names
   * @returns {Record<string, string>}
   */
  earlierAuthors(gesture, boxId, names) {
    const logged = (this.byGesture.get(gesture) ?? []).filter((one) => one.box === boxId);
    return earliestAuthors(logged, names);
  }
}

/**
 * @param {Logged[]} logged
 * @param {string[]} names
 * @returns {Record<string, string>}
 */
function earliestAuthors(logged, names) {
  /** @type {Record<string, string>} */
  const authors = {};
  for (const name of names) {
    const first = logged.find((one) => name in one.authoredBefore);
    if (first) authors[name] = first.authoredBefore[name] ?? '0';
  }
  return authors;
}

/**
 * Fold steps, oldest first.
 * @param {Iterable<Step>} steps
 * @returns {Stack}
 */
export function stackOf(steps) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {Map<string, string|null>} undo gesture -> what it took back */
  const undone = new Map();
  for (const { gesture, kind, reverts } of steps) {
    if (kind === 'user') {
      if (!done.has(gesture)) undone.clear();
      done.add(gesture);
    } else if (kind === 'undo') {
      if (reverts) done.delete(reverts);
      undone.set(gesture, reverts);
    } else if (reverts && undone.has(reverts)) {
      const original = undone.get(reverts);
      undone.delete(reverts);
      if (original) done.add(original);
    }
  }
  return { done: [...done], undone: [...undone.keys()] };
}

/**
 * The effects of taking back one gesture: every field whose present value still comes from it gets its value from
 * before. The rest is left alone.
 * @param {Logged[]} logged the gesture, oldest first
 * @param {(id: string) => BoxState|undefined} stateFor
 * @returns {Effect[]}
 */
export function reversalOf(logged, stateFor) {
  /** @type {Map<string, Logged[]>} */
  const byBox = new Map();
  for (const one of logged) byBox.set(one.box, [...(byBox.get(one.box) ?? []), one]);
  return [...byBox].reverse().flatMap(([id, ones]) => {
    const state = stateFor(id);
    return state ? boxReversal(state, ones) : [];
  });
}

/**
 * @param {BoxState} state
 * @param {Logged[]} logged
 * @returns {Effect[]}
 */
function boxReversal(state, logged) {
  if (logged[0]?.kind === 'create') {
    return state.deleted || state.foreign ? [] : [{ ...deletionOf(state), authored: { deleted: '0' } }];
  }
  const life = logged.filter((one) => one.kind !== 'set');
  /** @type {Effect[]} */
  const effects = [];
  let alive = !state.deleted;
  if (life[0] && comesFrom(state, 'deleted', life) && (life[0].kind === 'delete') === state.deleted) {
    const back = state.deleted ? restorationOf(state) : deletionOf(state);
    effects.push({ ...back, authored: earliestAuthors(life, ['deleted']) });
    alive = state.deleted;
  }
  const sets = logged.filter((one) => one.kind === 'set');
  const values = alive ? valuesBefore(state, sets) : {};
  const names = Object.keys(values);
  if (names.length) effects.push({ ...changeOf(state, values), authored: earliestAuthors(sets, names) });
  return effects;
}

/**
 * @param {BoxState} state
 * @param {Logged[]} sets
 * @returns {Partial<BoxFields>}
 */
function valuesBefore(state, sets) {
  /** @type {Map<string, unknown>} */
  const values = new Map();
  for (const { before } of sets) {
    for (const [name, value] of Object.entries(before)) if (!values.has(name)) values.set(name, value);
  }
  for (const name of values.keys()) if (!comesFrom(state, name, sets)) values.delete(name);
  const next = /** @type {Box} */ ({ ...state.box, ...Object.fromEntries(values) });
  if (isTooShort(next.x1, next.x2)) ['x1', 'x2'].forEach((name) => values.delete(name));
  if (isTooShort(next.y1, next.y2)) ['y1', 'y2'].forEach((name) => values.delete(name));
  return Object.fromEntries(values);
}

/**
 * @param {BoxState} state
 * @param {string} name
 * @param {Logged[]} logged
 */
function comesFrom(state, name, logged) {
  const author = state.authored[name];
  return logged.some((one) => name in one.authoredBefore && (one.authored[name] ?? one.token) === author);
}
