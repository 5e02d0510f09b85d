/**
 * Rating the newest detection of the frame as a whole. Afterwards a sheet says what was rated and how, offers to take it
 * back, and has room for a note.
 *
 * @import { Feedback } from '../box.js'
 * @import { Rating } from '../audit.js'
 * @import { Detection, Detections, Unanswered } from '../detections.js'
 * @import { Workspace } from '../workspace.js'
 */
import { byId, element, icon, setText } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { RATING_WORDS } from './verdict-words.js';

const MAX_NOTE_LENGTH = 2000;

/** @param {Detection|Unanswered} answer @returns {string} why it is not so, '' when it is */
export function whyNotRated(answer) {
  if (answer === 'later') return gettext('The rating was not saved: the server cannot be reached now. Try again when the connection is back.');
  if ('refused' in answer) return answer.refused || gettext('The server did not take the rating. Nothing was changed.');
  return '';
}

/** @param {Detection} detection @returns {string} */
export function ratedText({ model, feedback }) {
  return interpolate(gettext('You rated the whole detection by %(model)s: %(rating)s.'), { model, rating: RATING_WORDS[feedback.mine]() });
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
    workspace.subscribe(({ kinds, ids }) => kinds.has('frame') && ids === null && this.close());
  }

  /** @param {Rating} rating of the newest detection; says why where there is none */
  async rate(rating) {
    const { newest } = this.detections;
    if (!newest) return this.workspace.host.say(gettext('Nothing is selected, and no model has looked at this image yet.'));
    await this.send(newest, rating, newest.feedback.note);
  }

  /** @param {Detection} detection @param {Feedback} verdict @param {string} note @returns {Promise<boolean>} whether it is so now */
  async send({ id }, verdict, note) {
    const { host } = this.workspace;
    const answer = await this.detections.rate(id, verdict, note);
    const why = whyNotRated(answer);
    if (why || answer === 'later' || 'refused' in answer) {
      host.say(why);
      return false;
    }
    if (answer.feedback.mine) this.show(answer);
    else this.close();
    if (!answer.feedback.mine) host.say(gettext('The rating was taken back.'));
    return true;
  }

  /** @param {Detection} detection rated */
  show(detection) {
    const back = button(gettext('Take it back'), 'button', () => void this.send(detection, '', ''));
    const close = button(gettext('Close'), 'button button--quiet', () => this.close());
    const body = element('div', {}, [
      element('p', { class: 'rating__words', text: ratedText(detection) }), this.noteForm(detection), element('p', { class: 'rating__said' }),
      element('div', { class: 'toast__buttons' }, [back, close])]);
    this.place.replaceChildren(element('div', { class: 'toast toast--info', role: 'status' }, [icon('sparkles'), body]));
  }

  /** @param {Detection} detection */
  noteForm(detection) {
    const note = element('input', { type: 'text', id: 'rating-note', maxlength: String(MAX_NOTE_LENGTH), placeholder: gettext('Optional') });
    note.value = detection.feedback.note;
    const form = element('form', { class: 'rating__form' }, [
      element('label', { for: note.id, text: gettext('Note') }), note, element('button', { class: 'button', text: gettext('Save the note') })]);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send(detection, detection.feedback.mine, note.value.trim()).then((isSaved) => isSaved && this.noteSaved());
    });
    return form;
  }

  /** The keys that judge go on at once. */
  noteSaved() {
    byId('main', HTMLElement).focus();
    const said = this.place.querySelector('.rating__said');
    if (said) setText(said, gettext('The note is saved.'));
  }

  /** A focus in it goes to the picture. */
  close() {
    const hadFocus = this.place.contains(document.activeElement);
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
