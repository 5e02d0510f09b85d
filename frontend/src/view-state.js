/**
 * What only this window knows: the tool, the label for new boxes, what the pointer is on. Nothing of it is an edit.
 *
 * @import { Edges } from './box.js'
 *
 * @typedef {'select'|'draw'|'pan'} ToolName
 * @typedef {{
 *   tool: ToolName, label: number|null, hover: string|null, pointer: {x: number, y: number}|null, cursor: string,
 *   readout: Edges|null, isDrawing: boolean, isTouch: boolean
 * }} View
 *   `label`: of the next box. `pointer`: image pixels, null outside the stage. `cursor`: CSS. `readout`: the box being
 *   drawn, moved or resized. `isDrawing`: a corner is set.
 */

/** @returns {View} */
const fresh = () => ({
  tool: 'select', label: null, hover: null, pointer: null, cursor: 'default', readout: null, isDrawing: false, isTouch: false,
});

export class ViewState {
  constructor() {
    /** @type {Readonly<View>} */
    this.now = fresh();
    /** @type {Set<(changed: Set<keyof View>) => void>} */
    this.listeners = new Set();
  }

  /** @param {(changed: Set<keyof View>) => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  /** @param {Partial<View>} parts */
  set(parts) {
    const before = this.now;
    this.now = { ...before, ...parts };
    const names = /** @type {(keyof View)[]} */ (Object.keys(parts));
    const changed = new Set(names.filter((name) => before[name] !== this.now[name]));
    if (changed.size) for (const listener of this.listeners) listener(changed);
  }

  /** Another frame: tool and label stay. */
  leaveFrame() {
    this.set({ hover: null, readout: null, isDrawing: false });
  }
}
