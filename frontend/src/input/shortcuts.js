/**
 * The one table of keys. Key presses, tooltips, the help sheet and the key strip all read it; every id is a command of
 * tools/commands.js.
 *
 * Keys are written `Mod+Shift+Z`: Mod is Ctrl, on a Mac Cmd. Letters mean what the keyboard types, digits the keys of the
 * row of digits whatever they type (on a French keyboard they type letters), so they work without Shift everywhere.
 *
 * @typedef {'tools'|'boxes'|'labels'|'images'|'view'|'edit'} Group
 * @typedef {'idle'|'selected'|'draw'|'drawing'|'pan'} Mood what the person is about to do
 * @typedef {{
 *   id: string, group: Group, keys: string[], name: () => string, hint?: () => string, moods?: Mood[], short?: () => string
 * }} Shortcut
 *   `moods`: when the key strip shows it, by its `short` name. `repeats` of a held key are wanted by all but toggles.
 * @typedef {{label: () => string, keys: string[], moods: Mood[]}} StripItem
 */
import { gettext } from '../ui/i18n.js';

/** @type {Record<Group, () => string>} */
export const GROUP_NAMES = {
  tools: () => gettext('Tools'),
  boxes: () => gettext('Boxes'),
  labels: () => gettext('Labels'),
  edit: () => gettext('Editing'),
  images: () => gettext('Images'),
  view: () => gettext('View'),
};

/** @type {Shortcut[]} */
const PLAIN = [
  { id: 'tool.select', group: 'tools', keys: ['V'], name: () => gettext('Select'),
    hint: () => gettext('Choose, move and resize boxes'), moods: ['draw', 'pan'] },
  { id: 'tool.draw', group: 'tools', keys: ['B'], name: () => gettext('Draw a box'),
    hint: () => gettext('Drag, or click two corners'), moods: ['idle', 'selected', 'pan'], short: () => gettext('Draw') },
  { id: 'tool.pan', group: 'tools', keys: ['H'], name: () => gettext('Move the picture'),
    hint: () => gettext('Also: hold the space bar with any tool'), moods: [] },
  { id: 'box.new', group: 'boxes', keys: ['N'], name: () => gettext('New box at the pointer or in the middle'),
    moods: ['idle', 'draw'], short: () => gettext('New box') },
  { id: 'box.next', group: 'boxes', keys: ['Tab'], name: () => gettext('Next box'),
    moods: ['idle', 'selected'], short: () => gettext('Next box') },
  { id: 'box.previous', group: 'boxes', keys: ['Shift+Tab'], name: () => gettext('Previous box') },
  { id: 'box.delete', group: 'boxes', keys: ['Delete', 'Backspace'], name: () => gettext('Delete'), moods: ['selected'] },
  { id: 'edit.undo', group: 'edit', keys: ['Mod+Z'], name: () => gettext('Undo'), moods: ['idle', 'selected', 'draw'] },
  { id: 'edit.redo', group: 'edit', keys: ['Mod+Shift+Z', 'Mod+Y'], name: () => gettext('Redo') },
  { id: 'edit.cancel', group: 'edit', keys: ['Escape'], name: () => gettext('Cancel, or select nothing'),
    moods: ['drawing', 'selected', 'draw'], short: () => gettext('Cancel') },
  { id: 'edit.save', group: 'edit', keys: ['Mod+S'], name: () => gettext('Tell whether everything is saved') },
  { id: 'frame.next', group: 'images', keys: ['F', 'PageDown'], name: () => gettext('Next image'),
    moods: ['idle', 'pan'], short: () => gettext('Next image') },
  { id: 'frame.previous', group: 'images', keys: ['D', 'PageUp'], name: () => gettext('Previous image'),
    moods: ['idle', 'pan'], short: () => gettext('Previous image') },
  { id: 'view.fit', group: 'view', keys: ['Shift+1'], name: () => gettext('Show the whole image'), moods: ['pan'],
    short: () => gettext('Whole image') },
  { id: 'view.actual', group: 'view', keys: ['Shift+2'], name: () => gettext('Show at 100 %') },
  { id: 'view.in', group: 'view', keys: ['+', '='], name: () => gettext('Zoom in'),
    hint: () => gettext('Also: turn the wheel, at the pointer') },
  { id: 'view.out', group: 'view', keys: ['-'], name: () => gettext('Zoom out') },
  { id: 'help.show', group: 'view', keys: ['?'], name: () => gettext('Keys and help'), moods: ['idle'], short: () => gettext('Help') },
];

/** @type {[string, string, () => string, () => string][]} */
const WAYS = [
  ['left', 'ArrowLeft', () => gettext('Move left'), () => gettext('Move the right edge left')],
  ['right', 'ArrowRight', () => gettext('Move right'), () => gettext('Move the right edge right')],
  ['up', 'ArrowUp', () => gettext('Move up'), () => gettext('Move the lower edge up')],
  ['down', 'ArrowDown', () => gettext('Move down'), () => gettext('Move the lower edge down')],
];

/** @returns {Shortcut[]} */
function nudges() {
  const onePixel = () => gettext('by 1 pixel');
  const tenPixels = () => gettext('by 10 pixels');
  return WAYS.flatMap(([way, key, move, resize]) => /** @type {Shortcut[]} */ ([
    { id: `box.move.${way}`, group: 'boxes', keys: [key], name: move, hint: onePixel },
    { id: `box.move.${way}.far`, group: 'boxes', keys: [`Shift+${key}`], name: move, hint: tenPixels },
    { id: `box.resize.${way}`, group: 'boxes', keys: [`Alt+${key}`], name: resize, hint: onePixel },
    { id: `box.resize.${way}.far`, group: 'boxes', keys: [`Alt+Shift+${key}`], name: resize, hint: tenPixels },
  ]));
}

/** @returns {Shortcut[]} */
function digits() {
  return [...'1234567890'].map((digit) => ({
    id: `label.${digit}`, group: 'labels', keys: [digit], name: () => gettext('The label with this key'),
  }));
}

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [...PLAIN, ...nudges(), ...digits()];

/** What several keys do together, as one line of the key strip. @type {readonly StripItem[]} */
export const STRIP_GROUPS = [
  { label: () => gettext('Move'), keys: ['Arrows'], moods: ['selected'] },
  { label: () => gettext('Resize'), keys: ['Alt+Arrows'], moods: ['selected'] },
  { label: () => gettext('Label'), keys: ['1-9'], moods: ['selected', 'draw', 'drawing'] },
  { label: () => gettext('Select for now'), keys: ['Mod'], moods: ['draw'] },
  { label: () => gettext('Move the picture'), keys: ['Space'], moods: ['idle', 'draw'] },
];

/** @param {string} id @returns {Shortcut} */
export function shortcutOf(id) {
  const found = SHORTCUTS.find((one) => one.id === id);
  if (!found) throw new Error(`no such shortcut: ${id}`);
  return found;
}

/**
 * What the strip shows in a mood: first what a person has in hand, then the commands.
 * @param {Mood} mood
 * @returns {StripItem[]}
 */
export function stripFor(mood) {
  const single = SHORTCUTS.filter((one) => one.moods?.includes(mood));
  const items = single.map((one) => ({ label: one.short ?? one.name, keys: one.keys.slice(0, 1), moods: [mood] }));
  return [...STRIP_GROUPS.filter((group) => group.moods.includes(mood)), ...items];
}

/** @type {Record<string, () => string>} */
const KEY_NAMES = {
  Escape: () => gettext('Esc'), Delete: () => gettext('Del'), Backspace: () => gettext('Backspace'),
  Space: () => gettext('Space'), Tab: () => gettext('Tab'), Shift: () => gettext('Shift'), Alt: () => gettext('Alt'),
  PageUp: () => gettext('Page up'), PageDown: () => gettext('Page down'),
  ArrowLeft: () => '←', ArrowRight: () => '→', ArrowUp: () => '↑', ArrowDown: () => '↓', Arrows: () => '←↑→↓', '1-9': () => '1–9',
};

/**
 * The keys to press, one by one, as they are written on a keyboard.
 * @param {string} keys
 * @param {boolean} isMac
 * @returns {string[]}
 */
export function keyNames(keys, isMac) {
  const parts = keys.endsWith('++') ? [...keys.slice(0, -2).split('+'), '+'] : keys === '+' ? ['+'] : keys.split('+');
  return parts.map((part) => (part === 'Mod' ? (isMac ? '⌘' : gettext('Ctrl')) : KEY_NAMES[part]?.() ?? part));
}

/**
 * The command of a key press, or null.
 * @param {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean}} press
 * @returns {Shortcut|null}
 */
export function shortcutFor(press) {
  const found = namesOf(press).map((name) => BY_KEY.get(name)).find(Boolean);
  return found ?? null;
}

/** @type {Map<string, Shortcut>} */
const BY_KEY = new Map(SHORTCUTS.flatMap((one) => one.keys.map((keys) => [keys, one])));

/**
 * How a press may be written in the table, the likeliest first.
 * @param {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean}} press
 */
function namesOf({ key, code, ctrlKey, metaKey, shiftKey, altKey }) {
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  const front = `${ctrlKey || metaKey ? 'Mod+' : ''}${altKey ? 'Alt+' : ''}`;
  const typed = key.length === 1 ? key.toUpperCase() : key;
  const names = [];
  if (digit) names.push(`${front}${shiftKey ? 'Shift+' : ''}${digit}`);
  names.push(`${front}${shiftKey ? 'Shift+' : ''}${typed}`);
  // ?, + and the like need Shift on some keyboards and not on others.
  if (key.length === 1 && !/[\p{L}\d]/u.test(key)) names.push(`${front}${typed}`);
  // A keyboard of another script: the place of the key counts.
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter && !/^[\p{Script=Latin}]$/u.test(key)) names.push(`${front}${shiftKey ? 'Shift+' : ''}${letter}`);
  return names;
}
