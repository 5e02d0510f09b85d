/**
 * Going to another frame without leaving the page.
 *
 * @import { FrameCard, Page, Workspace } from './workspace.js'
 * @import { Sessions } from './sessions.js'
 */
import { gettext } from './ui/i18n.js';

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
    history.replaceState({ data: workspace.page.frame.data }, '');
    addEventListener('popstate', ({ state }) => state?.data && void this.fetch(state.data, null));
  }

  /** @param {FrameCard} card */
  go(card) {
    void this.fetch(card.data, card.url);
  }

  /** To any image of the project. @param {number} frame */
  goTo(frame) {
    void this.fetch(`/api/ui/frames/${frame}`, `${this.workspace.page.project.url}frames/${frame}/`);
  }

  /**
   * @param {string} data address of the frame's data
   * @param {string|null} url to put into the address bar; null when it is there already
   */
  async fetch(data, url) {
    const journey = ++this.journey;
    try {
      const answer = await fetch(data, { headers: { Accept: 'application/json' } });
      if (journey !== this.journey) return;
      if (!answer.ok) return void location.assign(url ?? location.href);
      this.show(/** @type {Page} */ (await answer.json()), url);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // TypeError: fetch found no network
      this.say(gettext('The other image cannot be loaded while offline. You can go on with this one; your edits are kept.'));
    }
  }

  /** @param {Page} page @param {string|null} url */
  show(page, url) {
    this.cancel();
    if (url) history.pushState({ data: page.frame.data }, '', url);
    this.workspace.open(this.sessions.enter(page.frame.id), page);
  }
}
