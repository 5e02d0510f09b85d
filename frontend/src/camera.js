/**
 * Where the image lies on the screen. Lengths on the screen are CSS pixels from the top left of the stage; lengths on the
 * image are image pixels. `scale` is CSS pixels per image pixel.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, scale: number}} Placement where the image's origin lies on the screen
 * @typedef {{width: number, height: number}} Size
 */

export const MAX_SCALE = 64;
export const ZOOM_STEP = 1.25;
const FIT_MARGIN_PX = 24;
const FIT_MAX_SCALE = 8;
/** Around what is zoomed to: enough to judge its edges. */
const SHOW_MARGIN_PX = 96;
/** So much of the image always stays in sight. */
const KEEP_PX = 48;

export class Camera {
  constructor() {
    /** @type {Size} */
    this.view = { width: 1, height: 1 };
    /** @type {Size} */
    this.image = { width: 1, height: 1 };
    this.x = 0;
    this.y = 0;
    this.scale = 1;
    /** The image follows the size of the stage until somebody zooms or pans. */
    this.isFitted = true;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  /** @param {Point} point on the screen @returns {Point} on the image */
  toImage({ x, y }) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  /** @param {Point} point on the image @returns {Point} on the screen */
  toScreen({ x, y }) {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }

  /** @returns {Point} the middle of what is in sight, on the image */
  centre() {
    return this.toImage({ x: this.view.width / 2, y: this.view.height / 2 });
  }

  /** @param {Size} view size of the stage */
  resize(view) {
    const middle = this.centre();
    this.view = view;
    if (this.isFitted) this.fit();
    else this.centreOn(middle);
  }

  /**
   * A new image, shown whole, or where the one before was.
   * @param {Size} image
   * @param {{keepsPlace?: boolean}} [options] as far as it is of the same size and somebody chose the place
   */
  setImage({ width, height }, { keepsPlace = false } = {}) {
    const isAlike = width === this.image.width && height === this.image.height;
    this.image = { width, height };
    if (keepsPlace && isAlike && !this.isFitted) this.place(this);
    else this.fit();
  }

  /** Zoom so that a part of the image fills the screen. @param {import('./box.js').Edges} edges */
  show({ x1, y1, x2, y2 }) {
    const { width, height } = this.view;
    const across = (width - 2 * Math.min(SHOW_MARGIN_PX, width / 4)) / (x2 - x1);
    const down = (height - 2 * Math.min(SHOW_MARGIN_PX, height / 4)) / (y2 - y1);
    this.scale = Math.min(Math.max(Math.min(across, down), this.minScale), MAX_SCALE);
    this.centreOn({ x: (x1 + x2) / 2, y: (y1 + y2) / 2 });
  }

  get minScale() {
    return Math.min(this.fitScale() / 4, 1);
  }

  fitScale() {
    const { view, image } = this;
    const across = (view.width - 2 * FIT_MARGIN_PX) / image.width;
    const down = (view.height - 2 * FIT_MARGIN_PX) / image.height;
    return Math.max(Math.min(across, down, FIT_MAX_SCALE), 1 / 256);
  }

  fit() {
    const { view, image } = this;
    const scale = this.fitScale();
    this.place({ x: (view.width - image.width * scale) / 2, y: (view.height - image.height * scale) / 2, scale });
    this.isFitted = true;
  }

  /** @param {Point} middle on the image */
  centreOn(middle) {
    const { view, scale } = this;
    this.place({ x: view.width / 2 - middle.x * scale, y: view.height / 2 - middle.y * scale, scale });
  }

  /**
   * The point of the image under `at` stays where it is.
   * @param {number} factor
   * @param {Point} [at] on the screen; without it the middle
   */
  zoomBy(factor, at = { x: this.view.width / 2, y: this.view.height / 2 }) {
    const scale = Math.min(Math.max(this.scale * factor, this.minScale), MAX_SCALE);
    const { x, y } = this.toImage(at);
    this.place({ x: at.x - x * scale, y: at.y - y * scale, scale });
  }

  /** @param {number} scale @param {Point} [at] */
  zoomTo(scale, at) {
    this.zoomBy(scale / this.scale, at);
  }

  /** @param {number} dx CSS pixels @param {number} dy CSS pixels */
  panBy(dx, dy) {
    this.place({ x: this.x + dx, y: this.y + dy, scale: this.scale });
  }

  /**
   * Bring a part of the image into sight, moving as little as possible.
   * @param {import('./box.js').Edges} edges
   */
  reveal(edges) {
    const low = this.toScreen({ x: edges.x1, y: edges.y1 });
    const high = this.toScreen({ x: edges.x2, y: edges.y2 });
    const dx = shiftInto(low.x, high.x, this.view.width);
    const dy = shiftInto(low.y, high.y, this.view.height);
    if (dx || dy) this.panBy(dx, dy);
  }

  /** @param {Placement} placement */
  place({ x, y, scale }) {
    const { view, image } = this;
    this.scale = scale;
    this.x = Math.min(Math.max(x, KEEP_PX - image.width * scale), view.width - KEEP_PX);
    this.y = Math.min(Math.max(y, KEEP_PX - image.height * scale), view.height - KEEP_PX);
    this.isFitted = false;
    for (const listener of this.listeners) listener();
  }
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} room
 * @returns {number} by how much to move so that low to high is inside; 0 when some of it that fills the room is
 */
function shiftInto(low, high, room) {
  if (high - low > room) return low > 0 || high < room ? (room - low - high) / 2 : 0;
  if (low < 0) return FIT_MARGIN_PX - low > room - high ? -low : FIT_MARGIN_PX - low;
  if (high > room) return room - high - Math.min(FIT_MARGIN_PX, low - (high - room));
  return 0;
}
