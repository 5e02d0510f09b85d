/** What the pages do beyond plain links and forms; every one of them works without it. */

import { watchPictures } from "../ui/waiting-pictures.js";
import { keepUpToDate } from "./job-table.js";
import { addReveal } from "./reveal.js";
import { startUpload } from "./upload.js";

/**
 * A menu closes on Escape, on a click elsewhere and when the focus leaves it.
 * @param {HTMLDetailsElement} menu
 */
function closeMenuWhenDone(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  menu.addEventListener("focusout", (event) => {
    const next = event.relatedTarget;
    if (next instanceof Node && !menu.contains(next)) menu.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
}

/**
 * A choice that is sent by its own button: the button stands out once there is something to save.
 * @param {HTMLFormElement} form
 */
function showWhatToSave(form) {
  const save = [...form.elements].find(
    (each) => each instanceof HTMLButtonElement && each.matches(".button") && each.hasAttribute("data-save"),
  );
  if (!(save instanceof HTMLButtonElement)) return;
  const update = () => save.classList.toggle("button--primary", isChanged(form));
  for (const field of form.elements) field.addEventListener("input", update);
}

/**
 * @param {HTMLFormElement} form
 * @returns {boolean} Whether any field differs from what the server sent.
 */
function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLInputElement) return field.value !== field.defaultValue;
    if (field instanceof HTMLSelectElement) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected);
    }
    return false;
  });
}

/**
 * Moves the focus to the first field that was refused, so that nobody has to look for it.
 */
function focusFirstError() {
  const field = document.querySelector("[aria-invalid='true']");
  if (field instanceof HTMLElement) field.focus();
}

/** Where the tabs do not fit, the one of this page is in sight. */
function showCurrentTab() {
  const current = document.querySelector(".tabs a[aria-current]");
  const tabs = current?.parentElement;
  if (!tabs || !(current instanceof HTMLElement)) return;
  tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
}

for (const menu of document.querySelectorAll("details[data-menu]")) {
  if (menu instanceof HTMLDetailsElement) closeMenuWhenDone(menu);
}
for (const input of document.querySelectorAll("input[type='password']")) {
  if (input instanceof HTMLInputElement) addReveal(input);
}
for (const form of document.forms) showWhatToSave(form);
focusFirstError();
showCurrentTab();
const upload = document.getElementById("upload");
if (upload) startUpload(upload);
const jobs = document.getElementById("job-table");
if (jobs) keepUpToDate(jobs);
watchPictures();
