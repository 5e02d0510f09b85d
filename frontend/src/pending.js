/**
 * Commands that are made here and not yet part of the confirmed state, and what they do on top of it.
 *
 * @import { Box, BoxFields, BoxState, Edges } from './box.js'
 * @import { CommandKind } from './protocol.js'
 * @import { LoggedOpinion, Opinion, OpinionEffect, OpinionState, Register } from './opinions.js'
 * @import { Effect } from './replica.js'
 * @import { History, Logged, Step } from './history.js'
 */
import { EDGES } from './box.js';
import { mergedEdges } from './geometry.js';
import { reversalOf } from './history.js';
import { keyOf, opinionsReversal, said, sayingOf } from './opinions.js';
import { applied, changeOf, deletionOf, restorationOf } from './replica.js';

/**
 * @typedef {{
 *   client: string, c: number, k: CommandKind, box: string|null, set: Partial<BoxFields>,
 *   base: Record<string, number>, g: string, of: string|null, to?: number, detection?: string, opinion?: Opinion, ms?: number,
 *   off: boolean, at: number
 * }} Command
 *   As kept in storage. `client` is '' and `c` 0 until the live connection has numbered it. `at`: milliseconds since 1970.
 *   `to`: of a rewind, the revision to go back to. `detection`, `opinion`: of a rating. `ms`: active milliseconds that it took the person.
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
export function commandOf({ client, c, k, box, set, base, g, of, to, detection, opinion, ms, off, at }) {
  const given = Object.entries({ to, detection, opinion, ms }).filter(([, value]) => value !== undefined);
  return { client, c, k, box, set, base, g, of, off, at, ...Object.fromEntries(given) };
}

/** Everything the undecided commands change: states by box id, opinions, and the gestures they belong to. */
export class Overlay {
  /**
   * @param {Map<string, BoxState>} confirmed
   * @param {History} history
   * @param {{width: number, height: number}|null} frame
   * @param {Register} [register] what is said of detections
   */
  constructor(confirmed, history, frame, register = new Map()) {
    this.confirmed = confirmed;
    this.history = history;
    this.frame = frame;
    this.register = register;
    /** @type {Map<string, OpinionState>} */
    this.opinions = new Map();
    /** @type {Map<string, LoggedOpinion[]>} */
    this.saidByGesture = new Map();
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
    const opinions = this.opinionsOf(command, user);
    this.say(opinions, command.g, token);
    const kind = command.k === 'undo' || command.k === 'redo' ? command.k : 'user';
    if (kind !== 'user' || effects.length || opinions.length) this.steps.push({ gesture: command.g, kind, reverts: command.of });
  }

  /** @param {string} key @returns {OpinionState|undefined} */
  opinionFor(key) {
    return this.opinions.get(key) ?? this.register.get(key);
  }

  /** @param {Pending} command @param {number|null} by @returns {OpinionEffect[]} */
  opinionsOf({ k, of, detection, opinion }, by) {
    if (k === 'undo' || k === 'redo') {
      const logged = of ? [...(this.history.saidByGesture.get(of) ?? []), ...(this.saidByGesture.get(of) ?? [])] : [];
      return opinionsReversal(logged, (key) => this.opinionFor(key));
    }
    if (k !== 'rate' || by === null || !detection || !opinion) return [];
    return [sayingOf(this.opinionFor(keyOf(detection, by)), { detection, by, now: opinion })];
  }

  /** @param {OpinionEffect[]} effects @param {string} gesture @param {string} token */
  say(effects, gesture, token) {
    for (const effect of effects) {
      const key = keyOf(effect.detection, effect.by);
      this.opinions.set(key, said(effect, { token, revision: null }, this.opinionFor(key)));
      this.saidByGesture.set(gesture, [...(this.saidByGesture.get(gesture) ?? []), { ...effect, token }]);
    }
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
