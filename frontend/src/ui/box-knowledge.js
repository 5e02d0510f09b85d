/**
 * Whether one can say which boxes an image has. What is not known is shown as not known, never as none: somebody would draw
 * all of it again.
 *
 * @import { FrameStore } from '../store.js'
 */
import { gettext } from './i18n.js';

/** Those that were without a connection before they knew: that it is tried again is no news. @type {WeakSet<FrameStore>} */
const seenAway = new WeakSet();

/** @param {FrameStore} store @returns {'known'|'coming'|'away'} */
export function knowledgeOf(store) {
  if (store.knowsBoxes) return 'known';
  if (store.status.connection === 'offline' || store.status.connection === 'refused') seenAway.add(store);
  return seenAway.has(store) ? 'away' : 'coming';
}

/** @param {FrameStore} store that is away @returns {string} */
export function awayText({ status }) {
  return status.connection === 'refused' ? gettext('The boxes of this image cannot be shown now. What you draw is kept.')
    : gettext('The boxes of this image cannot be shown while offline. What you draw is kept.');
}
