/**
 * Which tool the pointer has, taking back, giving up, and what became of the edits.
 *
 * @import { ToolName } from '../../view-state.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Toolbox } from '../toolbox.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { gettext, interpolate, ngettext } from '../../ui/i18n.js';
import { isForDrawing } from '../../view-state.js';
import { mayEdit } from './rights.js';

/** @param {Parts} parts @returns {Actions} */
export function editingCommands({ workspace, toolbox }) {
  /** @param {ToolName} name */
  const use = (name) => void ((!isForDrawing(name) || mayEdit(workspace)) && toolbox.use(name));
  return {
    'tool.select': () => use('select'),
    'tool.draw': () => use('draw'),
    'tool.extreme': () => use('extreme'),
    'tool.pan': () => use('pan'),
    'edit.undo': () => workspace.store.undo(),
    'edit.redo': () => workspace.store.redo(),
    'edit.cancel': () => cancel(workspace, toolbox),
    'edit.save': () => tellSaved(workspace),
  };
}

/** First what was begun, then the selection, then the tool. @param {Workspace} workspace @param {Toolbox} toolbox */
function cancel({ store, view }, toolbox) {
  if (toolbox.cancel()) return;
  if (store.selection.size) store.select([]);
  else if (view.now.tool !== 'select') toolbox.use('select');
}

/** @param {Workspace} workspace */
function tellSaved({ store, host }) {
  const { save, pending: count } = store.status;
  const text = save === 'saved' ? gettext('Everything is saved already, after every edit.')
    : save === 'saving' ? gettext('Saving now. There is no need to press a key.')
      : ngettext('%(count)s edit is kept here and will be saved when the connection is back.',
        '%(count)s edits are kept here and will be saved when the connection is back.', count);
  host.say(interpolate(text, { count }));
}
