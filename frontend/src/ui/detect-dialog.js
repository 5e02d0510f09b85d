/**
 * Asking a model for proposals: which model, what to look for, how sure it has to be; and how far it is.
 *
 * @import { Detecting } from '../detecting.js'
 * @import { DetectionChoice, Workspace } from '../workspace.js'
 */
import { promptField } from './detect-prompts.js';
import { progressText } from './detection-words.js';
import { wireDialog } from './dialog.js';
import { element, icon, setAttribute, setText } from './dom.js';
import { gettext } from './i18n.js';
import { percent } from './verdict-words.js';

/** @type {DetectionChoice} of a server that says nothing about models */
const NO_CHOICE = { models: [], model: null, confidence: 0.25, iou: 0.5, sizes: [32, 2048], may: false, may_all: false, message: '' };

/** @param {Workspace} workspace @returns {DetectionChoice} */
function choiceOf({ page }) {
  return page.detection ?? NO_CHOICE;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Workspace} workspace
 * @param {Detecting} detecting
 * @returns {() => void} shows or hides it
 */
export function makeDetect(dialog, workspace, detecting) {
  const place = dialog.querySelector('[data-detect]');
  const progress = showProgress(detecting, workspace);
  /** @type {() => void} */
  let agree = () => {};
  /** @type {() => void} */
  let follow = () => {};
  detecting.subscribe(() => agree());
  workspace.subscribe(({ kinds }) => kinds.has('frame') && dialog.open && follow());
  return wireDialog(dialog, 'ai.detect', () => {
    detecting.clear();
    const choice = choiceOf(workspace);
    const form = choice.models.length ? new DetectForm(workspace, choice, detecting) : null;
    const none = element('p', { class: 'notice notice--warning' }, [icon('triangle-alert'), noModelText(choice)]);
    place?.replaceChildren(form ? form.element : none, progress);
    agree = () => form?.agree();
    follow = () => form?.follow(choiceOf(workspace));
    agree();
  });
}

/** @param {DetectionChoice} choice */
function noModelText({ message }) {
  return message || gettext('No model is available on this server, so nothing can be detected. Everything else works.');
}

function blindText() {
  return gettext('This image is labelled without proposals on purpose: what a model finds on it is shown to nobody.');
}

/** @param {Detecting} detecting @param {Workspace} workspace */
function showProgress(detecting, workspace) {
  const words = element('p');
  const meter = element('progress', { 'aria-label': gettext('Progress of the detection') });
  const cancel = element('button', { type: 'button', class: 'button', text: gettext('Cancel the detection') });
  cancel.addEventListener('click', () => void detecting.cancel());
  const update = () => {
    const { state, run, isAsked } = detecting.now;
    const text = progressText(detecting.now);
    if (text && text !== words.textContent) workspace.host.announce(text, 'detection');
    setText(words, text);
    words.dataset['state'] = state;
    meter.hidden = !detecting.isBusy;
    if (run && run.total > 1) [meter.max, meter.value] = [run.total, run.done];
    else meter.removeAttribute('value');
    cancel.hidden = !detecting.isBusy || run?.may_cancel === false;
    setAttribute(cancel, 'aria-disabled', isAsked ? 'true' : null);
  };
  detecting.subscribe(update);
  update();
  return element('div', { class: 'detect__progress' }, [words, meter, cancel]);
}

class DetectForm {
  /**
   * @param {Workspace} workspace
   * @param {DetectionChoice} choice with one model at least
   * @param {Detecting} detecting
   */
  constructor(workspace, choice, detecting) {
    this.workspace = workspace;
    this.choice = choice;
    this.detecting = detecting;
    this.models = element('select', { id: 'detect-model' }, choice.models.map(({ id, name }) => element('option', { value: String(id), text: name })));
    this.models.value = String(choice.model ?? choice.models[0]?.id ?? '');
    this.models.addEventListener('change', () => this.modelChosen());
    this.prompts = element('div');
    this.confidence = share(gettext('Confidence'), choice.confidence);
    this.iou = share(gettext('Overlap of two finds of one object (IoU)'), choice.iou);
    const [least, most] = choice.sizes;
    this.size = element('input', { type: 'number', min: String(least), max: String(most), step: '1', id: 'detect-size' });
    this.here = button(gettext('Detect on this image'), 'button button--primary', () => this.start({ frames: [workspace.page.frame.id] }));
    this.here.autofocus = true;
    this.all = button(gettext('On all images that are not complete'), 'button', () => this.start({ project: workspace.page.project.id }));
    this.all.hidden = !choice.may_all;
    const more = element('details', { class: 'detect__more' }, [
      element('summary', { text: gettext('More') }), this.iou.label, field(gettext('Image size for the model, pixels'), this.size)]);
    this.size.addEventListener('invalid', () => { more.open = true; }); // the browser says nothing about a field that is hidden
    this.element = element('form', { class: 'detect__form' }, [
      ...(workspace.page.frame.is_blind ? [element('p', { class: 'notice' }, [icon('eye-off'), blindText()])] : []),
      field(gettext('Model'), this.models), this.prompts, this.confidence.label, more,
      element('div', { class: 'detect__buttons' }, [this.here, this.all])]);
    this.element.addEventListener('submit', (event) => event.preventDefault());
    this.modelChosen();
  }

  /** Somebody changed the labels meanwhile: other classes have one, and what was chosen stays. @param {DetectionChoice} choice */
  follow(choice) {
    if (choice === this.choice) return;
    this.choice = choice;
    const { model, field: before } = this;
    if (!model || !before || model.open_vocabulary) return;
    const focused = this.prompts.querySelector('input:focus')?.getAttribute('value');
    this.field = promptField(model, this.workspace);
    this.field.choose(before.values());
    this.prompts.replaceChildren(this.field.element);
    const again = [...this.prompts.querySelectorAll('input')].find(({ value }) => value === focused);
    if (focused) (again ?? this.models).focus();
    this.agree();
  }

  get model() {
    return this.choice.models.find(({ id }) => String(id) === this.models.value);
  }

  modelChosen() {
    const { model, workspace } = this;
    if (!model) return;
    this.field = promptField(model, workspace);
    this.prompts.replaceChildren(this.field.element);
    this.size.value = String(model.image_size);
  }

  /** Off while something is under way, and for whoever may not. */
  agree() {
    const isOff = this.detecting.isBusy || !this.choice.may;
    for (const one of [this.here, this.all]) setAttribute(one, 'aria-disabled', isOff ? 'true' : null);
  }

  /** @param {{frames: number[]}|{project: number}} where */
  start(where) {
    const { model, field: prompts, detecting } = this;
    if (!model || !prompts || detecting.isBusy || !this.choice.may) return;
    if (!this.element.reportValidity()) return;
    void detecting.start({
      ...where, model: model.id, prompts: prompts.values(), confidence: Number(this.confidence.input.value), iou: Number(this.iou.input.value),
      image_size: this.size.valueAsNumber || model.image_size,
    });
  }
}

/** @param {string} text @param {HTMLElement} input */
function field(text, input) {
  return element('div', { class: 'detect__field' }, [element('label', { for: input.id, text }), input]);
}

/** A slider from 0 to 1. @param {string} text @param {number} value */
function share(text, value) {
  const input = element('input', { type: 'range', min: '0.01', max: '1', step: '0.01' });
  input.value = String(value);
  const shown = element('output', { 'aria-live': 'off', text: percent(value) });
  input.addEventListener('input', () => setText(shown, percent(Number(input.value))));
  return { input, label: element('label', { class: 'detect__share' }, [element('span', { text }), input, shown]) };
}

/** @param {string} text @param {string} look @param {() => void} act */
function button(text, look, act) {
  const made = element('button', { type: 'button', class: look, text });
  made.addEventListener('click', act);
  return made;
}
