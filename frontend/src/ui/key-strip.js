/**
 * What the keys do now. Changes with the mood: nothing selected, something selected, drawing.
 *
 * @import { Mood } from '../input/shortcuts.js'
 * @import { Workspace } from '../workspace.js'
 */
import { stripFor } from '../input/shortcuts.js';
import { element } from './dom.js';
import { keyCaps } from './keys.js';

/** @param {Workspace} workspace @returns {Mood} */
export function moodOf({ store, view }) {
  if (view.now.isDrawing) return 'drawing';
  if (view.now.tool === 'pan') return 'pan';
  if (store.selection.size && store.canEdit) return 'selected';
  return view.now.tool === 'draw' ? 'draw' : 'idle';
}

/**
 * @param {HTMLElement} strip
 * @param {Workspace} workspace
 */
export function showKeyStrip(strip, workspace) {
  /** @type {Mood|null} */
  let shown = null;
  const update = () => {
    const mood = moodOf(workspace);
    if (mood === shown) return;
    shown = mood;
    const items = stripFor(mood).map((item) => element('li', {}, [...item.keys.map(keyCaps), element('span', { text: item.label() })]));
    strip.replaceChildren(...items);
  };
  workspace.subscribe(({ kinds }) => (kinds.has('selection') || kinds.has('frame')) && update());
  workspace.view.subscribe(update);
  update();
}
