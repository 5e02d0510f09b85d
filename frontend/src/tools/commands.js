/**
 * The door to every action of the editor. What the commands do is in tools/commands/, one file per subject; their keys,
 * names and help are in input/shortcuts.js. Buttons, keys and the palette all come here. Commands know the workspace and
 * what the host offers, and nothing of the page.
 *
 * @import { Workspace } from '../workspace.js'
 * @import { Actions, Parts } from './commands/rights.js'
 * @import { Toolbox } from './toolbox.js'
 */
import { arrangeCommands } from './commands/arrange.js';
import { auditCommands, walkProposals } from './commands/audit.js';
import { boxCommands, walk } from './commands/boxes.js';
import { clipboardCommands } from './commands/clipboard.js';
import { detectionCommands } from './commands/detection.js';
import { editingCommands } from './commands/editing.js';
import { frameCommands } from './commands/frames.js';
import { chooseLabel, labelCommands } from './commands/labels.js';
import { nudgeCommands } from './commands/nudge.js';
import { panCommands } from './commands/pan.js';
import { reviewCommands } from './commands/review.js';
import { settingsCommands } from './commands/settings.js';
import { togetherCommands } from './commands/together.js';
import { viewCommands } from './commands/view.js';

/** @type {((parts: Parts) => Actions)[]} */
const SUBJECTS = [
  editingCommands, boxCommands, clipboardCommands, arrangeCommands, nudgeCommands, labelCommands, frameCommands, viewCommands, togetherCommands,
  auditCommands, reviewCommands, detectionCommands, panCommands, settingsCommands,
];

export class Commands {
  /**
   * @param {Workspace} workspace
   * @param {Toolbox} toolbox
   */
  constructor(workspace, toolbox) {
    this.workspace = workspace;
    /** @type {Actions} */
    this.actions = Object.assign({}, ...SUBJECTS.map((commandsOf) => commandsOf({ workspace, toolbox })));
  }

  /** @returns {string[]} */
  get ids() {
    return Object.keys(this.actions);
  }

  /** @param {string} id */
  run(id) {
    const action = this.actions[id];
    if (!action) throw new Error(`no such command: ${id}`);
    action();
  }

  /** What a key is for; `idle` instead while nothing is selected that could be changed. @param {{id: string, idle?: string}} shortcut */
  runKey({ id, idle }) {
    const { selection, canEdit } = this.workspace.store;
    this.run(idle !== undefined && !(selection.size && canEdit) ? idle : id);
  }

  /** @param {number} step @returns {boolean} false at the end, where the focus may go on */
  walk(step) {
    return walk(this.workspace, step);
  }

  /** As `walk`, over what waits for a verdict, the most doubtful first. @param {number} step @returns {boolean} */
  walkProposals(step) {
    return walkProposals(this.workspace, step);
  }

  /** For the selected boxes, and for the next ones. @param {number} id */
  chooseLabel(id) {
    chooseLabel(this.workspace, id);
  }
}
