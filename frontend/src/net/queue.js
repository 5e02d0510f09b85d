/**
 * The queue: takes the next image for the person, and keeps the one that is theirs while they work on it. What the queue gave
 * is theirs already; an image that was opened by hand becomes theirs with the first edit, never by looking.
 *
 * @import { Change } from '../store.js'
 * @import { ClaimCard, FrameCard, Workspace } from '../workspace.js'
 */
import { isDone } from '../review.js';
import { gettext, interpolate } from '../ui/i18n.js';
import { csrfToken } from './csrf.js';
import { ask } from './request.js';

/** A claim lasts ten minutes on the server (annotate/queue/claims.py); it is renewed when anything was done meanwhile. */
const BEAT_MS = 60_000;
const RELEASE = '/api/ui/claims/release';
const ACTIVITY = ['pointermove', 'pointerdown', 'wheel', 'keydown'];

export class Queue {
  /**
   * @param {Workspace} workspace
   * @param {{
   *   go: (card: FrameCard, claim: ClaimCard) => void, say: (text: string) => void, beacon: (address: string, body: URLSearchParams) => unknown
   * }} host `beacon`: sends something that outlives the page
   */
  constructor(workspace, host) {
    this.workspace = workspace;
    this.host = host;
    /** Loaded again, the page is another one: what it said last must not take the image from the new one. */
    this.window = workspace.store.newId();
    this.frame = workspace.page.frame.id;
    /** @type {number|null} of this frame; null while it is nobody's or another's */
    this.claim = workspace.page.claim?.id ?? null;
    this.isActive = false;
    this.isEdited = false;
    this.isTaking = false;
    this.isAsking = false;
    workspace.subscribe((change) => this.changed(change));
  }

  /** @param {Change} change */
  changed({ origin, kinds }) {
    const { page } = this.workspace;
    if (page.frame.id !== this.frame) this.enter();
    else if (origin === 'LOCAL' && kinds.has('boxes')) this.edited();
  }

  /** Another frame is open. The one that was left is free for others, finished or not. */
  enter() {
    this.giveBack();
    this.frame = this.workspace.page.frame.id;
    this.claim = this.workspace.page.claim?.id ?? null;
    this.isEdited = false;
  }

  edited() {
    const isFirst = !this.isEdited;
    this.isActive = this.isEdited = true;
    if (isFirst && this.claim === null) void this.hold();
  }

  /** To be called every BEAT_MS: whoever does nothing for ten minutes no longer keeps the image from others. */
  beat() {
    if (!this.isActive || (this.claim === null && !this.isEdited)) return;
    this.isActive = false;
    void this.hold();
  }

  /** Renews the claim, or makes one. Without an answer the next beat asks again. */
  async hold() {
    if (this.isAsking || (isDone(this.workspace.frameStatus) && !this.workspace.page.claim?.for_review)) return;
    this.isAsking = true;
    const { frame } = this;
    const answer = await ask('/api/ui/claims/hold', { method: 'POST', body: { frame, window: this.window } });
    this.isAsking = false;
    if (!answer.ok) return;
    if (frame === this.frame) this.keep(answer.body.claim, answer.body.by);
    else if (answer.body.claim) this.giveBack(answer.body.claim.id); // the person went on before it was theirs
  }

  /** @param {ClaimCard|null} claim @param {string|null} holder who has it instead */
  keep(claim, holder) {
    const wasMine = this.claim !== null;
    this.claim = claim?.id ?? null;
    if (claim) this.workspace.page = { ...this.workspace.page, claim };
    else if (wasMine && holder) this.host.say(interpolate(gettext('%(name)s took this image while you were away. You can go on together.'), { name: holder }));
  }

  /** The next image, instead of this one. Completes nothing. */
  async next() {
    if (this.isTaking) return;
    this.isTaking = true;
    const { frame, workspace: { page } } = this;
    const answer = await ask(`/api/ui/projects/${page.project.id}/next`, { method: 'POST', body: { frame } });
    this.isTaking = false;
    if (!answer.ok) return this.host.say(answer.detail || gettext('The next image cannot be had while offline. You can go on with this one; your edits are kept.'));
    const { frame: card, claim, message } = answer.body;
    if (!card) return this.host.say(message);
    if (frame !== this.frame) return this.giveBack(claim.id); // the person went on by themselves meanwhile
    this.claim = null; // ended by the server
    this.host.go(card, claim);
    if (claim.text) this.host.say(claim.text);
  }

  /** @param {number|null} [claim] */
  giveBack(claim = this.claim) {
    if (claim === null) return;
    if (claim === this.claim) this.claim = null;
    this.release({ claim: String(claim) });
  }

  /** The page goes away. A claim that it has asked for and not heard of yet has no number here: the image names it. */
  leave() {
    if (!this.isAsking) return this.giveBack();
    this.claim = null;
    this.release({ frame: String(this.frame) });
  }

  /** @param {Record<string, string>} what */
  release(what) {
    this.host.beacon(RELEASE, new URLSearchParams({ ...what, window: this.window, csrfmiddlewaretoken: csrfToken() }));
  }

  /** Listens to the window; the page calls it once. */
  wire() {
    // Loading again: the page before this one gave the image back when it went away.
    if (this.claim !== null) void this.hold();
    for (const name of ACTIVITY) addEventListener(name, () => void (this.isActive = true), { passive: true, capture: true });
    addEventListener('pagehide', () => this.leave());
    setInterval(() => this.beat(), BEAT_MS);
  }
}
