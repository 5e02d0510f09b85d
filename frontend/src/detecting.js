/**
 * A detection that this window has asked for, from the question to its end. The server is asked how far it is: soon at
 * first, then less and less often, and on through every break of the connection.
 *
 * @import { Unanswered } from './detections.js'
 *
 * @typedef {'queued'|'running'|'done'|'failed'|'cancelled'} RunState
 * @typedef {{
 *   frames?: number[], project?: number, model?: number, prompts?: string[], confidence?: number, iou?: number, image_size?: number
 * }} DetectionRequest either `frames` or `project`, by id. `confidence`, `iou`: 0 to 1. `image_size`: pixels
 * @typedef {{
 *   id: string, state: RunState, done: number, total: number, proposed: number, replaced: number, left_out: Record<string, number>,
 *   eta_s: number|null, message: string, may_cancel: boolean
 * }} Run `done`, `total`: frames. `replaced`: older proposals that went. `left_out`: how many boxes, by reason. `eta_s`: seconds that are left, null for unknown
 * @typedef {{
 *   start: (request: DetectionRequest) => Promise<{detection: string}|Unanswered>, look: (id: string) => Promise<Run|Unanswered>,
 *   cancel: (id: string) => Promise<unknown>
 * }} DetectorServer
 * @typedef {{setTimeout: (run: () => void, ms: number) => unknown, clearTimeout: (timer: any) => void}} Clock
 * @typedef {{state: 'none'|'asking'|'refused'|'away'|RunState, run: Run|null, why: string, isAsked: boolean}} Progress
 *   away: the server did not answer when it was asked to begin. `why`: of a refusal. `isAsked`: to be cancelled
 */

const FIRST_LOOK_MS = 250;
const LONGEST_WAIT_MS = 2000;
const SLOWER = 1.5;
/** @type {Progress} */
const NONE = { state: 'none', run: null, why: '', isAsked: false };
/** @type {ReadonlySet<string>} */
const ENDS = new Set(['done', 'failed', 'cancelled', 'refused', 'away', 'none']);

export class Detecting {
  /**
   * @param {DetectorServer} server
   * @param {Clock} clock
   */
  constructor(server, clock) {
    this.server = server;
    this.clock = clock;
    /** @type {Progress} replaced, never changed in place */
    this.now = NONE;
    /** @type {string|null} */
    this.id = null;
    /** @type {unknown} */
    this.timer = null;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  get isBusy() {
    return !ENDS.has(this.now.state);
  }

  /** One at a time: nothing happens while another one is under way. @param {DetectionRequest} request */
  async start(request) {
    if (this.isBusy) return;
    this.show({ ...NONE, state: 'asking' });
    const answer = await this.server.start(request);
    if (answer === 'later') return this.show({ ...NONE, state: 'away' });
    if ('refused' in answer) return this.show({ ...NONE, state: 'refused', why: answer.refused });
    this.id = answer.detection;
    this.show({ ...this.now, state: 'queued' });
    this.lookIn(FIRST_LOOK_MS);
    if (this.now.isAsked) await this.cancel();
  }

  /** What was found until then stays. */
  async cancel() {
    if (!this.isBusy) return;
    this.show({ ...this.now, isAsked: true });
    if (this.id !== null && this.now.state !== 'asking') await this.server.cancel(this.id);
  }

  /** What is over is forgotten. */
  clear() {
    if (!this.isBusy) this.show(NONE);
  }

  /** @param {number} ms */
  lookIn(ms) {
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => void this.look(ms), ms);
  }

  /** @param {number} waited milliseconds */
  async look(waited) {
    const { id } = this;
    if (id === null) return;
    const answer = await this.server.look(id);
    if (answer !== 'later' && 'refused' in answer) return this.show({ ...this.now, state: 'failed', why: answer.refused });
    if (answer !== 'later') this.show({ ...this.now, state: answer.state, run: answer });
    if (this.isBusy) this.lookIn(Math.min(waited * SLOWER, LONGEST_WAIT_MS));
  }

  /** @param {Progress} progress */
  show(progress) {
    this.now = progress;
    for (const listener of [...this.listeners]) listener();
  }
}
