/**
 * Where undecided commands survive a reload or a crash. Rows belong to one user and one frame, and are never shown to
 * another user of the same browser.
 *
 * @import { Command } from '../pending.js'
 */

/**
 * @typedef {{client: string, counter: number, commands: Command[]}} Queue
 *   `counter`: the highest that the client has used; `commands` in the order of their counters.
 * @typedef {{user: number, frame: number}} Owner
 * @typedef {{
 *   durable: boolean,
 *   load: (owner: Owner) => Promise<Queue[]>,
 *   put: (owner: Owner, commands: Command[]) => Promise<void>,
 *   remove: (owner: Owner, client: string, counters: number[]) => Promise<void>
 * }} CommandStorage
 *   Writes take effect in the order of the calls. They reject when the browser cannot store (quota, private window).
 */

/** For tests, and for browsers without IndexedDB. */
export class MemoryStorage {
  constructor() {
    this.durable = false;
    /** @type {Map<string, Map<string, Queue>>} by owner, then client */
    this.owners = new Map();
  }

  /** @param {Owner} owner @returns {Promise<Queue[]>} */
  async load(owner) {
    const queues = [...this.queuesOf(owner).values()];
    return queues.map((queue) => ({
      ...queue, commands: structuredClone(queue.commands).sort((a, b) => a.c - b.c),
    }));
  }

  /** @param {Owner} owner @param {Command[]} commands */
  async put(owner, commands) {
    for (const command of commands) {
      const queue = this.queueOf(owner, command.client);
      queue.commands = [...queue.commands.filter((one) => one.c !== command.c), structuredClone(command)];
      queue.counter = Math.max(queue.counter, command.c);
    }
  }

  /** @param {Owner} owner @param {string} client @param {number[]} counters */
  async remove(owner, client, counters) {
    const queue = this.queueOf(owner, client);
    queue.commands = queue.commands.filter((one) => !counters.includes(one.c));
  }

  /** @param {Owner} owner @returns {Map<string, Queue>} */
  queuesOf({ user, frame }) {
    const key = `${user}/${frame}`;
    const queues = this.owners.get(key) ?? new Map();
    this.owners.set(key, queues);
    return queues;
  }

  /** @param {Owner} owner @param {string} client @returns {Queue} */
  queueOf(owner, client) {
    const queues = this.queuesOf(owner);
    const queue = queues.get(client) ?? { client, counter: 0, commands: [] };
    queues.set(client, queue);
    return queue;
  }
}
