/**
 * Rows of the table of commands (input/shortcuts.js): copying, arranging, hiding, and looking closer.
 *
 * @import { Shortcut } from '../shortcuts.js'
 */
import { needs } from '../../tools/commands/needs.js';
import { gettext } from '../../ui/i18n.js';

const chosen = [needs.selection, needs.draw];
const changed = [needs.draw, needs.change];

/** @type {Shortcut[]} */
export const HANDS = [
  { id: 'tool.extreme', group: 'tools', keys: ['E'], name: () => gettext('Draw by four outermost points'), isOnce: true, needs: [needs.draw],
    hint: () => gettext('Click the top, left, bottom and right end of the object'), words: 'extreme click quatre points extrêmes' },
  { id: 'edit.copy', group: 'edit', keys: ['Mod+C'], name: () => gettext('Copy'), needs: [needs.selection], words: 'clipboard copier presse-papiers' },
  { id: 'edit.paste', group: 'edit', keys: ['Mod+V'], name: () => gettext('Paste under the pointer'), needs: [needs.draw], isOnce: true,
    hint: () => gettext('A click puts the boxes down'), words: 'clipboard coller presse-papiers' },
  { id: 'edit.put-down', group: 'edit', keys: ['Enter'], name: () => gettext('Put the pasted boxes down'), needs: [needs.pasting], words: 'place poser' },
  { id: 'edit.duplicate', group: 'edit', keys: ['Mod+D'], name: () => gettext('Duplicate'), needs: chosen, words: 'copy dupliquer doubler' },
  { id: 'box.repeat', group: 'boxes', keys: ['R'], name: () => gettext('Add the boxes of the image before'), isOnce: true,
    needs: [needs.draw, needs.previous], words: 'repeat propagate previous frame répéter propager précédente' },
  { id: 'box.forward', group: 'boxes', keys: [']'], name: () => gettext('One step to the front'), needs: changed, words: 'order stack above ordre avancer dessus' },
  { id: 'box.backward', group: 'boxes', keys: ['['], name: () => gettext('One step to the back'), needs: changed, words: 'order stack below ordre reculer dessous' },
  { id: 'box.front', group: 'boxes', keys: ['Mod+]'], name: () => gettext('All the way to the front'), needs: changed, words: 'order top premier plan' },
  { id: 'box.back', group: 'boxes', keys: ['Mod+['], name: () => gettext('All the way to the back'), needs: changed, words: 'order bottom arrière-plan' },
  { id: 'box.lock', group: 'boxes', keys: ['L'], name: () => gettext('Lock or unlock'), isOnce: true, needs: [needs.selection],
    hint: () => gettext('A locked box stays as it is, in this window'), words: 'protect pin verrouiller protéger' },
  { id: 'box.hide', group: 'boxes', keys: ['Shift+H'], name: () => gettext('Hide the selected boxes'), isOnce: true, needs: [needs.selection],
    words: 'invisible masquer cacher' },
  { id: 'view.show-hidden', group: 'view', keys: ['Alt+H'], name: () => gettext('Show everything that is hidden'), isOnce: true,
    words: 'unhide filter clear afficher montrer filtre effacer' },
  { id: 'view.blank-while', group: 'view', keys: ['X'], name: () => gettext('Hide all boxes while the key is held'), isOnce: true,
    release: 'view.blank-end', words: 'peek masquer cacher tout' },
  { id: 'view.blank-end', group: 'view', keys: [], name: () => gettext('Show the boxes again'), words: 'afficher montrer' },
  { id: 'view.blank', group: 'view', keys: ['Shift+X'], name: () => gettext('Hide or show all boxes'), isOnce: true, words: 'toggle masquer afficher tout' },
  { id: 'view.fade', group: 'view', keys: ['Shift+F'], name: () => gettext('Fade what the filter leaves out, or hide it'), isOnce: true,
    words: 'transparent filter estomper filtre' },
  { id: 'view.filter', group: 'view', keys: ['Mod+/'], name: () => gettext('Filter the boxes'), isOnce: true,
    words: 'label status confidence person search filtrer étiquette confiance personne' },
  { id: 'view.adjust', group: 'view', keys: ['I'], name: () => gettext('Brightness, contrast and gamma'), isOnce: true,
    words: 'dark light image adjust luminosité contraste image sombre clair' },
  { id: 'view.selection', group: 'view', keys: ['Z'], name: () => gettext('Zoom to the selection'), needs: [needs.selection],
    words: 'closer focus agrandir rapprocher sélection' },
];
