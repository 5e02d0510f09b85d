/**
 * Names the fields of the desk that search while one types. Django's script (select2) puts them in the place of a field
 * that it hides, with the label, so that whoever hears the page is not told what they are for. The sign before the search
 * of Django's two lists has a name, and becomes the picture that may have one.
 *
 * @typedef {{
 *   $selection: {0?: HTMLElement}, dropdown?: {$search?: {0?: HTMLElement}}, selection?: {$search?: {0?: HTMLElement}}
 * }} Select2 what select2 keeps of one field
 * @typedef {(target: HTMLElement | (() => void)) => {data: (name: string) => Select2|undefined}} JQuery
 */

/** @type {{django?: {jQuery?: JQuery}}} */
const page = /** @type {any} */ (window);
const jQuery = page.django?.jQuery;

/** @param {HTMLSelectElement} select */
function giveName(select) {
  const [label] = select.labels ?? [];
  const made = jQuery?.(select).data("select2");
  if (!label || !made) return;
  label.id ||= `${select.id}-label`;
  const selection = made.$selection[0];
  // First what the field is, then what is chosen in it.
  const chosen = selection?.querySelector(".select2-selection__rendered");
  for (const one of [selection, chosen]) one?.setAttribute("aria-labelledby", `${label.id} ${chosen?.id ?? ""}`.trim());
  for (const field of [made.dropdown?.$search?.[0], made.selection?.$search?.[0]]) {
    field?.setAttribute("aria-label", label.textContent.trim().replace(/\s*:$/, ""));
  }
}

function nameAll() {
  document.querySelectorAll("select.admin-autocomplete").forEach((one) => one instanceof HTMLSelectElement && giveName(one));
}

function showSigns() {
  document.querySelectorAll(".search-label-icon").forEach((sign) => sign.setAttribute("role", "img"));
}

jQuery?.(nameAll); // behind Django's own, which makes the fields when the page is ready
document.addEventListener("formset:added", () => setTimeout(nameAll));
addEventListener("load", () => setTimeout(showSigns)); // Django makes the two lists when everything is loaded
