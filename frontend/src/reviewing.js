/**
 * Deciding about the frame that is open, and going on to the next. What was corrected while looking is saved first: a
 * decision names the revision that the reviewer has seen.
 *
 * @import { Reason, Verdict } from './review.js'
 * @import { Decided, Offered } from './net/review.js'
 * @import { ClaimCard, FrameCard, Workspace } from './workspace.js'
 *
 * @typedef {{
 *   decide: (review: {frame: number, verdict: Verdict, revision: number, reason: Reason|null}) => Promise<Decided|string>,
 *   nextToReview: (project: number, frame: number) => Promise<Offered|string>
 * }} ReviewServer
 */
import { gettext } from './ui/i18n.js';

export class Reviewing {
  /**
   * @param {Workspace} workspace
   * @param {ReviewServer} server
   * @param {{go: (card: FrameCard, claim: ClaimCard) => void, say: (text: string) => void, whenSaved: () => Promise<boolean>, newId: () => string}} host
   */
  constructor(workspace, server, host) {
    this.workspace = workspace;
    this.server = server;
    this.host = host;
    this.isBusy = false;
  }

  /** @param {Verdict} verdict @param {string} [text] the reason @returns {Promise<boolean>} whether it was decided; if not, the person was told why */
  async decide(verdict, text = '') {
    if (this.isBusy) return false;
    this.isBusy = true;
    try {
      return await this.send(verdict, text);
    } finally {
      this.isBusy = false;
    }
  }

  /** @param {Verdict} verdict @param {string} text */
  async send(verdict, text) {
    const { workspace, host } = this;
    const { frame } = workspace.page;
    const isSaved = await host.whenSaved();
    const { revision } = workspace.store;
    if (!isSaved || revision === null) {
      host.say(gettext('Nothing was decided: your last edits are not saved yet. They are kept; try again when it says Saved.'));
      return false;
    }
    const reason = text ? this.reasonFor(text) : null;
    const answer = await this.server.decide({ frame: frame.id, verdict, revision, reason });
    if (typeof answer === 'string') {
      host.say(answer);
      return false;
    }
    host.say(verdict === 'approved' ? gettext('Approved.') : gettext('Returned, with the reason.'));
    if (workspace.page.frame.id !== frame.id) return true; // somebody impatient went on already
    workspace.page = { ...workspace.page, review: answer.review };
    if (workspace.store.frame) workspace.store.setFrame({ ...workspace.store.frame, status: answer.status });
    await this.next();
    return true;
  }

  /** Pinned to the box that is selected. @param {string} text @returns {Reason} */
  reasonFor(text) {
    const { selection } = this.workspace.store;
    const [box] = selection;
    return { id: this.host.newId(), text, ...(box && selection.size === 1 ? { box } : {}) };
  }

  async next() {
    const { page } = this.workspace;
    const answer = await this.server.nextToReview(page.project.id, page.frame.id);
    if (typeof answer === 'string') return this.host.say(answer);
    if (this.workspace.page.frame.id === page.frame.id) this.host.go(answer.frame, answer.claim);
  }
}
