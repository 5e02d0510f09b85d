/**
 * Commands that are made here and not yet part of the confirmed state, and what they do on top of it.
 *
 * @import { Box, BoxFields, BoxState, Edges } from './box.js'
 * @import { CommandKind } from './protocol.js'
 * @import { Effect } from './replica.js'
 * @import { History, Logged, Step } from './history.js'
 */
import { EDGES } from './box.js';
import { mergedEdges } from './geometry.js';
import { reversalOf } from './history.js';
import { applied, changeOf, deletionOf, restorationOf } from './replica.js';

/**
 * @typedef {{
 *   client: string, c: number, k: CommandKind, box: string|null, set: Partial<BoxFields>,
 *   base: Record<string, number>, g: string, of: string|null, to?: number, ms?: number, off: boolean, at: number
 * }} Command
 *   As kept in storage. `client` is '' and `c` 0 until the live connection has numbered it. `at`: milliseconds since 1970.
 *   `to`: of a rewind, the revision to go back to. `ms`: active milliseconds that it took the person.
 * @typedef {Command & {
 *   touched: boolean, answered: boolean, until: number|null, seen: boolean
 * }} Pending
 *   `touched`: may have been sent, so its content is settled. `answered`: the server has decided it. `until`: the
 *   confirmed state has its effect from this revision on. `seen`: an operation of it was applied.
 */

/**
 * @param {Partial<Command> & {k: CommandKind, g: string, at: number}} parts
 * @returns {Pending}
 */
export function newPending(parts) {
  return {
    client: '', c: 0, box: null, set: {}, base: {}, of: null, off: false, touched: false, answered: false, until: null,
    seen: false, ...parts,
  };
}

/** @param {Pending} pending @returns {Command} */
export function commandOf({ client, c, k, box, set, base, g, of, to, ms, off, at }) {
  return { client, c, k, box, set, base, g, of, off, at, ...(to === undefined ? {} : { to }), ...(ms === undefined ? {} : { ms }) };
}

/** Everything the undecided commands change: states by box id, and the gestures they belong to. */
export class Overlay {
  /**
   * @param {Map<string, BoxState>} confirmed
   * @param {History} history
   * @param {{width: number, height: number}|null} frame
   */
  constructor(confirmed, history, frame) {
    this.confirmed = confirmed;
    this.history = history;
    this.frame = frame;
    /** @type {Map<string, BoxState>} */
    this.states = new Map();
    /** @type {Map<string, Logged[]>} */
    this.byGesture = new Map();
    /** @type {Step[]} */
    this.steps = [];
  }

  /** @param {string} id @returns {BoxState|undefined} */
  stateFor(id) {
    return this.states.get(id) ?? this.confirmed.get(id);
  }

  /**
   * @param {Pending} command
   * @param {number} index its place in the queue
   * @param {number|null} user who I am
   */
  run(command, index, user) {
    const token = `p${index}`;
    const effects = this.effectsOf(command);
    const author = { token, revision: null, by: user, foreign: false };
    for (const effect of effects) {
      const next = applied(this.stateFor(effect.box), effect, author);
      if (next) this.states.set(effect.box, next);
      const known = this.byGesture.get(command.g);
      if (known) known.push({ ...effect, token });
      else this.byGesture.set(command.g, [{ ...effect, token }]);
    }
    const kind = command.k === 'undo' || command.k === 'redo' ? command.k : 'user';
    if (kind !== 'user' || effects.length) this.steps.push({ gesture: command.g, kind, reverts: command.of });
  }

  /** @param {Pending} command @returns {Effect[]} nothing where it does not fit what is there */
  effectsOf(command) {
    if (command.k === 'undo' || command.k === 'redo') {
      return command.of ? reversalOf(this.loggedOf(command.of), (id) => this.stateFor(id)) : [];
    }
    const id = command.box ?? '';
    const state = this.stateFor(id);
    if (command.k === 'create') return state ? [] : [creationOf(id, command.set)];
    if (!state) return [];
    if (command.k === 'delete') return state.deleted ? [] : [deletionOf(state)];
    if (command.k === 'restore') return state.deleted ? [restorationOf(state)] : [];
    return state.deleted ? [] : this.setOf(state, command.set);
  }

  /** @param {string} gesture @returns {Logged[]} */
  loggedOf(gesture) {
    return [...(this.history.byGesture.get(gesture) ?? []), ...(this.byGesture.get(gesture) ?? [])];
  }

  /**
   * @param {BoxState} state
   * @param {Partial<BoxFields>} fields
   * @returns {Effect[]}
   */
  setOf(state, fields) {
    if (!this.frame || !EDGES.some((name) => name in fields)) return [changeOf(state, fields)];
    const edges = mergedEdges(state.box, edgesIn(fields), this.frame);
    if (!edges) return [];
    const named = Object.fromEntries(EDGES.filter((name) => name in fields).map((name) => [name, edges[name]]));
    return [changeOf(state, { ...fields, ...named })];
  }
}

/** @param {Partial<Edges>} fields @returns {Partial<Edges>} */
export function edgesIn(fields) {
  return Object.fromEntries(EDGES.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
}

/**
 * @param {string} box
 * @param {Partial<Box>} fields
 * @returns {Effect}
 */
function creationOf(box, fields) {
  return { kind: 'create', box, fields, before: {}, authored: {}, authoredBefore: {} };
}
