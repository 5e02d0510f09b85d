/** The help sheet: every command with its keys, out of the one table. */
import { GROUP_NAMES, SHORTCUTS } from '../input/shortcuts.js';
import { element } from './dom.js';
import { keyCaps } from './keys.js';
import { gettext } from './i18n.js';

/** @typedef {import('../input/shortcuts.js').Group} Group */
/** @typedef {import('../input/shortcuts.js').Shortcut} Shortcut */

/** @returns {[string, () => string, string[]][]} rows that stand for many: start of their ids, name and keys */
const together = () => [
  ['box.move.', () => gettext('Move by 1 pixel, with Shift by 10'), ['Arrows', 'Shift+Arrows']],
  ['box.resize.', () => gettext('Move the right or lower edge by 1 pixel, with Shift by 10'), ['Alt+Arrows', 'Alt+Shift+Arrows']],
  ['label.', () => gettext('Give this label to the selection and to the next box'), ['1-9', '0']],
];

/** What the pointer does; no command, so not in the table. @returns {[string, string[]][]} */
const pointing = () => [
  [gettext('Draw: drag, or click one corner and then the other'), []],
  [gettext('Select under the pointer while drawing'), ['Mod']],
  [gettext('Move the picture: drag with the middle button, or with the key'), ['Space']],
  [gettext('Zoom at the pointer: turn the wheel, or spread two fingers'), []],
  [gettext('Select one more'), ['Shift']],
  [gettext('Click again to reach the box below'), []],
];

/**
 * @param {HTMLDialogElement} dialog
 * @returns {() => void} shows or hides it
 */
export function makeHelp(dialog) {
  const groups = /** @type {Group[]} */ (Object.keys(GROUP_NAMES)).map((group) => section(GROUP_NAMES[group](), rowsOf(group)));
  const mouse = section(gettext('Mouse, pen and fingers'), pointing());
  dialog.querySelector('[data-help]')?.replaceChildren(...groups, mouse);
  dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  return () => (dialog.open ? dialog.close() : dialog.showModal());
}

/** @param {Group} group @returns {[string, string[]][]} */
function rowsOf(group) {
  const merged = together();
  const single = SHORTCUTS.filter((one) => one.group === group && !merged.some(([start]) => one.id.startsWith(start)));
  const many = merged.filter(([start]) => SHORTCUTS.some((one) => one.group === group && one.id.startsWith(start)));
  return [
    ...single.map((one) => /** @type {[string, string[]]} */ ([one.name(), one.keys])),
    ...many.map(([, name, keys]) => /** @type {[string, string[]]} */ ([name(), keys])),
  ];
}

/** @param {string} title @param {[string, string[]][]} rows */
function section(title, rows) {
  const body = rows.map(([name, keys]) => element('div', { class: 'help__row' }, [
    element('dt', { text: name }), element('dd', {}, keys.map(keyCaps)),
  ]));
  return element('section', {}, [element('h3', { text: title }), element('dl', {}, body)]);
}
