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
    const old = clients.filter((row) => row.at < Date.now() - FORGET_CLIENT_AFTER_MS && !queues.get(row.client)?.commands.length);
    for (const row of old) work.objectStore('clients').delete([row.user, row.frame, row.client]);
    return [...queues.values()];
  }

  /** @param {Owner} owner @param {Command[]} commands */
  async put(owner, commands) {
    const work = this.writing();
    for (const command of commands) {
      work.objectStore('commands').put({ ...command, ...owner });
      work.objectStore('clients').put({ ...owner, client: command.client, counter: command.c, at: Date.now() });
    }
    await finished(work);
  }

  /** @param {Owner} owner @param {string} client @param {number[]} counters */
  async remove({ user, frame }, client, counters) {
    const work = this.writing();
    for (const c of counters) work.objectStore('commands').delete([user, frame, client, c]);
    await finished(work);
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

/** @param {IDBTransaction} work @returns {Promise<void>} */
function finished(work) {
  return new Promise((resolve, reject) => {
    work.oncomplete = () => resolve();
    work.onabort = () => reject(work.error);
    work.onerror = () => reject(work.error);
  });
}
