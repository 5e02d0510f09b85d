/**
 * Rows of the table of commands (input/shortcuts.js): reviewing what others labelled.
 *
 * @import { Mode } from '../../view-state.js'
 * @import { Shortcut } from '../shortcuts.js'
 */
import { needs } from '../../tools/commands/needs.js';
import { gettext } from '../../ui/i18n.js';

/** @type {{group: 'review', modes: Mode[], isOnce: true}} */
const REVIEWING = { group: 'review', modes: ['review'], isOnce: true };

/** @type {Shortcut[]} */
export const REVIEW = [
  { ...REVIEWING, id: 'review.approve', keys: ['A'], name: () => gettext('Approve the image, and go to the next'), short: () => gettext('Approve'),
    moods: ['idle', 'selected'], needs: [needs.approve, needs.online], words: 'accept ok yes good approuver valider accepter oui' },
  { ...REVIEWING, id: 'review.return', keys: ['S'], name: () => gettext('Return the image, with a reason'), short: () => gettext('Return'),
    hint: () => gettext('The reason is pinned to the box that is selected'), moods: ['idle', 'selected'], needs: [needs.review, needs.online],
    words: 'reject send back no wrong renvoyer rejeter refuser non' },
  { ...REVIEWING, id: 'review.next-change', keys: ['D'], name: () => gettext('Next box that was changed since the last review'),
    short: () => gettext('Next change'), moods: ['idle', 'selected'], needs: [needs.changes], words: 'diff new walk modification suivante nouveau' },
  { ...REVIEWING, id: 'review.next', keys: ['T'], name: () => gettext('Take the next image to review'), short: () => gettext('Next to review'),
    moods: ['idle'], needs: [needs.reviewer, needs.online], words: 'queue next file attente suivante' },
  { id: 'mode.review', group: 'review', keys: ['Shift+V'], name: () => gettext('Review mode on or off'), isOnce: true, needs: [needs.reviewer],
    hint: () => gettext('Single keys approve or return images'), words: 'check verify quality vérifier contrôler qualité relecture' },
];
