/** Keys and names of commands, as they are shown: in tooltips, the key strip and the help sheet. They follow the keymap. */
import { ariaKeys, keyNames } from '../input/key-names.js';
import { keymap } from '../input/keymap.js';
import { shortcutOf } from '../input/shortcuts.js';
import { element, isMac, setAttribute } from './dom.js';

/**
 * @param {string} keys as in the table, such as `Mod+Z`
 * @returns {HTMLElement}
 */
export function keyCaps(keys) {
  const caps = keyNames(keys, isMac).flatMap((name, at) => [...(at ? [element('span', { class: 'visually-hidden', text: '+' })] : []), element('kbd', { text: name })]);
  return element('span', { class: 'keys' }, caps);
}

/** @param {string} keys @returns {string} in one line, for where no caps can be drawn */
export function keyText(keys) {
  return keyNames(keys, isMac).join(isMac ? ' ' : '+');
}

/**
 * Name and keys of a command on a button: for the eye a tooltip, for a screen reader the accessible name. Both change with
 * the keys.
 * @param {HTMLElement} button
 * @param {string} id of the command
 */
export function describe(button, id) {
  button.dataset['keysOf'] = id;
  button.setAttribute('aria-label', shortcutOf(id).name());
  button.append(element('span', { class: 'tip', 'aria-hidden': 'true' }));
  writeKeys(button);
}

/** @param {HTMLElement} button that was described */
function writeKeys(button) {
  const id = button.dataset['keysOf'] ?? '';
  const { name, hint } = shortcutOf(id);
  const keys = keymap.keysOf(id);
  setAttribute(button, 'aria-keyshortcuts', ariaKeys(keys, isMac) || null);
  const head = element('span', { class: 'tip__head' }, [name(), ...keys.slice(0, 1).map(keyCaps)]);
  const body = hint ? [element('span', { class: 'tip__hint', text: hint() })] : [];
  button.querySelector(':scope > .tip')?.replaceChildren(head, ...body);
}

keymap.subscribe(() => {
  for (const button of globalThis.document?.querySelectorAll('[data-keys-of]') ?? []) if (button instanceof HTMLElement) writeKeys(button);
});
