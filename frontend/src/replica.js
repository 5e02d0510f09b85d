/**
 * What the server has confirmed: boxes at one revision, and how an operation of the log changes them.
 *
 * @import { Box, BoxFields, BoxState } from './box.js'
 * @import { Operation } from './protocol.js'
 */
import { FIELDS, fieldsOf, filled } from './box.js';

/**
 * @typedef {'create'|'set'|'delete'|'restore'} EffectKind
 * @typedef {{
 *   kind: EffectKind, box: string, fields: Partial<Box>, before: Partial<BoxFields>,
 *   authored: Record<string, string>, authoredBefore: Record<string, string>
 * }} Effect
 *   One change of one box. `authored` (undo and redo only) names who the values given back come from.
 * @typedef {{token: string, revision: number|null, by: number|null, foreign: boolean}} Author
 *   `token` names the operation in `authored`; `revision` is null while the command is undecided.
 */

/**
 * The state of a box after an effect. States are never changed in place.
 * @param {BoxState|undefined} state
 * @param {Effect} effect
 * @param {Author} author
 * @returns {BoxState|undefined} unchanged where the effect does not fit the state
 */
export function applied(state, effect, author) {
  if (effect.kind === 'create') return created(effect, author);
  if (!state) return effect.kind === 'restore' && hasAllFields(effect.fields) ? created(effect, author) : state;
  const written = effect.kind === 'set' ? Object.keys(effect.fields) : ['deleted'];
  const stamped = effect.kind === 'restore' ? [...FIELDS, 'deleted'] : written;
  const versions = author.revision === null ? state.box.versions
    : { ...state.box.versions, ...filled(stamped, author.revision) };
  const fields = effect.kind === 'delete' ? {} : effect.fields;
  return {
    box: { ...state.box, ...fields, versions },
    deleted: effect.kind === 'set' ? state.deleted : effect.kind === 'delete',
    authored: { ...state.authored, ...filled(written, author.token), ...effect.authored },
    foreign: state.foreign || author.foreign,
  };
}

/**
 * @param {Effect} effect
 * @param {Author} author
 * @returns {BoxState}
 */
function created(effect, author) {
  const all = [...FIELDS, 'deleted'];
  const blank = {
    attributes: {}, z: 0, status: 'accepted', feedback: '', source: 'human', confidence: null, detection: null, by: author.by,
  };
  const box = { ...blank, ...effect.fields, id: effect.box, versions: filled(all, author.revision ?? 0) };
  const authored = filled(all, author.token);
  return { box: /** @type {Box} */ (box), deleted: false, authored, foreign: author.foreign };
}

/** @param {Partial<Box>} fields */
function hasAllFields(fields) {
  return FIELDS.every((name) => name in fields);
}

/**
 * @param {Box} box as a snapshot shows it
 * @returns {BoxState} `authored` is a guess: right unless an undo has given a field back to an earlier author
 */
export function stateOf(box) {
  const authored = Object.fromEntries(Object.entries(box.versions).map(([name, revision]) => [name, `${revision}`]));
  return { box, deleted: false, authored, foreign: false };
}

/**
 * What an operation of the log does.
 * @param {Operation} op
 * @param {BoxState|undefined} state before it
 * @param {Record<string, string>} authored see Effect
 * @returns {Effect|null} null for a kind that this version does not know
 */
export function effectOf(op, state, authored) {
  const kind = op.k;
  if (kind !== 'create' && kind !== 'set' && kind !== 'delete' && kind !== 'restore') return null;
  const { source, confidence, detection, by, ...fields } = op.f;
  /** @type {Partial<Box>} */
  const marks = kind === 'create' || !state ? { source, confidence, detection, by } : {};
  const written = kind === 'set' ? Object.keys(fields) : ['deleted'];
  const authoredBefore = Object.fromEntries(written.map((name) => [name, state?.authored[name] ?? '0']));
  return { kind, box: op.box, fields: { ...fields, ...marks }, before: op.b, authored, authoredBefore };
}

/**
 * @param {BoxState} state
 * @returns {Effect} brings a deleted box back as it was
 */
export function restorationOf(state) {
  return {
    kind: 'restore', box: state.box.id, fields: fieldsOf(state.box), before: {}, authored: {},
    authoredBefore: { deleted: state.authored.deleted ?? '0' },
  };
}

/**
 * @param {BoxState} state
 * @returns {Effect}
 */
export function deletionOf(state) {
  return {
    kind: 'delete', box: state.box.id, fields: {}, before: {}, authored: {},
    authoredBefore: { deleted: state.authored.deleted ?? '0' },
  };
}

/**
 * @param {BoxState} state
 * @param {Partial<BoxFields>} fields
 * @returns {Effect}
 */
export function changeOf(state, fields) {
  const present = /** @type {Record<string, unknown>} */ (fieldsOf(state.box));
  const names = Object.keys(fields);
  return {
    kind: 'set', box: state.box.id, fields, authored: {},
    before: /** @type {Partial<BoxFields>} */ (Object.fromEntries(names.map((name) => [name, present[name]]))),
    authoredBefore: Object.fromEntries(names.map((name) => [name, state.authored[name] ?? '0'])),
  };
}
