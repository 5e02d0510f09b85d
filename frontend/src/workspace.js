/**
 * What the parts of the editor share: the store of the frame that is open now, the camera, the index for hit tests and
 * the view state. Going to another frame swaps the store; everybody listens here.
 *
 * @import { Box } from './box.js'
 * @import { Change, FrameStore, Kind, Label } from './store.js'
 *
 * @typedef {{
 *   id: number, name: string, position: number, status: string, width: number, height: number, url: string, data: string,
 *   image: string, thumbnail: string, boxes: [number, number, number, number, string][]
 * }} FrameCard
 * @typedef {{
 *   project: {id: number, name: string, url: string}, frame: FrameCard, total: number, previous: FrameCard|null,
 *   next: FrameCard|null, filmstrip: FrameCard[], labels: Label[], statuses: Record<string, string>, role: string,
 *   user: {id: number, name: string}
 * }} Page what annotate/views/editor.py says
 *
 * @typedef {{
 *   go: (card: FrameCard) => void, say: (text: string) => void, toggleHelp: () => void
 * }} Host what tools and commands may ask the page for; they do not see it
 */
import { Camera } from './camera.js';
import { BoxIndex } from './hit-test.js';
import { isShown } from './stacking.js';
import { ViewState } from './view-state.js';

/** @type {Kind[]} */
const EVERYTHING = ['boxes', 'selection', 'people', 'ephemera', 'status', 'frame', 'notice'];

export class Workspace {
  /**
   * @param {FrameStore} store
   * @param {Page} page
   */
  constructor(store, page) {
    this.store = store;
    this.page = page;
    this.camera = new Camera();
    this.index = new BoxIndex();
    this.view = new ViewState();
    /** @type {Host} */
    this.host = { go: () => {}, say: () => {}, toggleHelp: () => {} };
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
    this.store = store;
    this.page = page;
    this.camera.setImage(page.frame);
    this.view.leaveFrame();
    this.unsubscribe = store.subscribe((change) => this.changed(change));
    this.chooseLabel();
    this.changed({ origin: 'UI', kinds: new Set(EVERYTHING), ids: null });
  }

  /** @param {Change} change */
  changed(change) {
    if (change.kinds.has('boxes') && !change.ids) this.index.reset(this.store.boxes, this.page.frame);
    else if (change.kinds.has('boxes') && change.ids) this.index.update(change.ids);
    if (change.kinds.has('frame')) this.chooseLabel();
    for (const listener of this.listeners) listener(change);
  }

  /** The labels of the project: what the socket says, until then what the page says. @returns {Label[]} */
  get labels() {
    return this.store.labels.length ? this.store.labels : this.page.labels;
  }

  get activeLabels() {
    return this.labels.filter((label) => label.active);
  }

  /** @param {number|null} id */
  labelOf(id) {
    return this.labels.find((label) => label.id === id) ?? null;
  }

  chooseLabel() {
    const { label } = this.view.now;
    if (!this.activeLabels.some((one) => one.id === label)) this.view.set({ label: this.activeLabels[0]?.id ?? null });
  }

  /** @returns {Box[]} shown boxes in the order of the list */
  get shownBoxes() {
    return [...this.store.boxes.values()].filter(isShown);
  }

  /** @returns {Box[]} */
  get selectedBoxes() {
    return [...this.store.selection].flatMap((id) => this.store.boxes.get(id) ?? []);
  }

  /** Image pixels per CSS pixel. */
  get pixel() {
    return 1 / this.camera.scale;
  }
}
