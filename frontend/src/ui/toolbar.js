/**
 * The rail on the left. Every button is a command.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { Workspace } from '../workspace.js'
 */
import { element, icon, setText } from './dom.js';
import { describe } from './keys.js';
import { gettext } from './i18n.js';

/** Groups of command and icon. */
const BUTTONS = [
  [['tool.select', 'mouse-pointer-2'], ['tool.draw', 'square'], ['tool.extreme', 'crosshair'], ['tool.pan', 'hand']],
  [['edit.undo', 'undo-2'], ['edit.redo', 'redo-2']],
  [['mode.audit', 'check-check'], ['ai.detect', 'sparkles']],
  [['view.in', 'zoom-in'], ['view.out', 'zoom-out'], ['view.fit', 'maximize'], ['view.adjust', 'contrast']],
];

/**
 * @param {HTMLElement} rail
 * @param {Workspace} workspace
 * @param {Commands} commands
 */
export function showToolbar(rail, workspace, commands) {
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  for (const group of BUTTONS) {
    const made = group.map(([id = '', name = '']) => {
      const button = element('button', { type: 'button', class: 'rail__button', 'data-command': id }, [icon(name)]);
      describe(button, id);
      button.addEventListener('click', () => commands.run(id));
      buttons.set(id, button);
      return button;
    });
    rail.append(element('div', { class: 'rail__group' }, made));
  }
  const zoom = element('button', { type: 'button', class: 'rail__zoom', 'data-command': 'view.actual' });
  const percent = element('span');
  zoom.append(percent);
  describe(zoom, 'view.actual');
  // Its name is what it shows, and then what it does.
  zoom.removeAttribute('aria-label');
  percent.after(element('span', { class: 'visually-hidden', text: `, ${gettext('Show at 100 %')}` }));
  zoom.addEventListener('click', () => commands.run('view.actual'));
  rail.lastElementChild?.append(zoom);

  const update = () => {
    const { view, store, activeLabels, camera } = workspace;
    for (const [id, button] of buttons) {
      if (id.startsWith('tool.')) button.setAttribute('aria-pressed', String(id === `tool.${view.now.tool}`));
    }
    buttons.get('mode.audit')?.setAttribute('aria-pressed', String(view.now.mode === 'audit'));
    setOff(buttons.get('ai.detect'), !store.canEdit);
    setOff(buttons.get('edit.undo'), !store.canUndo);
    setOff(buttons.get('edit.redo'), !store.canRedo);
    for (const id of ['tool.draw', 'tool.extreme']) setOff(buttons.get(id), !store.canEdit || !activeLabels.length);
    setText(percent, `${Math.round(camera.scale * 100)}`);
  };
  workspace.view.subscribe((changed) => (changed.has('tool') || changed.has('mode')) && update());
  workspace.subscribe(({ kinds }) => (kinds.has('status') || kinds.has('frame')) && update());
  workspace.camera.subscribe(update);
  update();
}

/**
 * Off but still in the order of Tab, so that nobody's focus is lost.
 * @param {HTMLButtonElement|undefined} button
 * @param {boolean} isOff
 */
function setOff(button, isOff) {
  button?.setAttribute('aria-disabled', String(isOff));
}
