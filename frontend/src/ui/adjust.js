/**
 * Brightness, contrast and gamma of the picture, for dark corners and pale objects. Only on this screen.
 *
 * @import { Adjust } from '../view-state.js'
 * @import { Workspace } from '../workspace.js'
 */
import { PLAIN } from '../view-state.js';
import { byId, element, icon, setText } from './dom.js';
import { gettext } from './i18n.js';

/** @type {[keyof Adjust, () => string, number, number][]} name, lowest and highest value */
const SLIDERS = [
  ['brightness', () => gettext('Brightness'), 0.3, 3], ['contrast', () => gettext('Contrast'), 0.3, 3], ['gamma', () => gettext('Gamma'), 0.3, 3],
];

/**
 * @param {Workspace} workspace
 * @returns {() => void} shows or hides the sliders
 */
export function makeAdjust(workspace) {
  const panel = byId('adjust', HTMLElement);
  const curves = [...document.querySelectorAll('#gamma feFuncR, #gamma feFuncG, #gamma feFuncB')];
  const rows = SLIDERS.map((slider) => row(slider, workspace));
  const reset = element('button', { type: 'button', class: 'button button--quiet', text: gettext('As it is') });
  reset.addEventListener('click', () => workspace.view.set({ adjust: PLAIN }));
  const close = element('button', { type: 'button', class: 'button button--quiet button--icon', 'aria-label': gettext('Close') }, [icon('x')]);
  close.addEventListener('click', () => hide());
  panel.replaceChildren(...rows.map((one) => one.label), element('div', { class: 'adjust__end' }, [reset, close]));
  const hide = () => {
    panel.hidden = true;
    byId('main', HTMLElement).focus();
  };
  const update = () => {
    const { adjust } = workspace.view.now;
    for (const curve of curves) curve.setAttribute('exponent', String(1 / adjust.gamma));
    for (const { name, input, value } of rows) {
      input.value = String(adjust[name]);
      const text = `${Math.round(adjust[name] * 100)}\u202f%`;
      setText(value, text);
      input.setAttribute('aria-valuetext', text);
    }
  };
  workspace.view.subscribe((changed) => changed.has('adjust') && update());
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    hide();
  });
  update();
  return () => {
    if (!panel.hidden) return hide();
    panel.hidden = false;
    rows[0]?.input.focus();
  };
}

/** @param {SLIDERS[number]} slider @param {Workspace} workspace */
function row([name, words, min, max], workspace) {
  const input = element('input', { type: 'range', min: String(min), max: String(max), step: '0.05' });
  const value = element('output', { class: 'adjust__value', 'aria-live': 'off' });
  input.addEventListener('input', () => workspace.view.set({ adjust: { ...workspace.view.now.adjust, [name]: Number(input.value) } }));
  return { name, input, value, label: element('label', { class: 'adjust__row' }, [element('span', { text: words() }), input, value]) };
}
