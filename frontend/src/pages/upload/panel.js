/**
 * What the page shows of an upload: one bar over all, a line per file that has begun, and what can be done.
 *
 * @import { Item, State, Totals, UploadQueue } from "./queue.js"
 */
import { byId, element, icon, setText } from "../../ui/dom.js";
import { gettext, interpolate, ngettext } from "../../ui/i18n.js";
import { formatBytes, formatNumber, formatTimeLeft, Speed } from "./format.js";
import { isEnded } from "./queue.js";

const REFRESH_MS = 150;
/** Lines of files that went well; older ones go, so that ten thousand files do not freeze the page. */
const LINES = 200;
/** Takes long enough to be told how far it is, and to be cancelled by itself. */
const LARGE_BYTES = 4e6;
/** @type {ReadonlySet<State>} */
const PROBLEMS = new Set(/** @type {State[]} */ (["refused", "failed", "cancelled"]));

/** @type {Record<State, string>} */
const ICONS = {
  held: "film", waiting: "clock", sending: "loader-circle", added: "circle-check", duplicate: "copy",
  queued: "activity", refused: "circle-alert", failed: "triangle-alert", cancelled: "x",
};

/** @param {State} state @returns {string} */
function word(state) {
  switch (state) {
    case "held": return gettext("Waits for your choice");
    case "waiting": return gettext("Waiting");
    case "sending": return gettext("Sending");
    case "added": return gettext("Added");
    case "duplicate": return gettext("Already in this project");
    case "queued": return gettext("Sent; the server works on it");
    case "refused": return gettext("Refused");
    case "failed": return gettext("Not sent");
    default: return gettext("Cancelled");
  }
}

/** @param {Totals} totals @returns {string} such as: 12 added · 1 already there · 2 refused */
export function describeOutcomes(totals) {
  const parts = /** @type {[number, string][]} */ ([
    [totals.added, ngettext("%(count)s added", "%(count)s added", totals.added)],
    [totals.duplicate, ngettext("%(count)s already there", "%(count)s already there", totals.duplicate)],
    [totals.queued, ngettext("%(count)s sent to be unpacked", "%(count)s sent to be unpacked", totals.queued)],
    [totals.refused, ngettext("%(count)s refused", "%(count)s refused", totals.refused)],
    [totals.failed, ngettext("%(count)s not sent", "%(count)s not sent", totals.failed)],
    [totals.cancelled, ngettext("%(count)s cancelled", "%(count)s cancelled", totals.cancelled)],
  ]);
  return parts.filter(([count]) => count).map(([count, text]) => interpolate(text, { count: formatNumber(count) })).join(" · ");
}

/** @param {Totals} totals @returns {string} */
export function describeCount(totals) {
  const text = ngettext("%(ended)s of %(count)s file", "%(ended)s of %(count)s files", totals.files);
  return interpolate(text, { ended: formatNumber(totals.ended), count: formatNumber(totals.files) });
}

export class Panel {
  /** @param {UploadQueue} queue */
  constructor(queue) {
    this.queue = queue;
    this.section = byId("upload-progress", HTMLElement);
    this.bar = byId("upload-bar", HTMLProgressElement);
    this.count = byId("upload-count", HTMLElement);
    this.outcomes = byId("upload-outcomes", HTMLElement);
    this.halt = byId("upload-halt", HTMLElement);
    this.haltText = byId("upload-halt-text", HTMLElement);
    this.goOn = byId("upload-go-on", HTMLButtonElement);
    this.again = byId("upload-again", HTMLButtonElement);
    this.cancel = byId("upload-cancel", HTMLButtonElement);
    this.close = byId("upload-close", HTMLButtonElement);
    this.problems = byId("upload-problems", HTMLUListElement);
    this.list = byId("upload-list", HTMLUListElement);
    this.live = byId("upload-live", HTMLElement);
    this.speed = new Speed();
    this.leftOut = 0;
    /** @type {Map<Item, HTMLLIElement>} */
    this.lines = new Map();
    /** @type {Set<Item>} */
    this.dirty = new Set();
    this.timer = 0;
    this.goOn.addEventListener("click", () => queue.goOn());
    this.again.addEventListener("click", () => queue.again(queue.failed));
    this.cancel.addEventListener("click", () => queue.cancelAll());
    this.close.addEventListener("click", () => this.clear());
  }

  /** Drawn soon, together with what else changes. @param {Item} item */
  changed(item) {
    this.dirty.add(item);
    if (!this.timer) this.timer = setTimeout(() => this.draw(), REFRESH_MS);
  }

  /** @param {number} count of files that are no images and were not sent */
  leaveOut(count) {
    this.leftOut += count;
  }

  clear() {
    this.queue.clear();
    for (const [item, line] of this.lines) {
      if (!isEnded(item)) continue;
      line.remove();
      this.lines.delete(item);
    }
    this.leftOut = 0;
    this.draw();
  }

  draw() {
    clearTimeout(this.timer);
    this.timer = 0;
    for (const item of this.dirty) this.drawLine(item);
    this.dirty.clear();
    while (this.list.childElementCount > LINES) this.list.lastElementChild?.remove();
    this.drawTotals(this.queue.totals());
  }

  /** @param {Totals} totals */
  drawTotals(totals) {
    const isBusy = totals.ended < totals.files;
    this.section.hidden = totals.files === 0;
    this.bar.max = Math.max(1, totals.bytes);
    this.bar.value = totals.files && !isBusy ? this.bar.max : totals.sent;
    setText(this.count, describeCount(totals));
    setText(this.outcomes, [describeOutcomes(totals), this.describeRest(totals, isBusy)].filter(Boolean).join(" · "));
    this.halt.hidden = !this.queue.halted;
    setText(this.haltText, this.queue.halted);
    this.cancel.hidden = !isBusy;
    this.close.hidden = isBusy;
    const failed = totals.failed + totals.cancelled;
    this.again.hidden = isBusy || failed === 0;
    this.problems.hidden = this.problems.childElementCount === 0;
    this.list.hidden = this.list.childElementCount === 0;
    this.announce(totals, isBusy);
  }

  /** @param {Totals} totals @param {boolean} isBusy */
  describeRest(totals, isBusy) {
    if (!isBusy) {
      const text = ngettext("%(count)s other file left out", "%(count)s other files left out", this.leftOut);
      return this.leftOut ? interpolate(text, { count: formatNumber(this.leftOut) }) : "";
    }
    const speed = this.queue.halted ? 0 : this.speed.see(totals.sent);
    if (speed < 1000) return "";
    const rate = interpolate(gettext("%(size)s/s"), { size: formatBytes(speed) });
    return `${rate} · ${formatTimeLeft((totals.bytes - totals.sent) / speed)}`;
  }

  /** For those who do not see the bar: the beginning, what stops it, and the end. @param {Totals} totals @param {boolean} isBusy */
  announce(totals, isBusy) {
    if (totals.files === 0) return setText(this.live, "");
    const begun = interpolate(ngettext("Sending %(count)s file", "Sending %(count)s files", totals.files), { count: formatNumber(totals.files) });
    const ended = `${describeCount(totals)}: ${describeOutcomes(totals)}`;
    setText(this.live, this.queue.halted || (isBusy ? begun : ended));
  }

  /** @param {Item} item */
  drawLine(item) {
    if (item.state === "held" || (item.state === "waiting" && !this.lines.has(item))) return;
    const line = this.lines.get(item) ?? element("li", { class: "upload__line" });
    line.dataset["state"] = item.state;
    line.replaceChildren(...this.contents(item));
    const place = PROBLEMS.has(item.state) ? this.problems : this.list;
    if (line.parentElement !== place) place === this.list ? place.prepend(line) : place.append(line);
    if (item.state === "added" || item.state === "duplicate") this.lines.delete(item);
    else this.lines.set(item, line);
  }

  /** @param {Item} item @returns {Node[]} */
  contents(item) {
    const name = item.url
      ? element("a", { class: "upload__name", href: item.url, text: item.name, title: item.name })
      : element("span", { class: "upload__name", text: item.name, title: item.name });
    const isSending = item.state === "sending";
    const share = isSending && item.size > LARGE_BYTES ? ` ${formatNumber((100 * item.sent) / item.size)} %` : "";
    const parts = [icon(ICONS[item.state]), name, element("span", { class: "upload__word", text: `${item.note || word(item.state)}${share}` })];
    if (isSending && item.size > LARGE_BYTES) parts.push(this.button(gettext("Cancel"), item, () => this.queue.cancel(item)));
    if (item.state === "failed" || item.state === "cancelled") parts.push(this.button(gettext("Try again"), item, () => this.queue.again([item])));
    return parts;
  }

  /** @param {string} text @param {Item} item @param {() => void} act */
  button(text, item, act) {
    const made = element("button", { type: "button", class: "button button--quiet", text, "aria-label": `${text}: ${item.name}` });
    made.addEventListener("click", act);
    return made;
  }
}
