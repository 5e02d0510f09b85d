/** A canvas that keeps every stroked rectangle with what it was stroked with, and says which colours a cut through it has. */

/** @typedef {[number, number, number]} Color red, green, blue from 0 to 1, as encoded in sRGB */
/** @typedef {{x: number, width: number, style: string, alpha: number, isDashed: boolean}} Stroke `x`: of its left side */

/** A canvas's context, and the strokes that were drawn with it. */
export function strokeRecorder() {
  /** @type {Stroke[]} */
  const strokes = [];
  /** @type {number[]} */
  let dash = [];
  /** @type {number[]} */
  let lefts = [];
  /** @type {Record<string, any>} */
  const state = { globalAlpha: 1, lineWidth: 1, strokeStyle: "#000000" };
  const stroke = (/** @type {number} */ x) => strokes.push({ x, width: state["lineWidth"], style: state["strokeStyle"], alpha: state["globalAlpha"], isDashed: dash.length > 0 });
  Object.assign(state, {
    setLineDash: (/** @type {number[]} */ lengths) => (dash = lengths), strokeRect: stroke, fillRect: () => {}, moveTo: () => {}, lineTo: () => {},
    beginPath: () => (lefts = []), rect: (/** @type {number} */ x) => lefts.push(x), stroke: () => lefts.forEach(stroke),
  });
  return { strokes, context: /** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (state)) };
}

/** @param {string} style #rrggbb or rgb(r g b / a) @returns {{color: Color, alpha: number}} */
function parsed(style) {
  if (style.startsWith("#")) return { color: /** @type {Color} */ ([1, 3, 5].map((at) => parseInt(style.slice(at, at + 2), 16) / 255)), alpha: 1 };
  const [r = 0, g = 0, b = 0, alpha = 1] = [...style.matchAll(/[\d.]+/g)].map(Number);
  return { color: [r / 255, g / 255, b / 255], alpha };
}

/**
 * The pixels across the left sides of what was stroked, blended as a canvas does it.
 * @param {Stroke[]} strokes
 * @param {(column: number) => Color} ground what was there
 * @param {{isInDash: boolean}} where whether dashed strokes are there or in a gap
 * @returns {Color[]} those that any stroke touches
 */
export function cut(strokes, ground, { isInDash }) {
  const there = strokes.filter((one) => isInDash || !one.isDashed);
  const [from, to] = [Math.floor(Math.min(...strokes.map(({ x, width }) => x - width / 2))), Math.ceil(Math.max(...strokes.map(({ x, width }) => x + width / 2)))];
  return Array.from({ length: to - from }, (_, index) => from + index).map((column) => there.reduce((below, { x, width, style, alpha }) => {
    const covered = Math.max(0, Math.min(column + 1, x + width / 2) - Math.max(column, x - width / 2));
    const paint = parsed(style);
    const share = covered * alpha * paint.alpha;
    return /** @type {Color} */ (below.map((value, at) => value * (1 - share) + (paint.color[at] ?? 0) * share));
  }, ground(column)));
}

/** Relative luminance of WCAG 2. @param {Color} color */
export function luminance(color) {
  const [r = 0, g = 0, b = 0] = color.map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {Color} a @param {Color} b */
export function contrast(a, b) {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((one, two) => two - one);
  return (high + 0.05) / (low + 0.05);
}
