/** A canvas over the whole stage, sharp on every screen: callers draw in CSS pixels. */
export class Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser has no canvas');
    this.canvas = canvas;
    this.context = context;
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
  }

  /** @param {{width: number, height: number}} size CSS pixels @param {number} ratio device pixels per CSS pixel */
  resize({ width, height }, ratio) {
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  /** What another layer of the same size shows. @param {Layer} other */
  copy(other) {
    this.clear();
    this.context.resetTransform();
    this.context.drawImage(other.canvas, 0, 0);
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
  }

  /** An empty canvas again. */
  clear() {
    const { context, ratio } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
  }
}
