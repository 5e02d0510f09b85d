/**
 * The bar over the picture while frames are reviewed: what is new, what was said before, the decision, and the reason.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { ReviewCard } from '../review.js'
 * @import { Workspace } from '../workspace.js'
 */
import { isMeant } from '../input/table/gestures.js';
import { NO_REVIEW } from '../review.js';
import { changesInSight, whyNotApprove, whyNotReview } from '../tools/commands/review.js';
import { byId, element, icon, setAttribute, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { describe } from './keys.js';

const LONGEST_REASON = 2000;

/** @param {ReviewCard} review @param {number|null} changes null as long as nobody knows @returns {string} */
export function reviewText({ why_not: why, people, since, verdict, by }, changes) {
  const labelled = people && !why.startsWith(people) ? [people] : []; // said once
  if (since === null) return [gettext('Not reviewed before'), ...labelled].join(' · ');
  const said = verdict === 'approved' ? gettext('Approved by %(name)s') : gettext('Returned by %(name)s');
  const counted = changes === null ? []
    : [interpolate(ngettext('%(count)s box changed', '%(count)s boxes changed', changes), { count: changes })];
  return [interpolate(said, { name: by || gettext('somebody') }), ...counted, ...labelled].join(' · ');
}

export class ReviewBar {
  /**
   * @param {Workspace} workspace
   * @param {Commands} commands
   * @param {(text: string) => void} sendBack with the reason
   */
  constructor(workspace, commands, sendBack) {
    this.workspace = workspace;
    this.bar = byId('review-bar', HTMLElement);
    this.refresh = () => this.update();
    this.state = element('p', { class: 'review__count' });
    this.why = element('p', { class: 'review__why' });
    this.approve = commandButton('review.approve', 'check', gettext('Approve'), commands);
    this.back = commandButton('review.return', 'undo-2', gettext('Return'), commands);
    this.form = new ReasonForm(workspace, sendBack);
    const rest = [commandButton('review.next-change', 'history', '', commands),
      element('span', { class: 'bar__space' }), commandButton('review.next', 'chevron-right', gettext('Next to review'), commands)];
    this.bar.replaceChildren(element('div', { class: 'audit__row' }, [this.state, this.approve, this.back, this.why, ...rest]), this.form.form);
    workspace.subscribe(({ kinds }) => ['boxes', 'frame', 'status'].some((kind) => kinds.has(/** @type {'boxes'} */ (kind))) && this.ask());
    workspace.subscribe(({ kinds, ids }) => kinds.has('frame') && ids === null && this.form.close());
    workspace.view.subscribe((changed) => changed.has('mode') && this.ask());
    this.update();
  }

  /** Soon, and once for all that changes until then. */
  ask() {
    this.workspace.frames.ask(this.refresh);
  }

  update() {
    const { view, page, store } = this.workspace;
    const isOn = view.now.mode === 'review';
    this.bar.hidden = !isOn;
    document.body.classList.toggle('is-reviewing', isOn);
    if (!isOn) return this.form.close();
    const review = page.review ?? NO_REVIEW;
    setText(this.state, reviewText(review, store.knowsBoxes ? changesInSight(this.workspace).length : null));
    const why = whyNotApprove(this.workspace) || (review.verdict === 'returned' ? review.text : '');
    setText(this.why, why);
    setAttribute(this.why, 'title', why || null);
    setAttribute(this.approve, 'aria-disabled', whyNotApprove(this.workspace) ? 'true' : null);
    setAttribute(this.back, 'aria-disabled', whyNotReview(this.workspace) ? 'true' : null);
  }
}

/** Why an image goes back. Keys write into it while it is open. */
class ReasonForm {
  /** @param {Workspace} workspace @param {(text: string) => void} send */
  constructor(workspace, send) {
    this.workspace = workspace;
    this.text = element('textarea', { id: 'review-reason', rows: '2', maxlength: String(LONGEST_REASON), required: '' });
    this.about = element('span', { class: 'review__about' });
    const cancel = element('button', { type: 'button', class: 'button button--quiet', text: gettext('Cancel') });
    cancel.addEventListener('click', () => this.close());
    this.form = element('form', { class: 'review__form', hidden: '' }, [
      element('label', { for: this.text.id }, [element('span', { text: gettext('What is to be changed') }), ' ', this.about]), this.text,
      element('div', { class: 'toast__buttons' }, [element('button', { class: 'button button--primary', text: gettext('Return the image') }), cancel])]);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.text.value.trim()) send(this.text.value.trim());
    });
    this.form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      else if (isMeant('text.send', event)) this.form.requestSubmit();
      else return;
      event.preventDefault();
    });
  }

  open() {
    const count = this.workspace.store.selection.size;
    setText(this.about, count === 1 ? gettext('(about the selected box)') : gettext('(about the whole image)'));
    this.form.hidden = false;
    this.text.focus();
  }

  close() {
    const hadFocus = this.form.contains(document.activeElement);
    this.form.hidden = true;
    this.text.value = '';
    if (hadFocus) byId('main', HTMLElement).focus();
  }
}

/** @param {string} id @param {string} name of the icon @param {string} text '' for the icon alone @param {Commands} commands */
function commandButton(id, name, text, commands) {
  const button = element('button', { type: 'button', class: text ? 'button' : 'bar__button', 'data-command': id }, [icon(name), ...(text ? [element('span', { text })] : [])]);
  describe(button, id);
  button.addEventListener('click', () => commands.run(id));
  return button;
}
