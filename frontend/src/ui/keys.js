/** Keys and names of commands, as they are shown: in tooltips, the key strip and the help sheet. */
import { keyNames, shortcutOf } from '../input/shortcuts.js';
import { element, isMac } from './dom.js';

/**
 * @param {string} keys as in the table, such as `Mod+Z`
 * @returns {HTMLElement}
 */
export function keyCaps(keys) {
  return element('span', { class: 'keys' }, keyNames(keys, isMac).map((name) => element('kbd', { text: name })));
}

/**
 * Name and keys of a command on a button: for the eye a tooltip, for a screen reader the accessible name.
 * @param {HTMLElement} button
 * @param {string} id of the command
 */
export function describe(button, id) {
  const { name, hint, keys } = shortcutOf(id);
  button.setAttribute('aria-label', name());
  button.setAttribute('aria-keyshortcuts', keys.map(ariaKeys).join(' '));
  const head = element('span', { class: 'tip__head' }, [name(), ...keys.slice(0, 1).map(keyCaps)]);
  const body = hint ? [element('span', { class: 'tip__hint', text: hint() })] : [];
  button.append(element('span', { class: 'tip', 'aria-hidden': 'true' }, [head, ...body]));
}

/** @param {string} keys */
function ariaKeys(keys) {
  return keys === '+' ? 'Plus' : keys.replace('Mod', isMac ? 'Meta' : 'Control');
}
