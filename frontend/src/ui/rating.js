/**
 * Rating the newest detection of the frame as a whole: an edit like any other, undone like any other. Afterwards a sheet says
 * what was rated and how, offers to take it back, and has room for a note.
 *
 * @import { Feedback } from '../box.js'
 * @import { Rating } from '../audit.js'
 * @import { Detection, Detections } from '../detections.js'
 * @import { Opinions } from '../opinions.js'
 * @import { Workspace } from '../workspace.js'
 */
import { opinionsOn } from '../opinions.js';
import { whyNotEdit } from '../tools/commands/rights.js';
import { byId, element, icon, setText } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { RATING_WORDS } from './verdict-words.js';

const MAX_NOTE_LENGTH = 2000;

/** @param {{model: string, mine: Feedback}} rated @returns {string} */
export function ratedText({ model, mine }) {
  return interpolate(gettext('You rated the whole detection by %(model)s: %(rating)s.'), { model, rating: RATING_WORDS[mine]() });
}

export class RatingSheet {
  /**
   * @param {Workspace} workspace
   * @param {Detections} detections
   */
  constructor(workspace, detections) {
    this.workspace = workspace;
    this.detections = detections;
    this.place = byId('rating', HTMLElement);
    /** @type {{detection: Detection, mine: Feedback, note: string}|null} what the sheet says now */
    this.shown = null;
    workspace.subscribe(({ kinds, ids }) => {
      if (kinds.has('frame') && ids === null) this.close();
      else if (kinds.has('opinions')) this.follow();
    });
  }

  /** @param {Detection} detection @returns {Opinions} */
  opinionsOn({ id }) {
    const { store } = this.workspace;
    return opinionsOn(store.opinions, id, store.user);
  }

  /** @param {Rating} rating of the newest detection; says why where there is none */
  rate(rating) {
    const { newest } = this.detections;
    if (!newest) return this.workspace.host.say(gettext('Nothing is selected, and no model has looked at this image yet.'));
    this.say(newest, rating, this.opinionsOn(newest).note);
  }

  /** @param {Detection} detection @param {Feedback} feedback @param {string} note @returns {boolean} whether it was taken */
  say(detection, feedback, note) {
    const { store, host } = this.workspace;
    if (!store.rate(detection.id, { feedback, note })) {
      host.say(whyNotEdit(this.workspace) || gettext('This note cannot be saved.'));
      return false;
    }
    if (feedback) this.show(detection);
    return true;
  }

  /** Undo, another window of mine: the sheet says what holds. */
  follow() {
    if (!this.shown) return;
    const { detection } = this.shown;
    const { mine, note } = this.opinionsOn(detection);
    if (!mine) {
      this.close();
      this.workspace.host.say(gettext('The rating was taken back.'));
    } else if (mine !== this.shown.mine || note !== this.shown.note) this.show(detection);
  }

  /** @param {Detection} detection rated */
  show(detection) {
    const { mine, note } = this.opinionsOn(detection);
    const isWriting = this.shown?.mine === mine && this.place.contains(document.activeElement);
    this.shown = { detection, mine, note };
    if (isWriting) return;
    const back = button(gettext('Take it back'), 'button', () => void this.say(detection, '', ''));
    const close = button(gettext('Close'), 'button button--quiet', () => this.close());
    const body = element('div', {}, [
      element('p', { class: 'rating__words', text: ratedText({ model: detection.model, mine }) }), this.noteForm(detection, note),
      element('p', { class: 'rating__said' }), element('div', { class: 'toast__buttons' }, [back, close])]);
    this.workspace.host.announce(ratedText({ model: detection.model, mine }), 'rating');
    this.place.replaceChildren(element('div', { class: 'toast toast--info' }, [icon('sparkles'), body]));
  }

  /** @param {Detection} detection @param {string} text */
  noteForm(detection, text) {
    const note = element('input', { type: 'text', id: 'rating-note', maxlength: String(MAX_NOTE_LENGTH), placeholder: gettext('Optional') });
    note.value = text;
    const form = element('form', { class: 'rating__form' }, [
      element('label', { for: note.id, text: gettext('Note') }), note, element('button', { class: 'button', text: gettext('Save the note') })]);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.say(detection, this.opinionsOn(detection).mine, note.value.trim())) this.noteAdded();
    });
    return form;
  }

  /** The keys that judge go on at once. */
  noteAdded() {
    byId('main', HTMLElement).focus();
    const said = this.place.querySelector('.rating__said');
    if (said) setText(said, gettext('The note is added.'));
    this.workspace.host.announce(gettext('The note is added.'), 'rating');
  }

  /** A focus in it goes to the picture. */
  close() {
    const hadFocus = this.place.contains(document.activeElement);
    this.shown = null;
    this.place.replaceChildren();
    if (hadFocus) byId('main', HTMLElement).focus();
  }
}

/** @param {string} text @param {string} look @param {() => void} act */
function button(text, look, act) {
  const made = element('button', { type: 'button', class: look, text });
  made.addEventListener('click', act);
  return made;
}
