/**
 * A figure as a table: every cell that has frames behind it is a button that shows them.
 *
 * @import { Column, Figure, Row, Select } from "./dashboard-format.js"
 */
import { element, setText } from "../ui/dom.js";
import { formatCell } from "./dashboard-format.js";

export class Table {
  /** @param {HTMLDetailsElement} details @param {(select: Select, title: string) => void} open */
  constructor(details, open) {
    this.details = details;
    this.open = open;
    const [head, body] = [details.querySelector("thead"), details.querySelector("tbody")];
    if (!head || !body) throw new Error("the page has no table for this figure");
    this.head = head;
    this.body = body;
    this.figure = /** @type {Figure|null} */ (null);
    details.addEventListener("toggle", () => this.fill());
  }

  /** @param {Figure} figure */
  show(figure) {
    this.figure = figure;
    this.fill();
  }

  /** Only while it is open; cells that are the same are left alone. */
  fill() {
    if (!this.figure || !this.details.open) return;
    const { columns } = this.figure;
    const rows = columns[0]?.unit === "time" ? [...this.figure.rows].reverse().filter(hasAnything) : this.figure.rows;
    fit(this.head, 1, () => element("tr"));
    const titles = /** @type {HTMLElement} */ (this.head.firstElementChild);
    fit(titles, columns.length, () => element("th", { scope: "col" }));
    columns.forEach((column, place) => setText(/** @type {Element} */ (titles.children[place]), column.title));
    fit(this.body, rows.length, () => element("tr"));
    rows.forEach((row, place) => this.fillRow(/** @type {HTMLElement} */ (this.body.children[place]), columns, row));
  }

  /** @param {HTMLElement} line @param {Column[]} columns @param {Row} row */
  fillRow(line, columns, row) {
    const first = columns[0];
    if (!first) return;
    const name = formatCell(row.cells[0] ?? null, first.unit);
    if (line.children.length !== columns.length) line.replaceChildren(...columns.map((_column, place) => (place ? element("td") : element("th", { scope: "row" }))));
    columns.forEach((column, place) => {
      const cell = /** @type {HTMLElement} */ (line.children[place]);
      const select = column.select && row.cells[place] ? { ...row.select, ...column.select } : null;
      fillCell(cell, formatCell(row.cells[place] ?? null, column.unit), select, () => this.open(select ?? {}, `${column.title} · ${name}`));
    });
  }
}

/** @param {Row} row over time: a row of noughts says nothing */
function hasAnything({ cells }) {
  return cells.slice(1).some((cell) => cell !== null && cell !== 0);
}

/** @param {HTMLElement} cell @param {string} text @param {Select|null} select @param {() => void} open */
function fillCell(cell, text, select, open) {
  const button = cell.firstElementChild;
  if (!select) return setText(cell, text);
  const target = button instanceof HTMLButtonElement ? button : element("button", { type: "button", class: "chart__cell" });
  setText(target, text);
  target.onclick = open;
  if (target !== button) cell.replaceChildren(target);
}

/** @param {Element} parent @param {number} count @param {() => Element} make */
function fit(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(make());
}
