/**
 * The one table of commands: their names, keys and when they make sense. Key presses, tooltips, the help sheet, the key
 * strip and the palette all read it; every id is a command of tools/commands/. The keys here are those of the preset
 * "ours": keymap.js says which hold for this person.
 *
 * Keys are written `Mod+Alt+Shift+Z`: Mod is Ctrl, on a Mac Cmd. Letters mean what the keyboard types, digits the keys of
 * the row of digits whatever they type (on a French keyboard they type letters), so they work without Shift everywhere.
 *
 * @import { Mode } from '../view-state.js'
 * @import { Need } from '../tools/commands/needs.js'
 *
 * @typedef {'tools'|'boxes'|'labels'|'images'|'view'|'edit'|'together'|'audit'|'review'|'settings'} Group
 * @typedef {'idle'|'selected'|'draw'|'drawing'|'pan'} Mood what the person is about to do
 * @typedef {{
 *   id: string, group: Group, keys: string[], name: () => string, hint?: () => string, moods?: Mood[], short?: () => string,
 *   modes?: Mode[], needs?: Need[], isOnce?: boolean, isEverywhere?: boolean, release?: string, idle?: string, isAlways?: boolean, words?: string
 * }} Shortcut
 *   `moods`: when the key strip shows it, by its `short` name. `modes`: where its keys act; without it they act in every mode
 *   where no other command that names the mode has them. `needs`: without them it makes no sense now. `isOnce`: a held key
 *   does not repeat it. `isEverywhere`: also while typing. `release`: the command that letting go of the key runs. `idle`: the
 *   command that its keys run while nothing is selected. `isAlways`: at the end of the key strip, where nothing cuts it off.
 *   `words`: other words by which people look for it, English and French.
 * @typedef {{ids: string[], group: Group, name: () => string, short?: () => string, moods?: Mood[]}} Family
 *   commands that help and key strip show as one line
 */
import { needs } from '../tools/commands/needs.js';
import { gettext, interpolate } from '../ui/i18n.js';
import { AUDIT } from './table/audit.js';
import { HANDS } from './table/hands.js';
import { QUEUE } from './table/queue.js';
import { REVIEW } from './table/review.js';
import { SETTINGS } from './table/settings.js';
import { TOGETHER } from './table/together.js';

/** @type {Record<Group, () => string>} */
export const GROUP_NAMES = {
  tools: () => gettext('Tools'),
  boxes: () => gettext('Boxes'),
  labels: () => gettext('Labels'),
  audit: () => gettext('Audit'),
  review: () => gettext('Review'),
  edit: () => gettext('Editing'),
  images: () => gettext('Images'),
  together: () => gettext('Together'),
  view: () => gettext('View'),
  settings: () => gettext('Settings'),
};

/** @type {Shortcut[]} */
const PLAIN = [
  { id: 'tool.select', group: 'tools', keys: ['V'], name: () => gettext('Select'), isOnce: true,
    hint: () => gettext('Choose, move and resize boxes'), moods: ['draw', 'pan'],
    words: 'pointer arrow choose sélectionner choisir flèche pointeur' },
  { id: 'tool.draw', group: 'tools', keys: ['B'], name: () => gettext('Draw a box'), isOnce: true, needs: [needs.draw],
    hint: () => gettext('Drag, or click two corners'), moods: ['idle', 'selected', 'pan'], short: () => gettext('Draw'),
    words: 'rectangle bounding annotate add dessiner tracer cadre annoter ajouter' },
  { id: 'tool.pan', group: 'tools', keys: ['H'], name: () => gettext('Move the picture'), isOnce: true,
    hint: () => gettext('Also: drag with the middle button, with any tool'), moods: [],
    words: 'pan hand scroll main déplacer défiler' },
  { id: 'box.new', group: 'boxes', keys: ['N'], name: () => gettext('New box at the pointer or in the middle'), isOnce: true,
    needs: [needs.draw], moods: ['idle', 'draw'], short: () => gettext('New box'),
    words: 'add create insert ajouter créer nouveau cadre' },
  { id: 'box.next', group: 'boxes', keys: ['Tab', '.'], name: () => gettext('Next box'), needs: [needs.boxes],
    moods: ['idle', 'selected'], short: () => gettext('Next box'), words: 'walk forward suivant parcourir' },
  { id: 'box.previous', group: 'boxes', keys: ['Shift+Tab', ','], name: () => gettext('Previous box'), needs: [needs.boxes],
    words: 'walk back précédent parcourir' },
  { id: 'box.all', group: 'boxes', keys: ['Mod+A'], name: () => gettext('Select all boxes'), needs: [needs.boxes],
    words: 'everything tout sélectionner tous' },
  { id: 'box.delete', group: 'boxes', keys: ['Delete', 'Backspace'], name: () => gettext('Delete'),
    needs: [needs.selection, needs.draw, needs.change], moods: ['selected'],
    words: 'remove erase trash bin supprimer effacer enlever retirer corbeille' },
  { id: 'edit.undo', group: 'edit', keys: ['Mod+Z'], name: () => gettext('Undo'), needs: [needs.edit, needs.undo],
    moods: ['idle', 'selected', 'draw'], words: 'back revert take back annuler défaire revenir' },
  { id: 'edit.redo', group: 'edit', keys: ['Mod+Shift+Z', 'Mod+Y'], name: () => gettext('Redo'), needs: [needs.edit, needs.redo],
    words: 'again repeat refaire rétablir' },
  { id: 'edit.cancel', group: 'edit', keys: ['Escape'], name: () => gettext('Cancel, or select nothing'),
    moods: ['drawing', 'selected', 'draw'], short: () => gettext('Cancel'), isOnce: true,
    words: 'deselect unselect none stop abort désélectionner aucun abandonner' },
  { id: 'edit.save', group: 'edit', keys: ['Mod+S'], name: () => gettext('Tell whether everything is saved'), isOnce: true,
    isEverywhere: true, words: 'save store enregistrer sauvegarder' },
  { id: 'frame.next', group: 'images', keys: ['F', 'PageDown'], name: () => gettext('Next image'), needs: [needs.next],
    moods: ['idle', 'pan'], short: () => gettext('Next image'), words: 'forward frame suivante avancer' },
  { id: 'frame.previous', group: 'images', keys: ['D', 'PageUp'], name: () => gettext('Previous image'), needs: [needs.previous],
    moods: ['idle', 'pan'], short: () => gettext('Previous image'), words: 'back frame précédente reculer' },
  { id: 'frame.complete-next', group: 'images', keys: ['Mod+Enter'], name: () => gettext('Mark complete and go to the next image'),
    hint: () => gettext('Says that all boxes of this image are drawn'), isOnce: true, needs: [needs.edit, needs.online],
    moods: ['idle', 'selected'], short: () => gettext('Complete, next'),
    words: 'submit done finish validate soumettre terminer valider finir suivante' },
  { id: 'frame.complete', group: 'images', keys: [], name: () => gettext('Mark complete'), isOnce: true,
    needs: [needs.edit, needs.online, needs.incomplete], words: 'submit done finish status soumettre terminer valider finir état' },
  { id: 'frame.open-again', group: 'images', keys: [], name: () => gettext('Open again'),
    hint: () => gettext('This image needs more work'), needs: [needs.edit, needs.online, needs.complete],
    words: 'reopen unfinished in progress status rouvrir reprendre état en cours' },
  { id: 'view.fit', group: 'view', keys: ['Shift+1'], name: () => gettext('Show the whole image'), moods: ['pan'],
    short: () => gettext('Whole image'), words: 'fit zoom reset ajuster adapter entière' },
  { id: 'view.actual', group: 'view', keys: ['Shift+2'], name: () => gettext('Show at 100 %'),
    words: 'zoom actual size pixel 100 taille réelle' },
  { id: 'view.in', group: 'view', keys: ['+', '='], name: () => gettext('Zoom in'),
    hint: () => gettext('Also: turn the wheel, at the pointer'), words: 'larger magnify bigger agrandir rapprocher grossir' },
  { id: 'view.out', group: 'view', keys: ['-'], name: () => gettext('Zoom out'), words: 'smaller réduire éloigner' },
  { id: 'view.focus', group: 'view', keys: ['Shift+Z'], name: () => gettext('Show only the picture'), isOnce: true,
    hint: () => gettext('The same key brings everything back'), words: 'focus hide panels zen full screen masquer panneaux plein écran concentration' },
  { id: 'theme.light', group: 'view', keys: [], name: () => gettext('Theme: light'), words: 'bright day colour thème clair jour' },
  { id: 'theme.dark', group: 'view', keys: [], name: () => gettext('Theme: dark'), words: 'night colour thème sombre nuit' },
  { id: 'theme.system', group: 'view', keys: [], name: () => gettext('Theme: as the system'), words: 'automatic colour thème système automatique' },
  { id: 'view.film', group: 'view', keys: [], name: () => gettext('Show or hide the row of images'),
    words: 'filmstrip thumbnails bande vignettes masquer' },
  { id: 'view.strip', group: 'view', keys: [], name: () => gettext('Show or hide the row of keys'),
    words: 'key strip shortcuts bande touches raccourcis masquer' },
  { id: 'palette.show', group: 'view', keys: ['Mod+K'], name: () => gettext('Find a command'), isOnce: true, isEverywhere: true,
    isAlways: true, short: () => gettext('Commands'), words: 'palette search actions rechercher chercher commande' },
  { id: 'settings.show', group: 'view', keys: ['Mod+,'], name: () => gettext('Settings of the editor'), isOnce: true, isEverywhere: true,
    words: 'preferences options keys shortcuts language theme paramètres préférences raccourcis touches langue thème' },
  { id: 'help.show', group: 'view', keys: ['?', 'F1'], name: () => gettext('Keys and help'), isOnce: true, isAlways: true,
    short: () => gettext('Help'), words: 'shortcuts keyboard cheat sheet aide raccourcis clavier' },
];

const WAY_NAMES = /** @type {const} */ (['left', 'right', 'up', 'down']);
/** @type {Record<typeof WAY_NAMES[number], [string, () => string, () => string, () => string]>} key, and what moves */
const WAYS = {
  left: ['ArrowLeft', () => gettext('Move left'), () => gettext('Move the right edge left'), () => gettext('Move the left edge left')],
  right: ['ArrowRight', () => gettext('Move right'), () => gettext('Move the right edge right'), () => gettext('Move the left edge right')],
  up: ['ArrowUp', () => gettext('Move up'), () => gettext('Move the lower edge up'), () => gettext('Move the upper edge up')],
  down: ['ArrowDown', () => gettext('Move down'), () => gettext('Move the lower edge down'), () => gettext('Move the upper edge down')],
};

/** The moves of WAYS: where their ids begin, and what is held with the arrows. */
const MOVES = [['box.move', ''], ['box.resize', 'Alt+'], ['box.resize-start', 'Mod+']];

/** @returns {Shortcut[]} */
function nudges() {
  /** @type {[string, string, () => string][]} */
  const steps = [['', '', () => gettext('%(move)s by 1 pixel')], ['.far', 'Shift+', () => gettext('%(move)s by 10 pixels')]];
  return WAY_NAMES.flatMap((way) => steps.flatMap(([suffix, shift, distance]) => {
    const [key, ...moves] = WAYS[way];
    return MOVES.map(([id, front], at) => ({
      id: `${id}.${way}${suffix}`, ...(front ? {} : { idle: `view.pan.${way}${suffix}` }), group: /** @type {Group} */ ('boxes'), keys: [`${front}${shift}${key}`],
      name: () => interpolate(distance(), { move: moves[at]?.() }), needs: [needs.selection, needs.draw, needs.change],
      words: 'nudge resize size décaler redimensionner taille',
    }));
  }));
}

/** @type {Record<typeof WAY_NAMES[number], [() => string, () => string]>} by a step, by half of what is in sight */
const PANS = {
  left: [() => gettext('Scroll left'), () => gettext('Scroll left by half of what is in sight')],
  right: [() => gettext('Scroll right'), () => gettext('Scroll right by half of what is in sight')],
  up: [() => gettext('Scroll up'), () => gettext('Scroll up by half of what is in sight')],
  down: [() => gettext('Scroll down'), () => gettext('Scroll down by half of what is in sight')],
};

/** Without keys of their own: those that move a box do it while none is selected. @returns {Shortcut[]} */
function pans() {
  return WAY_NAMES.flatMap((way) => PANS[way].map((name, at) => ({
    id: `view.pan.${way}${at ? '.far' : ''}`, group: /** @type {Group} */ ('view'), keys: [], name,
    hint: () => gettext('Also by the keys that move a box, while none is selected'), words: 'pan view move picture déplacer défiler image',
  })));
}

const DIGITS = [...'1234567890'];

/** @returns {Shortcut[]} */
function digits() {
  return DIGITS.map((digit) => ({
    id: `label.${digit}`, group: 'labels', keys: [digit], name: () => interpolate(gettext('The label with the key %(digit)s'), { digit }),
    words: 'class category classe catégorie',
  }));
}

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [...PLAIN, ...QUEUE, ...HANDS, ...TOGETHER, ...AUDIT, ...REVIEW, ...SETTINGS, ...nudges(), ...pans(), ...digits()];

/** @param {string} start @param {string} [end] */
const everyWay = (start, end = '') => WAY_NAMES.map((way) => `${start}.${way}${end}`);

/** @type {readonly Family[]} */
export const FAMILIES = [
  { ids: everyWay('box.move'), group: 'boxes', name: () => gettext('Move by 1 pixel'), short: () => gettext('Move'), moods: ['selected'] },
  { ids: everyWay('box.move', '.far'), group: 'boxes', name: () => gettext('Move by 10 pixels') },
  { ids: everyWay('box.resize'), group: 'boxes', name: () => gettext('Move the right or lower edge by 1 pixel'),
    short: () => gettext('Resize'), moods: ['selected'] },
  { ids: everyWay('box.resize', '.far'), group: 'boxes', name: () => gettext('Move the right or lower edge by 10 pixels') },
  { ids: everyWay('box.resize-start'), group: 'boxes', name: () => gettext('Move the left or upper edge by 1 pixel') },
  { ids: everyWay('box.resize-start', '.far'), group: 'boxes', name: () => gettext('Move the left or upper edge by 10 pixels') },
  { ids: everyWay('view.pan'), group: 'view', name: () => gettext('Scroll, while nothing is selected'), short: () => gettext('Scroll'),
    moods: ['idle', 'draw', 'pan'] },
  { ids: everyWay('view.pan', '.far'), group: 'view', name: () => gettext('Scroll by half of what is in sight, while nothing is selected') },
  { ids: DIGITS.map((digit) => `label.${digit}`), group: 'labels', name: () => gettext('Give this label to the selection and to the next box'),
    short: () => gettext('Label'), moods: ['selected', 'draw', 'drawing'] },
];

/** @param {string} id @returns {Shortcut} */
export function shortcutOf(id) {
  const found = BY_ID.get(id);
  if (!found) throw new Error(`no such shortcut: ${id}`);
  return found;
}

const BY_ID = new Map(SHORTCUTS.map((one) => [one.id, one]));
