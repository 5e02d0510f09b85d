/**
 * Giving a command another key. Every answer is the person's whole choice (`keys` of the preferences) after the change, so
 * nothing happens before somebody stores it.
 *
 * @import { Choices } from '../preferences.js'
 * @import { Keymap } from './keymap.js'
 * @typedef {Choices['keys']} Own
 */
import { MOST_KEYS } from './keymap.js';

/**
 * A key in place of `old`, or one more. Whoever has it in the same situation goes without it.
 * @param {Keymap} keymap
 * @param {string} id
 * @param {string|null} old
 * @param {string} keys
 * @returns {Own}
 */
export function withKey(keymap, id, old, keys) {
  const holder = keymap.holderOf(id, keys);
  const own = holder ? write(keymap, keymap.choices.keys, holder, keymap.boundTo(holder).filter((one) => one !== keys)) : keymap.choices.keys;
  return write(keymap, own, id, replaced(keymap.boundTo(id), old, keys));
}

/**
 * As `withKey`; whoever had the key gets the old one for it.
 * @param {Keymap} keymap
 * @param {string} id
 * @param {string} old
 * @param {string} keys
 * @returns {Own}
 */
export function swapped(keymap, id, old, keys) {
  const holder = keymap.holderOf(id, keys);
  const own = holder ? write(keymap, keymap.choices.keys, holder, replaced(keymap.boundTo(holder), keys, old)) : keymap.choices.keys;
  return write(keymap, own, id, replaced(keymap.boundTo(id), old, keys));
}

/** @param {Keymap} keymap @param {string} id @param {string} keys @returns {Own} */
export function withoutKey(keymap, id, keys) {
  return write(keymap, keymap.choices.keys, id, keymap.boundTo(id).filter((one) => one !== keys));
}

/** @param {Keymap} keymap @param {string} id @returns {Own} the command as the preset has it, as far as nobody took its keys */
export function reset(keymap, id) {
  const { [id]: _gone, ...rest } = keymap.choices.keys;
  return rest;
}

/** @param {readonly string[]} present @param {string|null} old @param {string} keys */
function replaced(present, old, keys) {
  const next = old === null ? [...present, keys] : present.map((one) => (one === old ? keys : one));
  return [...new Set(next)].slice(0, MOST_KEYS);
}

/** @param {Keymap} keymap @param {Own} own @param {string} id @param {readonly string[]} keys @returns {Own} */
function write(keymap, own, id, keys) {
  const { [id]: _before, ...rest } = own;
  const isDefault = JSON.stringify(keys) === JSON.stringify(keymap.defaultOf(id));
  return isDefault ? rest : { ...rest, [id]: [...keys] };
}
