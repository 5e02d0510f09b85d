/**
 * What the key strip shows: what the mode is for, what a person has in hand, then the commands of the mood, with the keys
 * that act now.
 *
 * @import { Keymap } from './keymap.js'
 * @import { Mode } from '../view-state.js'
 * @import { Mood, Shortcut } from './shortcuts.js'
 * @typedef {{label: string, keys: readonly string[]}} StripItem
 */
import { FAMILIES } from './shortcuts.js';
import { gesturesIn } from './table/gestures.js';
import { partsOf } from './press.js';

const ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
const DIGITS = [...'1234567890'];

/**
 * @param {Keymap} keymap
 * @param {Mood} mood
 * @param {Mode} [mode]
 * @returns {StripItem[]}
 */
export function stripFor(keymap, mood, mode = 'edit') {
  const families = FAMILIES.filter((one) => one.moods?.includes(mood)).map(({ ids, name, short }) => (
    { label: (short ?? name)(), keys: familyKeys(keymap, ids).slice(0, 1) }));
  const gestures = gesturesIn(keymap).filter((one) => one.moods?.includes(mood)).map(({ name, short, keys }) => ({ label: (short ?? name)(), keys }));
  const single = keymap.table.filter((one) => one.moods?.includes(mood) && (one.modes ?? [mode]).includes(mode));
  const itemOf = (/** @type {Shortcut} */ { id, name, short }) => ({ label: (short ?? name)(), keys: keymap.keysOf(id).slice(0, 1) });
  const [own, others] = [single.filter((one) => one.modes), single.filter((one) => !one.modes)];
  return [...own.map(itemOf), ...families, ...gestures, ...others.map(itemOf)].filter((item) => item.keys.length > 0);
}

/** What stands at the end of the strip whatever one does. @param {Keymap} keymap @returns {StripItem[]} */
export function stripEnd(keymap) {
  return keymap.table.filter((one) => one.isAlways).map(({ id, name, short }) => ({ label: (short ?? name)(), keys: keymap.keysOf(id).slice(0, 1) }))
    .filter((item) => item.keys.length > 0);
}

/**
 * The keys of commands that belong together, as one: four arrows are written `Arrows`, ten digits `1-9` and `0`.
 * @param {Keymap} keymap
 * @param {readonly string[]} ids
 * @returns {string[]}
 */
export function familyKeys(keymap, ids) {
  const first = ids.map((id) => keymap.keysOf(id)[0]);
  if (first.some((keys) => keys === undefined)) return first.flatMap((keys) => keys ?? []);
  const parts = first.map((keys) => partsOf(keys ?? ''));
  const front = parts[0]?.modifiers.map((name) => `${name}+`).join('') ?? '';
  const isAlike = parts.every(({ modifiers }) => modifiers.map((name) => `${name}+`).join('') === front);
  const keys = parts.map(({ key }) => key).join(' ');
  if (isAlike && keys === ARROWS.join(' ')) return [`${front}Arrows`];
  if (isAlike && keys === DIGITS.join(' ')) return [`${front}1-9`, `${front}0`];
  return first.flatMap((one) => one ?? []);
}
