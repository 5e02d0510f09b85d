/**
 * The outbox in IndexedDB: one database per origin, one row per command.
 *
 * @import { Command } from '../pending.js'
 * @import { CommandStorage, Owner, Queue } from './outbox.js'
 */
import { MemoryStorage } from './outbox.js';

const DATABASE = 'hitl-outbox';
const VERSION = 1;
const FORGET_CLIENT_AFTER_MS = 30 * 24 * 3600 * 1000;

/**
 * @typedef {Command & Owner} CommandRow
 * @typedef {Owner & {client: string, counter: number, at: number}} ClientRow
 */

/**
 * @param {IDBFactory|undefined} factory `indexedDB`, absent in some private windows
 * @returns {Promise<CommandStorage>} in memory, and not `durable`, where the browser gives no database
 */
export async function openOutbox(factory) {
  if (!factory) return new MemoryStorage();
  try {
    return new IndexedDbStorage(await openDatabase(factory));
  } catch (error) {
    if (error instanceof DOMException) return new MemoryStorage();
    throw error;
  }
}

/** @param {IDBFactory} factory @returns {Promise<IDBDatabase>} */
function openDatabase(factory) {
  const request = factory.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('commands', { keyPath: ['user', 'frame', 'client', 'c'] });
    request.result.createObjectStore('clients', { keyPath: ['user', 'frame', 'client'] });
  };
  return resultOf(request);
}

/** @implements {CommandStorage} */
export class IndexedDbStorage {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.durable = true;
    this.database = database;
    /** @type {Map<string, number>} the highest counter of each client that this page knows */
    this.counters = new Map();
    database.onversionchange = () => database.close();
  }

  /** @param {Owner} owner @returns {Promise<Queue[]>} */
  async load(owner) {
    const work = this.database.transaction(['commands', 'clients'], 'readwrite');
    const range = IDBKeyRange.bound([owner.user, owner.frame], [owner.user, owner.frame, []]);
    /** @type {[CommandRow[], ClientRow[]]} */
    const [commands, clients] = await Promise.all([
      resultOf(work.objectStore('commands').getAll(range)), resultOf(work.objectStore('clients').getAll(range)),
    ]);
    const queues = new Map(clients.map(({ client, counter }) => [client, { client, counter, commands: /** @type {Command[]} */ ([]) }]));
    for (const { user: _user, frame: _frame, ...command } of commands) queues.get(command.client)?.commands.push(command);
    for (const { client, counter } of clients) this.raise(client, counter);
    const old = clients.filter((row) => row.at < Date.now() - FORGET_CLIENT_AFTER_MS && !queues.get(row.client)?.commands.length);
    for (const row of old) work.objectStore('clients').delete([row.user, row.frame, row.client]);
    return [...queues.values()];
  }

  /** @param {Owner} owner @param {Command[]} commands */
  async put(owner, commands) {
    const work = this.writing();
    for (const command of commands) work.objectStore('commands').put({ ...command, ...owner });
    for (const client of new Set(commands.map((command) => command.client))) {
      const counter = this.raise(client, Math.max(...commands.filter((command) => command.client === client).map(({ c }) => c)));
      work.objectStore('clients').put({ ...owner, client, counter, at: Date.now() });
    }
    await finished(work);
  }

  /** @param {Owner} owner @param {string} client @param {number[]} counters */
  async remove({ user, frame }, client, counters) {
    const work = this.writing();
    for (const c of counters) work.objectStore('commands').delete([user, frame, client, c]);
    await finished(work);
  }

  /**
   * A command that is written again says nothing of the later ones. A counter used twice would lose an edit: the server
   * has decided it.
   * @param {string} client
   * @param {number} counter
   * @returns {number} the highest that is known
   */
  raise(client, counter) {
    const highest = Math.max(counter, this.counters.get(client) ?? 0);
    this.counters.set(client, highest);
    return highest;
  }

  writing() {
    return this.database.transaction(['commands', 'clients'], 'readwrite', { durability: 'relaxed' });
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * All has been asked for. The browser is told so at once: should the window be closed in this very moment, it has
 * everything that it needs, while a transaction that waits for a word of its page would be taken back.
 * @param {IDBTransaction} work
 * @returns {Promise<void>}
 */
function finished(work) {
  work.commit();
  return new Promise((resolve, reject) => {
    work.oncomplete = () => resolve();
    work.onabort = () => reject(work.error);
    work.onerror = () => reject(work.error);
  });
}
