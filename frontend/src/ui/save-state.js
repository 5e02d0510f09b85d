/**
 * Whether everything is saved: always in sight, as icon and words.
 *
 * @import { StoreStatus } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { element, icon, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';

/** Edits are usually saved quicker than one can read: below this nothing flickers. */
const SAVING_AFTER_MS = 400;

/** @typedef {{mood: 'ok'|'busy'|'warn'|'bad', icon: string, text: string, detail: string, action: 'signin'|'reload'|null}} Shown */

/** @type {Record<number, () => [string, string, Shown['action']]>} by close code: what, why and what to do */
const REFUSALS = {
  4400: () => [gettext('Not connected'), gettext('This page and the server do not understand one another. Reload the page.'), 'reload'],
  4401: () => [gettext('Signed out'), gettext('Sign in again to go on.'), 'signin'],
  4403: () => [gettext('No access'), gettext('You are not a member of this project any more. Ask a manager of the project.'), null],
  4404: () => [gettext('Image is gone'), gettext('This image does not exist any more.'), null],
  4409: () => [gettext('Open elsewhere'), gettext('This image is open in another window. Reload to go on here.'), 'reload'],
  4413: () => [gettext('Not connected'), gettext('An edit was too large for the server. Reload the page.'), 'reload'],
  4426: () => [gettext('New version'), gettext('The site was updated. Reload the page to go on.'), 'reload'],
};

/** @param {number} count */
function kept(count) {
  const text = ngettext('%(count)s edit is kept in this browser.', '%(count)s edits are kept in this browser.', count);
  return count ? interpolate(text, { count }) : '';
}

/**
 * @param {StoreStatus} status
 * @param {number} elsewhere undecided edits on images that were left before they were saved
 * @returns {Shown}
 */
export function describeStatus(status, elsewhere) {
  const count = status.pending + elsewhere;
  if (status.connection === 'refused') return describeRefusal(status, count);
  if (status.connection === 'connecting' && !count) {
    return { mood: 'busy', icon: 'loader-circle', text: gettext('Connecting'), detail: '', action: null };
  }
  if (status.connection !== 'online') {
    const text = ngettext('Offline, %(count)s edit kept', 'Offline, %(count)s edits kept', count);
    const detail = gettext('You can go on. Everything is sent when the connection is back.');
    return { mood: 'warn', icon: 'cloud-off', text: count ? interpolate(text, { count }) : gettext('Offline'), detail, action: null };
  }
  if (count) return { mood: 'busy', icon: 'loader-circle', text: gettext('Saving'), detail: '', action: null };
  return { mood: 'ok', icon: 'circle-check', text: gettext('Saved'), detail: gettext('Every edit is saved at once.'), action: null };
}

/** @param {StoreStatus} status @param {number} count @returns {Shown} */
function describeRefusal(status, count) {
  const refusal = status.code === null ? undefined : REFUSALS[status.code];
  const [text, why, action] = refusal ? refusal()
    : [gettext('Not connected'), gettext('The server closed the connection. Reload the page to try again.'), /** @type {'reload'} */ ('reload')];
  const other = status.reason === 'other-user' ? gettext('Somebody else has signed in to this browser.') : why;
  return { mood: 'bad', icon: 'triangle-alert', text, detail: [other, kept(count)].filter(Boolean).join(' '), action };
}

/**
 * @param {HTMLElement} place
 * @param {Workspace} workspace
 * @param {{elsewhere: () => number, signIn: string, warn: (text: string) => void}} parts `warn`: screen readers hear when something is
 *   wrong, and when it is well again, not every edit
 */
export function showSaveState(place, workspace, { elsewhere, signIn, warn }) {
  const words = element('span', { class: 'save__text' });
  const detail = element('span', { class: 'save__detail' });
  const action = element('a', { class: 'save__action', href: '#', hidden: true });
  const state = element('span', { class: 'save' }, [words]);
  place.append(state, detail, action);
  let timer = 0;
  let name = '';
  /** @type {Shown['mood']} */
  let heard = 'ok';
  /** @param {Shown} shown */
  const write = (shown) => {
    place.dataset['mood'] = shown.mood;
    if (shown.mood !== 'busy' && shown.mood !== heard) {
      heard = shown.mood;
      warn([shown.text, shown.detail].filter(Boolean).join('. '));
    }
    if (name !== shown.icon) state.querySelector('svg')?.remove();
    if (name !== shown.icon) state.prepend(icon(shown.icon));
    name = shown.icon;
    setText(words, shown.text);
    state.title = shown.detail;
    setText(detail, shown.mood === 'bad' ? shown.detail : '');
    action.hidden = shown.action === null;
    if (shown.action) setText(action, shown.action === 'signin' ? gettext('Sign in') : gettext('Reload'));
    action.href = shown.action === 'signin' ? `${signIn}?next=${encodeURIComponent(location.pathname)}` : location.href;
  };
  const update = () => {
    const shown = describeStatus(workspace.store.status, elsewhere());
    clearTimeout(timer);
    if (shown.icon === 'loader-circle' && name) timer = setTimeout(() => write(shown), SAVING_AFTER_MS);
    else write(shown);
  };
  workspace.subscribe(({ kinds }) => kinds.has('status') && update());
  update();
  return update;
}
