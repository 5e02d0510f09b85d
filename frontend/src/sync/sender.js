/**
 * Undecided commands on their way out: in order, as many as the server takes, again after every refusal to decide.
 *
 * @import { ConfirmedStore } from '../confirmed-store.js'
 * @import { Pending } from '../pending.js'
 * @import { Nack, OpMessage, Welcome, WireCommand } from '../protocol.js'
 * @import { Clock } from './locks.js'
 */

export const MAX_BATCH = 64;
export const OFFLINE_AFTER_MS = 5000;
const HOLE_PAUSE_MS = 250;
const RATE_SHARE = 0.9;
const MESSAGE_OVERHEAD_BYTES = 64;
const STRICT_FIELDS = ['status', 'feedback'];

export class Sender {
  /**
   * @param {ConfirmedStore} store
   * @param {Clock} clock
   * @param {{send: (message: OpMessage) => void, restart: () => void}} connection
   */
  constructor(store, clock, connection) {
    this.store = store;
    this.clock = clock;
    this.connection = connection;
    /** @type {Welcome['limits']|null} null while not connected */
    this.limits = null;
    /** @type {Set<Pending>} on their way on this connection */
    this.inFlight = new Set();
    this.connectedAt = 0;
    this.tokens = 0;
    this.refilledAt = 0;
    this.headHoles = 0;
    /** @type {unknown} */
    this.pause = null;
  }

  /** @param {Welcome['limits']} limits */
  begin(limits) {
    this.stop();
    this.limits = limits;
    this.connectedAt = this.refilledAt = this.clock.now();
    this.tokens = limits.opsBurst * RATE_SHARE;
    this.headHoles = 0;
    this.pump();
  }

  stop() {
    this.limits = null;
    this.inFlight.clear();
    this.clock.clearTimeout(this.pause);
    this.pause = null;
  }

  /** Commands that the server has not decided. */
  get queue() {
    return this.store.pending.filter((command) => !command.answered && command.client !== '');
  }

  /** Send all that may be sent now. */
  pump() {
    while (this.limits && this.pause === null) {
      const batch = this.nextBatch(this.limits);
      if (!batch.length) return;
      for (const command of batch) {
        command.touched = true;
        this.inFlight.add(command);
      }
      this.tokens -= batch.length;
      this.connection.send({ t: 'op', ops: batch.map((command) => wireOf(command)) });
    }
  }

  /** @param {Welcome['limits']} limits @returns {Pending[]} */
  nextBatch(limits) {
    this.refill(limits);
    const waiting = this.queue.filter((command) => !this.inFlight.has(command));
    if (!waiting.length) return [];
    if (this.tokens < 1) {
      this.waitFor(((1 - this.tokens) * 1000) / (limits.opsPerSecond * RATE_SHARE));
      return [];
    }
    const room = Math.min(MAX_BATCH, limits.undecided - this.inFlight.size, Math.floor(this.tokens));
    /** @type {Pending[]} */
    const batch = [];
    let bytes = MESSAGE_OVERHEAD_BYTES;
    for (const command of waiting.slice(0, Math.max(0, room))) {
      this.markOffline(command);
      if (this.mustWait(command)) break;
      bytes += new TextEncoder().encode(JSON.stringify(wireOf(command))).length + 1;
      if (bytes > limits.messageBytes && batch.length) break;
      batch.push(command);
    }
    return batch;
  }

  /** @param {Welcome['limits']} limits */
  refill(limits) {
    const now = this.clock.now();
    const gained = (Math.max(0, now - this.refilledAt) * limits.opsPerSecond * RATE_SHARE) / 1000;
    this.tokens = Math.min(limits.opsBurst * RATE_SHARE, this.tokens + gained);
    this.refilledAt = now;
  }

  /** What waited for a connection longer than OFFLINE_AFTER_MS must not overwrite anybody. @param {Pending} command */
  markOffline(command) {
    const age = this.clock.now() - command.at;
    const waited = command.at < this.connectedAt || age < 0;
    if (command.off || !waited || (age >= 0 && age <= OFFLINE_AFTER_MS)) return;
    command.off = true;
    this.store.uplink?.changed(command);
  }

  /**
   * A strict command is compared with what its author saw; that may be the result of an earlier command of his, whose
   * revision is only known once it has been applied here.
   * @param {Pending} command
   */
  mustWait(command) {
    const names = strictIn(command);
    if (!names.length) return false;
    const { pending } = this.store;
    return pending.slice(0, pending.indexOf(command)).some((earlier) => !earlier.seen && mayWrite(earlier, command, names));
  }

  /** @param {Pending} command decided */
  forget(command) {
    this.inFlight.delete(command);
    this.headHoles = 0;
  }

  /** @param {Nack} nack not decided: hole, rate or unavailable */
  takeUndecided(nack) {
    const { queue } = this;
    const refused = queue.find((command) => command.c === nack.c);
    if (!refused || !this.inFlight.has(refused)) return;
    if (nack.code === 'hole') return this.rewind(queue, refused);
    for (const command of queue) if (command.c >= nack.c) this.inFlight.delete(command);
    this.waitFor(nack.after ?? HOLE_PAUSE_MS);
  }

  /**
   * @param {Pending[]} queue
   * @param {Pending} refused
   */
  rewind(queue, refused) {
    if (queue[0] === refused && ++this.headHoles > 1) return this.connection.restart();
    this.inFlight.clear();
    this.waitFor(HOLE_PAUSE_MS);
  }

  /** @param {number} ms */
  waitFor(ms) {
    this.clock.clearTimeout(this.pause);
    this.pause = this.clock.setTimeout(() => {
      this.pause = null;
      this.pump();
    }, Math.max(1, Math.ceil(ms)));
  }
}

/** @param {Pending} command @returns {string[]} the fields whose base is compared */
function strictIn({ k, set, base, off }) {
  if (k === 'rate') return off ? ['feedback'] : [];
  if (k !== 'set' && k !== 'delete') return [];
  return [...Object.keys(set).filter((name) => off || STRICT_FIELDS.includes(name)), ...goneBy({ set, base })];
}

/** The verdict that its author went by, where that is not what it writes. @param {Pick<Pending, 'set'|'base'>} command */
function goneBy({ set, base }) {
  return STRICT_FIELDS.filter((name) => name in base && !(name in set));
}

/**
 * @param {Pending} earlier
 * @param {Pending} command
 * @param {string[]} names
 */
function mayWrite(earlier, { k, box, detection }, names) {
  if (earlier.k === 'undo' || earlier.k === 'redo' || earlier.k === 'rewind') return true;
  if (k === 'rate' || earlier.k === 'rate') return k === earlier.k && earlier.detection === detection;
  if (earlier.box !== box || earlier.k === 'delete') return false;
  return earlier.k !== 'set' || names.some((name) => name in earlier.set);
}

/** @param {Pending} command @returns {WireCommand} */
export function wireOf({ c, k, box, set, base, g, of, to, detection, opinion, ms, off }) {
  /** @type {WireCommand} */
  const wire = { c, k, g };
  if (box) wire.box = box;
  if (k === 'create' || k === 'set') wire.set = set;
  const named = k === 'set' || k === 'delete' ? [...Object.keys(set), ...goneBy({ set, base })] : [];
  if (named.length) wire.base = Object.fromEntries(named.map((name) => [name, base[name] ?? 0]));
  if (of) wire.of = of;
  if (k === 'rewind') wire.to = to;
  if (k === 'rate') Object.assign(wire, { detection, opinion, base });
  if (ms !== undefined) wire.ms = ms;
  if (off) wire.off = true;
  return wire;
}
