/**
 * The help sheet: every command with the keys that it has now, and what the pointer does. Out of the one table, searchable.
 *
 * @import { Group } from '../input/shortcuts.js'
 */
import { fold } from '../fuzzy.js';
import { keymap } from '../input/keymap.js';
import { FAMILIES, GROUP_NAMES } from '../input/shortcuts.js';
import { familyKeys } from '../input/strip.js';
import { gesturesIn } from '../input/table/gestures.js';
import { wireDialog } from './dialog.js';
import { element } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { keyCaps } from './keys.js';

/** @typedef {{name: string, keys: readonly string[], words: string}} HelpRow */

/** What a hand does. @returns {HelpRow[]} */
export function gestures() {
  return gesturesIn(keymap).map(({ name, keys, words = '' }) => ({ name: name(), keys, words }));
}

/**
 * @param {Group} group
 * @returns {HelpRow[]} every command of the group, those that belong together as one row
 */
export function rowsOf(group) {
  const merged = new Set(FAMILIES.flatMap(({ ids }) => ids));
  const single = keymap.table.filter((one) => one.group === group && !merged.has(one.id));
  const many = FAMILIES.filter((one) => one.group === group);
  return [
    ...single.map(({ id, name, words = '' }) => ({ name: name(), keys: keymap.keysOf(id), words })),
    ...many.map(({ ids, name }) => ({ name: name(), keys: familyKeys(keymap, ids), words: '' })),
  ];
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {(text: string, topic: string) => void} announce
 * @returns {() => void} shows or hides it
 */
export function makeHelp(dialog, announce) {
  const place = dialog.querySelector('[data-help]');
  const field = element('input', { type: 'search', class: 'help__search', 'aria-label': gettext('Search the keys'),
    placeholder: gettext('Search the keys'), autofocus: true });
  const none = element('p', { class: 'help__none', text: gettext('Nothing fits. Try another word.'), hidden: true });
  place?.before(field, none);
  const narrow = () => {
    const count = narrowed(place, field.value);
    none.hidden = count > 0;
    if (field.value) announce(count ? interpolate(ngettext('%(count)s line', '%(count)s lines', count), { count }) : none.textContent ?? '', 'found');
  };
  field.addEventListener('input', narrow);
  field.addEventListener('keydown', (event) => {
    // The key that shows the sheet puts it away, also from here, where nobody begins a word with it.
    if (field.value || keymap.find(event)?.id !== 'help.show') return;
    event.preventDefault();
    dialog.close();
  });
  return wireDialog(dialog, 'help.show', () => {
    field.value = '';
    const groups = /** @type {Group[]} */ (Object.keys(GROUP_NAMES)).map((group) => section(GROUP_NAMES[group](), rowsOf(group)));
    place?.replaceChildren(...groups, section(gettext('Mouse, pen, fingers, lists and texts'), gestures()));
    narrow();
  });
}

/** @param {Element|null} place @param {string} query @returns {number} lines that are left */
function narrowed(place, query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const part of place?.children ?? []) {
    let left = 0;
    for (const row of part.querySelectorAll('.help__row')) {
      const text = row.getAttribute('data-text') ?? '';
      const isFound = words.every((word) => text.includes(word));
      if (row instanceof HTMLElement) row.hidden = !isFound;
      if (isFound) left += 1;
    }
    if (part instanceof HTMLElement) part.hidden = left === 0;
    count += left;
  }
  return count;
}

/** @param {string} title @param {HelpRow[]} rows */
function section(title, rows) {
  const body = rows.map(({ name, keys, words }) => {
    const caps = keys.length ? keys.map(keyCaps) : [];
    const row = element('div', { class: 'help__row' }, [element('dt', { text: name }), element('dd', {}, caps)]);
    row.dataset['text'] = fold(`${title} ${name} ${words} ${row.textContent ?? ''}`);
    return row;
  });
  return element('section', {}, [element('h3', { text: title }), element('dl', {}, body)]);
}
