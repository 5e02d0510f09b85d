/**
 * Puts the picture and its two canvases on the screen. Decides nothing: it draws what the workspace says.
 *
 * @import { Change } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Look } from './paint.js'
 * @import { Looked } from './looks.js'
 */
import { LiveLayer } from './live-layer.js';
import { Looks } from './looks.js';
import { filterOf } from './picture-filter.js';
import { StaticLayer } from './static-layer.js';
import { visibilityOf } from '../visibility.js';

/** The camera rests when it has not moved for so long. */
const SETTLE_MS = 120;

export class Renderer {
  /**
   * @param {{stage: HTMLElement, picture: HTMLImageElement, boxes: HTMLCanvasElement, live: HTMLCanvasElement}} elements
   * @param {Workspace} workspace
   */
  constructor({ stage, picture, boxes, live }, workspace) {
    this.stage = stage;
    this.picture = picture;
    this.workspace = workspace;
    this.labels = workspace.labels;
    this.looks = new Looks(() => workspace.labels);
    this.accent = '#5b5bd6';
    this.statics = new StaticLayer(boxes, workspace.camera, {
      lookOf: (box) => this.lookOf(box), isInSight: (box) => workspace.isInSight(box), near: (edges) => workspace.index.near(edges),
      ringOf: (box) => (this.live.hasManySelected && workspace.store.selection.has(box.id) ? this.accent : null),
    });
    this.live = new LiveLayer(live, workspace, { lookOf: (box) => this.lookOf(box), accent: () => this.accent, picture });
    this.settleTimer = 0;
    this.isMoving = false;
    /** Many boxes are selected, and drawn with the others. */
    this.hasMany = false;
    this.draw = () => this.drawFrame();
    workspace.subscribe((change) => this.changed(change));
    workspace.view.subscribe(() => this.ask());
    workspace.preferences.subscribe(() => this.ask());
    workspace.camera.subscribe(() => this.cameraMoved());
    new ResizeObserver(() => this.resize()).observe(stage);
    this.resize();
    this.followRatio();
    this.readTheme();
  }

  /** The window goes to another screen, or the page is zoomed: each ratio is listened for once. */
  followRatio() {
    matchMedia(`(resolution: ${devicePixelRatio || 1}dppx)`).addEventListener('change', () => {
      this.followRatio();
      this.resize();
    }, { once: true });
  }

  ask() {
    this.workspace.frames.ask(this.draw);
  }

  /** Colours that the canvas takes from the style sheet. */
  readTheme() {
    this.accent = getComputedStyle(this.stage).getPropertyValue('--accent').trim() || this.accent;
    if (this.hasMany) this.statics.blemish(null);
    this.ask();
  }

  resize() {
    const size = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    const ratio = devicePixelRatio || 1;
    this.statics.layer.resize(size, ratio);
    this.live.layer.resize(size, ratio);
    this.workspace.camera.resize(size);
    this.statics.invalidate(null);
    this.drawFrame(); // at once: a resized canvas is empty
  }

  /** @param {Change} change */
  changed({ kinds, ids }) {
    if (kinds.has('frame')) this.followLabels();
    if (kinds.has('boxes')) this.statics.invalidate(ids);
    if (kinds.has('selection')) this.selectionChanged();
    this.ask();
  }

  /** Other names and colours: every box looks different. The status of the frame changes nothing that is drawn. */
  followLabels() {
    const { labels } = this.workspace;
    if (labels === this.labels) return;
    this.labels = labels;
    this.looks.clear();
    this.statics.invalidate(null);
  }

  selectionChanged() {
    const hadMany = this.hasMany;
    this.hasMany = this.live.hasManySelected;
    if (hadMany || this.hasMany) this.statics.blemish(null);
  }

  cameraMoved() {
    this.isMoving = true;
    clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => this.settle(), SETTLE_MS);
    this.ask();
  }

  settle() {
    this.isMoving = false;
    this.ask();
  }

  drawFrame() {
    this.placePicture();
    const isWhole = this.statics.draw(this.workspace.store.boxes, this.live.lifted(), this.isMoving);
    this.live.draw();
    if (!isWhole) this.ask();
  }

  placePicture() {
    const { x, y, scale } = this.workspace.camera;
    const { style } = this.picture;
    style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    const { view, preferences } = this.workspace;
    style.imageRendering = scale > 1 && !preferences.now.smooth_pixels ? 'pixelated' : 'auto';
    style.filter = filterOf(view.now.adjust);
  }

  /** @param {Looked} box @returns {Look} */
  lookOf(box) {
    const isFaded = 'id' in box && 'by' in box && visibilityOf(box, this.workspace.view.now) === 'faded';
    return this.looks.of(box, isFaded);
  }
}
