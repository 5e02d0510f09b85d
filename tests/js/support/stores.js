/**
 * Stores as they are in the middle of a session.
 *
 * @import { Change } from "../../../frontend/src/store.js"
 * @import { Pending } from "../../../frontend/src/pending.js"
 */
import { FrameStore } from "../../../frontend/src/store.js";
import { FakeClock } from "./clock.js";
import { Random } from "./random.js";
import { readBox, readOp, readWelcome, wholeFields } from "./wire.js";

export const MY_CLIENT = "c0000000-0000-4000-8000-000000000003";

/**
 * @param {{role?: string, boxes?: Record<string, unknown>[], head?: number, clock?: FakeClock}} [parts] `boxes`: what differs from
 *   the usual box; they get the ids boxId(1), boxId(2) and so on
 */
export function onlineStore({ role = "annotator", boxes = [], head = boxes.length ? 1 : 0, clock = new FakeClock() } = {}) {
  const dice = new Random(5);
  const store = new FrameStore({ now: () => clock.now(), random: (bytes) => dice.fill(bytes) });
  store.setStatus({ connection: "online" });
  store.greet(readWelcome({ role, head }));
  store.replaceConfirmed(head, boxes.map((parts, index) => readBox(index + 1, parts)));
  return store;
}

/** What the store says from now on. @param {FrameStore} store @returns {Change[]} */
export function changesOf(store) {
  /** @type {Change[]} */
  const changes = [];
  store.subscribe((change) => changes.push(change));
  return changes;
}

/** The live connection, as the store sees it. */
export class FakeUplink {
  constructor() {
    /** @type {[string, ...unknown[]][]} */
    this.calls = [];
    this.counter = 0;
  }

  /** @param {Pending} command */
  queued(command) {
    command.client = MY_CLIENT;
    command.c = ++this.counter;
    this.calls.push(["queued", command.k, command.c]);
  }

  /** @param {Pending} command */
  changed(command) {
    this.calls.push(["changed", command.c]);
  }

  /** @param {Pending} command */
  settled(command) {
    this.calls.push(["settled", command.c]);
  }

  /** @param {unknown[]} parts */
  previewed(...parts) {
    this.calls.push(["previewed", ...parts]);
  }

  /** @param {unknown} point */
  pointed(point) {
    this.calls.push(["pointed", point]);
  }

  /** @param {string[]} ids */
  selected(ids) {
    this.calls.push(["selected", ids]);
  }
}

/**
 * The server commits a command, and everybody hears of it; the answer comes separately.
 * @param {FrameStore} store
 * @param {Pending} command
 * @param {Record<string, unknown>} [parts]
 */
export function commit(store, command, parts = {}) {
  const revision = (store.revision ?? 0) + 1;
  const f = command.k === "create" ? wholeFields({ ...command.set, by: 3 }) : command.set;
  const present = /** @type {Record<string, unknown>} */ (store.confirmed.get(command.box ?? "")?.box ?? {});
  const b = command.k === "set" ? Object.fromEntries(Object.keys(f).map((name) => [name, present[name]])) : {};
  const { client, c, k, box, g } = command;
  const op = readOp(revision, { client, c, k, o: "user", by: 3, box, f, b, g, ...parts });
  store.confirm([op]);
  return revision;
}
