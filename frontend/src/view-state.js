/**
 * What only this window knows: the tool, the label for new boxes, what the pointer is on. Nothing of it is an edit.
 *
 * @import { Side } from './audit.js'
 * @import { Edges } from './box.js'
 * @import { Filter } from './visibility.js'
 *
 * @typedef {'select'|'draw'|'extreme'|'paste'|'pan'} ToolName
 * @typedef {'boxes'|'history'|'comments'} PanelName
 * @typedef {{box?: string, x?: number, y?: number}} Remark what a new comment is about; empty: the whole image
 * @typedef {{before: Edges|null, after: Edges|null, label: number}} Ghost a change of the past that is looked at
 * @typedef {{x: number, y: number}} Dot image pixels
 * @typedef {{brightness: number, contrast: number, gamma: number}} Adjust of the picture on the screen; 1 leaves it alone
 * @typedef {'edit'|'audit'|'review'} Mode what the person is here for: a key may mean something else in each
 * @typedef {{isOpen: boolean, threshold: number, side: Side}} Many the proposals that are to be judged together; `threshold`: 0 to 1
 * @typedef {{
 *   tool: ToolName, label: number|null, hover: string|null, pointer: {x: number, y: number}|null, cursor: string,
 *   readout: Edges|null, isDrawing: boolean, isTouch: boolean, mode: Mode, isFocused: boolean, panel: PanelName,
 *   remark: Remark|null, follow: number|null, ghosts: readonly Ghost[], filter: Filter, hidden: ReadonlySet<string>,
 *   locked: ReadonlySet<string>, isBlank: boolean, isFading: boolean, marquee: Edges|null, dots: readonly Dot[], adjust: Adjust,
 *   hidesProposals: boolean, proposalsFrom: number, covered: ReadonlySet<string>, many: Many
 * }} View
 *   `label`: of the next box. `pointer`: image pixels, null outside the stage. `cursor`: CSS. `readout`: the box being
 *   drawn, moved or resized. `isDrawing`: a corner is set. `isFocused`: only the picture is in sight. `remark`: a comment is
 *   being written. `follow`: the id of the user whose pointer the picture follows. `ghosts`: drawn over the boxes. `filter`,
 *   `hidden`, `isBlank`, `isFading`, `hidesProposals`, `proposalsFrom`, `covered`: see visibility.js. `locked`: ids of boxes that the hand leaves alone. `dots`: points set so far.
 */
import { NO_FILTER } from './visibility.js';

/** The same each time, so that going back to nothing is no change. @type {ReadonlySet<string>} */
const NONE = new Set();
/** @type {readonly never[]} */
const NOTHING = [];
/** @type {Readonly<Adjust>} */
export const PLAIN = { brightness: 1, contrast: 1, gamma: 1 };

/** @returns {View} */
const fresh = () => ({
  tool: 'select', label: null, hover: null, pointer: null, cursor: 'default', readout: null, isDrawing: false, isTouch: false,
  mode: 'edit', isFocused: false, panel: 'boxes', remark: null, follow: null, ghosts: NOTHING,
  filter: NO_FILTER, hidden: NONE, locked: NONE, isBlank: false, isFading: false, marquee: null, dots: NOTHING, adjust: PLAIN,
  hidesProposals: false, proposalsFrom: 0, covered: NONE, many: { isOpen: false, threshold: 0.5, side: 'above' },
});

/** Whether a tool makes boxes by hand. @param {ToolName} tool */
export const isForDrawing = (tool) => tool === 'draw' || tool === 'extreme';

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
    this.set({ hover: null, readout: null, isDrawing: false, remark: null, ghosts: NOTHING, hidden: NONE, locked: NONE, marquee: null, dots: NOTHING });
  }
}
