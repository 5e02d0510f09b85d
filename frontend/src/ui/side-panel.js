/**
 * The panel on the right: boxes, history or comments, one at a time.
 *
 * @import { PanelName } from '../view-state.js'
 * @import { Workspace } from '../workspace.js'
 */
import { byId } from './dom.js';
import { gettext } from './i18n.js';
import { makeTabs } from './tabs.js';
import { openDrawer } from './theme.js';

/** @type {PanelName[]} */
const PANELS = ['boxes', 'history', 'comments'];

/** @param {Workspace} workspace */
export function showSidePanel(workspace) {
  const names = { boxes: gettext('Boxes'), history: gettext('History'), comments: gettext('Comments') };
  const parts = PANELS.map((id) => ({ id: `side-${id}`, name: names[id], panel: byId(`side-${id}`, HTMLElement) }));
  const show = makeTabs(byId('side-tabs', HTMLElement), parts, (id) => {
    const panel = PANELS.find((name) => `side-${name}` === id);
    if (panel) workspace.view.set({ panel });
  });
  workspace.view.subscribe((changed) => {
    if (changed.has('remark') && workspace.view.now.remark) openDrawer();
    if (!changed.has('panel')) return;
    openDrawer();
    const tab = byId(`tab-side-${workspace.view.now.panel}`, HTMLElement);
    if (tab.getAttribute('aria-selected') !== 'true') show(`side-${workspace.view.now.panel}`);
  });
}
