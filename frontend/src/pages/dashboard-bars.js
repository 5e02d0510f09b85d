/**
 * Bars of a figure, one line for each row: shares beside one another, or one bar as long as its value.
 *
 * @import { Column, Figure, Row, Select } from "./dashboard-format.js"
 */
import { element, setText, svg } from "../ui/dom.js";
import { formatCell } from "./dashboard-format.js";

const HEIGHT = 14;
const WIDTH = 100;
/** Colours of outcomes, as on the plots. @type {Record<string, number>} */
const PLACES = { accepted_share: 2, corrected_share: 1, rejected_share: 3 };

export class Bars {
  /** @param {HTMLElement} place @param {(select: Select, title: string) => void} open shows the frames behind a bar */
  constructor(place, open) {
    this.open = open;
    this.list = element("ul", { class: "bars" });
    this.legend = element("ul", { class: "chart__legend" });
    place.append(this.list, this.legend);
    this.shown = "";
    /** @type {Map<string, HTMLLIElement>} */
    this.lines = new Map();
  }

  /** Lines that stay are the same elements, so that the focus does. @param {Figure} figure */
  show(figure) {
    const drawn = figure.columns.map((column, place) => ({ column, place })).filter(({ column }) => column.is_drawn);
    const highest = Math.max(...figure.rows.flatMap(({ cells }) => drawn.map(({ place }) => Number(cells[place] ?? 0))), 0);
    const longest = drawn[0]?.column.unit === "share" ? 1 : highest || 1;
    const lines = figure.rows.map((row) => this.line(row, drawn, longest));
    lines.forEach((line, place) => this.list.children[place] === line || this.list.insertBefore(line, this.list.children[place] ?? null));
    while (this.list.children.length > lines.length) this.list.lastElementChild?.remove();
    this.showLegend(drawn.map(({ column }) => column));
  }

  /** Which part of a bar is what, where it has several; in the order of the parts and of the numbers. @param {Column[]} columns */
  showLegend(columns) {
    const titles = columns.map(({ title }) => title).join("\n");
    this.legend.hidden = columns.length < 2;
    if (titles === this.shown) return;
    this.shown = titles;
    this.legend.replaceChildren(...columns.map(({ key, title }, index) => {
      const square = svg("rect", { width: "12", height: "12", rx: "2", class: `fill-${PLACES[key] ?? index + 1}` });
      return element("li", { class: "bars__key" }, [svg("svg", { viewBox: "0 0 12 12", class: "swatch", "aria-hidden": "true" }, [square]), title]);
    }));
  }

  /** @param {Row} row @param {{column: Column, place: number}[]} drawn @param {number} longest */
  line(row, drawn, longest) {
    const key = JSON.stringify(row.select);
    const line = this.lines.get(key) ?? element("li", { class: "bars__line" }, [
      element("button", { type: "button", class: "bars__name" }), element("span", { class: "bars__bar" }), element("span", { class: "bars__value" }),
    ]);
    this.lines.set(key, line);
    const [button, bar, value] = /** @type {[HTMLButtonElement, HTMLElement, HTMLElement]} */ ([...line.children]);
    const name = String(row.cells[0] ?? "");
    setText(button, name);
    button.onclick = () => this.open(row.select, name);
    setText(value, drawn.map(({ column, place }) => formatCell(row.cells[place] ?? null, column.unit)).join(" / "));
    value.title = drawn.map(({ column, place }) => `${column.title}: ${formatCell(row.cells[place] ?? null, column.unit)}`).join("\n");
    bar.replaceChildren(this.drawing(row, drawn, longest, name));
    return line;
  }

  /** @param {Row} row @param {{column: Column, place: number}[]} drawn @param {number} longest @param {string} name */
  drawing(row, drawn, longest, name) {
    let left = 0;
    const parts = drawn.map(({ column, place }, index) => {
      const width = (Number(row.cells[place] ?? 0) / longest) * WIDTH;
      const part = this.part(column, left, width, PLACES[column.key] ?? index + 1);
      part.addEventListener("click", () => this.open({ ...row.select, ...column.select }, `${name} · ${column.title}`));
      left += width;
      return part;
    });
    return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, parts);
  }

  /** @param {Column} column @param {number} left @param {number} width @param {number} color */
  part(column, left, width, color) {
    const title = svg("title", {}, [document.createTextNode(column.title)]);
    const look = { x: String(left), y: "0", width: String(Math.max(width, 0)), height: String(HEIGHT), class: `fill-${color}` };
    return svg("rect", look, [title]);
  }
}
