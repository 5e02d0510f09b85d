/** Keeps the page of a job in the desk up to date while it runs. Without it the page shows what was true when it was loaded. */

const EVERY_MS = 1000;

const place = document.getElementById("job-state");

async function refresh() {
  const response = await fetch("?part=state", { credentials: "same-origin" });
  if (!response.ok || response.redirected || place === null) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body;
  if (fresh.innerHTML !== place.innerHTML && !place.contains(document.activeElement)) {
    place.replaceChildren(...fresh.childNodes);
  }
}

async function keepUpToDate() {
  if (place?.querySelector("[data-active='1']") == null) return;
  if (!document.hidden) await refresh().catch(() => {});
  setTimeout(keepUpToDate, EVERY_MS);
}

setTimeout(keepUpToDate, EVERY_MS);
