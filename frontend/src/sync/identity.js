/**
 * The client id of this tab on this frame, the counters of its commands, and the queues of crashed tabs that it takes
 * over (docs/decisions/0003).
 *
 * @import { Command, Pending } from '../pending.js'
 * @import { CommandStorage, Owner, Queue } from './outbox.js'
 * @import { KeyValues, Locks } from './locks.js'
 */
import { commandOf } from '../pending.js';

export class Identity {
  /**
   * @param {{owner: Owner, storage: CommandStorage, locks: Locks, remembered: KeyValues, newId: () => string}} parts
   *   `remembered`: sessionStorage. It is copied when a tab is duplicated; the locks tell.
   * @param {(error: unknown) => void} onStorageError
   */
  constructor({ owner, storage, locks, remembered, newId }, onStorageError) {
    this.owner = owner;
    this.storage = storage;
    this.locks = locks;
    this.remembered = remembered;
    this.newId = newId;
    this.onStorageError = onStorageError;
    this.client = '';
    this.counter = 0;
    /** @type {Queue[]} of crashed tabs; held by this tab */
    this.orphans = [];
    /** @type {Promise<unknown>} */
    this.writing = Promise.resolve();
  }

  get key() {
    return `hitl-client-${this.owner.user}-${this.owner.frame}`;
  }

  get waiting() {
    return this.orphans.reduce((sum, queue) => sum + queue.commands.length, 0);
  }

  /** @returns {Promise<Command[]>} undecided commands of the id that this tab now has */
  async begin() {
    const known = this.remembered.getItem(this.key);
    const isMine = known !== null && await this.locks.tryHold(known);
    const queues = await this.holdOrphans(known);
    const own = isMine ? queues.find((queue) => queue.client === known) ?? { client: known, counter: 0, commands: [] } : null;
    if (own?.commands.length) return this.become(own);
    return this.adopt() ?? (own ? this.become(own) : this.renew());
  }

  /**
   * Queues are read once more after they are held: until then their tab may have lived, and written.
   * @param {string|null} known
   * @returns {Promise<Queue[]>} all of this user on this frame
   */
  async holdOrphans(known) {
    const queues = await this.storage.load(this.owner);
    /** @type {Set<string>} */
    const held = new Set();
    for (const { client, commands } of queues) {
      if (commands.length && client !== known && await this.locks.tryHold(client)) held.add(client);
    }
    if (!held.size) return queues;
    const later = await this.storage.load(this.owner);
    this.orphans = later.filter(({ client, commands }) => held.has(client) && commands.length);
    return later;
  }

  /** Another tab took this one for dead: it has the id now, and brings its queue to the server. */
  get isLost() {
    return this.locks.isLost(this.client);
  }

  /** Take over the queue of a crashed tab. @returns {Command[]|null} null when there is none */
  adopt() {
    const orphan = this.orphans.shift();
    if (!orphan) return null;
    if (this.client) this.locks.release(this.client);
    return this.become(orphan);
  }

  /** A new id. @returns {never[]} */
  renew() {
    const client = this.newId();
    if (this.client) this.locks.release(this.client);
    this.client = client;
    this.counter = 0;
    this.remembered.setItem(this.key, client);
    this.locks.tryHold(client).catch(this.onStorageError);
    return [];
  }

  /** @param {Queue} queue */
  become({ client, counter, commands }) {
    this.client = client;
    this.counter = Math.max(counter, ...commands.map((command) => command.c));
    this.remembered.setItem(this.key, client);
    return commands;
  }

  /** Number a command and store it. @param {Pending} command */
  number(command) {
    command.client = this.client;
    command.c = ++this.counter;
    this.keep([command]);
  }

  /** @param {Pending[]} commands */
  keep(commands) {
    this.write(this.storage.put(this.owner, commands.map(commandOf)));
  }

  /** @param {Pending} command decided */
  drop(command) {
    this.write(this.storage.remove(this.owner, command.client, [command.c]));
  }

  /**
   * Give commands other numbers, from `first` on.
   * @param {Pending[]} commands
   * @param {number} first
   */
  renumber(commands, first) {
    const before = commands.map(({ client, c }) => ({ client, c }));
    commands.forEach((command, index) => {
      command.client = this.client;
      command.c = first + index;
    });
    this.counter = first + commands.length - 1;
    const moved = before.filter((old) => !commands.some(({ client, c }) => client === old.client && c === old.c));
    if (commands.some(({ client, c }, index) => client !== before[index]?.client || c !== before[index]?.c)) this.keep(commands);
    for (const client of new Set(moved.map((old) => old.client))) {
      const counters = moved.filter((old) => old.client === client).map((old) => old.c);
      this.write(this.storage.remove(this.owner, client, counters)); // after keep: a crash in between loses nothing
    }
  }

  /** @param {Promise<void>} work */
  write(work) {
    this.writing = Promise.all([this.writing, work.catch(this.onStorageError)]).then(() => undefined);
  }
}
