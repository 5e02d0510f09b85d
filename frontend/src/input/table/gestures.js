/**
 * Rows of the table (input/shortcuts.js) for what a hand does that is no command: with the pointer and keys held, in the
 * list of boxes, in a text. Nobody can choose other keys for them. Keyboard, pointer, list and forms ask here which key
 * that is; help sheet, key strip and settings show it.
 *
 * @import { Keymap } from '../keymap.js'
 * @import { Press } from '../press.js'
 * @import { Mood } from '../shortcuts.js'
 *
 * @typedef {{id: GestureId, keys: readonly string[], name: () => string, short?: () => string, moods?: Mood[], words?: string, isLent?: boolean}} Gesture
 *   `keys`: what is held or pressed; none where the pointer does it alone. `moods`, `short`: as for commands. `isLent`: a
 *   command that has the key goes before it
 * @typedef {'hand.draw'|'hand.lend'|'hand.again'|'hand.pan'|'hand.wheel'|'hand.zoom'|'hand.across'|'hand.more'|'hand.hold'
 *   |'hand.below'|'list.more'|'list.toggle'|'list.walk'|'text.send'} GestureId
 */
import { gettext } from '../../ui/i18n.js';
import { isHeldIn, namesOf } from '../press.js';

/** @type {readonly Gesture[]} */
export const GESTURES = [
  { id: 'hand.draw', keys: [], name: () => gettext('Draw: drag, or click one corner and then the other'), words: 'rectangle box dessiner tracer cadre' },
  { id: 'hand.lend', keys: ['Mod'], name: () => gettext('Select under the pointer while drawing'), short: () => gettext('Select for now'), moods: ['draw'],
    words: 'choose pick choisir sélectionner' },
  { id: 'hand.again', keys: ['Mod'], name: () => gettext('Click: put pasted boxes down and keep them in hand'), words: 'paste clipboard again coller encore plusieurs' },
  { id: 'hand.pan', keys: ['Space'], name: () => gettext('Move the picture: drag while the key is held'), isLent: true,
    short: () => gettext('Move the picture'), moods: ['idle', 'draw'], words: 'pan scroll déplacer défiler' },
  { id: 'hand.wheel', keys: [], name: () => gettext('Move the picture: drag with the middle button, or with two fingers'), words: 'pan scroll déplacer défiler' },
  { id: 'hand.zoom', keys: [], name: () => gettext('Zoom at the pointer: turn the wheel, or spread two fingers'), words: 'pinch larger smaller agrandir réduire pincer' },
  { id: 'hand.across', keys: ['Shift'], name: () => gettext('Move the picture to the side: turn the wheel'), words: 'scroll horizontal défiler côté' },
  { id: 'hand.more', keys: ['Shift', 'Mod'], name: () => gettext('Click a box: select it too, or no more. Drag beside the boxes: select all in the frame'),
    words: 'add several marquee frame ajouter plusieurs encadrer' },
  { id: 'hand.hold', keys: [], name: () => gettext('Finger or pen: hold on a box to select one more, hold beside the boxes and drag to frame them'),
    words: 'touch long press several tactile appui long plusieurs' },
  { id: 'hand.below', keys: [], name: () => gettext('Click again to reach the box below'), words: 'under overlap dessous chevauchement' },
  { id: 'list.more', keys: ['Shift+ArrowUp', 'Shift+ArrowDown'], name: () => gettext('In the list of boxes: select the next one too'),
    words: 'add several extend ajouter plusieurs étendre' },
  { id: 'list.walk', keys: ['Mod+ArrowUp', 'Mod+ArrowDown'], name: () => gettext('In the list of boxes: go on and select nothing'),
    words: 'focus walk several parcourir plusieurs' },
  { id: 'list.toggle', keys: ['Space', 'Mod+Space'], name: () => gettext('In the list of boxes: select this one too, or no more'),
    words: 'add several toggle ajouter plusieurs' },
  { id: 'text.send', keys: ['Mod+Enter'], name: () => gettext('While writing: send the comment or the reason'), words: 'submit post envoyer commentaire raison' },
];

const BY_ID = new Map(GESTURES.map((one) => [one.id, one]));

/** @param {GestureId} id @returns {readonly string[]} */
function keysOf(id) {
  return BY_ID.get(id)?.keys ?? [];
}

/** What the hand can do now: without that whose key a command has. @param {Keymap} keymap @returns {Gesture[]} */
export function gesturesIn(keymap) {
  return GESTURES.filter(({ isLent, keys }) => !isLent || keys.some((one) => !keymap.holders.has(one)));
}

/** Whether a modifier of the gesture is down. @param {GestureId} id @param {{ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean}} event */
export function isHeld(id, event) {
  return keysOf(id).some((name) => isHeldIn(name, event));
}

/** Whether the press is of a key of the gesture, whatever else is down. @param {GestureId} id @param {Press} press */
export function isPressed(id, { key, code }) {
  const names = namesOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false });
  return keysOf(id).some((keys) => names.includes(keys));
}

/** Whether this is the whole press that the row means. @param {GestureId} id @param {Press} press */
export function isMeant(id, press) {
  const names = namesOf(press);
  return keysOf(id).some((keys) => names.includes(keys));
}
