/**
 * A key press and how it is written in the table of keys.
 *
 * @typedef {{
 *   key: string, code: string, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean,
 *   getModifierState?: (name: 'AltGraph') => boolean
 * }} Press
 */

const MODIFIERS = new Set(['Control', 'Meta', 'Alt', 'AltGraph', 'Shift', 'CapsLock', 'NumLock', 'ScrollLock', 'Fn', 'FnLock', 'Hyper', 'Super']);
/** What a press has for a name while the machine is in the middle of something. */
const NO_KEY = new Set(['Dead', 'Process', 'Unidentified', 'Compose', '']);
const LATIN = /^\p{Script=Latin}$/u;
const LETTER_OR_DIGIT = /[\p{L}\d]/u;

/** @param {Press} press @returns {{mod: boolean, alt: boolean, shift: boolean}} */
function modifiersOf(press) {
  // The key beside the space bar that types @ and ] on many keyboards: Windows reports it as Ctrl and Alt.
  const isTyping = press.getModifierState?.('AltGraph') ?? false;
  return { mod: (press.ctrlKey || press.metaKey) && !isTyping, alt: press.altKey && !isTyping, shift: press.shiftKey };
}

/**
 * How a press may be written in the table, the likeliest first.
 * @param {Press} press
 * @returns {string[]}
 */
export function namesOf(press) {
  const { key, code } = press;
  const { mod, alt, shift } = modifiersOf(press);
  const front = `${mod ? 'Mod+' : ''}${alt ? 'Alt+' : ''}`;
  const shifted = `${front}${shift ? 'Shift+' : ''}`;
  const typed = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key;
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  const names = [];
  if (digit) names.push(`${shifted}${digit}`);
  names.push(`${shifted}${typed}`);
  // ?, + and the like need Shift on some keyboards and not on others.
  if (key.length === 1 && key !== ' ' && !LETTER_OR_DIGIT.test(key)) names.push(`${front}${typed}`);
  // A keyboard of another script, or a Mac where Alt types a sign: the place of the key counts.
  if (letter && (!LATIN.test(key) || alt)) names.push(`${shifted}${letter}`);
  return names;
}

/**
 * What a person means who presses this to choose a key.
 * @param {Press} press
 * @returns {string|null} null while only modifiers are down, or where the machine gives the key no name
 */
export function keyOf(press) {
  if (MODIFIERS.has(press.key) || NO_KEY.has(press.key)) return null;
  const names = namesOf(press);
  const isSign = press.key.length === 1 && press.key !== ' ' && !LETTER_OR_DIGIT.test(press.key);
  const isOnDigit = /^Digit\d$/.test(press.code);
  // A sign is what it types, with Shift or without; the digits are keys, whatever they type.
  return (isSign && !isOnDigit ? names.at(-1) : names[0]) ?? null;
}

/** @param {string} keys @returns {{modifiers: string[], key: string}} */
export function partsOf(keys) {
  const key = keys.endsWith('++') || keys === '+' ? '+' : keys.slice(keys.lastIndexOf('+') + 1);
  const front = keys.slice(0, keys.length - key.length);
  return { modifiers: front.split('+').filter(Boolean), key };
}

/**
 * Whether a modifier is down while the pointer does something.
 * @param {string} name as in the table
 * @param {{ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean}} event
 */
export function isHeldIn(name, { ctrlKey, metaKey, shiftKey, altKey }) {
  return (name === 'Mod' && (ctrlKey || metaKey)) || (name === 'Shift' && shiftKey) || (name === 'Alt' && altKey);
}

/** A letter, digit or sign without Ctrl or Alt: what speech input presses by accident (WCAG 2.1.4). @param {string} keys */
export function isSingleKey(keys) {
  const { modifiers, key } = partsOf(keys);
  return key.length === 1 && !modifiers.includes('Mod') && !modifiers.includes('Alt');
}

const WRITTEN = /^(Mod\+)?(Alt\+)?(Shift\+)?([^\s\p{C}]|[A-Z][A-Za-z0-9]{0,19})$/u;

/** Whether this is a way to write keys at all. @param {unknown} keys @returns {keys is string} */
export function isWritten(keys) {
  return typeof keys === 'string' && WRITTEN.test(keys);
}
