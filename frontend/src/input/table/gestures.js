/**
 * Rows of the table (input/shortcuts.js) for what pointer and keys do together. They are no commands: nothing runs them but
 * the hand, and what is held with them cannot be chosen. Keyboard and pointer ask here which key that is; help sheet and
 * key strip show it.
 *
 * @import { Press } from '../press.js'
 * @import { Mood } from '../shortcuts.js'
 *
 * @typedef {{id: GestureId, keys: readonly string[], name: () => string, short?: () => string, moods?: Mood[], words?: string}} Gesture
 *   `keys`: what is held meanwhile; none where the pointer does it alone. `moods`, `short`: as for commands
 * @typedef {'hand.draw'|'hand.lend'|'hand.pan'|'hand.zoom'|'hand.across'|'hand.more'|'hand.below'} GestureId
 */
import { gettext } from '../../ui/i18n.js';
import { isHeldIn, namesOf } from '../press.js';

/** @type {readonly Gesture[]} */
export const GESTURES = [
  { id: 'hand.draw', keys: [], name: () => gettext('Draw: drag, or click one corner and then the other'), words: 'rectangle box dessiner tracer cadre' },
  { id: 'hand.lend', keys: ['Mod'], name: () => gettext('Select under the pointer while drawing'), short: () => gettext('Select for now'), moods: ['draw'],
    words: 'choose pick choisir sélectionner' },
  { id: 'hand.pan', keys: ['Space'], name: () => gettext('Move the picture: drag with the middle button, or with the key'),
    short: () => gettext('Move the picture'), moods: ['idle', 'draw'], words: 'pan scroll déplacer défiler' },
  { id: 'hand.zoom', keys: [], name: () => gettext('Zoom at the pointer: turn the wheel, or spread two fingers'), words: 'pinch larger smaller agrandir réduire pincer' },
  { id: 'hand.across', keys: ['Shift'], name: () => gettext('Move the picture to the side: turn the wheel'), words: 'scroll horizontal défiler côté' },
  { id: 'hand.more', keys: ['Shift', 'Mod'], name: () => gettext('Select one more'), words: 'add several ajouter plusieurs' },
  { id: 'hand.below', keys: [], name: () => gettext('Click again to reach the box below'), words: 'under overlap dessous chevauchement' },
];

const BY_ID = new Map(GESTURES.map((one) => [one.id, one]));

/** @param {GestureId} id @returns {readonly string[]} */
function keysOf(id) {
  return BY_ID.get(id)?.keys ?? [];
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
