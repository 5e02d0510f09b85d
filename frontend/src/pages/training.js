/**
 * A training that runs, live: stage, epochs, time left, curves, log. Without it the page shows what was true when it was loaded.
 *
 * @import { Figure } from "./dashboard-format.js"
 */
import { isNoAnswer } from "../net/request.js";
import { byId, setText } from "../ui/dom.js";
import { gettext, interpolate } from "../ui/i18n.js";
import { Plot } from "./dashboard-plot.js";
import { epochsText, leftText } from "./training-words.js";

/** @typedef {import("./training-words.js").TrainingCard} TrainingCard */

const POLL_MS = 1000;
const HIDDEN_MS = 5000;
const AFTER_ERROR_MS = 5000;

class Curve {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.name = section.dataset["curve"] ?? "";
    this.body = /** @type {HTMLElement} */ (section.querySelector(".chart__body"));
    this.nothing = /** @type {HTMLElement} */ (section.querySelector(".chart__nothing"));
    this.plot = new Plot(this.body, () => {});
  }

  /** @param {Figure[]} figures */
  show(figures) {
    const figure = figures.find(({ name }) => name === this.name);
    const isThere = figure !== undefined && figure.rows.length > 0 && figure.columns.length > 1;
    this.body.hidden = !isThere;
    this.nothing.hidden = isThere;
    if (isThere) this.plot.show(figure, null);
  }
}

class RunningTraining {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.address = root.dataset["address"] ?? "";
    this.wasActive = "active" in root.dataset;
    this.curves = [...root.querySelectorAll("[data-curve]")].map((each) => new Curve(/** @type {HTMLElement} */ (each)));
    this.said = "";
    void this.update();
  }

  async update() {
    const card = await this.ask();
    if (card) this.show(card);
    if (card && this.wasActive && !card.is_active) return this.over();
    if (card && !card.is_active) return;
    setTimeout(() => void this.update(), card ? (document.hidden ? HIDDEN_MS : POLL_MS) : AFTER_ERROR_MS);
  }

  /** @returns {Promise<TrainingCard|null>} null: no answer; what is shown stays */
  async ask() {
    try {
      const answer = await fetch(this.address, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      return null;
    }
  }

  /** @param {TrainingCard} card */
  show(card) {
    this.text("state_name", card.state_name);
    this.text("stage_name", card.stage_name);
    this.text("epochs", epochsText(card));
    this.text("left", leftText(card));
    this.text("log", card.log);
    const message = this.part("message");
    if (message) message.hidden = card.message === "";
    this.text("message", card.message);
    this.showShare(card.share, card.is_active);
    const cancel = this.part("cancel");
    if (cancel instanceof HTMLButtonElement) cancel.disabled = !card.may_cancel;
    for (const curve of this.curves) curve.show(card.curves);
    this.announce(card);
  }

  /** @param {number|null} share @param {boolean} isActive */
  showShare(share, isActive) {
    const bar = this.part("share");
    if (!(bar instanceof HTMLProgressElement)) return;
    bar.hidden = !isActive;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  }

  /** Stages, not seconds: whoever listens hears what is new. @param {TrainingCard} card */
  announce(card) {
    const words = card.is_active ? card.stage_name : card.state_name;
    if (words === this.said) return;
    this.said = words;
    this.text("live", interpolate(gettext("Training: %(state)s"), { state: words }));
  }

  /** What came out is on the page that the server makes. */
  over() {
    if (document.activeElement instanceof HTMLInputElement) return;
    location.reload();
  }

  /** @param {string} name @returns {HTMLElement|null} */
  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  /** @param {string} name @param {string} words */
  text(name, words) {
    const target = this.part(name);
    if (target) setText(target, words);
  }
}

if (document.getElementById("training-progress")) new RunningTraining(byId("training-progress", HTMLElement));
