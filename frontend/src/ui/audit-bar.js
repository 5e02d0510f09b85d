/**
 * The bar over the picture while proposals are judged: what is left, the verdicts, what is in sight, and the way on.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Detecting } from '../detecting.js'
 * @import { Detections } from '../detections.js'
 */
import { tallyOf } from '../audit.js';
import { opinionsOn } from '../opinions.js';
import { isDone } from '../review.js';
import { shortcutOf } from '../input/shortcuts.js';
import { whyNotEmpty } from '../tools/commands/audit.js';
import { makeMany } from './audit-many.js';
import { shortProgress } from './detection-words.js';
import { byId, element, icon, setAttribute, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { OpinionCounts } from './opinion-words.js';
import { describe } from './keys.js';
import { percent } from './verdict-words.js';

/** @typedef {import('../audit.js').Tally} Tally */

/** What changes something that is said here. */
const SHOWN = /** @type {const} */ (['boxes', 'selection', 'frame', 'opinions', 'status']);
const RATINGS = [['audit.positive', 'thumbs-up'], ['audit.negative', 'thumbs-down'], ['audit.neutral', 'minus']];

/** @param {Tally} tally @returns {string} */
export function tallyText({ all, unrated, undecided }) {
  if (!all) return gettext('No proposals on this image');
  const left = unrated ? interpolate(gettext('%(unrated)s of %(all)s to judge'), { unrated, all })
    : gettext('Every proposal is judged');
  const open = undecided ? interpolate(ngettext('%(count)s undecided', '%(count)s undecided', undecided), { count: undecided }) : '';
  return [left, open].filter(Boolean).join(' · ');
}

/** @param {Workspace} workspace @param {boolean} hasDetection @returns {string} what the verdict keys mean now */
export function targetText(workspace, hasDetection) {
  const { store, selectedBoxes } = workspace;
  const boxes = selectedBoxes.filter(({ source }) => source === 'model');
  const [box] = boxes;
  if (boxes.length > 1) return interpolate(ngettext('%(count)s proposal', '%(count)s proposals', boxes.length), { count: boxes.length });
  if (box) return [workspace.labelOf(box.label)?.name ?? '', box.confidence === null ? '' : percent(box.confidence)].filter(Boolean).join(' ');
  if (store.selection.size) return gettext('Not a proposal');
  return hasDetection ? gettext('Whole detection') : '';
}

export class AuditBar {
  /**
   * @param {Workspace} workspace
   * @param {Commands} commands
   * @param {{detecting: Detecting, detections: Detections}} parts
   */
  constructor(workspace, commands, { detecting, detections }) {
    this.workspace = workspace;
    this.detecting = detecting;
    this.detections = detections;
    this.opinions = new OpinionCounts();
    this.bar = byId('audit-bar', HTMLElement);
    this.refresh = () => this.update();
    this.parts = partsFor(workspace, commands);
    this.bar.replaceChildren(...laidOut(workspace, commands, this.parts, this.opinions.place));
    workspace.subscribe(({ kinds }) => SHOWN.some((kind) => kinds.has(kind)) && this.ask());
    workspace.view.subscribe((changed) => (changed.has('mode') || changed.has('hidesProposals')) && this.ask());
    detecting.subscribe(() => this.ask());
    detections.subscribe(() => this.ask());
    this.update();
  }

  /** Soon, and once for all that changes until then. */
  ask() {
    this.workspace.frames.ask(this.refresh);
  }

  update() {
    const { view, page } = this.workspace;
    const isOn = view.now.mode === 'audit';
    const message = page.detection?.message ?? '';
    this.bar.hidden = !isOn;
    document.body.classList.toggle('is-auditing', isOn);
    document.body.classList.toggle('is-without-model', message !== '');
    setText(this.parts.none, message);
    if (isOn) this.show();
  }

  show() {
    const { workspace, detecting, parts } = this;
    const { view, store } = workspace;
    const tally = tallyOf(store.boxes.values(), view.now.covered);
    setText(parts.count, store.knowsBoxes ? tallyText(tally) : '–');
    const { newest } = this.detections;
    setText(parts.target, targetText(workspace, newest !== null));
    this.opinions.show(newest && opinionsOn(store.opinions, newest.id, store.user));
    for (const button of parts.ratings) setAttribute(button, 'aria-disabled', store.canEdit ? null : 'true');
    showEye(parts.eye, !view.now.hidesProposals);
    setText(parts.progress, shortProgress(detecting.now));
    this.showFinish(store.knowsBoxes && tally.unrated === 0 && store.canEdit && !isDone(workspace.frameStatus));
  }

  /** The way on, in place of what is of no use any more. @param {boolean} isSeen */
  showFinish(isSeen) {
    const { workspace, parts: { finish, finishEmpty, many, slider } } = this;
    many.hidden = slider.hidden = isSeen;
    const isEmpty = whyNotEmpty(workspace) === '';
    finish.hidden = !isSeen || isEmpty;
    finishEmpty.hidden = !isSeen || !isEmpty;
  }
}

/** @param {Workspace} workspace @param {Commands} commands */
function partsFor(workspace, commands) {
  return {
    count: element('p', { class: 'audit__count' }), target: element('p', { class: 'audit__target' }),
    ratings: RATINGS.map(([id = '', name = '']) => commandButton(id, name, commands)), many: commandButton('audit.many', 'list', commands),
    slider: doubtSlider(workspace), eye: commandButton('view.proposals', 'eye', commands), progress: element('span'),
    finish: wordButton('frame.complete-next', [gettext('Complete, next')], commands),
    finishEmpty: wordButton('frame.no-objects', [shortcutOf('frame.no-objects').name()], commands),
    none: element('p', { class: 'audit__none' }),
  };
}

/**
 * @param {Workspace} workspace
 * @param {Commands} commands
 * @param {ReturnType<typeof partsFor>} parts
 * @param {HTMLElement} opinions
 * @returns {HTMLElement[]}
 */
function laidOut(workspace, commands, { count, target, ratings, many, slider, eye, finish, finishEmpty, progress, none }, opinions) {
  const judging = element('div', { class: 'audit__judging', role: 'group', 'aria-label': gettext('Your verdict') }, [target, ...ratings]);
  const detect = wordButton('ai.detect', [icon('sparkles'), progress], commands);
  detect.classList.add('audit__detect');
  const row = [count, judging, opinions, many, slider, eye, element('span', { class: 'bar__space' }), finish, finishEmpty, detect];
  return [element('div', { class: 'audit__row' }, row), makeMany(workspace, commands, many), none];
}

/** Its name is what it says. @param {string} id @param {(Node|string)[]} content @param {Commands} commands */
function wordButton(id, content, commands) {
  const button = element('button', { type: 'button', class: 'button', 'data-command': id }, content);
  describe(button, id);
  button.removeAttribute('aria-label');
  button.addEventListener('click', () => commands.run(id));
  return button;
}

/** @param {string} id @param {string} name of the icon @param {Commands} commands */
function commandButton(id, name, commands) {
  const button = element('button', { type: 'button', class: 'bar__button', 'data-command': id }, [icon(name)]);
  describe(button, id);
  button.addEventListener('click', () => commands.run(id));
  return button;
}

/** @param {HTMLElement} eye the button @param {boolean} isOpen proposals are in sight */
function showEye(eye, isOpen) {
  if (eye.getAttribute('aria-pressed') === String(!isOpen)) return;
  eye.setAttribute('aria-pressed', String(!isOpen));
  eye.querySelector('.icon')?.replaceWith(icon(isOpen ? 'eye' : 'eye-off'));
}

/** What a model is less sure of stays out of sight. @param {Workspace} workspace */
function doubtSlider({ view }) {
  const input = element('input', { type: 'range', min: '0', max: '1', step: '0.01', 'aria-label': gettext('Hide proposals below') });
  const shown = element('span', { class: 'audit__share' });
  input.addEventListener('input', () => view.set({ proposalsFrom: Number(input.value) }));
  const agree = () => {
    input.value = String(view.now.proposalsFrom);
    setText(shown, percent(view.now.proposalsFrom));
    input.setAttribute('aria-valuetext', percent(view.now.proposalsFrom));
  };
  view.subscribe((changed) => changed.has('proposalsFrom') && agree());
  agree();
  return element('label', { class: 'audit__from' }, [element('span', { text: gettext('From') }), input, shown]);
}
