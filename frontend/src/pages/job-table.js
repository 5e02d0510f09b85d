/** Keeps the table of jobs up to date while something runs. Without it the page shows what was true when it was loaded. */

import { gettext, interpolate } from "../ui/i18n.js";

const BUSY_MS = 1500;
const IDLE_MS = 8000;

/** @param {HTMLElement} table */
export function keepUpToDate(table) {
  const live = document.getElementById("job-table-live");
  const update = async () => {
    if (!document.hidden) await refresh(table, live).catch(() => {});
    const isBusy = table.querySelector("[data-busy='1']") !== null;
    setTimeout(update, isBusy ? BUSY_MS : IDLE_MS);
  };
  setTimeout(update, BUSY_MS);
}

/**
 * @param {HTMLElement} table
 * @param {HTMLElement|null} live
 */
async function refresh(table, live) {
  const response = await fetch(table.dataset.address ?? "", { credentials: "same-origin" });
  if (!response.ok || response.redirected) return;
  const text = await response.text();
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  if (isInUse(table) || fresh.innerHTML === table.dataset.shown) return;
  const before = statesOf(table);
  const open = [...table.querySelectorAll("details[open]")].map((one) => one.id);
  table.dataset.shown = fresh.innerHTML;
  table.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (live) live.textContent = changesSince(before, table);
}

/** A button that has the focus stays under it. @param {HTMLElement} table */
function isInUse(table) {
  return table.contains(document.activeElement);
}

/** @param {HTMLElement} table @returns {Map<string, string>} state by job */
function statesOf(table) {
  const rows = [...table.querySelectorAll("tr[data-job]")];
  return new Map(rows.map((row) => [row.getAttribute("data-job") ?? "", row.getAttribute("data-state") ?? ""]));
}

/** @param {Map<string, string>} before @param {HTMLElement} table @returns {string} what to say of jobs that came to an end */
function changesSince(before, table) {
  const rows = [...table.querySelectorAll("tr[data-job]")];
  const changed = rows.filter((row) => {
    const state = row.getAttribute("data-state");
    return before.get(row.getAttribute("data-job") ?? "") !== state && state !== "queued" && state !== "running";
  });
  return changed.map((row) => interpolate(gettext("%(name)s: %(state)s"), {
    name: row.querySelector("strong")?.textContent ?? "", state: row.querySelector(".tag")?.textContent ?? "",
  })).join(". ");
}
