const AWAY = 'is-tip-away';

/**
 * Tooltips (WCAG 1.4.13): the pointer may go onto them, Escape puts them away and does what else it does, and so does a
 * press on their button. They come back once the button was left.
 *
 * @param {Document} page
 */
export function watchTips(page) {
  page.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    for (const tip of page.querySelectorAll('.tip')) if (tip.checkVisibility({ checkVisibilityCSS: true })) tip.parentElement?.classList.add(AWAY);
  }, { capture: true });
  page.addEventListener('pointerdown', (event) => buttonOf(event)?.classList.add(AWAY), { capture: true });
  // Firefox tells a button nothing of the pointer that left it from a tooltip that had gone: the page hears where it is now.
  for (const kind of ['pointerover', 'focusout']) page.addEventListener(kind, () => bringBack(page));
  // Who marks or touches the words presses no button.
  page.addEventListener('click', (event) => {
    if (!(event.target instanceof Element && event.target.closest('.tip'))) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}

/** @param {Event} event @returns {Element|null} whose tooltip it has */
function buttonOf({ target }) {
  return target instanceof Element ? target.closest(':has(> .tip)') : null;
}

/** Of buttons that were left. @param {Document} page */
function bringBack(page) {
  for (const button of page.querySelectorAll(`.${AWAY}`)) if (!button.matches(':hover, :focus-visible')) button.classList.remove(AWAY);
}
