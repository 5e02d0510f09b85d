/** The images of a project page, brought up to date without a reload: filters, page and what is open stay. */

const LITTLE_WAIT_MS = 400;
/** While more are coming: seldom, and only as long as the page is not full. */
const LONG_WAIT_MS = 3000;
const FULL = 60;
/** Parts of the page that the number of images changes. */
const PARTS = ["project-actions", "project-frames"];

let timer = 0;
let isSoon = false;
let isFetching = false;
let isWanted = false;

/** @param {{soon?: boolean}} [when] soon: more are expected; else it is the last word. */
export function refreshFrames({ soon = false } = {}) {
  if (soon && document.querySelectorAll("#project-frames .frame-card").length >= FULL) return;
  if (isFetching) isWanted = true;
  if (isFetching || (timer && (soon || !isSoon))) return;
  clearTimeout(timer);
  isSoon = soon;
  timer = setTimeout(() => void fetchParts(), soon ? LONG_WAIT_MS : LITTLE_WAIT_MS);
}

async function fetchParts() {
  timer = 0;
  isFetching = true;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const id of PARTS) replace(document.getElementById(id), fresh.getElementById(id));
    const isEmpty = document.querySelector("#project-frames .project-page") === null;
    document.getElementById("upload")?.classList.toggle("upload--first", isEmpty);
  } catch {
    // Offline: what is shown stays, the next change tries again.
  } finally {
    isFetching = false;
    if (isWanted) refreshFrames();
    isWanted = false;
  }
}

/** @param {HTMLElement|null} old @param {HTMLElement|null} fresh */
function replace(old, fresh) {
  if (!old || !fresh) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  reuse(old, fresh);
  old.replaceWith(fresh);
  if (focused instanceof HTMLElement && document.contains(focused)) focused.focus();
}

/**
 * Cards that are the same move over, so that pictures do not flicker and the focus is kept.
 * @param {HTMLElement} old @param {HTMLElement} fresh
 */
function reuse(old, fresh) {
  const known = new Map([...old.querySelectorAll("[data-frame]")].map((card) => [card.getAttribute("data-frame"), card]));
  for (const card of fresh.querySelectorAll("[data-frame]")) {
    const same = known.get(card.getAttribute("data-frame"));
    if (same && same.querySelector("a")?.isEqualNode(card.querySelector("a"))) card.replaceWith(same);
  }
  const field = old.querySelector("input[type=search]");
  const freshField = fresh.querySelector("input[type=search]");
  if (field && freshField && document.activeElement === field) freshField.replaceWith(field);
}
