/**
 * What a person must be told about an edit that did not go as drawn: what happened, that nothing is lost, what to do.
 *
 * @import { Notice } from '../store.js'
 * @import { Shown } from './verdict-notice.js'
 * @import { Workspace } from '../workspace.js'
 */
import { ariaKeys } from '../input/key-names.js';
import { keymap } from '../input/keymap.js';
import { arrange, element, icon, isMac, setAttribute, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { keyCaps } from './keys.js';
import { nameOfUser } from './person-name.js';
import { describeSaid, describeVerdict, isVerdict, whatTheyDid } from './verdict-notice.js';

const MAX_SHOWN = 3;

/** @type {Record<string, () => string>} */
const FIELD_NAMES = {
  x1: () => gettext('left edge'), y1: () => gettext('top edge'), x2: () => gettext('right edge'), y2: () => gettext('lower edge'),
  label: () => gettext('label'), status: () => gettext('status'), attributes: () => gettext('attributes'), z: () => gettext('order'),
  feedback: () => gettext('rating'),
};

/** @type {Record<string, () => string>} by code of docs/protocol.md */
const REFUSALS = {
  forbidden: () => gettext('Your role in this project does not allow this edit any more. The image is as it was.'),
  invalid: () => gettext('The server could not take this edit. The image is as it was; try it again.'),
  exists: () => gettext('This box exists already. The image is as it was.'),
  nothing: () => gettext('There is nothing left to undo or redo here.'),
  rate: () => gettext('Too many edits at once. Nothing was lost; they are sent a little slower.'),
};

/** @param {string[]} fields */
function named(fields) {
  return fields.map((name) => FIELD_NAMES[name]?.() ?? name).join(', ');
}

/** @param {Notice} notice @param {string} name */
function touchedTitle({ boxes }, name) {
  const count = boxes?.length ?? 1;
  return interpolate(ngettext('%(name)s changed %(count)s box that you have selected', '%(name)s changed %(count)s boxes that you have selected', count), { name, count });
}

/** @param {Notice} notice @returns {string} of a verdict on one box, what it is */
function touchedText({ fields, theirs }) {
  const isJudged = theirs !== null && ('status' in theirs || 'feedback' in theirs);
  if (isJudged) return `${whatTheyDid(theirs)} ${gettext('The history keeps both.')}`;
  return interpolate(gettext('Changed: %(fields)s. The history keeps both.'), { fields: named(fields) });
}

/** Who was first. The server may not say. @param {Workspace} workspace @param {Notice} notice */
function firstOf(workspace, { by }) {
  return by === null ? gettext('Somebody') : nameOfUser(workspace, by);
}

/** @param {Notice} notice @param {string} name */
function removedTitle({ boxes }, name) {
  const count = boxes?.length ?? 1;
  return interpolate(ngettext('%(name)s deleted %(count)s box that you had selected', '%(name)s deleted %(count)s boxes that you had selected', count), { name, count });
}

/**
 * @param {Notice} notice
 * @param {Workspace} workspace
 * @returns {Shown}
 */
export function describeNotice(notice, workspace) {
  const close = gettext('Close');
  switch (notice.kind) {
    case 'stale': return notice.said ? describeSaid(notice.said) : isVerdict(notice) ? describeVerdict(notice, firstOf(workspace, notice)) : {
      mood: 'warning', title: interpolate(gettext('%(name)s changed this box before you'), { name: firstOf(workspace, notice) }),
      text: interpolate(gettext('What you see is theirs (%(fields)s). Yours is kept here until you choose.'), { fields: named(notice.fields) }),
      keep: gettext('Use mine'), dismiss: gettext('Keep theirs'),
    };
    case 'gone': return {
      mood: 'warning', title: notice.by === null ? gettext('This box was deleted meanwhile')
        : interpolate(gettext('%(name)s deleted this box meanwhile'), { name: firstOf(workspace, notice) }),
      text: gettext('Your change to it is kept here until you choose.'), keep: gettext('Bring it back'), dismiss: gettext('Leave it deleted'),
    };
    case 'overwritten': return {
      mood: 'info', title: interpolate(gettext('%(name)s changed a box after you'), { name: nameOfUser(workspace, notice.by) }),
      text: interpolate(gettext('Changed: %(fields)s. The history keeps both.'), { fields: named(notice.fields) }), keep: null, dismiss: close,
    };
    case 'touched': return {
      mood: 'info', title: touchedTitle(notice, nameOfUser(workspace, notice.by)),
      text: touchedText(notice), keep: null, dismiss: close,
    };
    case 'removed': return {
      mood: 'info', title: removedTitle(notice, nameOfUser(workspace, notice.by)), text: gettext('The history can bring it back.'), keep: null, dismiss: close,
    };
    case 'partial-undo': return {
      mood: 'info', title: gettext('Part of this was left as it is'),
      text: interpolate(gettext('Somebody has changed it since: %(fields)s.'), { fields: named(notice.fields) }), keep: null, dismiss: close,
    };
    case 'storage': return {
      mood: 'warning', title: gettext('This browser does not keep unsaved edits'),
      text: gettext('Keep this window open until it says Saved. A private window can be the reason.'), keep: null, dismiss: close,
    };
    default: return {
      mood: 'error', title: gettext('An edit was refused'),
      text: REFUSALS[notice.code ?? '']?.() ?? gettext('The image is as it was. Try it again.'), keep: null, dismiss: close,
    };
  }
}

/**
 * @param {HTMLElement} place
 * @param {Workspace} workspace
 */
export function showNotices(place, workspace) {
  /** @type {Map<number, HTMLElement>} those that are shown, so that a focus in one stays when another comes */
  let before = new Map();
  /** @type {Map<number, Notice>} what was read out of those that are there, shown or not */
  let heard = new Map();
  const update = () => {
    const { notices } = workspace.store;
    for (const notice of notices) if (heard.get(notice.id) !== notice) tell(notice, workspace, before.get(notice.id));
    heard = new Map(notices.map((notice) => [notice.id, notice]));
    const shown = notices.slice(-MAX_SHOWN).reverse();
    const hidden = notices.length - shown.length;
    const more = ngettext('%(count)s more', '%(count)s more', hidden);
    const rest = hidden ? [element('p', { class: 'toast toast--more', text: interpolate(more, { count: hidden }) })] : [];
    const now = new Map(shown.map((notice) => [notice.id, before.get(notice.id) ?? toast(notice, workspace)]));
    arrange(place, [...now.values(), ...rest]);
    before = now;
    markLook(place);
  };
  workspace.subscribe(({ kinds }) => kinds.has('notice') && update());
  keymap.subscribe(() => markLook(place));
  update();
}

/**
 * Aloud, through the one region that speaks; and on the toast, where more of the same was added to it.
 * @param {Notice} notice
 * @param {Workspace} workspace
 * @param {HTMLElement|undefined} shown
 */
function tell(notice, workspace, shown) {
  const { title, text } = describeNotice(notice, workspace);
  workspace.host.warn(`${title}. ${text}`, `notice ${notice.id}`);
  const [head, body] = [shown?.querySelector('strong'), shown?.querySelector('p')];
  if (head) setText(head, title);
  if (body) setText(body, text);
}

/** The key leads to the newest. @param {HTMLElement} place */
function markLook(place) {
  const [key] = keymap.keysOf('together.look');
  for (const [index, button] of [...place.querySelectorAll('.toast__look')].entries()) {
    const isNewest = index === 0 && key !== undefined;
    button.replaceChildren(gettext('Show the box'), ...(isNewest ? [' ', keyCaps(key)] : []));
    setAttribute(button, 'aria-keyshortcuts', isNewest ? ariaKeys([key], isMac) : null);
  }
}

/**
 * @param {Notice} notice
 * @param {Workspace} workspace
 */
function toast(notice, workspace) {
  const { mood, title, text, keep, dismiss } = describeNotice(notice, workspace);
  const { store } = workspace;
  const buttons = [];
  if (keep) buttons.push(button(keep, 'button button--primary', () => store.keepMine(notice.id)));
  if (notice.kind !== 'removed' && notice.boxId !== null && store.boxes.has(notice.boxId)) buttons.push(button('', 'button toast__look', () => show(store.notices.find(({ id }) => id === notice.id)?.boxId ?? null, workspace)));
  buttons.push(button(dismiss, 'button button--quiet', () => store.dismiss(notice.id)));
  return element('div', { class: `toast toast--${mood}` }, [
    icon(mood === 'info' ? 'info' : 'triangle-alert'),
    element('div', {}, [element('strong', { text: title }), element('p', { text }), element('div', { class: 'toast__buttons' }, buttons)]),
  ]);
}

/** @param {string|null} id of a box @param {Workspace} workspace */
function show(id, { store, camera, host }) {
  const box = store.boxes.get(id ?? '');
  if (!box) return host.say(gettext('That box is deleted.'));
  store.select([box.id]);
  camera.reveal(box);
}

/** @param {string} text @param {string} look @param {() => void} act */
function button(text, look, act) {
  const made = element('button', { type: 'button', class: look, text });
  made.addEventListener('click', act);
  return made;
}
