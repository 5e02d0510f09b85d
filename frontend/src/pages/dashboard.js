/**
 * The figures of a project, live: what is chosen is in the address, and only what changed is touched.
 *
 * @import { Figure, LargeNumber, Option, Report, Select } from "./dashboard-format.js"
 */
import { byId, element, setText } from "../ui/dom.js";
import { gettext, interpolate } from "../ui/i18n.js";
import { Bars } from "./dashboard-bars.js";
import { Feed } from "./dashboard-feed.js";
import { formatCell, isEmpty } from "./dashboard-format.js";
import { FramesBehind } from "./dashboard-frames.js";
import { Plot } from "./dashboard-plot.js";
import { Table } from "./dashboard-table.js";

const AFTER_TYPING_MS = 200;
/** Shown although nothing has been judged. */
const ALWAYS = "queue";

/** A figure on the page: its picture and its table. */
class Chart {
  /** @param {HTMLElement} section @param {FramesBehind} behind */
  constructor(section, behind) {
    const { figure: name = "", shape } = section.dataset;
    const open = (/** @type {Select} */ select, /** @type {string} */ title) => void behind.open(name, select, title);
    this.section = section;
    this.name = name;
    this.body = part(section, "[data-body]", HTMLElement);
    this.nothing = part(section, "[data-nothing]", HTMLElement);
    this.file = part(section, "[data-file]", HTMLAnchorElement);
    this.address = this.file.href;
    this.details = part(section, "[data-table]", HTMLDetailsElement);
    this.apart = /** @type {HTMLElement|null} */ (section.querySelector("[data-apart]"));
    this.table = new Table(this.details, open);
    this.picture = shape === "lines" ? new Plot(this.body, open) : new Bars(this.body, open);
  }

  /** @param {Figure} figure @param {URLSearchParams} choice */
  show(figure, choice) {
    const isNothing = isEmpty(figure);
    this.nothing.hidden = !isNothing;
    this.body.hidden = this.details.hidden = isNothing;
    this.file.href = `${this.address}?${choice}`;
    if (this.apart) this.apart.hidden = this.notBy(choice).length === 0;
    if (isNothing) return;
    this.picture.show(figure, figure.name === "thresholds" ? Number(choice.get("threshold") ?? 0) : null);
    this.table.show(figure);
  }

  /** What is chosen and does not hold here, as texts; their places on the page are shown. @param {URLSearchParams} choice */
  notBy(choice) {
    const places = [...(this.apart?.children ?? [])].filter((place) => place instanceof HTMLElement);
    for (const place of places) place.hidden = !choice.has(place.dataset["notBy"] ?? "");
    return places.filter((place) => !place.hidden).map((place) => place.textContent ?? "");
  }
}

/**
 * @template {HTMLElement} T
 * @param {HTMLElement} root @param {string} selector @param {new (...args: any[]) => T} type
 * @returns {T}
 */
function part(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

class Dashboard {
  constructor() {
    this.root = byId("figures", HTMLElement);
    this.form = byId("figures-choice", HTMLFormElement);
    this.news = byId("figures-news", HTMLElement);
    this.numbers = byId("figures-numbers", HTMLUListElement);
    this.empty = byId("figures-empty", HTMLElement);
    const address = this.root.dataset["address"] ?? "";
    this.behind = new FramesBehind(address, () => this.choice());
    this.charts = [...this.root.querySelectorAll("[data-figure]")].map((each) => new Chart(/** @type {HTMLElement} */ (each), this.behind));
    this.feed = new Feed({
      address: () => `${address}?${this.choice()}`, show: (report) => this.show(report),
      agree: () => this.agree(), fail: (status) => this.fail(status),
    });
    this.timer = 0;
    this.failedAt = /** @type {Date|null} */ (null);
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("visibilitychange", () => !document.hidden && void this.feed.ask());
    this.showThreshold();
    void this.feed.ask();
  }

  /** What is shown, as words of an address. @returns {URLSearchParams} */
  choice() {
    const words = new URLSearchParams();
    for (const field of this.form.elements) {
      if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement)) continue;
      const value = field.dataset["chosen"] || field.value; // chosen: its option comes with the first report
      if (value && !(field.name === "threshold" && Number(value) === 0)) words.set(field.name, value);
    }
    return words;
  }

  changed() {
    for (const field of this.form.querySelectorAll("select")) delete field.dataset["chosen"];
    this.showThreshold();
    history.replaceState(null, "", `?${this.choice()}`);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.feed.restart(), AFTER_TYPING_MS);
  }

  showThreshold() {
    const field = byId("choice-threshold", HTMLInputElement);
    const text = formatCell(Number(field.value), "share");
    setText(byId("choice-threshold-shown", HTMLElement), text);
    field.setAttribute("aria-valuetext", text);
  }

  /** The server has answered: what is shown holds. */
  agree() {
    this.failedAt = null;
    setText(this.news, "");
  }

  /** @param {Report} report */
  show(report) {
    this.agree();
    this.empty.hidden = !report.is_empty;
    fillOptions(byId("choice-version", HTMLSelectElement), report.versions);
    fillOptions(byId("choice-label", HTMLSelectElement), report.labels);
    const choice = this.choice();
    this.showNumbers(report.numbers, choice);
    const found = new Map(report.figures.map((figure) => [figure.name, figure]));
    for (const chart of this.charts) {
      const figure = found.get(chart.name);
      chart.section.hidden = report.is_empty && chart.name !== ALWAYS;
      if (figure && !chart.section.hidden) chart.show(figure, choice);
    }
  }

  /** @param {LargeNumber[]} numbers @param {URLSearchParams} choice */
  showNumbers(numbers, choice) {
    numbers.forEach((number, place) => {
      const tile = this.numbers.children[place] ?? this.numbers.appendChild(element("li", {}, [
        element("button", { type: "button", class: "number panel" }, [element("strong"), element("span", { class: "quiet" }), element("span", { class: "chart__apart quiet" })]),
      ]));
      const button = /** @type {HTMLButtonElement} */ (tile.firstElementChild);
      const [value, title, apart] = /** @type {[Element, Element, Element]} */ ([...button.children]);
      setText(value, formatCell(number.value, number.unit));
      setText(title, number.title);
      setText(apart, this.charts.find(({ name }) => name === number.figure)?.notBy(choice).join(" · ") ?? "");
      button.disabled = !number.value;
      button.onclick = () => void this.behind.open(number.figure, number.select, number.title);
    });
  }

  /** @param {number} status */
  fail(status) {
    this.failedAt ??= new Date();
    const time = this.failedAt.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    if (status === 401) return setText(this.news, gettext("You are signed out. Sign in again to see new figures."));
    if (status === 400) return setText(this.news, gettext("The server did not understand what was chosen. Choose again."));
    setText(this.news, interpolate(gettext("No answer since %(time)s. What is shown may be old; it is asked for again."), { time }));
  }
}

/** Options that are there stay; what is chosen does too, even when nothing of it is left in this time. @param {HTMLSelectElement} field @param {Option[]} options */
function fillOptions(field, options) {
  const chosen = field.dataset["chosen"] || field.value;
  const known = JSON.stringify(options);
  if (field.dataset["options"] !== known) {
    field.dataset["options"] = known;
    const isLost = chosen !== "" && !options.some(({ id }) => String(id) === chosen);
    const lost = isLost ? [element("option", { value: chosen, text: field.selectedOptions[0]?.text ?? `#${chosen}` })] : [];
    const all = /** @type {HTMLOptionElement} */ (field.options[0]);
    field.replaceChildren(all, ...options.map(({ id, name }) => element("option", { value: String(id), text: name })), ...lost);
  }
  field.value = chosen;
  delete field.dataset["chosen"];
}

new Dashboard();
