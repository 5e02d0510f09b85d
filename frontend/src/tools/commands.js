/**
 * What each command does. Keys, names and help of the commands are in input/shortcuts.js; buttons and keys both come
 * here. Commands know the workspace and what the host offers, and nothing of the page.
 *
 * @import { Edges } from '../box.js'
 * @import { ToolName } from '../view-state.js'
 * @import { FrameCard, Workspace } from '../workspace.js'
 * @import { Toolbox } from './toolbox.js'
 */
import { movedEdges } from '../geometry.js';
import { gettext, interpolate, ngettext } from '../ui/i18n.js';
import { ZOOM_STEP } from '../camera.js';
import { unionOf } from './box-drag.js';
import { toTenth } from './tool.js';

const DEFAULT_SIDE_PX = 120;
const DEFAULT_MIN_IMAGE_PX = 8;
/** Key presses closer together are one undo step. */
const NUDGE_PAUSE_MS = 900;

/** @typedef {{key: string, gesture: string, at: number}} Nudging */

export class Commands {
  /**
   * @param {Workspace} workspace
   * @param {Toolbox} toolbox
   */
  constructor(workspace, toolbox) {
    this.workspace = workspace;
    this.toolbox = toolbox;
    /** @type {Nudging|null} */
    this.nudging = null;
    /** @type {Record<string, () => void>} */
    this.actions = this.list();
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

  /** @returns {Record<string, () => void>} */
  list() {
    const { camera } = this.workspace;
    return {
      'tool.select': () => this.useTool('select'),
      'tool.draw': () => this.useTool('draw'),
      'tool.pan': () => this.useTool('pan'),
      'box.new': () => this.newBox(),
      'box.delete': () => this.removeSelected(),
      'box.next': () => this.walk(1),
      'box.previous': () => this.walk(-1),
      'edit.undo': () => this.workspace.store.undo(),
      'edit.redo': () => this.workspace.store.redo(),
      'edit.cancel': () => this.cancel(),
      'edit.save': () => this.tellSaved(),
      'frame.next': () => this.go(this.workspace.page.next),
      'frame.previous': () => this.go(this.workspace.page.previous),
      'view.fit': () => camera.fit(),
      'view.actual': () => camera.zoomTo(1),
      'view.in': () => camera.zoomBy(ZOOM_STEP),
      'view.out': () => camera.zoomBy(1 / ZOOM_STEP),
      'help.show': () => this.workspace.host.toggleHelp(),
      ...this.nudges(),
      ...this.digits(),
    };
  }

  /** Move and resize by keys: `box.move.left`, `box.move.left.far`, `box.resize.left` and so on. */
  nudges() {
    /** @type {[string, number, number][]} */
    const ways = [['left', -1, 0], ['right', 1, 0], ['up', 0, -1], ['down', 0, 1]];
    /** @type {Record<string, () => void>} */
    const found = {};
    for (const [name, dx, dy] of ways) {
      for (const [suffix, step] of /** @type {[string, number][]} */ ([['', 1], ['.far', 10]])) {
        found[`box.move.${name}${suffix}`] = () => this.moveBy(dx * step, dy * step);
        found[`box.resize.${name}${suffix}`] = () => this.resizeBy(dx * step, dy * step);
      }
    }
    return found;
  }

  digits() {
    /** @type {Record<string, () => void>} */
    const found = {};
    for (const digit of '1234567890') found[`label.${digit}`] = () => this.labelByKey(digit);
    return found;
  }

  /** @param {ToolName} name */
  useTool(name) {
    if (name === 'draw' && !this.mayEdit()) return;
    this.toolbox.use(name);
  }

  /** @returns {boolean} whether editing is possible; says why not */
  mayEdit() {
    const { store, activeLabels, host } = this.workspace;
    if (!store.me) host.say(gettext('The image is still being opened.'));
    else if (!store.canEdit) host.say(gettext('Your role in this project lets you look, not edit.'));
    else if (!activeLabels.length) host.say(gettext('This project has no labels yet, so no box can be drawn.'));
    else return true;
    return false;
  }

  newBox() {
    const { store, view, camera, page, pixel } = this.workspace;
    if (!this.mayEdit() || view.now.label === null) return;
    const { x, y } = view.now.pointer ?? camera.centre();
    const side = Math.max(DEFAULT_SIDE_PX * pixel, DEFAULT_MIN_IMAGE_PX);
    const [width, height] = [Math.min(side, page.frame.width), Math.min(side, page.frame.height)];
    const left = toTenth(Math.min(Math.max(x - width / 2, 0), page.frame.width - width));
    const top = toTenth(Math.min(Math.max(y - height / 2, 0), page.frame.height - height));
    const edges = { x1: left, y1: top, x2: toTenth(left + width), y2: toTenth(top + height) };
    const id = store.create({ ...edges, label: view.now.label });
    if (id) store.select([id]);
  }

  removeSelected() {
    const { store, selectedBoxes } = this.workspace;
    const [first] = selectedBoxes;
    if (!first || !this.mayEdit()) return;
    const shown = this.workspace.shownBoxes;
    const at = shown.findIndex((box) => box.id === first.id);
    const next = shown.slice(at).find((box) => !store.selection.has(box.id)) ?? shown.slice(0, at).at(-1);
    const gesture = store.newGesture();
    for (const box of selectedBoxes) store.remove(box.id, gesture);
    // By keyboard one goes on from where one was; with the pointer in the picture nothing is selected by itself.
    store.select(next && !this.workspace.view.now.pointer ? [next.id] : []);
  }

  /** @param {number} step @returns {boolean} false at the end, where the focus may go on */
  walk(step) {
    const { store, camera, shownBoxes } = this.workspace;
    const at = shownBoxes.findIndex((box) => store.selection.has(box.id));
    const next = at < 0 ? shownBoxes.at(step > 0 ? 0 : -1) : shownBoxes[at + step];
    if (!next) return false;
    store.select([next.id]);
    camera.reveal(next);
    return true;
  }

  /** @param {number} dx image pixels @param {number} dy */
  moveBy(dx, dy) {
    const { store, selectedBoxes, page } = this.workspace;
    if (!selectedBoxes.length || !this.mayEdit()) return;
    const common = unionOf(selectedBoxes);
    const moved = movedEdges(common, dx, dy, page.frame);
    const [right, down] = [moved.x1 - common.x1, moved.y1 - common.y1];
    const gesture = this.nudgeGesture('move');
    for (const { id, x1, y1, x2, y2 } of selectedBoxes) {
      /** @type {Partial<Edges>} */
      const set = right ? { x1: x1 + right, x2: x2 + right } : down ? { y1: y1 + down, y2: y2 + down } : {};
      store.set(id, set, gesture);
    }
    this.show(unionOf(this.workspace.selectedBoxes));
  }

  /** Move the right or the lower edge. @param {number} dx image pixels @param {number} dy */
  resizeBy(dx, dy) {
    const { store, selectedBoxes } = this.workspace;
    if (!selectedBoxes.length || !this.mayEdit()) return;
    const gesture = this.nudgeGesture('resize');
    for (const box of selectedBoxes) store.set(box.id, dx ? { x2: box.x2 + dx } : { y2: box.y2 + dy }, gesture);
    this.show(unionOf(this.workspace.selectedBoxes));
  }

  /** @param {Edges} edges */
  show(edges) {
    this.workspace.camera.reveal(edges);
  }

  /** @param {string} kind @returns {string} */
  nudgeGesture(kind) {
    const { store } = this.workspace;
    const key = `${kind} ${[...store.selection].join(' ')}`;
    const now = store.now();
    const goesOn = this.nudging?.key === key && now - this.nudging.at < NUDGE_PAUSE_MS
      && store.lastGesture === this.nudging.gesture;
    const gesture = goesOn && this.nudging ? this.nudging.gesture : store.newGesture();
    this.nudging = { key, gesture, at: now };
    return gesture;
  }

  /** @param {string} digit */
  labelByKey(digit) {
    const label = this.workspace.activeLabels.find((one) => one.key === digit);
    if (label) this.chooseLabel(label.id);
    else this.workspace.host.say(interpolate(gettext('No label has the key %(digit)s.'), { digit }));
  }

  /** For the selected boxes, and for the next ones. @param {number} id */
  chooseLabel(id) {
    const { store, view, selectedBoxes } = this.workspace;
    view.set({ label: id });
    if (!selectedBoxes.length || !this.mayEdit()) return;
    const gesture = store.newGesture();
    for (const box of selectedBoxes) store.set(box.id, { label: id }, gesture);
  }

  /** First what was begun, then the selection, then the tool. */
  cancel() {
    const { store, view } = this.workspace;
    if (this.toolbox.cancel()) return;
    if (store.selection.size) store.select([]);
    else if (view.now.tool !== 'select') this.toolbox.use('select');
  }

  tellSaved() {
    const { status } = this.workspace.store;
    const count = status.pending;
    const text = status.save === 'saved' ? gettext('Everything is saved already, after every edit.')
      : status.save === 'saving' ? gettext('Saving now. There is no need to press a key.')
        : ngettext('%(count)s edit is kept here and will be saved when the connection is back.',
          '%(count)s edits are kept here and will be saved when the connection is back.', count);
    this.workspace.host.say(interpolate(text, { count }));
  }

  /** @param {FrameCard|null} card */
  go(card) {
    if (card) this.workspace.host.go(card);
    else this.workspace.host.say(gettext('There is no further image in this direction.'));
  }
}
