/**
 * Key presses become commands. Keys without Ctrl act only while no text field has the focus; Tab walks the boxes only
 * while the picture has it, and leaves it after the last one.
 *
 * @import { Commands } from '../tools/commands.js'
 */
import { shortcutFor } from './shortcuts.js';

const TEXT_FIELDS = 'input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable]';
/** These must act once, however long the key is held. */
const ONCE = new Set(['box.new', 'help.show', 'edit.save', 'tool.select', 'tool.draw', 'tool.pan', 'edit.cancel']);
const ARROW = /^Arrow/;

/**
 * @param {Document} page
 * @param {HTMLElement} stage
 * @param {{commands: Commands, holdSpace: (isHeld: boolean) => void}} parts
 */
export function listenToKeys(page, stage, { commands, holdSpace }) {
  page.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || isElsewhere(event, page)) return;
    if (event.key === ' ' && isOnPicture(event, page, stage)) {
      event.preventDefault();
      return holdSpace(true);
    }
    const shortcut = shortcutFor(event);
    if (!shortcut || !mayAct(event, shortcut.id, isOnPicture(event, page, stage))) return;
    if (act(commands, shortcut.id, event.repeat)) event.preventDefault();
  });
  page.addEventListener('keyup', (event) => event.key === ' ' && holdSpace(false));
  page.defaultView?.addEventListener('blur', () => holdSpace(false));
}

/**
 * @param {Commands} commands
 * @param {string} id
 * @param {boolean} isRepeat
 * @returns {boolean} whether the key is used up
 */
function act(commands, id, isRepeat) {
  if (isRepeat && ONCE.has(id)) return true;
  if (id === 'box.next') return commands.walk(1);
  if (id === 'box.previous') return commands.walk(-1);
  commands.run(id);
  return true;
}

/**
 * Whether the key belongs to something else: a text field, an open dialog.
 * @param {KeyboardEvent} event
 * @param {Document} page
 */
function isElsewhere(event, page) {
  const target = event.target instanceof Element ? event.target : null;
  const isTyping = target?.matches(TEXT_FIELDS) && !event.ctrlKey && !event.metaKey;
  return Boolean(isTyping) || (page.querySelector('dialog[open]') !== null && event.key !== '?');
}

/**
 * @param {KeyboardEvent} event
 * @param {Document} page
 * @param {HTMLElement} stage
 */
function isOnPicture(event, page, stage) {
  return event.target === stage || event.target === page.body;
}

/**
 * In a list, arrows and Tab are the list's own.
 * @param {KeyboardEvent} event
 * @param {string} id
 * @param {boolean} isOnStage
 */
function mayAct(event, id, isOnStage) {
  if (isOnStage) return true;
  if (id === 'box.next' || id === 'box.previous') return false;
  const isPlainArrow = ARROW.test(event.key) && !event.altKey;
  return !(isPlainArrow && event.target instanceof Element && event.target.closest('[role=listbox], [role=menu], nav'));
}
