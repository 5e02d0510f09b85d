/**
 * The messages of docs/protocol.md: names of what is sent, and careful reading of what comes.
 *
 * @import { Box, BoxFields } from './box.js'
 * @import { Opinion, OpinionState, Said } from './opinions.js'
 */
import { FIELDS, filled } from './box.js';

export const VERSION = 1;
export const MAX_MESSAGE_BYTES = 65536;

/**
 * @typedef {'create'|'set'|'delete'|'restore'|'undo'|'redo'|'rewind'|'rate'} CommandKind
 * @typedef {{
 *   c: number, k: CommandKind, box?: string, set?: Partial<BoxFields>, base?: Record<string, number>, g?: string,
 *   of?: string, to?: number, detection?: string, opinion?: Opinion, ms?: number, off?: true
 * }} WireCommand
 * @typedef {{t: 'hello', v: number, client: string, epoch?: string, have?: number}} Hello
 * @typedef {{t: 'op', ops: WireCommand[]}} OpMessage
 * @typedef {{t: 'eph', kind: string, g?: string, val: unknown}} EphOut
 * @typedef {{t: 'seen', r: number}|{t: 'get', have: number}} Progress
 * @typedef {Hello|OpMessage|EphOut|Progress} ClientMessage
 *
 * @typedef {{who: string, user: number, name: string, role: string}} PersonWire
 * @typedef {{id: number, name: string, color: string, key: string, active: boolean}} LabelWire
 * @typedef {{
 *   r: number, client: string|null, c: number|null, k: string, o: string, by: number|null, box: string,
 *   f: Partial<Box>, b: Partial<BoxFields>, g: string|null, rv: string|null, over: Record<string, number>, said?: Said
 * }} Operation `box` is '' where a detection is rated as a whole: then `said` says how
 * @typedef {{
 *   t: 'welcome', who: string, epoch: string, head: number, mode: string, last: number, mine: string|null, role: string,
 *   user: {id: number, name: string}, frame: {id: number, width: number, height: number, status: string, comments: number, detections: number},
 *   labels: LabelWire[],
 *   limits: {opsPerSecond: number, opsBurst: number, undecided: number, messageBytes: number}, people: PersonWire[]
 * }} Welcome
 * @typedef {{t: 'snapshot', head: number, part: number, parts: number, boxes: Box[], opinions: OpinionState[]}} SnapshotPart
 * @typedef {{t: 'ev', from: number, to: number, ops: Operation[]}} Ev
 * @typedef {{c: number, from: number|null, to: number|null, at?: number|null, skipped: {box: string, fields: string[]}[]}} Ack
 * @typedef {{t: 'ack', acks: Ack[]}} AckMessage
 * @typedef {{
 *   t: 'nack', c: number, code: string, detail: string, cur: Partial<BoxFields>, versions: Record<string, number>,
 *   after: number|null, by: number|null
 * }} Nack `by`: who wrote what it was too late for
 * @typedef {{who: string, kind: string, val: unknown, g: string|null}} EphItem
 * @typedef {{t: 'eph', items: EphItem[]}} EphIn
 * @typedef {{t: 'pres', people: PersonWire[]}} Pres
 * @typedef {{t: 'hb', head: number}} Heartbeat
 * @typedef {{t: 'frame', status: string, comments: number, detections: number}} FrameMessage
 * @typedef {{t: 'where', frames: Map<number, {user: number, name: string}[]>}} Where
 * @typedef {{t: 'role', role: string}} RoleMessage
 * @typedef {{t: 'labels', labels: LabelWire[]}} LabelsMessage
 * @typedef {{t: 'bye', code: number, detail: string, after: number|null}} Bye
 * @typedef {{t: 'error', code: string, detail: string}} ErrorMessage
 * @typedef {Welcome|SnapshotPart|Ev|AckMessage|Nack|EphIn|Pres|FrameMessage|Where|Heartbeat|RoleMessage|LabelsMessage|Bye|ErrorMessage} ServerMessage
 *
 * @typedef {Record<string, unknown>} Raw
 */

/** What came does not have the shape that the protocol promises. */
export class Malformed extends Error {}

/** @param {ClientMessage} message */
export function encode(message) {
  return JSON.stringify(message);
}

/**
 * @param {string} text
 * @returns {ServerMessage|null} null for a type that this version does not know
 * @throws {Malformed}
 */
export function decode(text) {
  const raw = object(parsed(text));
  const reader = typeof raw.t === 'string' ? READERS.get(raw.t) : undefined;
  return reader ? reader(raw) : null;
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Malformed(String(error));
  }
}

/** @type {Map<string, (raw: Raw) => ServerMessage>} */
const READERS = new Map(Object.entries({
  welcome: readWelcome,
  snapshot: (raw) => ({
    t: 'snapshot', head: integer(raw.head), part: integer(raw.part), parts: integer(raw.parts), boxes: array(raw.boxes).map(readBox),
    opinions: array(raw.opinions ?? []).map(readOpinionState),
  }),
  ev: readEv,
  ack: (raw) => ({ t: 'ack', acks: array(raw.acks).map(readAck) }),
  nack: (raw) => ({
    t: 'nack', c: integer(raw.c), code: string(raw.code), detail: stringOr(raw.detail, ''), cur: readFields(raw.cur),
    versions: readVersions(raw.versions), after: numberOrNull(raw.after), by: numberOrNull(raw.by),
  }),
  eph: (raw) => ({ t: 'eph', items: array(raw.items).map(readEphemeron) }),
  pres: (raw) => ({ t: 'pres', people: array(raw.people).map(readPerson) }),
  frame: (raw) => ({ t: 'frame', status: string(raw.status), comments: integer(raw.comments), detections: numberOr(raw.detections, 0) }),
  where: (raw) => ({ t: 'where', frames: readPlaces(raw.frames) }),
  hb: (raw) => ({ t: 'hb', head: integer(raw.head) }),
  role: (raw) => ({ t: 'role', role: string(raw.role) }),
  labels: (raw) => ({ t: 'labels', labels: array(raw.labels).map(readLabel) }),
  bye: (raw) => ({ t: 'bye', code: integer(raw.code), detail: stringOr(raw.detail, ''), after: numberOrNull(raw.after) }),
  error: (raw) => ({ t: 'error', code: string(raw.code), detail: stringOr(raw.detail, '') }),
}));

/** @param {Raw} raw @returns {Welcome} */
function readWelcome(raw) {
  const user = object(raw.user);
  const frame = object(raw.frame);
  const limits = object(raw.limits ?? {});
  return {
    t: 'welcome', who: string(raw.who), epoch: string(raw.epoch), head: integer(raw.head), mode: string(raw.mode),
    last: integer(raw.last), mine: stringOrNull(raw.mine), role: string(raw.role),
    user: { id: integer(user.id), name: stringOr(user.name, '') },
    frame: {
      id: integer(frame.id), width: number(frame.width), height: number(frame.height), status: stringOr(frame.status, ''),
      comments: numberOr(frame.comments, 0), detections: numberOr(frame.detections, 0),
    },
    labels: array(raw.labels).map(readLabel),
    limits: {
      opsPerSecond: numberOr(limits.ops_per_second, 40), opsBurst: numberOr(limits.ops_burst, 80),
      undecided: numberOr(limits.undecided, 64), messageBytes: numberOr(limits.message_bytes, MAX_MESSAGE_BYTES),
    },
    people: array(raw.people ?? []).map(readPerson),
  };
}

/** @param {unknown} value @returns {LabelWire} */
function readLabel(value) {
  const raw = object(value);
  return {
    id: integer(raw.id), name: string(raw.name), color: string(raw.color), key: stringOr(raw.key, ''),
    active: raw.active !== false,
  };
}

/** @param {unknown} value @returns {PersonWire} */
function readPerson(value) {
  const raw = object(value);
  return { who: string(raw.who), user: integer(raw.user), name: stringOr(raw.name, ''), role: stringOr(raw.role, '') };
}

/** @param {unknown} value @returns {Map<number, {user: number, name: string}[]>} by frame id */
function readPlaces(value) {
  const frames = Object.entries(object(value)).filter(([id]) => /^\d+$/.test(id));
  return new Map(frames.map(([id, people]) => [Number(id), array(people).map((person) => {
    const raw = object(person);
    return { user: integer(raw.user), name: stringOr(raw.name, '') };
  })]));
}

/** @param {Raw} raw @returns {Ev} */
function readEv(raw) {
  const message = { t: /** @type {const} */ ('ev'), from: integer(raw.from), to: integer(raw.to), ops: array(raw.ops).map(readOperation) };
  const dense = message.ops.every((op, index) => op.r === message.from + index);
  if (!dense || message.ops.length !== message.to - message.from + 1) throw new Malformed('ev is not contiguous');
  return message;
}

/** @param {unknown} value @returns {Operation} */
function readOperation(value) {
  const raw = object(value);
  const kind = string(raw.k);
  const about = kind === 'rate' ? { box: '', f: {}, b: {}, said: readSaid(raw) } : { box: string(raw.box), ...readChange(kind, raw) };
  return {
    r: integer(raw.r), client: stringOrNull(raw.client), c: numberOrNull(raw.c), k: kind, o: stringOr(raw.o, 'user'),
    by: numberOrNull(raw.by), ...about, g: stringOrNull(raw.g), rv: stringOrNull(raw.rv), over: readVersions(raw.over),
  };
}

/** @param {string} kind @param {Raw} raw @returns {Pick<Operation, 'f'|'b'>} what it does to a box */
function readChange(kind, raw) {
  const fields = readFields(raw.f);
  const whole = kind === 'create' || kind === 'restore';
  return { f: whole ? { ...needAll(fields), ...readMarks(raw.f) } : fields, b: readFields(raw.b) };
}

/** @param {Raw} raw an operation that rates @returns {Said} */
function readSaid(raw) {
  return { detection: string(object(raw.f).detection), now: readOpinion(raw.f), before: readOpinion(raw.b) };
}

/** @param {unknown} value @returns {Opinion} */
function readOpinion(value) {
  const raw = object(value);
  return { feedback: /** @type {Opinion['feedback']} */ (string(raw.feedback)), note: stringOr(raw.note, '') };
}

/** @param {unknown} value @returns {OpinionState} */
function readOpinionState(value) {
  const raw = object(value);
  const revision = integer(raw.r);
  return { detection: string(raw.detection), by: integer(raw.by), opinion: readOpinion(raw), revision, authored: `${revision}` };
}

/** @param {unknown} value @returns {Pick<Box, 'source'|'confidence'|'detection'|'by'>} */
function readMarks(value) {
  const raw = object(value ?? {});
  return {
    source: raw.source === 'model' ? 'model' : 'human', confidence: numberOrNull(raw.confidence), detection: stringOrNull(raw.detection),
    by: numberOrNull(raw.by),
  };
}

/** @param {unknown} value @returns {Box} */
export function readBox(value) {
  const raw = object(value);
  const fields = needAll(readFields(raw));
  const versions = { ...filled([...FIELDS, 'deleted'], 0), ...readVersions(raw.versions) };
  return { ...fields, ...readMarks(raw), id: string(raw.id), versions };
}

/** @param {Partial<BoxFields>} fields @returns {BoxFields} */
function needAll(fields) {
  const whole = { attributes: {}, z: 0, status: /** @type {const} */ ('accepted'), feedback: /** @type {const} */ (''), ...fields };
  for (const name of FIELDS) if (!(name in whole)) throw new Malformed(`${name} is missing`);
  return /** @type {BoxFields} */ (whole);
}

/** @param {unknown} value @returns {Partial<BoxFields>} only known fields with values of their type */
export function readFields(value) {
  const raw = object(value ?? {});
  /** @type {Record<string, unknown>} */
  const fields = {};
  for (const name of FIELDS) if (Object.hasOwn(raw, name)) fields[name] = FIELD_READERS[name](raw[name]);
  return fields;
}

const FIELD_READERS = {
  x1: number, y1: number, x2: number, y2: number, label: integer, attributes: object, z: number, status: string, feedback: string,
};

/** @param {unknown} value @returns {Record<string, number>} */
function readVersions(value) {
  const raw = object(value ?? {});
  const known = [...FIELDS, 'deleted'].filter((name) => Object.hasOwn(raw, name));
  return Object.fromEntries(known.map((name) => [name, integer(raw[name])]));
}

/** @param {unknown} value @returns {Ack} */
function readAck(value) {
  const raw = object(value);
  const skipped = array(raw.skipped ?? []).map((one) => {
    const { box, fields } = object(one);
    return { box: string(box), fields: array(fields).map(string) };
  });
  return { c: integer(raw.c), from: numberOrNull(raw.from), to: numberOrNull(raw.to), at: numberOrNull(raw.at), skipped };
}

/** @param {unknown} value @returns {EphItem} */
function readEphemeron(value) {
  const raw = object(value);
  return { who: string(raw.who), kind: string(raw.kind), val: raw.val ?? null, g: stringOrNull(raw.g) };
}

/** @param {unknown} value @returns {Raw} */
export function object(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed('expected an object');
  return /** @type {Raw} */ (value);
}

/** @param {unknown} value @returns {unknown[]} */
export function array(value) {
  if (!Array.isArray(value)) throw new Malformed('expected an array');
  return value;
}

/** @param {unknown} value @returns {string} */
export function string(value) {
  if (typeof value !== 'string') throw new Malformed('expected a text');
  return value;
}

/** @param {unknown} value @returns {number} */
export function number(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed('expected a number');
  return value;
}

/** @param {unknown} value @returns {number} */
export function integer(value) {
  if (!Number.isSafeInteger(value)) throw new Malformed('expected a whole number');
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {string} other */
function stringOr(value, other) {
  return typeof value === 'string' ? value : other;
}

/** @param {unknown} value */
function stringOrNull(value) {
  return typeof value === 'string' ? value : null;
}

/** @param {unknown} value @param {number} other */
function numberOr(value, other) {
  return numberOrNull(value) ?? other;
}

/** @param {unknown} value */
function numberOrNull(value) {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
