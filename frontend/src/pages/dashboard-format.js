/**
 * Figures as people read them, in their language. What the server sends has a point and times in UTC.
 *
 * @typedef {"text"|"time"|"count"|"number"|"share"|"seconds"} Unit as annotate/figures/figure.py says
 * @typedef {string|number|null} Cell
 * @typedef {Record<string, string|number>} Select words of the address of the frames behind a part of a figure
 * @typedef {{key: string, title: string, unit: Unit, select: Select|null, is_drawn: boolean}} Column
 * @typedef {{cells: Cell[], select: Select}} Row
 * @typedef {{name: string, columns: Column[], rows: Row[]}} Figure
 * @typedef {{key: string, title: string, value: number|null, unit: Unit, figure: string, select: Select}} LargeNumber
 * @typedef {{id: number, name: string}} Option
 * @typedef {{numbers: LargeNumber[], figures: Figure[], versions: Option[], labels: Option[], is_empty: boolean}} Report
 */
import { formatNumber } from "./upload/format.js";

/** Where there is nothing to say. */
export const NONE = "–";
const HOUR_NAME = 13;
const MOST_POINTS = 60;

const language = () => globalThis.document?.documentElement.lang || "en";

/** @param {Cell} value @param {Unit} unit @returns {string} */
export function formatCell(value, unit) {
  if (value === null) return NONE;
  if (typeof value === "string") return unit === "time" ? formatTime(value) : value;
  if (unit === "share") return formatShare(value);
  if (unit === "seconds") return formatSeconds(value);
  return formatNumber(value, unit === "count" ? 0 : 2);
}

/** @param {number} share 0 to 1 */
function formatShare(share) {
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: share > 0 && share < 0.1 ? 1 : 0 }).format(share);
}

/** @param {number} seconds @returns {string} such as 1.6 s, or 4 min 10 s from two minutes on */
export function formatSeconds(seconds) {
  if (seconds >= 120) return `${formatNumber(Math.floor(seconds / 60))} min ${formatNumber(Math.floor(seconds % 60))} s`;
  return `${formatNumber(seconds, seconds < 20 ? 1 : 0)} s`;
}

/** @param {string} name of a bucket: 2026-11-25, or 2026-11-25 16 @returns {number} seconds since 1970 of its beginning */
export function secondsOf(name) {
  const hour = name.length === HOUR_NAME ? name.slice(11) : "00";
  return Date.parse(`${name.slice(0, 10)}T${hour}:00:00Z`) / 1000;
}

/** @param {string} name of a bucket */
export function formatTime(name) {
  /** @type {Intl.DateTimeFormatOptions} */
  const style = name.length === HOUR_NAME ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(language(), { ...style, timeZone: "UTC" }).format(new Date(secondsOf(name) * 1000));
}

/** On an axis. @param {number} seconds since 1970 @param {boolean} isHourly */
export function formatTick(seconds, isHourly) {
  /** @type {Intl.DateTimeFormatOptions} */
  const style = isHourly ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language(), { ...style, timeZone: "UTC" }).format(new Date(seconds * 1000));
}

/**
 * Half a step more on both sides: the first and the last point are whole. Never empty, since nothing can be drawn on an axis without length.
 *
 * @param {ArrayLike<number>} places in order, evenly apart @param {number} step where a lone place has no neighbour to tell it
 * @returns {[number, number]}
 */
export function paddedRange(places, step) {
  const [first = 0, second = first + step, last = first] = [places[0], places[1], places[places.length - 1]];
  const half = (second - first || step) / 2;
  return [first - half, last + half];
}

/** Whether there are few enough values to mark each: one between gaps is nothing but its mark. @param {ArrayLike<number|null|undefined>} values */
export function isSparse(values) {
  return Array.from(values).filter((value) => typeof value === "number").length <= MOST_POINTS;
}

/** Whether there is anything to draw. @param {Figure} figure */
export function isEmpty({ columns, rows }) {
  const drawn = columns.flatMap((column, place) => (column.is_drawn ? [place] : []));
  const isShare = columns.some((column) => column.is_drawn && column.unit === "share");
  return !rows.some(({ cells }) => drawn.some((place) => cells[place] !== null && (isShare || cells[place] !== 0)));
}
