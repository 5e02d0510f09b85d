/**
 * The palette: type a few letters of what you want, Enter does it. A combobox over a list, so that the focus stays in the
 * field and screen readers hear the option.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { Workspace } from '../workspace.js'
 * @import { PaletteItem } from './palette-items.js'
 */
import { keymap } from '../input/keymap.js';
import { wireDialog } from './dialog.js';
import { element, icon } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { keyCaps } from './keys.js';
import { found, paletteItems } from './palette-items.js';

const MOST_RECENT = 5;
/** More than anybody reads. */
const MOST_SHOWN = 60;

export class Palette {
  /**
   * @param {Workspace} workspace
   * @param {Commands} commands
   */
  constructor(workspace, commands) {
    this.workspace = workspace;
    this.commands = commands;
    /** @type {PaletteItem[]} everything there is */
    this.items = [];
    /** @type {PaletteItem[]} what is in the list */
    this.shown = [];
    this.at = 0;
    /** @type {string[]} */
    this.recent = [];
    this.field = element('input', {
      type: 'text', class: 'palette__field', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', 'aria-autocomplete': 'list',
      'aria-label': gettext('Find a command, a label or an image'), placeholder: gettext('Find a command, a label or an image'),
      autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', enterkeyhint: 'go',
    });
    this.list = element('ul', { class: 'palette__list', id: 'palette-list', role: 'listbox', 'aria-label': gettext('Commands') });
    this.none = element('p', { class: 'palette__none', text: gettext('Nothing fits. Try another word.'), hidden: true });
    this.dialog = element('dialog', { class: 'palette', id: 'palette', 'aria-label': gettext('Find a command') }, [
      element('div', { class: 'palette__head' }, [icon('search'), this.field]), this.list, this.none,
    ]);
    document.body.append(this.dialog);
    this.toggle = wireDialog(this.dialog, 'palette.show', () => this.fill());
    this.listen();
  }

  listen() {
    this.field.addEventListener('input', () => this.search());
    this.field.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('pointermove', (event) => this.point(event));
    this.list.addEventListener('click', (event) => {
      this.point(event);
      if (this.optionOf(event)) this.run();
    });
    // The focus stays in the field.
    this.list.addEventListener('pointerdown', (event) => event.preventDefault());
  }

  fill() {
    this.items = paletteItems(this.workspace, this.commands, keymap);
    this.field.value = '';
    this.search();
  }

  search() {
    this.shown = found(this.field.value, this.items, this.recent).slice(0, MOST_SHOWN);
    this.list.replaceChildren(...this.shown.map(option));
    this.none.hidden = this.shown.length > 0;
    const count = this.shown.length;
    const text = count ? interpolate(ngettext('%(count)s command', '%(count)s commands', count), { count }) : gettext('Nothing fits. Try another word.');
    if (this.field.value) this.workspace.host.announce(text, 'found');
    this.mark(0);
  }

  /** @param {number} index */
  mark(index) {
    this.list.children[this.at]?.setAttribute('aria-selected', 'false');
    this.at = index;
    const row = this.list.children[index];
    row?.setAttribute('aria-selected', 'true');
    row?.scrollIntoView({ block: 'nearest' });
    this.field.setAttribute('aria-activedescendant', row?.id ?? '');
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing) return;
    const last = this.shown.length - 1;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowDown: this.at < last ? this.at + 1 : 0, ArrowUp: this.at > 0 ? this.at - 1 : last,
      PageDown: Math.min(this.at + 8, last), PageUp: Math.max(this.at - 8, 0),
    };
    const goal = event.altKey || event.ctrlKey || event.metaKey ? undefined : goals[event.key];
    if (goal !== undefined && last >= 0) this.mark(goal);
    else if (event.key === 'Enter') this.run();
    else return;
    event.preventDefault();
  }

  /** @param {Event} event @returns {number|null} index */
  optionOf({ target }) {
    const row = target instanceof Element ? target.closest('[role=option]') : null;
    return row ? [...this.list.children].indexOf(row) : null;
  }

  /** @param {Event} event */
  point(event) {
    const index = this.optionOf(event);
    if (index !== null && index !== this.at) this.mark(index);
  }

  run() {
    const item = this.shown[this.at];
    if (!item) return;
    if (item.why) return this.workspace.host.warn(item.why, 'found');
    this.recent = [item.id, ...this.recent.filter((id) => id !== item.id)].slice(0, MOST_RECENT);
    this.dialog.close();
    item.run();
  }
}

/** @param {PaletteItem} item @param {number} index */
function option({ id, name, hint, group, keys, why }, index) {
  const [first] = keys;
  return element('li', {
    class: 'palette__row', role: 'option', id: `palette-${index}`, 'aria-selected': 'false', 'aria-disabled': why ? 'true' : null, 'data-command': id,
  }, [
    element('span', { class: 'palette__name', text: name }), pause(), element('span', { class: 'palette__note', text: why || hint }), pause(),
    element('span', { class: 'palette__group', text: group }), pause(), element('span', { class: 'palette__keys' }, first ? [keyCaps(first)] : []),
  ]);
}

/** Between the parts of an option, for those who hear it. */
const pause = () => element('span', { class: 'visually-hidden', text: ', ' });
