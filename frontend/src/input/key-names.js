/** Keys as they are written on a keyboard, and as ARIA wants them. */
import { gettext } from '../ui/i18n.js';
import { partsOf } from './press.js';

/** @type {Record<string, () => string>} */
const NAMES = {
  Mod: () => gettext('Ctrl'), Shift: () => gettext('Shift'), Alt: () => gettext('Alt'),
  Escape: () => gettext('Esc'), Delete: () => gettext('Del'), Backspace: () => gettext('Backspace'), Enter: () => gettext('Enter'),
  Space: () => gettext('Space'), Tab: () => gettext('Tab'), PageUp: () => gettext('Page up'), PageDown: () => gettext('Page down'),
  Home: () => gettext('Home'), End: () => gettext('End'), Insert: () => gettext('Ins'),
  ArrowLeft: () => '←', ArrowRight: () => '→', ArrowUp: () => '↑', ArrowDown: () => '↓', Arrows: () => '←↑→↓', '1-9': () => '1–9',
};
/** @type {Record<string, string>} */
const MAC_NAMES = { Mod: '⌘', Alt: '⌥', Shift: '⇧', Enter: '⏎', Backspace: '⌫', Delete: '⌦' };

/**
 * The keys to press, one by one.
 * @param {string} keys as in the table, or a modifier alone
 * @param {boolean} isMac
 * @returns {string[]}
 */
export function keyNames(keys, isMac) {
  const { modifiers, key } = partsOf(keys);
  return [...modifiers, key].map((part) => (isMac ? MAC_NAMES[part] : undefined) ?? NAMES[part]?.() ?? part);
}

/** @param {readonly string[]} keys @param {boolean} isMac @returns {string} of aria-keyshortcuts */
export function ariaKeys(keys, isMac) {
  return keys.map((one) => {
    const { modifiers, key } = partsOf(one);
    const front = modifiers.map((name) => (name === 'Mod' ? (isMac ? 'Meta' : 'Control') : name));
    return [...front, key === '+' ? 'Plus' : key].join('+');
  }).join(' ');
}
