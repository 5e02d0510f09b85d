/**
 * The tools, and which one the pointer has.
 *
 * @import { ToolName } from '../view-state.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Tool } from './tool.js'
 */
import { DrawTool } from './draw.js';
import { PanTool } from './pan.js';
import { SelectTool } from './select.js';

/** @type {Record<ToolName, string>} */
const IDLE_CURSORS = { select: 'default', draw: 'crosshair', pan: 'grab' };

export class Toolbox {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    /** @type {Record<ToolName, Tool>} */
    this.tools = { select: new SelectTool(workspace), draw: new DrawTool(workspace), pan: new PanTool(workspace) };
  }

  get current() {
    return this.tools[this.workspace.view.now.tool];
  }

  /** @param {ToolName} name */
  use(name) {
    this.cancel();
    this.workspace.view.set({ tool: name, cursor: IDLE_CURSORS[name], hover: null });
  }

  /** Give up what was begun. @returns {boolean} whether there was anything */
  cancel() {
    return this.current.cancel();
  }
}
