/** Names in texts, written with an at sign before them. */
import { element } from './dom.js';

/**
 * A text with the names that reach somebody set off.
 * @param {string} text
 * @param {string[]} names user names
 * @returns {(string|Node)[]}
 */
export function withMentions(text, names) {
  return text.split(/(@[\p{L}\p{N}_.+-]+)/u).map((part) => {
    const name = part.startsWith('@') ? names.find((one) => part === `@${one}` || part === `@${one}.`) : undefined;
    return name ? element('b', { class: 'mention', text: part }) : part;
  });
}

/**
 * The name that is being written where the cursor is.
 * @param {string} text
 * @param {number} at of the cursor
 * @returns {{start: number, begun: string}|null}
 */
export function mentionAt(text, at) {
  const found = /(?:^|\s)@([\p{L}\p{N}_.+-]*)$/u.exec(text.slice(0, at));
  return found ? { start: at - (found[1] ?? '').length - 1, begun: found[1] ?? '' } : null;
}
