/**
 * Lines of a figure, drawn by uPlot and updated in place. Its table says the same to whoever cannot see or point.
 *
 * @import { Column, Figure, Select } from "./dashboard-format.js"
 */
import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { patternOf } from "../renderer/colors.js";
import { element, setText, svg } from "../ui/dom.js";
import { formatCell, formatTick, isSparse, paddedRange, secondsOf } from "./dashboard-format.js";

const HEIGHT_PX = 200;
const AXIS_PX = 52;
const POINT_PX = 6;
const COLORS = 10;
const NEAR_PX = 30;
/** One pointer on all plots over time. */
const SYNC = uPlot.sync("figures").key;

/** The same thing has the same colour on every plot. @type {Record<string, number>} */
const PLACES = {
  accepted_per_frame: 1, corrected_per_frame: 0, rejected_per_frame: 2, missed_per_frame: 3, precision: 0, recall: 1,
  box_positive: 1, box_negative: 2, box_neutral: 0, image_positive: 4, image_negative: 5, image_neutral: 3,
};

const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000];

/** @param {Column} column @param {number} index among those that are drawn */
const placeOf = (column, index) => PLACES[column.key] ?? index;

/** A colour of the page, which the theme may change. @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {number} place */
const colorOf = (place) => token(`--series-${(place % COLORS) + 1}`);

/** Nobody counts in halves. @param {string|null} [unit] */
const stepsFor = (unit) => (unit === "count" ? { incrs: WHOLE_STEPS } : {});

/** @param {Figure} figure @returns {uPlot.AlignedData} */
function dataOf({ columns, rows }) {
  const times = rows.map(({ cells }) => (typeof cells[0] === "string" ? secondsOf(cells[0]) : Number(cells[0])));
  const drawn = columns.flatMap((column, place) => (column.is_drawn ? [place] : []));
  return [times, ...drawn.map((place) => rows.map(({ cells }) => /** @type {number|null} */ (cells[place] ?? null)))];
}

export class Plot {
  /** @param {HTMLElement} place @param {(select: Select, title: string) => void} open shows the frames behind a point */
  constructor(place, open) {
    this.open = open;
    this.canvas = element("div", { class: "chart__plot", "aria-hidden": "true" });
    this.legend = element("ul", { class: "chart__legend" });
    place.append(this.canvas, this.legend);
    this.plot = /** @type {uPlot|null} */ (null);
    this.figure = /** @type {Figure|null} */ (null);
    this.shape = "";
    this.threshold = /** @type {number|null} */ (null);
    this.values = /** @type {HTMLElement[]} */ ([]);
    this.hidden = /** @type {Set<string>} */ (new Set());
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.plot?.redraw(false));
  }

  /** @returns {Column[]} */
  get drawn() {
    return this.figure?.columns.filter((column) => column.is_drawn) ?? [];
  }

  /** Buckets of an hour, not of a day. */
  get isHourly() {
    return String(this.figure?.rows[0]?.cells[0]).length > 10;
  }

  /** @param {Figure} figure @param {number|null} threshold where a line marks it, on the axis of thresholds */
  show(figure, threshold) {
    this.figure = figure;
    this.threshold = threshold;
    const shape = JSON.stringify([figure.columns, String(figure.rows[0]?.cells[0]).length]);
    if (shape !== this.shape || !this.plot) this.build();
    else this.plot.setData(dataOf(figure));
    this.shape = shape;
    this.showValues();
  }

  build() {
    if (!this.figure || this.canvas.clientWidth === 0) return; // fit() comes back to it
    this.plot?.destroy();
    this.plot = new uPlot(this.options(), dataOf(this.figure), this.canvas);
    this.plot.over.addEventListener("click", () => this.openNearest());
    this.buildLegend();
  }

  fit() {
    if (!this.plot) return this.build();
    const width = this.canvas.clientWidth;
    if (width && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT_PX });
  }

  /** @returns {uPlot.Options} */
  options() {
    const isTime = this.figure?.columns[0]?.unit === "time";
    /** @type {uPlot.Scale} */
    const x = { time: isTime, range: ({ data: [places] }) => paddedRange(places, isTime ? (this.isHourly ? 3600 : 86400) : 1) };
    return {
      width: this.canvas.clientWidth, height: HEIGHT_PX, legend: { show: false }, padding: [12, 12, 0, 0],
      scales: { x, y: { range: (_plot, _low, high) => this.rangeUpTo(high) } },
      axes: this.axes(isTime), series: [{}, ...this.drawn.map((column, index) => this.series(column, index))],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { y: false, drag: { x: false, y: false }, points: { size: POINT_PX + 3 }, ...(isTime ? { sync: { key: SYNC, setSeries: false } } : {}) },
      hooks: { setCursor: [() => this.showValues()], draw: [(plot) => this.markThreshold(plot)] },
    };
  }

  /** From zero, always: a small change should look small. @param {number|null} high @returns {[number, number]} */
  rangeUpTo(high) {
    if (this.drawn[0]?.unit === "share") return [0, 1];
    return [0, high ? high * 1.08 : 1];
  }

  /** @param {boolean} isTime @returns {uPlot.Axis[]} */
  axes(isTime) {
    const unit = this.drawn[0]?.unit ?? "number";
    const { isHourly } = this;
    const look = { stroke: () => token("--text-quiet"), font: `12px ${token("--font")}`, ticks: { show: false }, grid: { stroke: () => token("--line"), width: 1 } };
    const x = isTime ? { values: (/** @type {uPlot} */ _plot, /** @type {number[]} */ at) => at.map((one) => formatTick(one, isHourly)), incrs: isHourly ? [3600, 7200, 14400, 21600] : [1, 2, 5, 7, 14, 30, 60].map((days) => days * 86400) } : stepsFor(this.figure?.columns[0]?.unit);
    return [{ ...look, ...x, space: 70, size: 30 }, { ...look, ...stepsFor(unit), size: AXIS_PX, values: (_plot, at) => at.map((one) => formatCell(one, unit)) }];
  }

  /** @param {Column} column @param {number} index @returns {uPlot.Series} */
  series(column, index) {
    const place = placeOf(column, index);
    return {
      label: column.title, show: !this.hidden.has(column.key), stroke: () => colorOf(place), width: 2, dash: [...patternOf(index)], spanGaps: true,
      points: { show: ({ data }, at) => isSparse(data[at] ?? []), size: POINT_PX, fill: () => colorOf(place), stroke: () => colorOf(place) },
    };
  }

  buildLegend() {
    this.values = [];
    this.legend.replaceChildren(...this.drawn.map((column, index) => element("li", {}, [this.legendButton(column, index)])));
  }

  /** @param {Column} column @param {number} index @returns {HTMLButtonElement} shows and hides the line */
  legendButton(column, index) {
    const value = element("span", { class: "chart__value" });
    const stroke = { x1: "0", y1: "5", x2: "22", y2: "5", class: `series-${(placeOf(column, index) % COLORS) + 1}`, "stroke-dasharray": patternOf(index).join(" ") };
    const line = svg("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, [svg("line", stroke)]);
    const button = element("button", { type: "button", class: "chart__key", "aria-pressed": String(!this.hidden.has(column.key)) }, [line, element("span", { text: column.title }), value]);
    button.addEventListener("click", () => this.toggle(column, index, button));
    this.values.push(value);
    return button;
  }

  /** @param {Column} column @param {number} index @param {HTMLButtonElement} button */
  toggle(column, index, button) {
    const isShown = this.hidden.delete(column.key);
    if (!isShown) this.hidden.add(column.key);
    button.setAttribute("aria-pressed", String(isShown));
    this.plot?.setSeries(index + 1, { show: isShown });
  }

  /** Beside the names: what holds where the pointer is. */
  showValues() {
    const at = this.plot?.cursor.idx ?? null;
    this.drawn.forEach((column, index) => {
      const value = at === null ? null : (this.plot?.data[index + 1]?.[at] ?? null);
      const target = this.values[index];
      if (target) setText(target, at === null ? "" : formatCell(value, column.unit));
    });
  }

  openNearest() {
    const { plot, figure } = this;
    const at = plot?.cursor.idx;
    const row = at === null || at === undefined ? undefined : figure?.rows[at];
    if (!plot || !row || typeof at !== "number") return;
    const top = plot.cursor.top ?? 0;
    const away = this.drawn.map((column, index) => {
      const value = plot.data[index + 1]?.[at];
      return typeof value === "number" && !this.hidden.has(column.key) ? Math.abs(plot.valToPos(value, "y") - top) : Infinity;
    });
    const nearest = away.indexOf(Math.min(...away));
    const column = (away[nearest] ?? Infinity) <= NEAR_PX ? this.drawn[nearest] : undefined;
    const first = figure?.columns[0];
    const when = first ? formatCell(row.cells[0] ?? null, first.unit) : "";
    this.open({ ...row.select, ...column?.select }, column ? `${column.title} · ${when}` : when);
  }

  /** @param {uPlot} plot */
  markThreshold({ ctx, bbox, valToPos }) {
    if (this.threshold === null) return;
    const x = Math.round(valToPos(this.threshold, "x", true));
    ctx.save();
    ctx.strokeStyle = token("--text-quiet");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
