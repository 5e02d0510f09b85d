/**
 * What a person must be told about an edit that did not go as drawn: what happened, that nothing is lost, what to do.
 *
 * @import { Notice } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { element, icon } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';

const MAX_SHOWN = 3;

/** @typedef {{mood: 'warning'|'error'|'info', title: string, text: string, keep: string|null, dismiss: string}} Shown */

/** @type {Record<string, () => string>} */
const FIELD_NAMES = {
  x1: () => gettext('left edge'), y1: () => gettext('top edge'), x2: () => gettext('right edge'), y2: () => gettext('lower edge'),
  label: () => gettext('label'), status: () => gettext('status'), attributes: () => gettext('attributes'), z: () => gettext('order'),
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

/** @param {Workspace} workspace @param {number|null} user */
function nameOf(workspace, user) {
  for (const person of workspace.store.people.values()) if (person.user === user) return person.name;
  return user === null ? gettext('A model') : gettext('Somebody');
}

/**
 * @param {Notice} notice
 * @param {Workspace} workspace
 * @returns {Shown}
 */
export function describeNotice(notice, workspace) {
  const close = gettext('Close');
  switch (notice.kind) {
    case 'stale': return {
      mood: 'warning', title: gettext('Somebody changed this box before you'),
      text: interpolate(gettext('What you see is theirs (%(fields)s). Yours is kept here until you choose.'), { fields: named(notice.fields) }),
      keep: gettext('Use mine'), dismiss: gettext('Keep theirs'),
    };
    case 'gone': return {
      mood: 'warning', title: gettext('This box was deleted meanwhile'),
      text: gettext('Your change to it is kept here until you choose.'), keep: gettext('Bring it back'), dismiss: gettext('Leave it deleted'),
    };
    case 'overwritten': return {
      mood: 'info', title: interpolate(gettext('%(name)s changed a box after you'), { name: nameOf(workspace, notice.by) }),
      text: interpolate(gettext('Changed: %(fields)s. The history keeps both.'), { fields: named(notice.fields) }), keep: null, dismiss: close,
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
  const update = () => {
    const { notices } = workspace.store;
    const shown = notices.slice(-MAX_SHOWN).reverse();
    const hidden = notices.length - shown.length;
    const more = ngettext('%(count)s more', '%(count)s more', hidden);
    const rest = hidden ? [element('p', { class: 'toast toast--more', text: interpolate(more, { count: hidden }) })] : [];
    place.replaceChildren(...shown.map((notice) => toast(notice, workspace)), ...rest);
  };
  workspace.subscribe(({ kinds }) => kinds.has('notice') && update());
  update();
}

/**
 * @param {Notice} notice
 * @param {Workspace} workspace
 */
function toast(notice, workspace) {
  const { mood, title, text, keep, dismiss } = describeNotice(notice, workspace);
  const { store } = workspace;
  const box = notice.boxId === null ? undefined : store.boxes.get(notice.boxId);
  const buttons = [];
  if (keep) buttons.push(button(keep, 'button button--primary', () => store.keepMine(notice.id)));
  if (box) buttons.push(button(gettext('Show the box'), 'button', () => {
    store.select([box.id]);
    workspace.camera.reveal(box);
  }));
  buttons.push(button(dismiss, 'button button--quiet', () => store.dismiss(notice.id)));
  const kind = mood === 'error' ? 'alert' : 'status';
  return element('div', { class: `toast toast--${mood}`, role: kind }, [
    icon(mood === 'info' ? 'info' : 'triangle-alert'),
    element('div', {}, [element('strong', { text: title }), element('p', { text }), element('div', { class: 'toast__buttons' }, buttons)]),
  ]);
}

/** @param {string} text @param {string} look @param {() => void} act */
function button(text, look, act) {
  const made = element('button', { type: 'button', class: look, text });
  made.addEventListener('click', act);
  return made;
}
