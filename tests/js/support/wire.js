/**
 * What a server says, for tests: as objects of the wire, and as they are after reading.
 *
 * @import { Box } from "../../../frontend/src/box.js"
 * @import { Ack, Nack, Operation, Welcome } from "../../../frontend/src/protocol.js"
 */
import { decode } from "../../../frontend/src/protocol.js";

export const ME = { id: 3, name: "Ada" };
export const SOMEBODY = { id: 4, name: "Ben" };
export const MY_WHO = "who-me";
export const EPOCH = "0e0e0e0e-0000-4000-8000-000000000001";
export const FRAME = { id: 12, width: 1000, height: 800, status: "in_progress", comments: 0, detections: 0 };
export const CAR = 1;
export const TREE = 2;
export const RETIRED = 9;
export const LABELS = [
  { id: CAR, name: "car", color: "#0072b2", key: "1", active: true },
  { id: TREE, name: "tree", color: "#009e73", key: "2", active: true },
  { id: RETIRED, name: "sign", color: "#d55e00", key: "3", active: false },
];
export const LIMITS = { ops_per_second: 40, ops_burst: 5000, eph_per_second: 30, undecided: 64, message_bytes: 65536 };

/** @param {number} number @returns {string} the id of a box, in the order of the numbers */
export function boxId(number) {
  return `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

/** @param {Record<string, unknown>} [parts] */
export function welcome(parts = {}) {
  return {
    t: "welcome", v: 1, who: MY_WHO, epoch: EPOCH, head: 0, mode: "snapshot", last: 0, role: "annotator", user: ME, frame: FRAME,
    labels: LABELS, limits: LIMITS, people: [{ who: MY_WHO, user: ME.id, name: ME.name, role: "annotator" }], ...parts,
  };
}

/** @param {Record<string, unknown>} [parts] @returns {Welcome} */
export function readWelcome(parts) {
  return /** @type {Welcome} */ (decode(JSON.stringify(welcome(parts))));
}

/** A box of a snapshot. @param {number} number @param {Record<string, unknown>} [parts] */
export function wireBox(number, { versions = {}, ...parts } = {}) {
  const all = Object.fromEntries(["x1", "y1", "x2", "y2", "label", "attributes", "z", "status", "deleted"].map((name) => [name, 1]));
  return {
    id: boxId(number), x1: 100, y1: 100, x2: 200, y2: 180, label: CAR, attributes: {}, z: 0, source: "human", status: "accepted",
    confidence: null, by: ME.id, versions: { .../** @type {object} */ (all), .../** @type {object} */ (versions) }, ...parts,
  };
}

/** @param {number} number @param {Record<string, unknown>} [parts] @returns {Box} */
export function readBox(number, parts) {
  const message = decode(JSON.stringify({ t: "snapshot", head: 1, part: 0, parts: 1, boxes: [wireBox(number, parts)] }));
  if (message?.t !== "snapshot" || !message.boxes[0]) throw new Error("no box");
  return message.boxes[0];
}

/** An operation of somebody else, unless `parts` say otherwise. @param {number} revision @param {Record<string, unknown>} parts */
export function wireOp(revision, parts) {
  return {
    r: revision, client: "c0000000-0000-4000-8000-000000000004", c: revision, k: "set", o: "user", by: SOMEBODY.id, box: boxId(1), f: {},
    b: {}, g: `theirs-${revision}`, at: 1764000000000, ...parts,
  };
}

/** @param {ReturnType<typeof wireOp>[]} ops at least one, without a hole */
export function evOf(...ops) {
  return { t: "ev", from: ops[0]?.r, to: ops.at(-1)?.r, ops };
}

/** @param {number} revision @param {Record<string, unknown>} parts @returns {Operation} */
export function readOp(revision, parts) {
  const message = decode(JSON.stringify(evOf(wireOp(revision, parts))));
  if (message?.t !== "ev" || !message.ops[0]) throw new Error("no operation");
  return message.ops[0];
}

/** The fields of a whole box, as `create` and `restore` have them in `f`. @param {Record<string, unknown>} [parts] */
export function wholeFields(parts = {}) {
  return { x1: 10, y1: 20, x2: 60, y2: 70, label: CAR, attributes: {}, z: 0, status: "accepted", source: "human", confidence: null, by: null, ...parts };
}

/** @param {Partial<Ack> & {c: number}} parts @returns {Ack} */
export function ackOf(parts) {
  return { from: null, to: null, skipped: [], ...parts };
}

/** @param {Partial<Nack> & {c: number, code: string}} parts @returns {Nack} */
export function nackOf(parts) {
  return { t: "nack", detail: "", cur: {}, versions: {}, after: null, by: null, ...parts };
}
