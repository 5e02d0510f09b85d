/**
 * A canvas that remembers of every pixel what was painted there since it was last cleared, in order: two drawings are the same exactly
 * when their pixels are. It knows the calls of the static layer (frontend/src/renderer), and fails at others.
 */

const HASH = 0x01000193;

/** @param {{width: number, height: number}} size */
export function pixelCanvas({ width, height }) {
  const pixels = new Uint32Array(width * height);
  let clip = { x1: 0, y1: 0, x2: width, y2: height };
  let path = clip;
  /** @type {typeof clip[]} */
  const saved = [];
  const style = { fillStyle: '', strokeStyle: '', globalAlpha: 1, lineWidth: 1, dash: '' };

  /** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {(old: number) => number} change */
  function each(x1, y1, x2, y2, change) {
    const [left, right] = [Math.max(clip.x1, Math.floor(x1)), Math.min(clip.x2, Math.ceil(x2))];
    const [top, bottom] = [Math.max(clip.y1, Math.floor(y1)), Math.min(clip.y2, Math.ceil(y2))];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) pixels[y * width + x] = change(/** @type {number} */ (pixels[y * width + x]));
  }
  /** @param {number} x @param {number} y @param {number} w @param {number} h @param {string} what */
  function paint(x, y, w, h, what) {
    const code = codeOf(what);
    each(x, y, x + w, y + h, (old) => (Math.imul(old, HASH) ^ code) >>> 0);
  }
  const context = {
    ...style,
    measureText: (/** @type {string} */ text) => ({ width: 6 * text.length }),
    save: () => void saved.push(clip),
    restore: () => void (clip = saved.pop() ?? clip),
    beginPath: () => {},
    rect: (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => void (path = { x1: x, y1: y, x2: x + w, y2: y + h }),
    clip: () => void (clip = {
      x1: Math.max(0, Math.floor(path.x1)), y1: Math.max(0, Math.floor(path.y1)), x2: Math.min(width, Math.ceil(path.x2)), y2: Math.min(height, Math.ceil(path.y2)),
    }),
    setTransform: () => {},
    setLineDash: (/** @type {number[]} */ dash) => void (context.dash = String(dash)),
    clearRect: (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => each(x, y, x + w, y + h, () => 0),
    fillRect: (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => paint(x, y, w, h, `fill ${context.fillStyle} ${context.globalAlpha}`),
    strokeRect: (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => {
      const half = context.lineWidth / 2;
      const what = `stroke ${context.strokeStyle} ${context.lineWidth} ${context.dash}`;
      for (const at of [y, y + h]) paint(x - half, at - half, w + 2 * half, 2 * half, what);
      for (const at of [x, x + w]) paint(at - half, y - half, 2 * half, h + 2 * half, what);
    },
    fillText: (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ most) => paint(x, y - 6, Math.min(most, 6 * text.length), 12, `text ${text}`),
  };
  const canvas = { width, height, style: { transform: '' }, getContext: () => context };
  return { pixels, canvas: /** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (canvas)) };
}

/** @param {string} what */
function codeOf(what) {
  let code = 0x811c9dc5;
  for (let at = 0; at < what.length; at++) code = Math.imul(code ^ what.charCodeAt(at), HASH);
  return code >>> 0;
}
