/**
 * The status of the frame, in the bar: a menu that says what can be done about it. Saying that a frame is complete needs the
 * connection: nothing of it is kept for later, and that is said.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { FrameStore } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Failed } from '../net/request.js'
 */
import { hasObjects } from '../audit.js';
import { shortcutOf } from '../input/shortcuts.js';
import { keymap } from '../input/keymap.js';
import { ask, isPassing } from '../net/request.js';
import { whyNotEmpty } from '../tools/commands/audit.js';
import { whyNot } from '../tools/commands/needs.js';
import { element, icon, setAttribute, setText } from './dom.js';
import { gettext } from './i18n.js';
import { keyCaps } from './keys.js';

const COMMANDS = [
  'frame.complete-next', 'frame.next-for-me', 'frame.complete', 'frame.no-objects', 'frame.open-again', 'mode.review', 'review.approve', 'review.return',
];
/** Shown where the project has reviews. */
const OF_REVIEW = ['mode.review', 'review.approve', 'review.return'];
/** So long the last edits may take before the frame is declared done without them. */
const SAVED_WITHIN_MS = 10_000;

/**
 * @param {HTMLDetailsElement} menu
 * @param {Workspace} workspace
 * @param {Commands} commands
 */
export function showFrameStatus(menu, workspace, commands) {
  const words = element('span');
  const chip = element('summary', { class: 'chip chip--button' }, [
    element('span', { class: 'visually-hidden', text: gettext('Status') }), ' ', words, icon('chevron-down'),
  ]);
  const ids = COMMANDS.filter((id) => !OF_REVIEW.includes(id) || (workspace.page.review?.is_on && workspace.page.review.may_review));
  const choices = ids.map((id) => new Choice(id, menu, commands));
  menu.replaceChildren(chip, element('div', { class: 'menu__list' }, choices.map(({ button }) => button)));
  const update = () => {
    const { page, frameStatus } = workspace;
    setText(words, page.statuses[frameStatus] ?? frameStatus);
    menu.dataset['status'] = frameStatus;
    for (const choice of choices) choice.update(workspace);
  };
  workspace.subscribe(({ kinds }) => (kinds.has('frame') || kinds.has('status')) && workspace.frames.ask(update));
  menu.addEventListener('toggle', update); // whether there are objects changes with every edit
  keymap.subscribe(update);
  update();
}

/** An entry of the menu. It is changed in place, so that nobody's focus is lost. */
class Choice {
  /**
   * @param {string} id
   * @param {HTMLDetailsElement} menu
   * @param {Commands} commands
   */
  constructor(id, menu, commands) {
    this.id = id;
    this.why = element('span', { class: 'status__why' });
    this.keys = element('span');
    this.button = element('button', { type: 'button', class: 'button button--quiet', 'data-command': id }, [
      element('span', { class: 'status__words' }, [element('span', { text: shortcutOf(id).name() }), this.why]), this.keys,
    ]);
    this.button.addEventListener('click', () => {
      if (this.why.textContent) return;
      menu.open = false;
      menu.querySelector('summary')?.focus();
      commands.run(id);
    });
  }

  /** @param {Workspace} workspace */
  update(workspace) {
    const why = whyNot(shortcutOf(this.id).needs ?? [], workspace);
    const keys = keymap.keysOf(this.id).slice(0, 1);
    setText(this.why, why);
    setAttribute(this.button, 'aria-disabled', why ? 'true' : null);
    if (this.keys.dataset['keys'] !== keys.join()) this.keys.replaceChildren(...keys.map(keyCaps));
    this.keys.dataset['keys'] = keys.join();
  }
}

/**
 * @param {Workspace} workspace
 * @returns {(status: string, claim?: {isEmpty?: boolean}) => Promise<boolean>} whether the frame has that status now; if not, the
 *   person was told why
 */
export function statusSetter(workspace) {
  return async (status, { isEmpty = false } = {}) => {
    const { store, host, page: { frame } } = workspace;
    if (!(await allSaved(store))) return told(host, store.status.pending ? unsaved() : offline());
    // Somebody, or a model, may have drawn while it was being saved; the server looks once more.
    const why = isEmpty ? whyNotEmpty({ store }) : '';
    if (why) return told(host, why);
    const answer = await ask(`${frame.data}/status`, { method: 'PUT', body: { status, ...(isEmpty ? { is_empty: true } : {}) } });
    if (!answer.ok) return told(host, reasonOf(answer));
    if (store.frame) store.setFrame({ ...store.frame, status: answer.body.status });
    host.say(status === 'complete' ? completeText(store) : gettext('Open again.'));
    return true;
  };
}

/** @param {FrameStore} store */
function completeText(store) {
  return hasObjects(store.boxes.values()) ? gettext('Marked complete.') : gettext('Marked complete: no objects here.');
}

/** @param {{say: (text: string) => void}} host @param {string} text @returns {false} */
function told(host, text) {
  host.say(text);
  return false;
}

function offline() {
  return gettext('The status cannot be changed while offline. Your boxes are kept; try again when the connection is back.');
}

function unsaved() {
  return gettext('The status was not changed: the last edits are not saved yet. They are kept; try again when it says Saved.');
}

/** @param {Failed} failed */
function reasonOf(failed) {
  if (failed.status === 0) return offline();
  if (failed.detail) return failed.detail;
  if (isPassing(failed)) return gettext('The server is busy, so the status was not changed. Your boxes are kept; try again in a moment.');
  return gettext('The status was not changed. Your boxes are kept; reload the page and try again.');
}

/** Not while it is being opened. @param {FrameStore} store */
function isOffline({ status }) {
  return status.connection !== 'online' && status.connection !== 'connecting';
}

/** What was drawn before belongs to what is declared complete, by whoever. @param {FrameStore} store @returns {Promise<boolean>} */
export function allSaved(store) {
  return new Promise((resolve) => {
    const finish = (/** @type {boolean} */ isSaved) => {
      clearTimeout(timer);
      unsubscribe();
      resolve(isSaved);
    };
    const look = () => {
      if (isOffline(store)) finish(false);
      else if (store.isOnline && store.knowsBoxes && store.status.pending === 0) finish(true);
    };
    const timer = setTimeout(() => finish(false), SAVED_WITHIN_MS);
    const unsubscribe = store.subscribe(({ kinds }) => kinds.has('status') && look());
    look();
  });
}
