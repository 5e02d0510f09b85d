/**
 * The settings of the editor: keys, view, language. Every change holds at once and is kept with the account.
 *
 * @import { Workspace } from '../workspace.js'
 */
import { wireDialog } from './dialog.js';
import { gettext } from './i18n.js';
import { KeySettings } from './settings-keys.js';
import { showViewSettings } from './settings-view.js';
import { makeTabs } from './tabs.js';

/**
 * @param {HTMLDialogElement} dialog
 * @param {Workspace} workspace
 * @returns {() => void} shows or hides it
 */
export function makeSettings(dialog, workspace) {
  const [keys, view, language] = ['keys', 'view', 'language'].map((name) => panelOf(dialog, name));
  const list = dialog.querySelector('[role=tablist]');
  if (!keys || !view || !language || !(list instanceof HTMLElement)) throw new Error('the page has no settings');
  const keySettings = new KeySettings(keys, workspace.preferences, (text) => workspace.host.warn(text, 'keys'));
  const refreshView = showViewSettings(view, workspace.preferences);
  makeTabs(list, [
    { id: 'settings-keys', name: gettext('Keys'), panel: keys }, { id: 'settings-view', name: gettext('View'), panel: view },
    { id: 'settings-language', name: gettext('Language'), panel: language },
  ], () => keySettings.stop());
  list.querySelector('[role=tab]')?.setAttribute('autofocus', '');
  dialog.addEventListener('cancel', (event) => keySettings.recording && event.preventDefault());
  dialog.addEventListener('close', () => keySettings.stop());
  return wireDialog(dialog, 'settings.show', () => {
    keySettings.refresh();
    refreshView();
  });
}

/** @param {HTMLElement} dialog @param {string} name */
function panelOf(dialog, name) {
  const found = dialog.querySelector(`[data-tab=${name}]`);
  return found instanceof HTMLElement ? found : null;
}
