/**
 * The one meeting point of tools, renderer, panels and the live connection: what is confirmed, my undecided edits on
 * top, and what I have selected. Tools call the edits; sync/client.js calls the half in `confirmed-store.js`.
 *
 * @import { Attributes, Box, BoxFields, Edges } from './box.js'
 * @import { Pending } from './pending.js'
 * @import { Preview, PreviewBox } from './confirmed-store.js'
 * @import { FillRandom } from './uuid.js'
 * @import { Opinion } from './opinions.js'
 */
import { isProposal } from './audit.js';
import { ConfirmedStore } from './confirmed-store.js';
import { changedFields, checkedFields, isCorrection, withVerdict } from './edits.js';
import { checkedOpinion, keyOf, NOTHING_SAID, sameOpinion } from './opinions.js';
import { newPending } from './pending.js';
import { cryptoRandom, uuid7 } from './uuid.js';

/**
 * @typedef {import('./confirmed-store.js').Change} Change
 * @typedef {import('./confirmed-store.js').Kind} Kind
 * @typedef {import('./confirmed-store.js').Origin} Origin
 * @typedef {import('./confirmed-store.js').Frame} Frame
 * @typedef {import('./confirmed-store.js').Label} Label
 * @typedef {import('./confirmed-store.js').Me} Me
 * @typedef {import('./confirmed-store.js').StoreStatus} StoreStatus
 * @typedef {import('./notices.js').Notice} Notice
 * @typedef {import('./people.js').Person} Person
 * @typedef {import('./people.js').Drag} Drag
 */

export class FrameStore extends ConfirmedStore {
  /** @param {{now?: () => number, random?: FillRandom}} [machine] the clock (milliseconds since 1970) and the dice */
  constructor({ now = Date.now, random = cryptoRandom } = {}) {
    super();
    this.now = now;
    this.random = random;
    /** @type {Set<string>} ids of selected boxes; replaced by `select`, never changed in place */
    this.selection = new Set();
    /** @type {Preview|null} what I am dragging or drawing */
    this.myPreview = null;
    /** @type {{gesture: string, boxes: Map<string, Box>}|null} what I dragged last, as I saw it when I began */
    this.began = null;
    /** @type {string|null} the gesture of my newest edit */
    this.lastGesture = null;
    /** @type {{take: () => number}|null} tells the active milliseconds since the command before */
    this.meter = null;
    /** Edits are being made that are shown together. */
    this.isHeld = false;
  }

  get canUndo() {
    return this.canEdit && (this.stack.done.length > 0 || (this.isOnline && this.history.mayUndoMore));
  }

  get canRedo() {
    return this.canEdit && (this.stack.undone.length > 0 || (this.isOnline && this.history.mayRedoMore));
  }

  /** @returns {string} a name for what belongs together as one undo step: give it to every edit of one drag */
  newGesture() {
    return this.newId();
  }

  /** @returns {string} */
  newId() {
    return uuid7(this.now(), this.random);
  }

  /**
   * Draw a new box. Edges in any order; they are clamped to the image. `id`: of the box that was previewed.
   * @param {Edges & {label: number, attributes?: Attributes, z?: number, id?: string}} box
   * @param {string} [gesture]
   * @returns {string|null} its id, or null when it is refused (under 1 px, unknown label, or `canEdit` is false)
   */
  create({ x1, y1, x2, y2, label, attributes = {}, z = 0, id = this.newId() }, gesture = this.newGesture()) {
    if (!this.canEdit || !this.frame || this.knows(id)) return null;
    const set = checkedFields(null, { x1, y1, x2, y2, label, attributes, z }, this.frame, this.labels);
    if (!set) return null;
    this.submit(newPending({ k: 'create', box: id, set, g: gesture, at: this.now() }));
    return id;
  }

  /**
   * Write some fields of a box. Fields that do not change are left out.
   * @param {string} id
   * @param {Partial<BoxFields>} fields
   * @param {string} [gesture]
   * @returns {boolean} whether it was taken (false: unknown box, under 1 px, unknown label, or `canEdit` is false)
   */
  set(id, fields, gesture = this.newGesture()) {
    const box = this.boxes.get(id);
    if (!this.canEdit || !this.frame || !box) return false;
    const checked = checkedFields(box, fields, this.frame, this.labels);
    if (!checked) return false;
    const overtaken = this.overtaken(id, gesture);
    const set = withVerdict(changedFields(checked, box), box, overtaken !== null || isProposal(box));
    if (!Object.keys(set).length) return true;
    const base = { ...this.versionsOf(id, Object.keys(set)), ...this.verdictBase(id, set, overtaken) };
    if (this.mergeIntoUnsent({ id, set, base, gesture })) return true;
    this.submit(newPending({ k: 'set', box: id, set, base, g: gesture, at: this.now() }));
    return true;
  }

  /**
   * The proposal as it was when I began to drag it, where it waited for a verdict and somebody else has come to one since.
   * @param {string} id
   * @param {string} gesture
   * @returns {Box|null}
   */
  overtaken(id, gesture) {
    const seen = this.began?.gesture === gesture ? this.began.boxes.get(id) : undefined;
    const now = this.confirmed.get(id)?.box;
    if (!seen || !now || !isProposal(seen) || isProposal(now)) return null;
    return this.history.mine.has(now.versions['status'] ?? 0) ? null : seen;
  }

  /**
   * What I write goes by a verdict where it is one, or depends on one of mine that is on its way: then the versions of what
   * I saw of it, status and rating. The first verdict holds.
   * @param {string} id
   * @param {Partial<BoxFields>} set
   * @param {Box|null} overtaken
   * @returns {Record<string, number>}
   */
  verdictBase(id, set, overtaken) {
    const seen = overtaken ?? this.confirmed.get(id)?.box;
    const isVerdict = 'status' in set || 'feedback' in set;
    if (!seen || !(isVerdict || (isProposal(seen) && isCorrection(set)))) return {};
    return { status: seen.versions['status'] ?? 0, feedback: seen.versions['feedback'] ?? 0 };
  }

  /**
   * Delete a box.
   * @param {string} id
   * @param {string} [gesture]
   * @returns {boolean}
   */
  remove(id, gesture = this.newGesture()) {
    if (!this.canEdit || !this.boxes.has(id)) return false;
    const base = this.versionsOf(id, ['status', 'feedback']);
    this.submit(newPending({ k: 'delete', box: id, base, g: gesture, at: this.now() }));
    if (this.selection.has(id)) this.select([...this.selection].filter((one) => one !== id));
    return true;
  }

  /**
   * Say what I think of a detection of the frame as a whole.
   * @param {string} detection
   * @param {Opinion} opinion without feedback it takes back what I said
   * @returns {boolean} whether it was taken
   */
  rate(detection, opinion) {
    const checked = checkedOpinion(opinion);
    if (!this.canEdit || !checked) return false;
    const key = keyOf(detection, this.user ?? 0);
    if (sameOpinion(this.opinions.get(key)?.opinion ?? NOTHING_SAID, checked)) return true;
    const base = { feedback: this.confirmedOpinions.get(key)?.revision ?? 0 };
    this.submit(newPending({ k: 'rate', detection, opinion: checked, base, g: this.newGesture(), at: this.now() }));
    return true;
  }

  /** Take back my newest gesture. Offline too, where this page knows the gesture. */
  undo() {
    if (!this.canUndo) return;
    this.submit(newPending({ k: 'undo', of: this.stack.done.at(-1) ?? null, g: this.newGesture(), at: this.now() }));
  }

  /** Take back my newest undo. */
  redo() {
    if (!this.canRedo) return;
    this.submit(newPending({ k: 'redo', of: this.stack.undone.at(-1) ?? null, g: this.newGesture(), at: this.now() }));
  }

  /**
   * Back to an earlier revision of the frame, by new edits on top. Only while connected: the server knows the log.
   * @param {number} revision
   * @returns {boolean}
   */
  rewind(revision) {
    if (!this.canEdit || !this.isOnline) return false;
    this.submit(newPending({ k: 'rewind', to: revision, g: this.newGesture(), at: this.now() }));
    return true;
  }

  /**
   * Show what I am dragging or drawing, to myself (`myPreview`) and the others. null ends it: after the edit of the same
   * gesture, or when the gesture is cancelled.
   * @param {string} gesture
   * @param {PreviewBox[]|null} boxes
   */
  preview(gesture, boxes) {
    if (boxes && this.began?.gesture !== gesture) this.began = { gesture, boxes: this.boxesOf(boxes) };
    this.myPreview = boxes && { gesture, boxes };
    this.uplink?.previewed(gesture, boxes, gesture === this.lastGesture);
    this.emit('UI', ['ephemera'], new Set());
  }

  /** @param {PreviewBox[]} boxes @returns {Map<string, Box>} as they are now; without those that are being drawn */
  boxesOf(boxes) {
    /** @type {Map<string, Box>} */
    const found = new Map();
    for (const { id } of boxes) {
      const box = this.boxes.get(id);
      if (box) found.set(id, box);
    }
    return found;
  }

  /** @param {{x: number, y: number}|null} point my pointer in image pixels, null when it left the image */
  setCursor(point) {
    this.uplink?.pointed(point);
  }

  /**
   * @param {Iterable<string>} ids
   * @param {{add?: boolean}} [options] add: to what is selected already
   */
  select(ids, { add = false } = {}) {
    this.selection = new Set(add ? [...this.selection, ...ids] : ids);
    this.uplink?.selected([...this.selection]);
    this.emit('UI', ['selection'], new Set());
  }

  /** @override @param {string} id @returns {boolean} */
  isInHand(id) {
    return this.selection.has(id) || this.isDragged(id);
  }

  /** @override @param {string} id of a box @returns {boolean} */
  isDragged(id) {
    return !!this.myPreview?.boxes.some((box) => box.id === id);
  }

  /** @param {number} noticeId */
  dismiss(noticeId) {
    this.notices = this.notices.filter((notice) => notice.id !== noticeId);
    this.emit('UI', ['notice'], new Set());
  }

  /**
   * Do the refused edit of a `stale` or `gone` notice again, now knowing what is there.
   * @param {number} noticeId
   * @returns {boolean} whether there was something to do again
   */
  keepMine(noticeId) {
    const notice = this.notices.find((one) => one.id === noticeId);
    if (notice?.said) return this.sayAgain(notice);
    if (!notice?.boxId || !this.canEdit) return false;
    const gesture = this.newGesture();
    if (notice.removes) this.remove(notice.boxId, gesture);
    else if (!this.boxes.has(notice.boxId)) {
      this.submit(newPending({ k: 'restore', box: notice.boxId, g: gesture, at: this.now() }));
    }
    if (notice.mine && this.boxes.has(notice.boxId)) this.set(notice.boxId, notice.mine, gesture);
    else if (notice.mine) this.submit(newPending({ k: 'set', box: notice.boxId, set: notice.mine, g: gesture, at: this.now() }));
    this.dismiss(noticeId);
    return true;
  }

  /** @param {Notice} notice of a rating that was refused @returns {boolean} */
  sayAgain({ id, said }) {
    if (!said || !this.rate(said.detection, said.opinion)) return false;
    this.dismiss(id);
    return true;
  }

  /** @param {Pending} command */
  submit(command) {
    this.lastGesture = command.g;
    if (this.meter) command.ms = this.meter.take();
    this.pending.push(command);
    this.uplink?.queued(command);
    if (!this.isHeld) this.rebuild('LOCAL', []);
  }

  /**
   * Edits of many boxes, each its own: they are shown and told of as one change, which is quicker by far.
   * @param {() => void} edit
   */
  together(edit) {
    this.isHeld = true;
    try {
      edit();
    } finally {
      this.isHeld = false;
      this.rebuild('LOCAL', []);
    }
  }

  /**
   * While nothing of it has left, a later edit of the same gesture is the same edit.
   * @param {{id: string, set: Partial<BoxFields>, base: Record<string, number>, gesture: string}} edit
   * @returns {boolean}
   */
  mergeIntoUnsent({ id, set, base, gesture }) {
    const last = this.pending.at(-1);
    const open = last?.k === 'set' && last.box === id && last.g === gesture && !last.touched;
    if (!last || !open) return false;
    last.base = { ...base, ...last.base };
    last.set = { ...last.set, ...set };
    if (this.meter) last.ms = (last.ms ?? 0) + this.meter.take();
    this.uplink?.changed(last);
    this.rebuild('LOCAL', []);
    return true;
  }
}
