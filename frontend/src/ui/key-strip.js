/**
 * What the keys do now. Changes with the mood (nothing selected, something selected, drawing), with the mode, and with the
 * keys themselves. Where the row is too short for all, the way to the rest stands at its end all the same.
 *
 * @import { StripItem } from '../input/strip.js'
 * @import { Mood } from '../input/shortcuts.js'
 * @import { Workspace } from '../workspace.js'
 */
import { keymap } from '../input/keymap.js';
import { stripEnd, stripFor } from '../input/strip.js';
import { isForDrawing } from '../view-state.js';
import { element } from './dom.js';
import { gettext } from './i18n.js';
import { keyCaps } from './keys.js';

/** @param {Workspace} workspace @returns {Mood} */
export function moodOf({ store, view }) {
  if (view.now.isDrawing) return 'drawing';
  if (view.now.tool === 'pan') return 'pan';
  if (store.selection.size && store.canEdit) return 'selected';
  return isForDrawing(view.now.tool) ? 'draw' : 'idle';
}

/**
 * @param {HTMLElement} strip
 * @param {Workspace} workspace
 */
export function showKeyStrip(strip, workspace) {
  const end = element('ul', { class: 'strip__keys strip__end', 'aria-label': gettext('Keys for everything else') });
  strip.after(end);
  let shown = '';
  const update = () => {
    const mood = moodOf(workspace);
    const { mode } = workspace.view.now;
    if (`${mode} ${mood}` === shown) return;
    shown = `${mode} ${mood}`;
    strip.dataset['mood'] = mood;
    strip.replaceChildren(...stripFor(keymap, mood, mode).map(itemOf));
    end.replaceChildren(...stripEnd(keymap).map(itemOf));
  };
  workspace.subscribe(({ kinds }) => (kinds.has('selection') || kinds.has('frame')) && update());
  workspace.view.subscribe((changed) => (changed.has('tool') || changed.has('isDrawing') || changed.has('mode')) && update());
  keymap.subscribe(() => {
    shown = '';
    update();
  });
  update();
}

/** @param {StripItem} item */
function itemOf({ keys, label }) {
  return element('li', {}, [...keys.map(keyCaps), element('span', { text: label })]);
}
