/** The page of a project's data: sends a data set with its progress, and shows how far a check or an import is. */

import { answerOf, requestFor } from "../net/sending.js";
import { byId } from "../ui/dom.js";
import { gettext, interpolate } from "../ui/i18n.js";
import { formatNumber } from "./upload/format.js";

const POLL_MS = 700;

/** @param {HTMLFormElement} form */
function wireImport(form) {
  const input = byId("import-file", HTMLInputElement);
  const place = byId("import-drop", HTMLElement);
  form.addEventListener("submit", (event) => {
    const file = input.files?.[0];
    if (!file) return;
    event.preventDefault();
    send(form, file);
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      place.classList.add("data__drop--over");
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && place.classList.remove("data__drop--over"));
  document.addEventListener("drop", (event) => {
    place.classList.remove("data__drop--over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.focus();
  });
}

/** @param {HTMLFormElement} form @param {File} file */
function send(form, file) {
  const limit = Number(form.dataset["limit"]);
  if (file.size > limit) {
    show(interpolate(gettext("The file is larger than %(limit)s."), { limit: form.dataset["limitText"] ?? "" }));
    return;
  }
  const query = new URLSearchParams({ name: file.name, format: byId("import-format", HTMLSelectElement).value });
  const project = form.querySelector("input[name='project']");
  if (project instanceof HTMLInputElement) query.set("project", project.value);
  const request = requestFor(`${form.action}?${query}`);
  const button = form.querySelector("button");
  button?.setAttribute("disabled", "");
  show(gettext("Sending the file"), 0, file.size);
  request.upload.addEventListener("progress", (event) => show(gettext("Sending the file"), event.loaded, file.size));
  request.addEventListener("loadend", () => {
    const answer = answerOf(request);
    if (request.status === 202 && answer?.url) {
      location.assign(answer.url);
      return;
    }
    button?.removeAttribute("disabled");
    show(answer?.error?.detail ?? gettext("The server could not be reached, or the file was changed meanwhile."));
  });
  request.send(file);
}

/** @param {string} text @param {number} [done] @param {number} [total] */
function show(text, done, total) {
  const place = byId("import-progress", HTMLElement);
  const bar = place.querySelector("progress");
  const said = place.querySelector("p");
  place.hidden = false;
  if (said && said.textContent !== text) said.textContent = text;
  if (!bar) return;
  bar.hidden = total === undefined;
  bar.max = total ?? 1;
  bar.value = done ?? 0;
}

/** Asks how far it is; when it has ended, the page shows what came of it. @param {HTMLElement} section */
function watch(section) {
  const bar = section.querySelector("progress");
  const said = section.querySelector("[role='status']");
  const ask = async () => {
    const response = await fetch(section.dataset["address"] ?? "", { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return;
    const { active, says, done, total } = /** @type {{active: boolean, says: string, done: number, total: number}} */ (await response.json());
    if (!active) {
      location.reload();
      return;
    }
    if (bar && total) {
      bar.max = total;
      bar.value = done;
    }
    if (said && says) said.textContent = says;
    const values = { done: formatNumber(done), total: formatNumber(total) };
    if (said && done && !says) said.textContent = total ? interpolate(gettext("%(done)s of %(total)s"), values) : formatNumber(done);
  };
  const again = () => setTimeout(() => void ask().catch(() => {}).finally(again), POLL_MS);
  again();
}

const form = document.getElementById("import-form");
if (form instanceof HTMLFormElement) wireImport(form);
const watched = document.getElementById("watched-job");
if (watched) watch(watched);
