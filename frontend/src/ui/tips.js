/**
 * Tooltips (WCAG 1.4.13): the pointer may go onto them, Escape puts them away and does what else it does, and so does a
 * press on their button. They come back once the button was left.
 *
 * @param {Document} page
 */
export function watchTips(page) {
  page.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    for (const tip of page.querySelectorAll('.tip')) if (tip.checkVisibility({ checkVisibilityCSS: true })) putAway(tip.parentElement);
  }, { capture: true });
  page.addEventListener('pointerdown', (event) => putAway(buttonOf(event)), { capture: true });
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

/** @param {Element|null} button */
function putAway(button) {
  if (!button || button.classList.contains('is-tip-away')) return;
  button.classList.add('is-tip-away');
  const back = () => {
    if (button.matches(':hover, :focus-visible')) return;
    button.classList.remove('is-tip-away');
    for (const kind of ['pointerleave', 'blur']) button.removeEventListener(kind, back);
  };
  for (const kind of ['pointerleave', 'blur']) button.addEventListener(kind, back);
}
