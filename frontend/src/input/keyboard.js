/**
 * Key presses become commands. None acts while a text field has the focus or a dialog is open, but for those few that the
 * table lets through. Tab walks the boxes only while the picture has the focus, and leaves it after the last one. A button
 * of a tool that was clicked gives the focus back to the picture, so that the next key is for that.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { Mode } from '../view-state.js'
 * @import { Keymap } from './keymap.js'
 * @import { Shortcut } from './shortcuts.js'
 */
import { isPressed } from './table/gestures.js';

const TEXT_FIELDS = 'input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range], [type=color]), textarea, select, [contenteditable]:not([contenteditable=false])';
/** Widgets in which plain arrows and the keys for the ends are their own. */
const ARROW_WIDGETS = '[role=listbox], [role=menu], [role=tablist], [role=radiogroup], [role=grid], [role=slider], nav, input[type=range], input[type=radio]';
const WIDGET_KEYS = /^(Arrow|Home$|End$)/;
/** By these buttons, links and the way through the page are operated: elsewhere than on the picture they mean just that. */
const OPERATING = /^(Tab|Enter| )$/;
/** Buttons that a hand clicks on its way to the picture. */
const ON_THE_WAY = '.rail button, .audit__row button, .labels button, .bar__frame > button';

/**
 * @param {Document} page
 * @param {HTMLElement} stage
 * @param {{commands: Commands, keymap: Keymap, mode: () => Mode, holdSpace: (isHeld: boolean) => void}} parts
 */
export function listenToKeys(page, stage, { commands, keymap, mode, holdSpace }) {
  /** @type {Map<string, string>} what letting go of a key runs, by the key's place */
  const held = new Map();
  page.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const isOnStage = event.target === stage || event.target === page.body;
    const shortcut = keymap.find(event, mode());
    if (!shortcut && isPressed('hand.pan', event) && isOnStage && !dialogOf(page)) {
      event.preventDefault();
      return holdSpace(true);
    }
    if (!shortcut || !mayAct(event, shortcut, isOnStage, dialogOf(page))) return;
    if (shortcut.release) held.set(event.code, shortcut.release);
    if (act(commands, shortcut, event.repeat)) event.preventDefault();
  });
  /** @param {string} code */
  const letGo = (code) => {
    const command = held.get(code);
    held.delete(code);
    if (command) commands.run(command);
  };
  page.addEventListener('keyup', (event) => {
    if (isPressed('hand.pan', event)) holdSpace(false);
    letGo(event.code);
  });
  page.defaultView?.addEventListener('blur', () => {
    holdSpace(false);
    for (const code of [...held.keys()]) letGo(code);
  });
  giveFocusBack(page, stage);
}

/**
 * After a click of the pointer, before the button acts: what it opens may take the focus. Who presses it by keys stays on it.
 * @param {Document} page
 * @param {HTMLElement} stage
 */
function giveFocusBack(page, stage) {
  page.addEventListener('click', ({ target, detail }) => {
    const button = target instanceof Element ? target.closest(ON_THE_WAY) : null;
    if (detail > 0 && button && button === page.activeElement) stage.focus({ preventScroll: true });
  }, { capture: true });
}

/**
 * @param {Commands} commands
 * @param {Shortcut} shortcut
 * @param {boolean} isRepeat
 * @returns {boolean} whether the key is used up
 */
function act(commands, shortcut, isRepeat) {
  const { id, isOnce, release } = shortcut;
  if (isRepeat && (isOnce || release)) return true;
  if (id === 'box.next') return commands.walk(1);
  if (id === 'box.previous') return commands.walk(-1);
  if (id === 'audit.next') return commands.walkProposals(1);
  if (id === 'audit.previous') return commands.walkProposals(-1);
  commands.runKey(shortcut);
  return true;
}

/** @param {Document} page @returns {Element|null} */
function dialogOf(page) {
  return page.querySelector('dialog[open]');
}

/**
 * @param {KeyboardEvent} event
 * @param {Shortcut} shortcut
 * @param {boolean} isOnStage
 * @param {Element|null} dialog that is open: only the command that showed it acts, and puts it away
 */
function mayAct(event, { id, isEverywhere }, isOnStage, dialog) {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.matches(TEXT_FIELDS) && !isEverywhere) return false;
  if (dialog) return dialog.getAttribute('data-command') === id;
  if (isOnStage) return true;
  const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
  if (isPlain && OPERATING.test(event.key)) return false;
  return !(isPlain && WIDGET_KEYS.test(event.key) && target?.closest(ARROW_WIDGETS));
}
