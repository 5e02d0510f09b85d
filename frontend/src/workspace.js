/**
 * What the parts of the editor share: the store of the frame that is open now, the camera, the index for hit tests and
 * the view state. Going to another frame swaps the store; everybody listens here.
 *
 * @import { Rating } from './audit.js'
 * @import { Attributes, Box, Edges } from './box.js'
 * @import { ReviewCard } from './review.js'
 * @import { Choices } from './preferences.js'
 * @import { Change, FrameStore, Kind, Label } from './store.js'
 *
 * @typedef {{
 *   id: number, name: string, position: number, status: string, is_blind?: boolean, width: number, height: number, url: string, data: string,
 *   image: string, thumbnail: string, boxes: [number, number, number, number, string, boolean][]
 * }} FrameCard `is_blind`: labelled without proposals, on purpose
 * @typedef {{id: number, from_queue: boolean, for_review?: boolean, text: string}} ClaimCard `text`: why the queue chose this frame
 * @typedef {{
 *   project: {id: number, name: string, url: string}, frame: FrameCard, total: number, previous: FrameCard|null,
 *   next: FrameCard|null, filmstrip: FrameCard[], labels: Label[], statuses: Record<string, string>, role: string,
 *   user: {id: number, name: string}, members?: {id: number, username: string, name: string}[], preferences?: Partial<Choices>,
 *   detection?: DetectionChoice, review?: ReviewCard, claim?: ClaimCard|null, judges?: Record<string, [number, number]>, asked?: number
 * }} Page what annotate/views/editor.py says. `judges`: by box, of what a model proposed, who judged it
 *   and at which revision. `asked`: when, in milliseconds since 1970; not of the page that came with the document
 *
 * @typedef {{
 *   id: number, name: string, classes: string[], image_size: number, open_vocabulary: boolean, labels: Record<string, number|null>
 * }} DetectionModel `labels`: what each class is called here; null where the project has no label for it
 * @typedef {{
 *   models: DetectionModel[], model: number|null, confidence: number, iou: number, sizes: [number, number], may: boolean, may_all: boolean,
 *   message: string
 * }} DetectionChoice `model`: the one to begin with. `sizes`: least and most pixels that a model sees. `may`: on one frame,
 *   `may_all`: on all. `message`: why there is no model
 *
 * @typedef {Edges & {label: number, attributes: Attributes, z: number}} Copied
 * @typedef {{
 *   go: (card: FrameCard, claim?: ClaimCard) => void, goTo: (frame: number) => void, say: (text: string) => void, toggleHelp: () => void, togglePalette: () => void,
 *   toggleSettings: () => void, toggleAdjust: () => void, toggleFilter: () => void, setStatus: (status: string, claim?: {isEmpty?: boolean}) => Promise<boolean>,
 *   boxesOf: (frame: number) => Promise<Box[]|null>, toggleDetect: () => void, rateDetection: (rating: Rating) => void,
 *   takeNext: () => void, approve: () => void, askReason: () => void, takeNextReview: () => void, setTheme: (theme: 'light'|'dark'|'system') => void,
 *   setLanguage: (language: string) => void, signOut: () => void, isDetecting: () => boolean, cancelDetection: () => void,
 *   resolveComment: () => void, announce: (text: string, topic?: string) => void, warn: (text: string, topic?: string) => void, pictureShown: () => void
 * }} Host what tools and commands may ask the page for; they do not see it. `go`: `claim`, where the queue gave it just now. `goTo`: also to an image that the filmstrip
 *   does not have. `setStatus`: of the frame, `isEmpty` where it says that nothing is to be found there; whether it is so
 *   now, and if not the person was told why. `boxesOf`: of another frame, as they are now; null when they cannot be had.
 *   `rateDetection`: the newest one of this frame, as a whole. `takeNext`: goes to what the queue gives;
 *   `takeNextReview`: to what is to be reviewed. `askReason`: why the image is returned. `resolveComment`: the one with the
 *   focus, else that of the selected box. `isDetecting`: this window waits for a model. `say`: on the screen and aloud; `announce` aloud only, where the screen says it
 *   already, and `warn` whatever the person wants to hear: the newest per `topic`. `pictureShown`: of the frame that is open
 */
import { ActiveTime } from './active-time.js';
import { Camera } from './camera.js';
import { Covered } from './covered.js';
import { FrameScheduler } from './frame-scheduler.js';
import { BoxIndex } from './hit-test.js';
import { Preferences } from './preferences.js';
import { ViewState } from './view-state.js';
import { visibilityOf } from './visibility.js';

/** @type {Kind[]} */
const EVERYTHING = ['boxes', 'selection', 'people', 'ephemera', 'status', 'frame', 'notice', 'comments', 'detections', 'opinions', 'where'];

/** Parts of the view that decide which boxes are in sight. */
const SIGHT = /** @type {const} */ (['filter', 'hidden', 'isBlank', 'isFading', 'hidesProposals', 'proposalsFrom']);
/** @returns {Change} */
const SEEN_ANEW = () => ({ origin: 'UI', kinds: new Set(['boxes']), ids: null });

/** Milliseconds. Who has no connection waits no longer for what does not need it. */
const KNOWN_WITHIN_MS = 1500;

/** @type {Host} */
const NOBODY = {
  go: () => {}, goTo: () => {}, say: () => {}, toggleHelp: () => {}, togglePalette: () => {}, toggleSettings: () => {}, toggleAdjust: () => {}, toggleFilter: () => {},
  setStatus: async () => false, boxesOf: async () => null, toggleDetect: () => {}, rateDetection: () => {},
  takeNext: () => {}, approve: () => {}, askReason: () => {}, takeNextReview: () => {}, setTheme: () => {}, resolveComment: () => {},
  setLanguage: () => {}, signOut: () => {}, isDetecting: () => false, cancelDetection: () => {},
  announce: () => {}, warn: () => {}, pictureShown: () => {},
};

export class Workspace {
  /**
   * @param {FrameStore} store
   * @param {Page} page
   */
  constructor(store, page) {
    this.store = store;
    this.page = page;
    this.camera = new Camera();
    /** Whatever moves or is drawn in the next animation frame. */
    this.frames = new FrameScheduler();
    this.index = new BoxIndex();
    this.covered = new Covered();
    this.view = new ViewState();
    this.index.accepts = (box) => visibilityOf(box, this.view.now) === 'shown' && !this.view.now.locked.has(box.id);
    this.view.subscribe((changed) => SIGHT.some((name) => changed.has(name)) && this.changed(SEEN_ANEW()));
    this.preferences = new Preferences(page.preferences);
    this.view.set({ mode: this.preferences.now.audit ? 'audit' : 'edit' });
    /** The person's, on the frame that is open. */
    this.activeTime = new ActiveTime(() => this.store.now());
    /** @type {Copied[]} what was copied; stays from frame to frame */
    this.clipboard = [];
    /** @type {Host} */
    this.host = NOBODY;
    /** @type {readonly Box[]|null} what is in sight, until any of it changes */
    this.shown = null;
    /** @type {Set<(change: Change) => void>} */
    this.listeners = new Set();
    /** @type {() => void} */
    this.unsubscribe = () => {};
    this.open(store, page);
  }

  /** @param {(change: Change) => void} listener also called, with everything, when another frame is opened */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  /**
   * @param {FrameStore} store
   * @param {Page} page
   */
  open(store, page) {
    this.unsubscribe();
    this.shown = null;
    this.store = store;
    this.page = page;
    const { id, width, height, status } = page.frame;
    store.foresee({ frame: { id, width, height, status, comments: 0, detections: 0 }, labels: page.labels, role: page.role, user: page.user.id });
    this.camera.setImage(page.frame, { keepsPlace: this.preferences.now.keep_zoom });
    this.view.leaveFrame();
    this.activeTime.restart();
    store.meter = this.activeTime;
    this.unsubscribe = store.subscribe((change) => this.changed(this.withCovered(change)));
    this.covered.open(store.boxes, page.frame);
    this.view.set({ covered: this.covered.ids });
    this.changed({ origin: 'UI', kinds: new Set(EVERYTHING), ids: null });
  }

  /** Newer data of the frame that is open; what the socket says of it still goes before. @param {Page} page */
  renew(page) {
    if (page.frame.id !== this.page.frame.id) return;
    this.page = page;
    this.changed({ origin: 'REMOTE', kinds: new Set(['frame']), ids: new Set() });
  }

  /**
   * With the proposals that come into sight, or go out of it, because of what changed.
   * @param {Change} change of the store
   * @returns {Change}
   */
  withCovered(change) {
    if (!change.kinds.has('boxes') || !change.ids) return change;
    const turned = this.covered.update(this.store.boxes, change.ids);
    if (!turned.size) return change;
    this.view.set({ covered: this.covered.ids });
    return { ...change, ids: new Set([...change.ids, ...turned]) };
  }

  /** @param {Change} change */
  changed(change) {
    if (change.kinds.has('boxes')) this.shown = null;
    if (change.kinds.has('boxes') && !change.ids) this.index.reset(this.store.boxes, this.page.frame);
    else if (change.kinds.has('boxes') && change.ids) this.index.update(change.ids);
    if (change.kinds.has('frame')) this.followStatus();
    if (change.kinds.has('frame')) this.followLabels();
    for (const listener of this.listeners) listener(change);
  }

  /**
   * Boxes come first: what else is asked of the server when a frame is opened waits until it has said which there are, for a while at most.
   * @returns {Promise<boolean>} whether that frame is still open
   */
  whenKnown() {
    const { store } = this;
    return new Promise((resolve) => {
      const leave = store.subscribe(() => store.knowsBoxes && go());
      const timer = setTimeout(() => go(), KNOWN_WITHIN_MS);
      const go = () => {
        clearTimeout(timer);
        leave();
        resolve(this.store === store);
      };
      if (store.knowsBoxes) go();
    });
  }

  /** The labels of the project: what the socket says, until then what the page says. @returns {Label[]} */
  get labels() {
    return this.store.labels;
  }

  get activeLabels() {
    return this.labels.filter((label) => label.active);
  }

  /** @param {number|null} id */
  labelOf(id) {
    return this.labels.find((label) => label.id === id) ?? null;
  }

  /** Of the frame that is open: `to_annotate`, `in_progress` or `complete`. What the socket says, until then what the page says. */
  get frameStatus() {
    return this.store.frame?.status || this.page.frame.status;
  }

  /** The page keeps up with what the socket says of the status. */
  followStatus() {
    const { page, frameStatus: status } = this;
    if (page.frame.status === status) return;
    const frame = { ...page.frame, status };
    this.page = { ...page, frame, filmstrip: page.filmstrip.map((card) => (card.id === frame.id ? frame : card)) };
  }

  /** The next box gets a label that is in use, and no filter looks for one that is gone. */
  followLabels() {
    const { label, filter } = this.view.now;
    if (!this.activeLabels.some((one) => one.id === label)) this.view.set({ label: this.activeLabels[0]?.id ?? null });
    const known = [...filter.labels ?? []].filter((id) => this.labelOf(id));
    if (filter.labels && known.length < filter.labels.size) this.view.set({ filter: { ...filter, labels: known.length ? new Set(known) : null } });
  }

  /** @returns {readonly Box[]} shown boxes in the order of the list */
  get shownBoxes() {
    this.shown ??= [...this.store.boxes.values()].filter((box) => this.isInSight(box));
    return this.shown;
  }

  /** @param {Box} box @returns {boolean} whether it is drawn, be it faded */
  isInSight(box) {
    return visibilityOf(box, this.view.now) !== 'hidden';
  }

  /** @returns {Box[]} what is selected and in sight, locked or not */
  get chosenBoxes() {
    return [...this.store.selection].flatMap((id) => this.store.boxes.get(id) ?? []).filter((box) => this.isInSight(box));
  }

  /** @returns {Box[]} what is selected and may be changed: not what is locked, and nothing that nobody sees */
  get selectedBoxes() {
    return this.chosenBoxes.filter((box) => !this.view.now.locked.has(box.id));
  }

  /** Image pixels per CSS pixel. */
  get pixel() {
    return 1 / this.camera.scale;
  }
}
