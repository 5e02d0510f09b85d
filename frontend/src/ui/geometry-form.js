/**
 * The selected box in numbers, for exact work and for those who cannot drag.
 *
 * @import { Box, Edges } from '../box.js'
 * @import { Workspace } from '../workspace.js'
 */
import { movedEdges } from '../geometry.js';
import { chooseLabel } from '../tools/commands/labels.js';
import { byId, element, setText } from './dom.js';
import { countedBoxes } from './box-list.js';
import { gettext, interpolate } from './i18n.js';

/** @typedef {'x'|'y'|'width'|'height'} Field */

/** @type {[Field, () => string][]} */
const FIELDS = [['x', () => gettext('Left')], ['y', () => gettext('Top')], ['width', () => gettext('Width')], ['height', () => gettext('Height')]];

/** @param {Edges} edges @returns {Record<Field, number>} image pixels */
const numbersOf = ({ x1, y1, x2, y2 }) => ({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 });

/** @param {Edges} edges @param {Field} name @returns {string} image pixels, to a tenth */
const shown = (edges, name) => String(Math.round(numbersOf(edges)[name] * 10) / 10);

/** @param {Workspace} workspace */
export function showGeometry(workspace) {
  const form = byId('geometry', HTMLFormElement);
  const words = element('p', { class: 'geometry__words quiet' });
  const inputs = FIELDS.map(([name, label]) => {
    const input = element('input', { type: 'number', step: '0.1', min: '0', inputmode: 'decimal' });
    input.addEventListener('change', () => {
      write(workspace, name, input.valueAsNumber);
      const [box] = workspace.selectedBoxes;
      if (box) input.value = shown(box, name); // where it stopped, also while the field has the focus
    });
    return { name, input, label: element('label', {}, [element('span', { text: label() }), input]) };
  });
  const choice = labelChoice(workspace);
  form.replaceChildren(words, ...inputs.map((one) => one.label), choice.label);
  form.addEventListener('submit', (event) => event.preventDefault());
  const update = () => {
    const { store, selectedBoxes, chosenBoxes } = workspace;
    const [box, another] = selectedBoxes;
    const count = chosenBoxes.length;
    form.classList.toggle('is-idle', count === 0);
    setText(words, !count ? gettext('Select a box: its place and size are here.') : count > 1 ? interpolate(gettext('%(boxes)s selected'), { boxes: countedBoxes(count) })
      : box ? '' : gettext('This box is locked.'));
    choice.show(selectedBoxes);
    for (const { name, input, label } of inputs) {
      label.hidden = !box || another !== undefined;
      input.disabled = !store.canEdit;
      if (box && document.activeElement !== input) input.value = shown(box, name);
    }
  };
  workspace.subscribe(({ kinds }) => (kinds.has('boxes') || kinds.has('selection') || kinds.has('frame')) && update());
  workspace.view.subscribe((changed) => ['locked', 'filter', 'hidden', 'isBlank', 'isFading'].some((name) => changed.has(/** @type {any} */ (name))) && update());
  update();
}

/**
 * The label of all that is selected; empty where they differ.
 * @param {Workspace} workspace
 */
function labelChoice(workspace) {
  const select = element('select');
  const label = element('label', { class: 'geometry__label' }, [element('span', { text: gettext('Label') }), select]);
  let offered = '';
  select.addEventListener('change', () => chooseLabel(workspace, Number(select.value)));
  return {
    label,
    /** @param {Box[]} boxes */
    show(boxes) {
      const present = new Set(boxes.map((box) => box.label));
      const labels = workspace.labels.filter(({ id, active }) => active || present.has(id));
      const key = JSON.stringify(labels);
      if (key !== offered) select.replaceChildren(...labels.map(({ id, name, active }) => element('option', { value: String(id), text: name, disabled: !active })));
      offered = key;
      const [only, another] = present;
      label.hidden = !boxes.length;
      select.disabled = !workspace.store.canEdit;
      select.value = only !== undefined && another === undefined ? String(only) : '';
    },
  };
}

/**
 * What a number means for the edges: left and top move the box, which stops at the border of the image as under the hand.
 * @param {Edges} edges image pixels
 * @param {Field} name
 * @param {number} value image pixels
 * @param {{width: number, height: number}} image pixels
 * @returns {Partial<Edges>} the edges to write
 */
export function edgesFor(edges, name, value, image) {
  if (name === 'width') return { x2: edges.x1 + value };
  if (name === 'height') return { y2: edges.y1 + value };
  return movedEdges(edges, name === 'x' ? value - edges.x1 : 0, name === 'y' ? value - edges.y1 : 0, image);
}

/** @param {Workspace} workspace @param {Field} name @param {number} value image pixels; NaN for an empty field */
function write({ store, selectedBoxes, page, host }, name, value) {
  const [box] = selectedBoxes;
  if (!box) return;
  const isDone = Number.isFinite(value) && store.set(box.id, edgesFor(box, name, value, page.frame));
  if (!isDone) host.say(gettext('This is not possible here. The box is as it was.'));
}
