/**
 * Thumbnails that the server is still making: asked for again until they are there. Meanwhile whatever holds them
 * (data-waiting) shows a neutral picture.
 */

const FIRST_MS = 700;
const LONGEST_MS = 8000;
const ROUNDS = 80;
/** Asked for in one round; they are made in this order, so the first tells whether more are ready. */
const AT_ONCE = 4;
const ADDRESS = /\/thumbnail$/;

/** A file that comes but is no picture is not asked for for ever. */
const MOST_SHOWN = 3;

/** @type {Set<Element>} */
const waiting = new Set();
/** @type {WeakMap<Element, number>} */
const shown = new WeakMap();
let timer = 0;
let rounds = 0;

/** @param {Element} picture <img>, or <image> in a drawing */
const addressOf = (picture) => picture.getAttribute(picture.localName === "img" ? "src" : "href") ?? "";

/** @param {Element} picture */
const holderOf = (picture) => picture.closest("[data-picture]");

/** Watches all thumbnails of the page, those that come later too. */
export function watchPictures() {
  document.addEventListener("error", (event) => event.target instanceof Element && wait(event.target), true);
  for (const picture of document.querySelectorAll("[data-picture] :is(img, image)")) probe(picture);
}

/** One that failed before anybody listened. @param {Element} picture */
function probe(picture) {
  const copy = new Image();
  copy.addEventListener("error", () => wait(picture));
  copy.src = addressOf(picture);
}

/** @param {Element} picture */
function wait(picture) {
  const holder = holderOf(picture);
  if (!holder || !ADDRESS.test(addressOf(picture)) || (shown.get(picture) ?? 0) >= MOST_SHOWN) return;
  holder.setAttribute("data-waiting", "");
  waiting.add(picture);
  rounds = 0;
  if (!timer) timer = setTimeout(() => void askAgain(), FIRST_MS);
}

async function askAgain() {
  const first = [...waiting].filter((picture) => picture.isConnected).slice(0, AT_ONCE);
  const answers = await Promise.all(first.map(isThere));
  for (const picture of [...waiting]) if (!picture.isConnected) waiting.delete(picture);
  const hasMore = answers.includes(true);
  rounds = hasMore ? 0 : rounds + 1;
  timer = 0;
  if (!waiting.size || rounds >= ROUNDS) return;
  timer = setTimeout(() => void askAgain(), hasMore ? 0 : Math.min(LONGEST_MS, FIRST_MS * 1.3 ** rounds));
}

/** @param {Element} picture @returns {Promise<boolean>} Whether it need not be waited for any more. */
async function isThere(picture) {
  try {
    const answer = await fetch(addressOf(picture));
    if (answer.status === 202 || answer.status >= 500) return false;
    waiting.delete(picture);
    if (answer.ok) show(picture);
    return true;
  } catch {
    return false;
  }
}

/** It comes out of the browser's cache now. @param {Element} picture */
function show(picture) {
  const name = picture.localName === "img" ? "src" : "href";
  shown.set(picture, (shown.get(picture) ?? 0) + 1);
  picture.addEventListener("load", () => holderOf(picture)?.removeAttribute("data-waiting"), { once: true });
  picture.setAttribute(name, addressOf(picture));
}
