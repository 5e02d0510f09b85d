/**
 * What people say about the frame that is open. A comment that cannot be sent is kept, shown as such and sent again when
 * the connection is back: its id is made here, so sending it twice is one comment.
 *
 * @typedef {{
 *   id: string, parent: string|null, box: string|null, x: number|null, y: number|null, by: number|null, name: string,
 *   text: string, mentions: string[], at: number, edited: boolean, resolved: boolean, resolved_by: string
 * }} Comment as annotate/views/comments.py says; `at` in milliseconds since 1970
 * @typedef {{id: string, text: string, box?: string, x?: number, y?: number, parent?: string}} NewComment
 * @typedef {{text?: string, resolved?: boolean, deleted?: boolean}} CommentChange
 * @typedef {{revision: number, comments: Comment[]}} Listing
 * @typedef {{first: Comment, replies: Comment[], isUnsent: boolean}} Thread
 *
 * @typedef {Listing|'later'|{refused: string}} Answer
 *   later: no connection or a busy server. refused: why, written for the person
 * @typedef {{
 *   list: (frame: number) => Promise<Answer>, add: (frame: number, comment: NewComment) => Promise<Answer>,
 *   change: (id: string, change: CommentChange) => Promise<Answer>
 * }} CommentServer
 * @typedef {{
 *   newId: () => string, now: () => number, me: () => {user: number, name: string}, isOnTheWay?: (box: string) => boolean,
 *   refused?: (comment: NewComment, why: string) => void
 * }} World `isOnTheWay`: whether the server does not know that box yet. `refused`: of a comment for which nobody waits any more
 * @typedef {{load: () => Record<string, NewComment[]>, save: (all: Record<string, NewComment[]>) => void}} CommentKeeper
 *   storage that survives a reload: unsent comments by frame id
 */

export class Comments {
  /**
   * @param {CommentServer} server
   * @param {CommentKeeper} keeper
   * @param {World} world
   */
  constructor(server, keeper, world) {
    this.server = server;
    this.keeper = keeper;
    this.world = world;
    /** @type {number|null} */
    this.frame = null;
    /** Until then nothing is asked about a frame that was just opened. @type {Promise<unknown>|null} */
    this.turn = null;
    /** @type {'loading'|'ready'|'away'} */
    this.state = 'loading';
    /** @type {Comment[]} */
    this.all = [];
    this.revision = -1;
    /** @type {NewComment[]} of this frame */
    this.unsent = [];
    /** @type {Promise<void>|null} */
    this.sending = null;
    /** Of those that somebody waits for: why they were refused. @type {Map<string, string|null>} */
    this.awaited = new Map();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  changed() {
    for (const listener of [...this.listeners]) listener();
  }

  /** @param {number} frame id @param {Promise<unknown>|null} [turn] nothing is asked before it */
  async open(frame, turn = null) {
    this.frame = frame;
    this.turn = turn;
    this.all = [];
    this.revision = -1;
    this.state = 'loading';
    this.unsent = this.keeper.load()[frame] ?? [];
    this.changed();
    if (turn) await turn;
    if (turn !== this.turn) return;
    this.turn = null;
    await this.refresh();
    await this.sendUnsent();
  }

  /** The server has news, or the connection is back. @param {number} [revision] nothing is asked where it is known */
  async refresh(revision = Infinity) {
    const { frame } = this;
    if (frame === null || this.turn || revision <= this.revision) return;
    this.take(frame, await this.server.list(frame));
  }

  /** @param {number} frame that was asked about @param {Answer} answer @returns {string|null} why it was refused */
  take(frame, answer) {
    if (frame !== this.frame) return null;
    if (answer === 'later') {
      if (this.state === 'loading') this.state = 'away';
      this.changed();
      return null;
    }
    if ('refused' in answer) return answer.refused;
    if (answer.revision >= this.revision) {
      this.revision = answer.revision;
      this.all = answer.comments;
      this.state = 'ready';
    }
    this.changed();
    return null;
  }

  /**
   * @param {Omit<NewComment, 'id'>} parts
   * @returns {Promise<string|null>} why it was refused; null when it was taken, or is kept to be sent
   */
  async say(parts) {
    const { frame } = this;
    if (frame === null) return null;
    const comment = { ...parts, id: this.world.newId() };
    this.awaited.set(comment.id, null);
    this.keep(frame, [...this.unsent, comment]);
    await this.sendUnsent();
    const refused = this.awaited.get(comment.id) ?? null;
    this.awaited.delete(comment.id);
    return refused;
  }

  /** @returns {Promise<void>} when all is sent that can be */
  sendUnsent() {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  /** One after the other, of the frame that is open. */
  async sendAll() {
    for (let next = this.nextToSend; next; next = this.nextToSend) {
      const { frame } = this;
      if (frame === null) return;
      const { id } = next;
      const answer = await this.server.add(frame, next);
      if (answer === 'later') return void this.take(frame, answer);
      this.keep(frame, this.unsentOf(frame).filter((one) => one.id !== id));
      const why = 'refused' in answer ? answer.refused : this.take(frame, answer);
      if (why !== null) this.tellRefused(next, why);
    }
  }

  /** What is about a box that is still being saved waits for it. */
  get nextToSend() {
    return this.unsent.find(({ box }) => !box || !this.world.isOnTheWay?.(box));
  }

  /** @param {NewComment} comment @param {string} why */
  tellRefused(comment, why) {
    if (this.awaited.has(comment.id)) this.awaited.set(comment.id, why);
    else this.world.refused?.(comment, why);
  }

  /** @param {string} id @param {CommentChange} change @returns {Promise<string|null>} why it was refused, or 'later' */
  async change(id, change) {
    const { frame } = this;
    if (frame === null) return null;
    const answer = await this.server.change(id, change);
    return answer === 'later' ? 'later' : this.take(frame, answer);
  }

  /** @param {number} frame @returns {NewComment[]} */
  unsentOf(frame) {
    return frame === this.frame ? this.unsent : this.keeper.load()[frame] ?? [];
  }

  /** @param {number} frame @param {NewComment[]} unsent */
  keep(frame, unsent) {
    const { [frame]: _before, ...rest } = this.keeper.load();
    this.keeper.save(unsent.length ? { ...rest, [frame]: unsent } : rest);
    if (frame === this.frame) this.unsent = unsent;
    this.changed();
  }

  /** @returns {Thread[]} oldest first; those that wait to be sent among them */
  get threads() {
    const unsent = this.unsent.map((one) => this.shown(one));
    const all = [...this.all, ...unsent];
    return all.filter((one) => one.parent === null).map((first) => ({
      first, replies: all.filter((one) => one.parent === first.id), isUnsent: unsent.includes(first),
    }));
  }

  get openThreads() {
    return this.threads.filter((thread) => !thread.first.resolved);
  }

  /** @param {NewComment} one @returns {Comment} */
  shown(one) {
    const { user, name } = this.world.me();
    return {
      id: one.id, parent: one.parent ?? null, box: one.box ?? null, x: one.x ?? null, y: one.y ?? null, by: user, name, text: one.text,
      mentions: [], at: this.world.now(), edited: false, resolved: false, resolved_by: '',
    };
  }

  /** @param {string} id */
  isUnsent(id) {
    return this.unsent.some((one) => one.id === id);
  }
}

/**
 * In the storage of the browser. Where it is full or blocked, comments are kept in this window only.
 * @param {Pick<Storage, 'getItem'|'setItem'>} storage
 * @param {string} name
 * @returns {CommentKeeper}
 */
export function keeperIn(storage, name) {
  /** @type {Record<string, NewComment[]>} what could not be stored */
  let here = {};
  return {
    load: () => {
      try {
        return { ...JSON.parse(storage.getItem(name) ?? '{}'), ...here };
      } catch {
        return here; // blocked, or written by something else
      }
    },
    save: (all) => {
      try {
        storage.setItem(name, JSON.stringify(all));
        here = {};
      } catch {
        here = all;
      }
    },
  };
}
