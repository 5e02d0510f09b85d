/**
 * The labels: digit, colour with its pattern, name, how many boxes. A click chooses the label for the next box, and gives
 * it to the selected ones.
 *
 * @import { Label } from '../store.js'
 * @import { Commands } from '../tools/commands.js'
 * @import { Workspace } from '../workspace.js'
 */
import { ariaKeys } from '../input/key-names.js';
import { keymap } from '../input/keymap.js';
import { patternOf } from '../renderer/colors.js';
import { element, isMac, setText, svg } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { keyText } from './keys.js';

/**
 * A square in the colour of the label, crossed by its pattern.
 * @param {Label|null} label
 * @param {number} index its place among the labels
 */
export function swatch(label, index) {
  const dashes = patternOf(index).map((length) => length / 2).join(' ') || 'none';
  const lines = [3.5, 8.5].map((y) => svg('line', {
    x1: '0', x2: '12', y1: String(y), y2: String(y), stroke: '#fff', 'stroke-width': '1', 'stroke-dasharray': dashes,
  }));
  const square = svg('rect', { width: '12', height: '12', rx: '3', fill: label?.color ?? '#8a8f98' });
  return svg('svg', { class: 'swatch', viewBox: '0 0 12 12', 'aria-hidden': 'true' }, [square, ...lines]);
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} empty shown where the project has no labels
 * @param {Workspace} workspace
 * @param {Commands} commands
 */
export function showLabels(list, empty, workspace, commands) {
  /** @type {Map<number, {button: HTMLElement, count: HTMLElement}>} */
  const rows = new Map();
  let before = '';
  /** @type {Label|null} */
  let chosen = null;
  const build = () => {
    const labels = workspace.activeLabels;
    empty.hidden = labels.length > 0;
    const key = JSON.stringify([labels, workspace.labels.map(({ id }) => id)]);
    if (key === before) return;
    before = key;
    const focused = [...rows].find(([, { button }]) => button === document.activeElement)?.[0];
    rows.clear();
    list.replaceChildren(...labels.map((label) => row(label)));
    if (focused !== undefined) (rows.get(focused) ?? [...rows.values()][0])?.button.focus();
  };
  const tellIfLost = () => {
    const next = workspace.labelOf(workspace.view.now.label);
    if (chosen && chosen.id !== next?.id && !workspace.activeLabels.some(({ id }) => id === chosen?.id)) {
      workspace.host.say(next ? interpolate(gettext('The label “%(name)s” is no longer in use. The next box gets “%(next)s”.'), { name: chosen.name, next: next.name })
        : interpolate(gettext('The label “%(name)s” is no longer in use.'), { name: chosen.name }));
    }
    chosen = next;
  };
  /** @param {Label} label */
  const row = (label) => {
    const count = element('span', { class: 'labels__count' });
    const keys = label.key ? keymap.keysOf(`label.${label.key}`) : [];
    const key = keys.slice(0, 1).map((one) => element('kbd', { text: keyText(one) }));
    const parts = [swatch(label, workspace.labels.indexOf(label)), element('span', { class: 'labels__name', text: label.name }), count, ...key];
    const button = element('button', { type: 'button', class: 'labels__row' }, parts);
    if (keys.length) button.setAttribute('aria-keyshortcuts', ariaKeys(keys, isMac));
    button.addEventListener('click', () => commands.chooseLabel(label.id));
    rows.set(label.id, { button, count });
    return element('li', {}, [button]);
  };
  const count = () => {
    /** @type {Map<number, number>} */
    const counts = new Map();
    for (const box of workspace.shownBoxes) counts.set(box.label, (counts.get(box.label) ?? 0) + 1);
    const { knowsBoxes } = workspace.store;
    for (const [id, { count: place }] of rows) setText(place, knowsBoxes ? String(counts.get(id) ?? 0) : '');
  };
  const mark = () => {
    for (const [id, { button }] of rows) {
      const isChosen = id === workspace.view.now.label;
      button.setAttribute('aria-pressed', String(isChosen));
      button.title = isChosen ? gettext('The next box gets this label') : '';
    }
  };
  const update = () => {
    tellIfLost();
    build();
    count();
    mark();
  };
  workspace.subscribe(({ kinds }) => ['boxes', 'frame', 'status'].some((kind) => kinds.has(/** @type {'boxes'} */ (kind))) && workspace.frames.ask(update));
  workspace.view.subscribe((changed) => {
    if (!changed.has('label')) return;
    mark();
    workspace.frames.ask(update);
  });
  keymap.subscribe(() => {
    before = '';
    update();
  });
  update();
}
