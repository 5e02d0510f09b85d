/**
 * Going to another frame without leaving the page. The data of the next one is asked for as soon as the picture of this one
 * is there, so that going on needs no answer of the server before the next picture is seen.
 *
 * What was fetched ahead may be old when it is shown. Boxes, labels, status and role are no matter: the welcome of the
 * socket brings them. The rest (claim, review, filmstrip, classes and labels of models) is asked for again once the picture
 * is shown, unless it is younger than FRESH_MS; a change of the labels throws it away.
 *
 * @import { ClaimCard, FrameCard, Page, Workspace } from './workspace.js'
 * @import { Label } from './store.js'
 * @import { Sessions } from './sessions.js'
 * @typedef {{data: string, page: Page|null, answer: Promise<Page|null>}} Ahead `data`: address; null: there was no good answer
 */
import { isNoAnswer } from './net/request.js';
import { gettext } from './ui/i18n.js';

/** Milliseconds. */
const FRESH_MS = 5000;
const HEADERS = { Accept: 'application/json' };

export class Navigation {
  /**
   * @param {Workspace} workspace
   * @param {Sessions} sessions
   * @param {{say: (text: string) => void, cancel: () => void}} host
   */
  constructor(workspace, sessions, { say, cancel }) {
    this.workspace = workspace;
    this.sessions = sessions;
    this.say = say;
    this.cancel = cancel;
    /** The newest journey; an answer to an older one comes too late. */
    this.journey = 0;
    /** @type {Ahead|null} one frame, not more */
    this.ahead = null;
    /** What is shown was fetched too long ago. */
    this.isOld = false;
    /** The newest question about the frame that is open. */
    this.question = 0;
    /** Labels for which the page was asked for again. */
    this.known = '';
    workspace.subscribe(({ kinds }) => kinds.has('frame') && this.followLabels());
    history.replaceState({ data: workspace.page.frame.data }, '');
    addEventListener('popstate', ({ state }) => state?.data && void this.fetch(state.data, null));
  }

  /** @param {FrameCard} card @param {ClaimCard} [claim] that the queue gave: what was fetched ahead does not know of it */
  go(card, claim) {
    void this.fetch(card.data, card.url, claim && { claim });
  }

  /** To any image of the project. @param {number} frame */
  goTo(frame) {
    void this.fetch(`/api/ui/frames/${frame}`, `${this.workspace.page.project.url}frames/${frame}/`);
  }

  /**
   * @param {string} data address of the frame's data
   * @param {string|null} url to put into the address bar; null when it is there already
   * @param {{claim?: ClaimCard}} [known] what holds whatever the page says
   */
  async fetch(data, url, known = {}) {
    const journey = ++this.journey;
    const ahead = this.ahead?.data === data ? this.ahead : null;
    this.ahead = null;
    if (ahead?.page) return this.show({ ...ahead.page, ...known }, url);
    try {
      const early = ahead ? await ahead.answer : null;
      if (journey !== this.journey) return;
      if (early) return this.show({ ...early, ...known }, url);
      const asked = Date.now();
      const answer = await fetch(data, { headers: HEADERS });
      if (journey !== this.journey) return;
      if (!answer.ok) return void location.assign(url ?? location.href);
      this.show({ .../** @type {Page} */ (await answer.json()), asked, ...known }, url);
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      this.say(gettext('The other image cannot be loaded while offline. You can go on with this one; your edits are kept.'));
    }
  }

  /** @param {Page} page @param {string|null} url */
  show(page, url) {
    this.isOld = Date.now() - (page.asked ?? 0) > FRESH_MS;
    this.question += 1;
    this.cancel();
    if (url) history.pushState({ data: page.frame.data }, '', url);
    this.workspace.open(this.sessions.enter(page.frame.id), page);
  }

  /** The picture of this frame is there: now nobody waits for the network. */
  pictureShown() {
    if (this.isOld) void this.refresh();
    this.fetchAhead();
  }

  /** The next frame's data, once. */
  fetchAhead() {
    const { next } = this.workspace.page;
    if (!next || this.ahead?.data === next.data) return;
    /** @type {Ahead} */
    const ahead = { data: next.data, page: null, answer: pageAt(next.data) };
    this.ahead = ahead;
    void ahead.answer.then((page) => {
      ahead.page = page;
      if (!page && this.ahead === ahead) this.ahead = null; // asked for again by whoever goes there
    });
  }

  /** What the page says of the frame that is open. Without an answer the old holds. */
  async refresh() {
    const question = ++this.question;
    const page = await pageAt(this.workspace.page.frame.data);
    if (!page || question !== this.question) return;
    this.isOld = false;
    this.workspace.renew(page);
  }

  /** Which label a class of a model becomes is said by the page alone: other labels, another page. */
  followLabels() {
    const names = namesOf(this.workspace.labels);
    if (names === namesOf(this.workspace.page.labels) || names === this.known) return;
    this.known = names;
    this.ahead = null;
    void this.refresh().then(() => this.fetchAhead());
  }
}

/** @param {readonly Label[]} labels @returns {string} what mapping depends on */
function namesOf(labels) {
  return JSON.stringify(labels.map(({ id, name, active }) => [id, name, active]));
}

/** @param {string} data address @returns {Promise<Page|null>} null without network, and for whoever may not see it */
async function pageAt(data) {
  const asked = Date.now();
  try {
    const answer = await fetch(data, { headers: HEADERS });
    return answer.ok ? { .../** @type {Page} */ (await answer.json()), asked } : null;
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return null;
  }
}
