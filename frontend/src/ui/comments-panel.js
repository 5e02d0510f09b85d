/**
 * What people say about this frame: conversations with their replies, and the form for a new one.
 *
 * @import { Comment, Comments, Thread } from '../comments.js'
 * @import { Workspace } from '../workspace.js'
 */
import { isMeant } from '../input/table/gestures.js';
import { avatarOf } from './avatar.js';
import { byId, element, icon, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { RemarkForm } from './remark-form.js';
import { withMentions } from './mentions.js';
import { ago, exactly } from './when.js';

export class CommentsPanel {
  /**
   * @param {Workspace} workspace
   * @param {Comments} comments
   */
  constructor(workspace, comments) {
    this.workspace = workspace;
    this.comments = comments;
    this.list = byId('talk', HTMLElement);
    this.state = byId('talk-state', HTMLElement);
    this.showsResolved = false;
    /** @type {string|null} a conversation that is being answered, or a comment that is being changed */
    this.writing = null;
    /** What was written there so far. */
    this.draft = '';
    /** Something changed while somebody was writing. */
    this.isStale = false;
    this.list.addEventListener('focusout', () => workspace.frames.ask(() => this.isStale && this.draw()));
    this.form = new RemarkForm(workspace, comments);
    comments.subscribe(() => this.draw());
    workspace.view.subscribe((changed) => changed.has('panel') && this.draw());
    workspace.subscribe(({ kinds }) => (kinds.has('boxes') || kinds.has('frame')) && this.isShown && this.draw());
    this.draw();
  }

  get isShown() {
    return this.workspace.view.now.panel === 'comments';
  }

  /** @param {string} id of a comment: shown, and its place with it */
  goTo(id) {
    const thread = this.comments.threads.find(({ first, replies }) => first.id === id || replies.some((one) => one.id === id));
    if (!thread) return;
    this.showsResolved ||= thread.first.resolved;
    this.workspace.view.set({ panel: 'comments' });
    this.draw();
    this.reveal(thread.first);
    this.list.querySelector(`[data-comment="${thread.first.id}"]`)?.scrollIntoView({ block: 'nearest' });
  }

  draw() {
    const tab = byId('tab-side-comments', HTMLElement);
    const { openThreads, threads, state } = this.comments;
    const count = openThreads.length;
    setText(tab, count ? interpolate(gettext('Comments (%(count)s)'), { count }) : gettext('Comments'));
    if (!this.isShown) return;
    this.isStale = this.isBusy();
    if (this.isStale) return;
    const shown = this.showsResolved ? threads : openThreads;
    const focused = keyOf(document.activeElement);
    this.list.replaceChildren(...shown.map((thread) => this.thread(thread)), ...this.resolvedSwitch(threads.length - count));
    if (focused) [...this.list.querySelectorAll('button')].find((button) => keyOf(button) === focused)?.focus();
    this.list.ariaBusy = state === 'loading' ? 'true' : null;
    setText(this.state, state === 'loading' ? gettext('Loading the comments')
      : state === 'away' ? gettext('The comments cannot be loaded now. They are asked for again when the connection is back.')
        : threads.length ? '' : gettext('Nobody has said anything about this image yet.'));
  }

  /** Whether somebody is writing into the list right now: it is drawn anew afterwards. */
  isBusy() {
    return this.writing !== null && this.list.contains(document.activeElement);
  }

  /** @param {number} resolved how many @returns {HTMLElement[]} */
  resolvedSwitch(resolved) {
    if (!resolved) return [];
    const text = this.showsResolved ? gettext('Hide resolved ones')
      : interpolate(ngettext('Show %(count)s resolved one', 'Show %(count)s resolved ones', resolved), { count: resolved });
    const button = element('button', { type: 'button', class: 'button button--quiet', 'data-act': 'resolved', text });
    button.addEventListener('click', () => {
      this.showsResolved = !this.showsResolved;
      this.draw();
    });
    return [element('li', {}, [button])];
  }

  /** @param {Thread} thread */
  thread({ first, replies }) {
    const about = this.about(first);
    const row = element('li', { class: first.resolved ? 'thread is-resolved' : 'thread', 'data-comment': first.id }, [
      ...(about ? [about] : []), this.comment(first), ...replies.map((one) => this.comment(one)),
    ]);
    row.append(this.writing === first.id ? this.editor(gettext('Reply'), '', (text) => this.comments.say({ text, parent: first.id })) : this.buttons(first));
    return row;
  }

  /** @param {Comment} comment @returns {HTMLElement|null} what it is pinned to, as a way there */
  about(comment) {
    const text = this.aboutText(comment);
    if (!text) return null;
    const button = element('button', { type: 'button', class: 'thread__about', 'data-act': `about ${comment.id}` }, [icon('locate-fixed'), text]);
    button.addEventListener('click', () => this.reveal(comment));
    return button;
  }

  /** @param {Comment} comment */
  aboutText({ box, x, y }) {
    if (box) {
      const there = this.workspace.store.boxes.get(box);
      return there ? this.workspace.labelOf(there.label)?.name ?? gettext('a box') : gettext('a box that was deleted');
    }
    return x === null || y === null ? '' : `${Math.round(x)}, ${Math.round(y)}`;
  }

  /** @param {Comment} comment */
  reveal({ box, x, y }) {
    const { store, camera } = this.workspace;
    const there = box ? store.boxes.get(box) : undefined;
    if (there) {
      store.select([there.id]);
      camera.reveal(there);
    } else if (x !== null && y !== null) camera.centreOn({ x, y });
  }

  /**
   * The one whose buttons have the focus, else the open one about the selected box.
   * @returns {Comment|undefined}
   */
  focused() {
    const row = document.activeElement?.closest('[data-comment]');
    const id = row instanceof HTMLElement && this.list.contains(row) ? row.dataset['comment'] : undefined;
    const { selection } = this.workspace.store;
    const found = this.comments.threads.find(({ first }) => first.id === id)
      ?? this.comments.openThreads.find(({ first }) => first.box !== null && selection.has(first.box));
    return found?.first;
  }

  /** Or opens it again. */
  async resolveFocused() {
    const { host } = this.workspace;
    const comment = this.focused();
    if (!comment) return host.say(gettext('Go to a comment first, or select the box that it is about.'));
    if (this.comments.isUnsent(comment.id)) return host.say(gettext('This comment is not sent yet.'));
    const text = comment.resolved ? gettext('The comment is open again.') : gettext('The comment is resolved.');
    if (!await this.change(comment.id, { resolved: !comment.resolved })) host.say(text);
  }

  /** @param {Comment} comment */
  comment(comment) {
    if (this.writing === `edit ${comment.id}`) {
      return this.editor(gettext('Change this comment'), comment.text, async (text) => this.told(await this.comments.change(comment.id, { text })));
    }
    const when = this.comments.isUnsent(comment.id) ? gettext('not sent yet') : `${ago(comment.at)}${comment.edited ? ` · ${gettext('changed')}` : ''}`;
    return element('div', { class: 'comment' }, [
      avatarOf({ user: comment.by, name: comment.name }),
      element('div', { class: 'comment__body' }, [
        element('p', { class: 'comment__head' }, [element('b', { text: comment.name || gettext('Somebody') }), ' ',
          element('span', { class: 'quiet', title: exactly(comment.at), text: when }), ...this.own(comment)]),
        element('p', { class: 'comment__text' }, withMentions(comment.text, comment.mentions)),
      ]),
    ]);
  }

  /** What its author may do with a comment. @param {Comment} comment @returns {HTMLElement[]} */
  own(comment) {
    const { me, canEdit } = this.workspace.store;
    if (!canEdit || comment.by !== me?.user || this.comments.isUnsent(comment.id)) return [];
    const change = this.small('pencil', gettext('Change this comment'), () => this.write(`edit ${comment.id}`));
    const remove = this.small('trash-2', gettext('Delete this comment'), () => void this.change(comment.id, { deleted: true }));
    for (const [button, name] of /** @type {const} */ ([[change, 'edit'], [remove, 'delete']])) button.dataset['act'] = `${name} ${comment.id}`;
    return [change, remove];
  }

  /** @param {Comment} first */
  buttons(first) {
    const { canEdit } = this.workspace.store;
    if (!canEdit || this.comments.isUnsent(first.id)) return element('div');
    const reply = element('button', { type: 'button', class: 'button button--quiet', 'data-act': `reply ${first.id}`, text: gettext('Reply') });
    reply.addEventListener('click', () => this.write(first.id));
    const resolve = element('button', { type: 'button', class: 'button button--quiet', 'data-act': `resolve ${first.id}` }, [icon('check'), first.resolved ? gettext('Open again') : gettext('Resolve')]);
    resolve.addEventListener('click', () => void this.change(first.id, { resolved: !first.resolved }));
    const by = first.resolved ? [element('span', { class: 'quiet', text: interpolate(gettext('Resolved by %(name)s'), { name: first.resolved_by }) })] : [];
    return element('div', { class: 'thread__buttons' }, [reply, resolve, ...by]);
  }

  /** @param {string} name @param {string} label @param {() => void} act */
  small(name, label, act) {
    const button = element('button', { type: 'button', class: 'comment__button', 'aria-label': label, title: label }, [icon(name)]);
    button.addEventListener('click', act);
    return button;
  }

  /** @param {string|null} what */
  write(what) {
    const before = this.writing;
    this.writing = what;
    this.draft = '';
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.draw();
    const from = before?.startsWith('edit ') ? before : `reply ${before}`;
    const goal = what ? this.list.querySelector('textarea') : [...this.list.querySelectorAll('button')].find((button) => keyOf(button) === from);
    goal?.focus();
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {(text: string) => Promise<string|null>} send
   */
  editor(name, text, send) {
    const field = element('textarea', { rows: '2', maxlength: '2000', 'aria-label': name });
    field.value = this.draft || text;
    field.addEventListener('input', () => {
      this.draft = field.value;
    });
    const problem = element('p', { class: 'remark__error', id: 'talk-error' });
    field.setAttribute('aria-describedby', problem.id);
    const save = element('button', { class: 'button button--primary', text: gettext('Send') });
    const cancel = element('button', { type: 'button', class: 'button button--quiet', text: gettext('Cancel') });
    const form = element('form', { class: 'thread__form' }, [field, problem, element('div', { class: 'thread__buttons' }, [save, cancel])]);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const text = field.value.trim();
      const refused = text ? await send(text) : gettext('Write something first.');
      if (!refused) return this.write(null);
      setText(problem, refused);
      this.workspace.host.warn(refused, 'remark');
    });
    field.addEventListener('keydown', (event) => {
      if (isMeant('text.send', event)) form.requestSubmit();
      if (event.key === 'Escape') this.write(null);
      event.stopPropagation();
    });
    cancel.addEventListener('click', () => this.write(null));
    return form;
  }

  /** @param {string} id @param {{resolved?: boolean, deleted?: boolean}} change @returns {Promise<string|null>} why not; the person was told */
  async change(id, change) {
    const refused = this.told(await this.comments.change(id, change));
    if (refused) this.workspace.host.say(refused);
    else if (change.deleted) this.workspace.host.say(gettext('The comment was deleted.'));
    return refused;
  }

  /** @param {string|null} answer @returns {string|null} why not, for the person */
  told(answer) {
    return answer === 'later' ? gettext('This needs the connection. Nothing was changed.') : answer;
  }
}

/** What a button does to which comment: the same after the list is drawn anew. @param {Element|null} button */
function keyOf(button) {
  return button instanceof HTMLElement ? button.dataset['act'] : undefined;
}
