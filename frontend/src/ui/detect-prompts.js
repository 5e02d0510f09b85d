/**
 * What a model is to look for: the classes that it knows, or words where it understands any.
 *
 * @import { DetectionModel, Workspace } from '../workspace.js'
 * @typedef {{element: HTMLElement, values: () => string[], choose: (values: readonly string[]) => void}} PromptField `values`: empty for everything
 */
import { element } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';

/** @param {DetectionModel} model @param {Workspace} workspace @returns {PromptField} */
export function promptField(model, workspace) {
  return model.open_vocabulary ? wordsField(workspace) : classesField(model, workspace);
}

/** @param {string} text @returns {string[]} what is between commas or line ends, once each */
export function promptsIn(text) {
  return [...new Set(text.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean))];
}

/** The classes that mean a label here; the others would be left out. @param {DetectionModel} model @returns {string[]} */
export function usableClasses({ classes, labels }) {
  return classes.filter((name) => typeof labels[name] === 'number');
}

/** @param {Workspace} workspace @returns {PromptField} */
function wordsField({ activeLabels }) {
  const input = element('textarea', { id: 'detect-words', rows: '2', maxlength: '2000' });
  input.value = activeLabels.map(({ name }) => name).join(', ');
  const hint = element('p', { class: 'quiet', id: 'detect-words-hint', text: gettext('Words in any language that the model understands, with commas between them.') });
  input.setAttribute('aria-describedby', hint.id);
  const label = element('label', { for: input.id, text: gettext('What to look for') });
  return {
    element: element('div', { class: 'detect__field' }, [label, input, hint]), values: () => promptsIn(input.value),
    choose: (words) => { input.value = words.join(', '); },
  };
}

/** @param {DetectionModel} model @param {Workspace} workspace @returns {PromptField} */
function classesField(model, workspace) {
  const usable = usableClasses(model);
  const boxes = usable.map((name) => ({ name, input: element('input', { type: 'checkbox', value: name }) }));
  const chips = boxes.map(({ name, input }) => element('label', { class: 'detect__chip' }, [input, chipText(name, model, workspace)]));
  const others = model.classes.length - usable.length;
  const text = ngettext('%(count)s class of the model has no label in this project and is left out.',
    '%(count)s classes of the model have no label in this project and are left out.', others);
  const notes = [
    ...(usable.length ? [gettext('Nothing chosen means all of them.')] : [gettext('No class of this model has a label in this project.')]),
    ...(others ? [interpolate(text, { count: others })] : [])];
  const group = element('fieldset', { class: 'detect__classes' }, [
    element('legend', { text: gettext('What to look for') }), element('div', { class: 'detect__chips' }, chips),
    element('p', { class: 'quiet', text: notes.join(' ') })]);
  return {
    element: group, values: () => boxes.filter(({ input }) => input.checked).map(({ name }) => name),
    choose: (names) => boxes.forEach(({ name, input }) => { input.checked = names.includes(name); }),
  };
}

/** @param {string} name of a class @param {DetectionModel} model @param {Workspace} workspace @returns {string} with the label where that has another name */
function chipText(name, { labels }, workspace) {
  const label = workspace.labelOf(labels[name] ?? null)?.name ?? name;
  return label.toLowerCase() === name.toLowerCase() ? label : `${label} (${name})`;
}
