/**
 * The form for a new comment: what it is about, the text, and the names that @ offers.
 *
 * @import { Comments } from '../comments.js'
 * @import { Remark } from '../view-state.js'
 * @import { Workspace } from '../workspace.js'
 */
import { isMeant } from '../input/table/gestures.js';
import { byId, element, setText } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { mentionAt } from './mentions.js';

const MOST_NAMES = 6;

export class RemarkForm {
  /**
   * @param {Workspace} workspace
   * @param {Comments} comments
   */
  constructor(workspace, comments) {
    this.workspace = workspace;
    this.comments = comments;
    this.form = byId('remark', HTMLFormElement);
    this.field = byId('remark-text', HTMLTextAreaElement);
    this.names = byId('remark-names', HTMLElement);
    this.problem = byId('remark-error', HTMLElement);
    this.about = byId('remark-about', HTMLElement);
    this.whole = byId('remark-whole', HTMLButtonElement);
    this.chosen = 0;
    /** What was begun on images that are not open now, by frame id. @type {Map<number, string>} */
    this.drafts = new Map();
    this.frame = workspace.page.frame.id;
    this.listen();
    this.show();
  }

  listen() {
    const { workspace, field } = this;
    workspace.view.subscribe((changed) => changed.has('remark') && this.begin());
    workspace.subscribe(({ kinds, ids }) => {
      if (kinds.has('frame') && ids === null) this.changeFrame();
      if (kinds.has('frame') || kinds.has('boxes')) this.show();
    });
    this.whole.addEventListener('click', () => workspace.view.set({ remark: {} }));
    field.addEventListener('input', () => this.offerNames());
    field.addEventListener('blur', () => this.closeNames());
    field.addEventListener('keydown', (event) => this.key(event));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send();
    });
  }

  /** @returns {Remark} */
  get target() {
    return this.workspace.view.now.remark ?? {};
  }

  /** What was begun stays with its image. */
  changeFrame() {
    const { id } = this.workspace.page.frame;
    if (id === this.frame) return;
    this.drafts.set(this.frame, this.field.value);
    this.frame = id;
    this.field.value = this.drafts.get(id) ?? '';
    setText(this.problem, '');
    this.closeNames();
  }

  /** A comment that was kept, and refused when it was sent at last. @param {string} text @param {string} why */
  giveBack(text, why) {
    setText(this.problem, interpolate(gettext('A comment was refused: %(why)s'), { why }));
    this.field.value = this.field.value ? `${this.field.value}\n${text}` : text;
    this.workspace.host.say(this.problem.textContent ?? '');
  }

  /** What is wrong, under the field and aloud. @param {string} why */
  tell(why) {
    setText(this.problem, why);
    this.workspace.host.warn(why, 'remark');
  }

  begin() {
    this.show();
    if (this.workspace.view.now.remark) this.field.focus();
  }

  show() {
    const { target, workspace: { store } } = this;
    this.form.hidden = !store.canEdit;
    setText(this.about, this.aboutText());
    this.whole.hidden = target.box === undefined && target.x === undefined;
  }

  aboutText() {
    const { target, workspace } = this;
    if (target.box !== undefined) {
      const box = workspace.store.boxes.get(target.box);
      return interpolate(gettext('About the box %(name)s'), { name: workspace.labelOf(box?.label ?? null)?.name ?? '' });
    }
    const { x, y } = target;
    if (x !== undefined && y !== undefined) return interpolate(gettext('About the place %(x)s, %(y)s'), { x, y });
    return gettext('About the whole image');
  }

  async send() {
    const text = this.field.value.trim();
    if (!text) return this.tell(gettext('Write something first.'));
    const { target } = this;
    this.field.value = '';
    this.closeNames();
    setText(this.problem, '');
    const saying = this.comments.say({ text, ...target });
    this.workspace.view.set({ remark: null });
    const refused = await saying;
    if (refused) {
      if (this.field.value) return void this.giveBack(text, refused);
      this.tell(refused);
      this.field.value = text; // nothing that was written is lost
      if (!this.workspace.view.now.remark) this.workspace.view.set({ remark: target });
      return;
    }
    this.workspace.host.say(this.comments.unsent.length ? gettext('The comment is kept, and sent when the connection is back.') : gettext('The comment was sent.'));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.names.hidden && this.keyInNames(event)) return event.preventDefault();
    if (isMeant('text.send', event)) {
      event.preventDefault();
      this.form.requestSubmit();
    }
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.workspace.view.set({ remark: null });
      byId('main', HTMLElement).focus();
    }
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was for the list of names */
  keyInNames({ key }) {
    const options = [...this.names.children];
    if (key === 'Escape') this.closeNames();
    else if (key === 'ArrowDown' || key === 'ArrowUp') {
      this.chosen = (this.chosen + (key === 'ArrowDown' ? 1 : -1) + options.length) % options.length;
      this.mark();
    } else if (key === 'Enter' || key === 'Tab') this.take(options[this.chosen]?.getAttribute('data-name') ?? '');
    else return false;
    return true;
  }

  offerNames() {
    const mention = mentionAt(this.field.value, this.field.selectionStart);
    const members = mention ? this.matching(mention.begun) : [];
    this.names.hidden = members.length === 0;
    this.chosen = 0;
    this.names.replaceChildren(...members.map(({ username, name }, index) => {
      const option = element('li', { role: 'option', id: `remark-name-${index}`, 'data-name': username }, [
        element('b', { text: name }), ' ', element('span', { class: 'quiet', text: `@${username}` }),
      ]);
      option.addEventListener('pointerdown', (event) => {
        event.preventDefault(); // the focus stays in the text
        this.take(username);
      });
      return option;
    }));
    this.mark();
  }

  /** @param {string} begun */
  matching(begun) {
    const wanted = begun.toLowerCase();
    const members = this.workspace.page.members ?? [];
    return members.filter(({ username, name }) => username.toLowerCase().startsWith(wanted)
      || name.toLowerCase().split(/\s+/).some((word) => word.startsWith(wanted))).slice(0, MOST_NAMES);
  }

  mark() {
    for (const [index, option] of [...this.names.children].entries()) option.setAttribute('aria-selected', String(index === this.chosen));
    if (this.names.hidden) this.field.removeAttribute('aria-activedescendant');
    else this.field.setAttribute('aria-activedescendant', `remark-name-${this.chosen}`);
  }

  /** @param {string} name */
  take(name) {
    const { field } = this;
    const mention = mentionAt(field.value, field.selectionStart);
    if (mention && name) field.setRangeText(`@${name} `, mention.start, field.selectionStart, 'end');
    this.closeNames();
  }

  closeNames() {
    this.names.hidden = true;
    this.field.removeAttribute('aria-activedescendant');
  }
}
