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
  { id: 'together.keep-mine', group: 'together', keys: [], name: () => gettext('Use mine, in the newest question about a box'), needs: [needs.edit, needs.question],
    words: 'conflict keep resolve stale conflit garder le mien' },
  { id: 'together.keep-theirs', group: 'together', keys: [], name: () => gettext('Keep theirs, in the newest question about a box'), needs: [needs.question],
    words: 'conflict resolve stale conflit garder le leur' },
  { id: 'together.resolve', group: 'together', keys: [], name: () => gettext('Resolve the comment, or open it again'), isOnce: true, needs: [needs.edit],
    hint: () => gettext('The one with the focus, else that of the selected box'), words: 'done close remark conversation commentaire résoudre clore remarque' },
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
