/**
 * How well a text answers what somebody typed. Case and accents do not count; every word of the query must be found, in
 * any order; letters may be left out as long as the rest stay in order.
 */

const MARKS = /\p{M}/gu;
const WORD_GAP = /[^\p{L}\p{N}%+?]+/u;
/** How much a match is worth: the whole text, its start, the start of a word, inside a word, first letters, letters in order. */
const WORTH = { whole: 120, start: 100, word: 80, inside: 50, initials: 45, letters: 30 };
/** Where it was found: what the text is called, what else people call it. */
const OTHER_WORDS = 0.6;
/** Of two texts that match alike the shorter one is meant. */
const PER_LETTER = 0.05;

/** @param {string} text @returns {string} */
export function fold(text) {
  return text.normalize('NFKD').replace(MARKS, '').toLowerCase().replaceAll('œ', 'oe').replaceAll('æ', 'ae').replaceAll('’', "'");
}

/** @param {string} folded @returns {string[]} */
function wordsOf(folded) {
  return folded.split(WORD_GAP).filter(Boolean);
}

/**
 * @param {string} query
 * @param {{name: string, words?: string}} text `words`: other words for the same
 * @returns {number} 0 where it does not match
 */
export function scoreOf(query, { name, words = '' }) {
  const folded = fold(name);
  const others = wordsOf(fold(words));
  const wanted = wordsOf(fold(query));
  let sum = 0;
  for (const word of wanted) {
    const best = Math.max(worthOf(word, folded), ...others.map((other) => worthOf(word, other) * OTHER_WORDS));
    if (best === 0) return 0;
    sum += best;
  }
  const asTyped = fold(query).trim();
  const isStart = wanted.length > 1 && folded.startsWith(asTyped);
  return sum + (isStart ? WORTH.start : 0) - folded.length * PER_LETTER;
}

/** @param {string} wanted one word @param {string} folded */
function worthOf(wanted, folded) {
  if (folded === wanted) return WORTH.whole;
  if (folded.startsWith(wanted)) return WORTH.start;
  const words = wordsOf(folded);
  if (words.some((word) => word.startsWith(wanted))) return WORTH.word;
  if (wanted.length > 1 && folded.includes(wanted)) return WORTH.inside;
  if (wanted.length > 1 && words.map((word) => word[0]).join('').startsWith(wanted)) return WORTH.initials;
  return wanted.length > 1 ? Math.max(0, ...words.map((word) => lettersInOrder(wanted, word))) : 0;
}

/** @param {string} wanted @param {string} word @returns {number} more for letters that lie closer together */
function lettersInOrder(wanted, word) {
  if (word[0] !== wanted[0]) return 0;
  let at = 0;
  for (const letter of wanted.slice(1)) {
    at = word.indexOf(letter, at + 1);
    if (at < 0) return 0;
  }
  return (WORTH.letters * wanted.length) / (at + 1);
}

/**
 * What matches, the best first; what matches alike stays in its order.
 * @template T
 * @param {string} query
 * @param {readonly T[]} items
 * @param {(item: T) => {name: string, words?: string}} textOf
 * @returns {T[]} all of them for an empty query
 */
export function ranked(query, items, textOf) {
  if (!query.trim()) return [...items];
  const scored = items.map((item) => ({ item, score: scoreOf(query, textOf(item)) }));
  return scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score).map(({ item }) => item);
}
