/**
 * Judging many proposals by their confidence: a threshold, a side of it, and how many that are, before anything happens.
 *
 * @import { Side } from '../audit.js'
 * @import { Commands } from '../tools/commands.js'
 * @import { Many } from '../view-state.js'
 * @import { Workspace } from '../workspace.js'
 */
import { chosenMany } from '../tools/commands/audit.js';
import { element, setAttribute, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { percent } from './verdict-words.js';

/** @param {'accept'|'reject'} verdict @param {number} count @returns {string} */
export function manyText(verdict, count) {
  const text = verdict === 'accept' ? ngettext('Accept %(count)s proposal', 'Accept %(count)s proposals', count)
    : ngettext('Reject %(count)s proposal', 'Reject %(count)s proposals', count);
  return interpolate(text, { count });
}

/**
 * @param {Workspace} workspace
 * @param {Commands} commands
 * @param {HTMLElement} button that shows it
 * @returns {HTMLElement}
 */
export function makeMany(workspace, commands, button) {
  return new ManyPanel(workspace, commands, button).panel;
}

class ManyPanel {
  /**
   * @param {Workspace} workspace
   * @param {Commands} commands
   * @param {HTMLElement} button
   */
  constructor(workspace, commands, button) {
    this.workspace = workspace;
    this.button = button;
    this.refresh = () => this.update();
    this.slider = element('input', { type: 'range', min: '0', max: '1', step: '0.01' });
    this.shown = element('span', { class: 'audit__share' });
    this.sides = sideChoice((side) => this.set({ side }));
    this.accept = verdictButton('audit.accept-many', commands);
    this.reject = verdictButton('audit.reject-many', commands);
    this.panel = element('div', { class: 'many', id: 'audit-many', role: 'group', 'aria-label': gettext('Accept or reject many') }, [
      element('label', { class: 'many__threshold' }, [element('span', { text: gettext('Confidence') }), this.slider, this.shown]),
      this.sides.group, element('div', { class: 'many__verdicts' }, [this.accept, this.reject])]);
    setAttribute(button, 'aria-controls', this.panel.id);
    this.listen();
    this.update();
  }

  listen() {
    const { panel, slider, workspace: { view }, workspace } = this;
    slider.addEventListener('input', () => this.set({ threshold: Number(slider.value) }));
    panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.set({ isOpen: false });
      this.button.focus();
    });
    view.subscribe((changed) => changed.has('many') && this.changed());
    workspace.subscribe(({ kinds }) => kinds.has('boxes') && view.now.many.isOpen && workspace.frames.ask(this.refresh));
  }

  /** @param {Partial<Many>} parts */
  set(parts) {
    const { view } = this.workspace;
    view.set({ many: { ...view.now.many, ...parts } });
  }

  changed() {
    const wasHidden = this.panel.hidden;
    this.update();
    if (wasHidden && !this.panel.hidden) this.slider.focus();
  }

  update() {
    const { isOpen, threshold, side } = this.workspace.view.now.many;
    this.panel.hidden = !isOpen;
    this.button.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    this.slider.value = String(threshold);
    setText(this.shown, percent(threshold));
    this.sides.show(side, threshold);
    this.count(chosenMany(this.workspace).length);
  }

  /** @param {number} count of what is chosen */
  count(count) {
    const isOff = !count || !this.workspace.store.canEdit;
    for (const [button, verdict] of /** @type {const} */ ([[this.accept, 'accept'], [this.reject, 'reject']])) {
      setText(button, manyText(verdict, count));
      setAttribute(button, 'aria-disabled', isOff ? 'true' : null);
    }
  }
}

/** @param {string} id @param {Commands} commands */
function verdictButton(id, commands) {
  const button = element('button', { type: 'button', class: 'button', 'data-command': id });
  button.addEventListener('click', () => commands.run(id));
  return button;
}

/** @param {(side: Side) => void} chosen */
function sideChoice(chosen) {
  const rows = /** @type {Side[]} */ (['above', 'below']).map((side) => {
    const input = element('input', { type: 'radio', name: 'many-side', value: side });
    const words = element('span');
    input.addEventListener('change', () => input.checked && chosen(side));
    return { side, input, words, label: element('label', {}, [input, words]) };
  });
  return {
    group: element('div', { class: 'many__sides', role: 'radiogroup', 'aria-label': gettext('Side of the threshold') }, rows.map(({ label }) => label)),
    /** @param {Side} now @param {number} threshold */
    show(now, threshold) {
      for (const { side, input, words } of rows) {
        input.checked = side === now;
        setText(words, interpolate(side === 'above' ? gettext('%(share)s and more') : gettext('less than %(share)s'), { share: percent(threshold) }));
      }
    },
  };
}
