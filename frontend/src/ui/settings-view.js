/**
 * Settings of the view: what is drawn, what is around the picture, what is read out, light or dark.
 *
 * @import { Choices, Preferences } from '../preferences.js'
 */
import { element } from './dom.js';
import { gettext } from './i18n.js';
import { chooseTheme } from './theme.js';

/** @typedef {'show_crosshair'|'show_cursors'|'keep_zoom'|'smooth_pixels'|'show_film'|'show_strip'} Switch */

/** @type {[Switch, () => string, () => string][]} */
const SWITCHES = [
  ['show_crosshair', () => gettext('Crosshair over the whole picture'), () => gettext('While drawing')],
  ['show_cursors', () => gettext('Cursors of other people'), () => gettext('Their boxes are shown in any case')],
  ['keep_zoom', () => gettext('Keep the zoom from image to image'), () => gettext('Else every image is shown whole at first')],
  ['smooth_pixels', () => gettext('Smooth pixels above 100 %'), () => gettext('Else every pixel is a square')],
  ['show_film', () => gettext('Row of images'), () => gettext('Below the picture')],
  ['show_strip', () => gettext('Row of keys'), () => gettext('What the keys do now, at the bottom')],
];

/** @type {[Choices['announce'], () => string][]} */
const ANNOUNCEMENTS = [
  ['all', () => gettext('What I do and what others do')], ['own', () => gettext('Only what I do')], ['none', () => gettext('Nothing')],
];

/** @type {[string, () => string][]} */
const THEMES = [['light', () => gettext('Light')], ['dark', () => gettext('Dark')], ['system', () => gettext('As the system')]];

/**
 * @param {HTMLElement} panel
 * @param {Preferences} preferences
 * @returns {() => void} brings the fields up to date
 */
export function showViewSettings(panel, preferences) {
  const switches = SWITCHES.map(([name, text, hint]) => switchOf(name, text(), hint(), preferences));
  const theme = radios('theme', gettext('Theme'), THEMES, chooseTheme);
  const announce = radios('announce', gettext('Read out to screen readers'), ANNOUNCEMENTS,
    (value) => preferences.set({ announce: /** @type {Choices['announce']} */ (value) }));
  panel.replaceChildren(
    element('fieldset', { class: 'choices' }, [element('legend', { text: gettext('On the screen') }), ...switches]), theme, announce);
  const refresh = () => {
    for (const [name] of SWITCHES) check(panel, `input[name=${name}]`, preferences.now[name]);
    check(panel, `input[name=announce][value=${preferences.now.announce}]`, true);
    check(panel, `input[name=theme][value=${document.documentElement.dataset['theme'] ?? 'system'}]`, true);
  };
  preferences.subscribe(refresh);
  return refresh;
}

/** @param {HTMLElement} panel @param {string} selector @param {boolean} isOn */
function check(panel, selector, isOn) {
  const field = panel.querySelector(selector);
  if (field instanceof HTMLInputElement) field.checked = isOn;
}

/**
 * @param {Switch} name
 * @param {string} text
 * @param {string} hint
 * @param {Preferences} preferences
 */
function switchOf(name, text, hint, preferences) {
  const id = `setting-${name}`;
  const field = element('input', { type: 'checkbox', id, name, 'aria-describedby': `${id}-hint` });
  field.addEventListener('change', () => preferences.set({ [name]: field.checked }));
  return element('div', { class: 'choice' }, [
    field, element('label', { for: id, text }), element('span', { class: 'choice__hint', id: `${id}-hint`, text: hint }),
  ]);
}

/**
 * @param {string} name
 * @param {string} title
 * @param {readonly [string, () => string][]} values
 * @param {(value: string) => void} chosen
 */
function radios(name, title, values, chosen) {
  const choices = values.map(([value, text]) => {
    const id = `setting-${name}-${value}`;
    const field = element('input', { type: 'radio', id, name, value });
    field.addEventListener('change', () => field.checked && chosen(value));
    return element('div', { class: 'choice' }, [field, element('label', { for: id, text: text() })]);
  });
  return element('fieldset', { class: 'choices' }, [element('legend', { text: title }), ...choices]);
}
