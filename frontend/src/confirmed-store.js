/**
 * The server's half of the store: confirmed boxes, the undecided commands replayed on top of them, people, status and
 * notices. What the live connection learns enters here, with origin REMOTE. For everybody else: see store.js.
 *
 * @import { Box, BoxState, Edges } from './box.js'
 * @import { Ack, EphItem, Nack, Operation, PersonWire, Welcome } from './protocol.js'
 * @import { Notice } from './notices.js'
 * @import { Pending } from './pending.js'
 * @import { Stack } from './history.js'
 * @import { OpinionEffect, OpinionState, Register } from './opinions.js'
 */
import { FIELDS, sameValue } from './box.js';
import { History, stackOf } from './history.js';
import { joined, noticeOf, noticeOfRefusal, withQuestion } from './notices.js';
import { keyOf, said, sameOpinion, sayingOf } from './opinions.js';
import { Overlay } from './pending.js';
import { People } from './people.js';
import { Places } from './places.js';
import { applied, effectOf, stateOf } from './replica.js';

const MAX_NOTICES = 200;
/** Commands that one operation is not the whole of: their ack says when they are done. */
const MADE_OF_MANY = new Set(['undo', 'redo', 'rewind']);
const EDITOR_ROLES = ['annotator', 'reviewer', 'manager'];

/**
 * @typedef {'LOCAL'|'REMOTE'|'UI'} Origin LOCAL: an edit made here. REMOTE: news from the server. UI: selection, previews.
 * @typedef {'boxes'|'selection'|'people'|'ephemera'|'status'|'frame'|'notice'|'comments'|'detections'|'opinions'|'where'} Kind
 *   boxes: `boxes` changed (`ids` says which). selection: `selection`. people: `people` joined, left, or their role.
 *   ephemera: cursors, selections and drags of others, and `myPreview`. status: `status`, `canUndo`, `canRedo`, `knowsBoxes`.
 *   frame: `frame`, `labels`, `me`, `canEdit`. notice: `notices`. comments: `frame.comments`. detections: `frame.detections`.
 *   opinions: `opinions`. where: `whereabouts`.
 * @typedef {{origin: Origin, kinds: Set<Kind>, ids: Set<string>|null}} Change
 *   `ids`: the boxes that were added, changed or removed; null means any of them.
 *
 * @typedef {{id: number, width: number, height: number, status: string, comments: number, detections: number}} Frame
 *   size in image pixels; `comments` and `detections` count their changes
 * @typedef {{id: number, name: string, color: string, key: string, active: boolean}} Label
 * @typedef {{who: string, user: number, name: string, role: string}} Me
 * @typedef {Edges & {id: string, label?: number}} PreviewBox
 * @typedef {{gesture: string, boxes: PreviewBox[]}} Preview
 *
 * @typedef {'connecting'|'online'|'offline'|'refused'} Connection
 * @typedef {{
 *   connection: Connection, save: 'saved'|'saving'|'offline', pending: number, reason: string|null,
 *   code: number|null, storage: 'durable'|'memory'
 * }} StoreStatus
 *   `pending`: edits the server has not decided. `reason`, `code`: why the connection is refused or was lost (close
 *   code of docs/protocol.md). `storage` is memory where the browser gives no storage that survives a crash.
 *
 * @typedef {{
 *   queued: (command: Pending) => void, changed: (command: Pending) => void, settled: (command: Pending) => void,
 *   previewed: (gesture: string, boxes: PreviewBox[]|null, committed: boolean) => void,
 *   pointed: (point: {x: number, y: number}|null) => void, selected: (ids: string[]) => void
 * }} Uplink what the live connection wants to hear of
 */

export class ConfirmedStore {
  constructor() {
    /** @type {Map<string, Box>} what to draw: confirmed by the server, with my undecided edits on top. Read only. */
    this.boxes = new Map();
    /** @type {Frame|null} */
    this.frame = null;
    /** @type {Label[]} */
    this.labels = [];
    /** @type {Me|null} */
    this.me = null;
    /** @type {number|null} who works here: as the page says, until the server does */
    this.user = null;
    /** @type {boolean} */
    this.canEdit = false;
    /** @type {StoreStatus} replaced, never changed in place */
    this.status = { connection: 'connecting', save: 'saved', pending: 0, reason: null, code: null, storage: 'durable' };
    /** @type {Notice[]} oldest first; replaced, never changed in place */
    this.notices = [];

    /** @type {Map<string, BoxState>} boxes of revision `revision`, deleted ones included */
    this.confirmed = new Map();
    /** @type {Register} what people say of detections of the frame as a whole; replaced, never changed in place */
    this.confirmedOpinions = new Map();
    /** @type {Register} the same with my undecided words on top */
    this.opinions = this.confirmedOpinions;
    this.places = new Places();
    /** @type {number|null} the last applied revision, null before the first snapshot */
    this.revision = null;
    /** @type {Pending[]} in the order they were made */
    this.pending = [];
    /** @type {Map<string, {by: number|null, judge: number|null}>} by box id, of what happened while this page looked: whose the newest change is, and the verdict */
    this.hands = new Map();
    this.history = new History();
    /** @type {Stack} */
    this.stack = { done: [], undone: [] };
    /** @type {string|null} what my newest operation was when this connection began, for the snapshot that follows */
    this.mine = null;
    this.presence = new People();
    /** @type {ReadonlyMap<number, {user: number, name: string}[]>} who is on which frame of the project, by frame id */
    this.whereabouts = new Map();
    /** @type {Uplink|null} */
    this.uplink = null;
    /** Undecided commands of crashed tabs that wait for their turn. */
    this.waiting = 0;
    this.nextNotice = 1;
    /** @type {Set<(change: Change) => void>} */
    this.listeners = new Set();
    this.overlay = new Overlay(this.confirmed, this.history, null);
  }

  /** By `who`. */
  get people() {
    return this.presence.all;
  }

  /** By box id; an id may be of a box that does not exist yet. */
  get drags() {
    return this.presence.drags;
  }

  get isOnline() {
    return this.status.connection === 'online';
  }

  /** Whether the server has said which boxes there are: until then, that there are none means nothing. */
  get knowsBoxes() {
    return this.revision !== null;
  }

  /**
   * @param {(change: Change) => void} listener called at once after every change
   * @returns {() => void} unsubscribe
   */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * @param {Origin} origin
   * @param {Iterable<Kind>} kinds
   * @param {Set<string>|null} ids
   */
  emit(origin, kinds, ids) {
    const change = { origin, kinds: new Set(kinds), ids };
    for (const listener of [...this.listeners]) listener(change);
  }

  /** @param {string} id @returns {boolean} whether there is, or was, such a box */
  knows(id) {
    return this.overlay.stateFor(id) !== undefined;
  }

  /**
   * The versions of fields that their author sees.
   * @param {string} id
   * @param {string[]} names
   * @returns {Record<string, number>} without those that only an undecided command of mine has written
   */
  versionsOf(id, names) {
    const versions = this.confirmed.get(id)?.box.versions;
    if (!versions) return {};
    return Object.fromEntries(names.map((name) => [name, versions[name] ?? 0]));
  }

  /** @param {Uplink} uplink */
  attach(uplink) {
    this.uplink = uplink;
    for (const command of this.pending) uplink.queued(command);
  }

  /**
   * What the page knows before the server has spoken: with it one can draw at once, the edits wait.
   * @param {{frame: Frame, labels: Label[], role: string, user?: number|null}} page
   */
  foresee({ frame, labels, role, user = null }) {
    if (this.frame) return;
    this.user = user;
    this.frame = frame;
    this.labels = labels;
    this.canEdit = EDITOR_ROLES.includes(role);
    this.rebuild('REMOTE', ['frame']);
  }

  /** @param {Welcome} welcome */
  greet(welcome) {
    const { who, user, role } = welcome;
    this.me = { who, user: user.id, name: user.name, role };
    this.user = user.id;
    this.frame = welcome.frame;
    this.labels = welcome.labels;
    const isSure = welcome.mode === 'snapshot' && !this.pending.length; // what is on its way may be decided meanwhile
    this.mine = isSure ? welcome.mine : null;
    this.canEdit = EDITOR_ROLES.includes(role);
    this.presence.replace(welcome.people, who);
    this.rebuild('REMOTE', ['frame', 'people', 'comments', 'detections']);
  }

  /** @param {{status: string, comments: number, detections: number}} parts of the frame that changed for everybody */
  setFrame({ status, comments, detections }) {
    const before = this.frame;
    if (!before) return;
    this.frame = { ...before, status, comments, detections };
    if (before.status !== status) this.emit('REMOTE', ['frame'], new Set());
    if (before.comments !== comments) this.emit('REMOTE', ['comments'], new Set());
    if (before.detections !== detections) this.emit('REMOTE', ['detections'], new Set());
  }

  /** @param {ReadonlyMap<number, {user: number, name: string}[]>} whereabouts */
  setWhereabouts(whereabouts) {
    this.whereabouts = whereabouts;
    this.emit('REMOTE', ['where'], new Set());
  }

  /** Whoever changed them, and wherever. @param {Label[]} labels all of the project */
  setLabels(labels) {
    this.labels = labels;
    this.emit('REMOTE', ['frame'], new Set());
  }

  /** @param {string} role */
  setRole(role) {
    if (this.me) this.me = { ...this.me, role };
    this.canEdit = EDITOR_ROLES.includes(role);
    this.emit('REMOTE', ['frame', 'status'], new Set());
  }

  /**
   * Everything confirmed is replaced.
   * @param {number} head
   * @param {Box[]} boxes
   * @param {OpinionState[]} [opinions]
   */
  replaceConfirmed(head, boxes, opinions = []) {
    const gone = [...this.confirmed.keys()];
    const isFirst = !this.knowsBoxes;
    this.confirmed.clear();
    this.hands.clear();
    for (const box of boxes) this.confirmed.set(box.id, stateOf(box));
    this.confirmedOpinions = new Map(opinions.map((one) => [keyOf(one.detection, one.by), one]));
    this.places.restart(this.confirmed.keys());
    this.revision = head;
    this.history.forget(head === 0 ? '' : this.mine);
    this.mine = null;
    this.releaseReached();
    this.rebuild('REMOTE', isFirst ? ['boxes', 'status'] : ['boxes'], [...gone, ...this.confirmed.keys()]);
  }

  /** @param {Operation[]} ops that follow the last applied revision */
  confirm(ops) {
    let ephemera = false;
    for (const op of ops) {
      this.applyOne(op);
      if (op.g) ephemera = this.presence.endGesture(op.g) || ephemera;
    }
    this.releaseReached();
    this.rebuild('REMOTE', ephemera ? ['boxes', 'ephemera'] : ['boxes'], ops.map((op) => op.box));
  }

  /** @param {Operation} op */
  applyOne(op) {
    const mine = op.by !== null && op.by === this.me?.user && ['user', 'undo', 'redo'].includes(op.o);
    const token = `${op.r}`;
    const state = this.confirmed.get(op.box);
    const authored = op.rv ? this.history.earlierAuthors(op.rv, op.box, [...Object.keys(op.f), 'deleted']) : {};
    const effect = effectOf(op, state, keepWritten(authored, op));
    if (effect) {
      const foreign = op.by !== this.me?.user;
      const next = applied(state, effect, { token, revision: op.r, by: op.by, foreign });
      if (next) this.confirmed.set(op.box, next);
    }
    const opinion = this.hear(op, token);
    this.rememberHand(op);
    this.revision = op.r;
    if (mine) {
      this.history.mine.add(op.r);
      const kind = /** @type {'user'|'undo'|'redo'} */ (op.o);
      this.history.add({ gesture: op.g ?? token, kind, reverts: op.rv }, effect && { ...effect, token }, opinion && { ...opinion, token });
    } else if (!this.tellIfOverwritten(op) && effect) this.tellIfInHand(op);
    this.meetOwn(op);
  }

  /** @param {Operation} op */
  rememberHand({ box, by, f }) {
    const isVerdict = 'status' in f || 'feedback' in f;
    this.hands.set(box, { by, judge: isVerdict ? by : this.hands.get(box)?.judge ?? null });
  }

  /** What somebody says of a detection. @param {Operation} op @param {string} token @returns {OpinionEffect|null} */
  hear({ said: news, by, r: revision, rv }, token) {
    if (!news || by === null) return null;
    const key = keyOf(news.detection, by);
    const authored = rv ? this.history.earlierAuthorOf(rv, news.detection) : null;
    const effect = { ...sayingOf(this.confirmedOpinions.get(key), { detection: news.detection, by, now: news.now }), before: news.before, authored };
    this.confirmedOpinions = new Map(this.confirmedOpinions).set(key, said(effect, { token, revision }));
    return effect;
  }

  /** @param {Operation} op of somebody else @returns {boolean} whether there was something to tell */
  tellIfOverwritten(op) {
    const fields = Object.entries(op.over).filter(([, revision]) => this.history.mine.has(revision)).map(([name]) => name);
    if (fields.length) this.notify(noticeOf({ kind: 'overwritten', boxId: op.box, fields, by: op.by, theirs: op.f }));
    return fields.length > 0;
  }

  /**
   * What I did in another window is no news to me; and what comes of an edit of mine that is on its way, or of a drag that I
   * have not ended, says more than a change beneath it. But whoever drags a box hears of a verdict on it at once.
   * @param {Operation} op that changed something
   */
  tellIfInHand(op) {
    const isChange = op.k === 'set' || op.k === 'delete';
    if (!isChange || op.by === this.me?.user || !this.isInHand(op.box)) return;
    const isDragged = op.k === 'set' && this.isDragged(op.box);
    const isVerdict = 'status' in op.f || 'feedback' in op.f;
    if (!(isDragged && isVerdict) && (isDragged || this.pending.some(({ box }) => box === op.box))) return;
    const kind = op.k === 'delete' ? 'removed' : 'touched';
    const news = noticeOf({ kind, boxId: op.box, boxes: [op.box], fields: Object.keys(op.f), by: op.by, theirs: op.f });
    const notices = joined(this.notices, news);
    if (!notices) return this.notify(news);
    this.notices = notices;
    this.emit('REMOTE', ['notice'], new Set());
  }

  /** Whether I have it selected, or drag it right now. @param {string} _id of a box @returns {boolean} */
  isInHand(_id) {
    return false;
  }

  /** @param {string} _id of a box @returns {boolean} */
  isDragged(_id) {
    return false;
  }

  /** An operation that one of my undecided commands may have made. @param {Operation} op */
  meetOwn(op) {
    const command = this.pending.find((one) => one.client === op.client && one.c === op.c);
    if (!command) return;
    command.seen = true;
    for (const later of this.pending.slice(this.pending.indexOf(command) + 1)) {
      if (later.box === op.box && (later.k === 'set' || later.k === 'delete')) this.seeOwn(later, op);
      if (op.said && later.k === 'rate' && later.detection === op.said.detection) this.seeSaid(later, op.r);
    }
    if (!MADE_OF_MANY.has(command.k)) this.settle(command);
  }

  /**
   * Whoever made `later` saw what `op` wrote: that it is newer than its base is no conflict.
   * @param {Pending} later
   * @param {Operation} op
   */
  seeOwn(later, op) {
    /** @type {readonly string[]} */
    const written = op.k === 'set' ? Object.keys(op.f) : op.k === 'delete' ? [] : FIELDS;
    const names = Object.keys({ ...later.set, ...later.base }).filter((name) => written.includes(name));
    if (!names.length) return;
    for (const name of names) later.base[name] = op.r;
    this.uplink?.changed(later);
  }

  /** @param {Pending} later a rating @param {number} revision of what its author had said before, and therefore knew */
  seeSaid(later, revision) {
    later.base['feedback'] = revision;
    this.uplink?.changed(later);
  }

  /** Commands whose effect the confirmed state now has. */
  releaseReached() {
    for (const command of [...this.pending]) {
      const reached = command.until !== null && this.revision !== null && this.revision >= command.until;
      if (command.answered && reached) this.settle(command);
    }
  }

  /** What was answered with a later revision has gone with a log that was put back. @param {number} head */
  forgetAfter(head) {
    this.pending = this.pending.filter(({ answered, until }) => !answered || until === null || until <= head);
  }

  /** @param {Pending} command */
  settle(command) {
    this.pending = this.pending.filter((one) => one !== command);
    this.uplink?.settled(command);
  }

  /**
   * @param {Pending} command
   * @param {Ack} ack
   */
  acknowledge(command, ack) {
    command.answered = true;
    command.until = ack.to ?? ack.at ?? 0; // nothing was to be done: so it is at that revision, which we may not have yet
    if (ack.to === null && command.of) this.history.drop(command.of);
    for (const { box, fields } of ack.skipped) this.notify(noticeOf({ kind: 'partial-undo', boxId: box, fields }));
    this.uplink?.settled(command);
    this.releaseReached();
    this.rebuild('REMOTE', []);
  }

  /**
   * @param {Pending} command
   * @param {Nack} nack a decided refusal
   */
  refuse(command, nack) {
    if (nack.code === 'nothing') this.nothingLeft(command);
    this.settle(command);
    const news = noticeOfRefusal(command, nack);
    const asked = withQuestion(this.notices, news);
    this.notices = asked.notices;
    this.notify(asked.news);
    this.rebuild('REMOTE', []);
  }

  /** @param {Pending} command an undo or redo that the server knows nothing for */
  nothingLeft(command) {
    if (command.k === 'undo') this.history.mayUndoMore = false;
    if (command.k === 'redo') this.history.mayRedoMore = false;
    if (command.of) this.history.drop(command.of);
  }

  /** Another tab has taken over this client, and what it has not been told yet. @param {string} client */
  leaveTo(client) {
    this.pending = this.pending.filter((command) => command.client !== client || command.answered);
    this.rebuild('REMOTE', []);
  }

  /** @param {Pending[]} commands from storage; older than everything made here */
  restore(commands) {
    this.pending = [...commands, ...this.pending];
    this.rebuild('LOCAL', []);
  }

  /** @param {Omit<Notice, 'id'>} notice */
  notify(notice) {
    this.notices = [...this.notices, { ...notice, id: this.nextNotice++ }].slice(-MAX_NOTICES);
    this.emit('REMOTE', ['notice'], new Set());
  }

  /** @param {PersonWire[]} people */
  setPeople(people) {
    this.presence.replace(people, this.me?.who ?? null);
    this.emit('REMOTE', ['people', 'ephemera'], new Set());
  }

  /**
   * @param {EphItem[]} items
   * @param {number} now
   */
  takeEphemera(items, now) {
    const changed = items.map((item) => this.presence.take(item, now)).some(Boolean);
    if (changed) this.emit('REMOTE', ['ephemera'], new Set());
  }

  /** @param {number} now */
  expireEphemera(now) {
    if (this.presence.expire(now)) this.emit('REMOTE', ['ephemera'], new Set());
  }

  /** @param {Partial<StoreStatus>} parts */
  setStatus(parts) {
    if (parts.connection && parts.connection !== 'online' && this.presence.all.size) {
      this.presence.clear();
      this.emit('REMOTE', ['people', 'ephemera'], new Set());
    }
    if (this.refreshStatus(parts)) this.emit('REMOTE', ['status'], new Set());
  }

  /**
   * @param {Partial<StoreStatus>} parts
   * @returns {boolean} whether anything changed
   */
  refreshStatus(parts = {}) {
    const before = this.status;
    const next = { ...before, ...parts };
    next.pending = this.pending.filter((command) => !command.answered).length + this.waiting;
    next.save = next.pending === 0 ? 'saved' : next.connection === 'online' ? 'saving' : 'offline';
    this.status = next;
    return JSON.stringify(before) !== JSON.stringify(next);
  }

  /**
   * Run the undecided commands on the confirmed state again, and say what that changed.
   * @param {Origin} origin
   * @param {Kind[]} kinds
   * @param {Iterable<string>} touched confirmed boxes that may have changed
   */
  rebuild(origin, kinds, touched = []) {
    const candidates = new Set([...touched, ...this.overlay.states.keys()]);
    this.overlay = new Overlay(this.confirmed, this.history, this.frame, this.confirmedOpinions);
    this.pending.forEach((command, index) => this.replay(command, index));
    for (const id of this.overlay.states.keys()) candidates.add(id);
    const ids = new Set([...candidates].filter((id) => this.show(id)));
    this.places.sort(this.boxes);
    const before = this.stack;
    this.stack = stackOf([...this.history.steps, ...this.overlay.steps]);
    /** @type {Set<Kind>} */
    const all = new Set(kinds);
    all.delete('boxes');
    if (ids.size) all.add('boxes');
    if (this.showOpinions()) all.add('opinions');
    const moved = before.done.at(-1) !== this.stack.done.at(-1) || before.undone.at(-1) !== this.stack.undone.at(-1);
    if (this.refreshStatus() || moved) all.add('status');
    if (all.size) this.emit(origin, all, ids);
  }

  /** @returns {boolean} whether anybody is seen to say something else */
  showOpinions() {
    const before = this.opinions;
    this.opinions = this.overlay.opinions.size ? new Map([...this.confirmedOpinions, ...this.overlay.opinions]) : this.confirmedOpinions;
    return before !== this.opinions && !saysTheSame(before, this.opinions);
  }

  /**
   * @param {Pending} command
   * @param {number} index
   */
  replay(command, index) {
    const confirmed = command.until !== null && this.revision !== null && this.revision >= command.until;
    if (!confirmed) this.overlay.run(command, index, this.user);
  }

  /**
   * @param {string} id
   * @returns {boolean} whether what is drawn changed
   */
  show(id) {
    const state = this.overlay.stateFor(id);
    const box = state && !state.deleted ? state.box : undefined;
    const shown = this.boxes.get(id);
    if (shown === box || (shown && box && looksSame(shown, box))) return false;
    if (box && !shown) this.places.take(id);
    if (box) this.boxes.set(id, box);
    else this.boxes.delete(id);
    return true;
  }
}

/**
 * @param {Record<string, string>} authored
 * @param {Operation} op
 * @returns {Record<string, string>} only what the operation writes
 */
function keepWritten(authored, op) {
  const written = op.k === 'set' ? Object.keys(op.f) : ['deleted'];
  return Object.fromEntries(Object.entries(authored).filter(([name]) => written.includes(name)));
}

/** @param {Register} a @param {Register} b */
function saysTheSame(a, b) {
  return a.size === b.size && [...a].every(([key, { opinion }]) => {
    const other = b.get(key);
    return other !== undefined && sameOpinion(opinion, other.opinion);
  });
}

/**
 * @param {Box} a
 * @param {Box} b
 */
function looksSame(a, b) {
  return FIELDS.every((name) => sameValue(a[name], b[name])) && sameValue(a.versions, b.versions)
    && a.source === b.source && a.confidence === b.confidence && a.by === b.by;
}
