/**
 * Rows of the table of commands (input/shortcuts.js): what to work on next.
 *
 * @import { Shortcut } from '../shortcuts.js'
 */
import { needs } from '../../tools/commands/needs.js';
import { gettext } from '../../ui/i18n.js';

/** @type {Shortcut[]} */
export const QUEUE = [
  { id: 'frame.next-for-me', group: 'images', keys: ['T', 'Shift+PageDown'], name: () => gettext('Take the next image from the queue'),
    hint: () => gettext('One that nobody is on, the most useful first'), isOnce: true, needs: [needs.edit, needs.online],
    words: 'next for me queue assign give prendre suivante file attente' },
];
