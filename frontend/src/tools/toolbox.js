/**
 * The tools, and which one the pointer has.
 *
 * @import { ToolName } from '../view-state.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Tool } from './tool.js'
 */
import { DrawTool } from './draw.js';
import { ExtremeTool } from './extreme.js';
import { PanTool } from './pan.js';
import { PasteTool } from './paste.js';
import { SelectTool } from './select.js';

/** @type {Record<ToolName, string>} */
const IDLE_CURSORS = { select: 'default', draw: 'crosshair', extreme: 'crosshair', paste: 'copy', pan: 'grab' };

export class Toolbox {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    /** @satisfies {Record<ToolName, Tool>} */
    this.tools = {
      select: new SelectTool(workspace), draw: new DrawTool(workspace), extreme: new ExtremeTool(workspace),
      paste: new PasteTool(workspace), pan: new PanTool(workspace),
    };
  }

  /** @returns {Tool} */
  get current() {
    return this.tools[this.workspace.view.now.tool];
  }

  /** @param {ToolName} name */
  use(name) {
    this.cancel();
    this.workspace.view.set({ tool: name, cursor: IDLE_CURSORS[name], hover: null });
  }

  /** Give up what was begun, also by the select tool that Ctrl lends while drawing. @returns {boolean} whether there was anything */
  cancel() {
    const wasLent = this.tools.select.cancel();
    return this.current.cancel() || wasLent;
  }
}
