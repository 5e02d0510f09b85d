/**
 * The jobs of a project, live: how far they are, what was refused, and the way to stop or repeat them. They run on the
 * server; closing the page does not stop them.
 *
 * @typedef {{
 *   id: string, kind: string, state: "queued"|"running"|"done"|"failed"|"cancelled", state_name: string, name: string,
 *   done: number, total: number, rate: number|null, added: number, duplicates: number, refused: number, left_out: number,
 *   refusals: {name: string, message: string}[], message: string, is_active: boolean, is_recent: boolean, may_cancel: boolean,
 *   may_retry: boolean, change: string, created_at: string
 * }} JobCard as annotate/views/job_cards.py says
 */
import { byId, element, icon, setAttribute, setText } from "../ui/dom.js";
import { gettext, interpolate, ngettext } from "../ui/i18n.js";
import { csrfToken } from "../net/csrf.js";
import { formatNumber, formatTimeLeft } from "./upload/format.js";

const POLL_MS = 1000;
const AFTER_ERROR_MS = 5000;
/** @param {JobCard} job @returns {string} */
export function describeJob(job) {
  const parts = [job.message, ...(job.is_active ? progressOf(job) : []), ...countsOf(job)].filter(Boolean);
  if (!parts.length && job.state === "queued") return gettext("Begins as soon as the worker is free.");
  return parts.join(" · ");
}

/** @param {JobCard} job @returns {string[]} */
function progressOf({ done, total, rate, state }) {
  if (state !== "running") return [];
  const text = total ? gettext("%(done)s of %(total)s") : ngettext("%(done)s done", "%(done)s done", done);
  const parts = [interpolate(text, { done: formatNumber(done), total: formatNumber(total) })];
  if (rate) parts.push(interpolate(gettext("%(rate)s per second"), { rate: formatNumber(rate, rate < 10 ? 1 : 0) }));
  if (rate && total > done) parts.push(formatTimeLeft((total - done) / rate));
  return parts;
}

/** @param {JobCard} job @returns {string[]} */
function countsOf({ added, duplicates, refused, left_out: leftOut, is_active: isActive }) {
  const counts = /** @type {[number, string][]} */ ([
    [isActive ? 0 : added, ngettext("%(count)s added", "%(count)s added", added)],
    [duplicates, ngettext("%(count)s already there", "%(count)s already there", duplicates)],
    [refused, ngettext("%(count)s refused", "%(count)s refused", refused)],
    [leftOut, ngettext("%(count)s other file left out", "%(count)s other files left out", leftOut)],
  ]);
  return counts.filter(([count]) => count).map(([count, text]) => interpolate(text, { count: formatNumber(count) }));
}

/** @param {JobCard} job */
function iconOf(job) {
  if (job.is_active) return job.state === "running" ? "loader-circle" : "clock";
  if (job.state === "cancelled") return "x";
  return job.state === "failed" || job.message ? "triangle-alert" : "circle-check";
}

export class Jobs {
  /** @param {string} address @param {(when?: {soon?: boolean}) => void} framesChanged */
  constructor(address, framesChanged) {
    this.address = address;
    this.framesChanged = framesChanged;
    this.section = byId("jobs", HTMLElement);
    this.title = byId("jobs-title", HTMLElement);
    this.list = byId("jobs-list", HTMLUListElement);
    this.earlier = byId("jobs-earlier", HTMLDetailsElement);
    this.earlierList = byId("jobs-earlier-list", HTMLUListElement);
    this.live = byId("jobs-live", HTMLElement);
    /** @type {Map<string, JobCard>} */
    this.known = new Map();
    /** @type {Map<string, JobLine>} */
    this.lines = new Map();
    this.timer = 0;
    this.hasAsked = false;
    document.addEventListener("visibilitychange", () => !document.hidden && this.watch());
  }

  /** Asks now, and goes on asking while a job is at work and somebody looks. */
  watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask());
  }

  async ask() {
    clearTimeout(this.timer);
    let pause = AFTER_ERROR_MS;
    let isActive = [...this.known.values()].some((job) => job.is_active);
    try {
      const response = await fetch(this.address, { headers: { Accept: "application/json" } });
      if (response.ok) {
        const { jobs } = /** @type {{jobs: JobCard[]}} */ (await response.json());
        this.show(jobs);
        isActive = jobs.some((job) => job.is_active);
        pause = POLL_MS;
      }
    } catch {
      // The server is away for a moment; what is shown stays.
    }
    if (isActive && !document.hidden) this.timer = setTimeout(() => void this.ask(), pause);
  }

  /** @param {JobCard[]} jobs those at work first, then the latest */
  show(jobs) {
    for (const job of jobs) this.notice(job);
    this.hasAsked = true;
    const open = jobs.filter((job) => job.is_recent);
    place(this.list, open.map((job) => this.lineOf(job).element));
    place(this.earlierList, jobs.filter((job) => !open.includes(job)).map((job) => this.lineOf(job).element));
    this.section.hidden = jobs.length === 0;
    this.title.hidden = open.length === 0;
    this.earlier.hidden = jobs.length === open.length;
  }

  /** @param {JobCard} job */
  notice(job) {
    const before = this.known.get(job.id);
    this.known.set(job.id, job);
    const isNews = this.hasAsked && before?.state !== job.state;
    if (isNews && !job.is_active) setText(this.live, `${job.name}: ${job.state_name}. ${describeJob(job)}`);
    if (before && before.added !== job.added) this.framesChanged({ soon: job.is_active });
    else if (isNews && !job.is_active) this.framesChanged();
  }

  /** @param {JobCard} job @returns {JobLine} */
  lineOf(job) {
    const line = this.lines.get(job.id) ?? new JobLine((card, action) => void this.change(card, action));
    this.lines.set(job.id, line);
    line.show(job);
    return line;
  }

  /** @param {JobCard} job @param {"cancel"|"retry"} action */
  async change(job, action) {
    const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
    try {
      await fetch(job.change, { method: "POST", headers, body: new URLSearchParams({ action }) });
    } finally {
      this.watch();
    }
  }
}

/** Puts the elements in order, touching only what is elsewhere. @param {Element} list @param {Element[]} elements */
function place(list, elements) {
  elements.forEach((each, index) => {
    if (list.children[index] !== each) list.insertBefore(each, list.children[index] ?? null);
  });
  while (list.children.length > elements.length) list.lastElementChild?.remove();
}

/** One job on the page; its elements stay, so that the focus on a button does too. */
class JobLine {
  /** @param {(job: JobCard, action: "cancel"|"retry") => void} change */
  constructor(change) {
    /** @type {JobCard|null} */
    this.job = null;
    this.icon = element("span", { class: "job__icon" });
    this.name = element("span", { class: "job__name" });
    this.state = element("span", { class: "job__state quiet" });
    this.text = element("span", { class: "job__text quiet" });
    this.bar = element("progress", {});
    this.cancel = this.button(gettext("Stop"), () => this.job && change(this.job, "cancel"));
    this.retry = this.button(gettext("Try again"), () => this.job && change(this.job, "retry"));
    this.summary = element("summary", {});
    this.refusals = element("ul", { class: "job__refusals" });
    this.details = element("details", { class: "job__details" }, [this.summary, this.refusals]);
    const head = element("div", { class: "job__head" }, [this.icon, this.name, this.state, this.text, this.cancel, this.retry]);
    this.element = element("li", { class: "job" }, [head, this.bar, this.details]);
  }

  /** @param {string} text @param {() => void} act */
  button(text, act) {
    const made = element("button", { type: "button", class: "button button--quiet", text });
    made.addEventListener("click", act);
    return made;
  }

  /** @param {JobCard} job */
  show(job) {
    this.element.dataset["state"] = job.state;
    if (this.job === null || iconOf(this.job) !== iconOf(job)) this.icon.replaceChildren(icon(iconOf(job)));
    setText(this.name, job.name);
    setText(this.state, job.state === "done" ? "" : job.state_name); // the counts say it
    setText(this.text, describeJob(job));
    this.text.hidden = !describeJob(job);
    this.showBar(job);
    this.cancel.hidden = !job.may_cancel;
    this.retry.hidden = !job.may_retry;
    this.cancel.setAttribute("aria-label", `${gettext("Stop")}: ${job.name}`);
    this.retry.setAttribute("aria-label", `${gettext("Try again")}: ${job.name}`);
    this.showRefusals(job);
    this.job = job;
  }

  /** @param {JobCard} job */
  showBar({ is_active: isActive, state, done, total, name }) {
    this.bar.hidden = !isActive;
    this.bar.setAttribute("aria-label", name);
    setAttribute(this.bar, "max", total ? String(total) : null);
    setAttribute(this.bar, "value", total ? String(done) : state === "queued" ? "0" : null); // none: no end in sight
  }

  /** @param {JobCard} job */
  showRefusals(job) {
    this.details.hidden = job.refusals.length === 0;
    const text = ngettext("%(count)s file was refused", "%(count)s files were refused", job.refused);
    setText(this.summary, interpolate(text, { count: formatNumber(job.refused) }));
    if (this.job?.refused === job.refused) return;
    this.refusals.replaceChildren(...job.refusals.map(({ name, message }) => element("li", {}, [
      element("span", { class: "job__file", text: name }), element("span", { class: "quiet", text: message }),
    ])));
    const more = job.refused - job.refusals.length;
    const rest = ngettext("and %(count)s more", "and %(count)s more", more);
    if (more > 0) this.refusals.append(element("li", { class: "quiet", text: interpolate(rest, { count: formatNumber(more) }) }));
  }
}
