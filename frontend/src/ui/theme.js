/** Light, dark or as the system: at once here, and remembered by the server for every page. */

/**
 * @param {HTMLFormElement} form of the server's own theme page, so that it works without a script too
 * @param {() => void} changed
 */
export function wireTheme(form, changed) {
  const root = document.documentElement;
  const mark = () => {
    for (const button of form.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.value === root.dataset['theme']));
  };
  form.addEventListener('submit', (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    root.dataset['theme'] = button.value;
    mark();
    changed();
    const body = new FormData(form, button);
    // Without an answer the theme holds for this page only; nothing else depends on it.
    fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {});
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  mark();
}

/** By the form in the menu: the server remembers it for every page. @param {string} theme */
export function chooseTheme(theme) {
  const button = document.querySelector(`#theme button[value=${theme}]`);
  if (button instanceof HTMLButtonElement) button.form?.requestSubmit(button);
}

/**
 * A menu closes on Escape, on a press elsewhere, and when the focus leaves it.
 * @param {HTMLDetailsElement} menu
 */
export function wireMenu(menu) {
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  });
}

/** Shows the drawer, where the panel is one. */
export let openDrawer = () => {};

/**
 * On small screens the panel is a drawer.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} panel
 */
export function wireDrawer(button, panel) {
  const isDrawer = () => button.offsetParent !== null;
  const show = (/** @type {boolean} */ isOpen) => {
    document.body.classList.toggle('has-drawer', isOpen);
    button.setAttribute('aria-expanded', String(isOpen));
  };
  button.addEventListener('click', () => show(!document.body.classList.contains('has-drawer')));
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || button.getAttribute('aria-expanded') !== 'true' || !isDrawer()) return;
    event.stopPropagation();
    show(false);
    button.focus();
  });
  openDrawer = () => isDrawer() && show(true);
  show(false);
}
