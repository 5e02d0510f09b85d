/**
 * What one key does besides, in the audit or in the review: both may have it, and in words which one goes first.
 *
 * @import { Keymap } from '../input/keymap.js'
 * @import { Mode } from '../view-state.js'
 */
import { shortcutOf } from '../input/shortcuts.js';
import { gettext, interpolate } from './i18n.js';
import { keyText } from './keys.js';

/** @type {Record<Mode, [() => string, () => string]>} the other goes first, the other comes after */
const SENTENCES = {
  audit: [() => gettext('%(key)s: in the audit “%(command)s” goes first'), () => gettext('%(key)s: in the audit this goes before “%(command)s”')],
  review: [() => gettext('%(key)s: in the review “%(command)s” goes first'), () => gettext('%(key)s: in the review this goes before “%(command)s”')],
  edit: [() => gettext('%(key)s: while drawing “%(command)s” goes first'), () => gettext('%(key)s: while drawing this goes before “%(command)s”')],
};

/** @param {Keymap} keymap @param {string} id of a command @param {string} keys @returns {string[]} none where nothing else has the key */
export function overlapTexts(keymap, id, keys) {
  return keymap.overlapsOf(id, keys).flatMap(({ id: other, modes, isFirst }) => modes.map((mode) => (
    interpolate(SENTENCES[mode][isFirst ? 0 : 1](), { key: keyText(keys), command: shortcutOf(other).name() }))));
}
