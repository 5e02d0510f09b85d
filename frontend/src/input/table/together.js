/**
 * Rows of the table of commands (input/shortcuts.js): what one does with others.
 *
 * @import { Shortcut } from '../shortcuts.js'
 */
import { needs } from '../../tools/commands/needs.js';
import { gettext } from '../../ui/i18n.js';

/** @type {Shortcut[]} */
export const TOGETHER = [
  { id: 'together.look', group: 'together', keys: ['G'], name: () => gettext('Look at what somebody changed'),
    hint: () => gettext('Goes to the box of the newest notice'), words: 'notice conflict changed regarder conflit avis modifié' },
  { id: 'together.follow', group: 'together', keys: ['U'], name: () => gettext('Follow the next person, or nobody'), isOnce: true,
    words: 'presence people watch suivre personne présence' },
  { id: 'together.comment', group: 'together', keys: ['C'], name: () => gettext('Comment on the box or the place'), isOnce: true,
    needs: [needs.edit], hint: () => gettext('The selected box, else where the pointer is'),
    words: 'note remark mention discuss talk commentaire remarque parler signaler' },
  { id: 'panel.boxes', group: 'together', keys: [], name: () => gettext('Show the boxes'), words: 'list panel liste cadres' },
  { id: 'panel.history', group: 'together', keys: ['Y'], name: () => gettext('Show the history'), isOnce: true,
    words: 'log who when restore version historique journal restaurer revenir' },
  { id: 'panel.comments', group: 'together', keys: [], name: () => gettext('Show the comments'), isOnce: true,
    words: 'notes remarks mentions commentaires remarques' },
];
