/** Colours and patterns of labels and people. Labels bring their colour; a pattern tells them apart without colour. */

/** Dash patterns, CSS pixels; a label has one by its place in the list. @type {readonly (readonly number[])[]} */
const PATTERNS = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [2, 4], [8, 2, 2, 2, 2, 2], [4, 6]];

/** For people: apart from the colours of labels, each dark enough for white text. */
const PEOPLE = ['#c2255c', '#6741d9', '#0b7285', '#a61e4d', '#5c7a00', '#1864ab', '#9c36b5', '#b04a00', '#2b6e3f', '#7a4a2b'];

/** What a box is drawn in whose label is not known (yet). */
export const UNKNOWN_COLOR = '#8a8f98';

/**
 * With this shift in every second round, two of the first 16 labels that share a pattern have default colours which nobody takes for one
 * another, however they see colours (tests/js/renderer/palette.test.js).
 */
const ROUND_SHIFT = 4;

/** @param {number} index place of the label in the list */
export function patternOf(index) {
  const at = Math.max(index, 0);
  const round = Math.floor(at / PATTERNS.length);
  return PATTERNS[(at + (round % 2) * ROUND_SHIFT) % PATTERNS.length] ?? [];
}

/** The same person has the same colour in every window. @param {number} user id */
export function personColor(user) {
  return PEOPLE[user % PEOPLE.length] ?? '#1864ab';
}

/**
 * Black or white, whichever is easier to read on the colour (relative luminance of WCAG 2).
 * @param {string} color #rrggbb
 */
export function textOn(color) {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => linear(parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}

/** @param {number} share */
function linear(share) {
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** @param {string} name @returns {string} one or two letters */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '')][0] ?? '').join('').toUpperCase() || '?';
}
