/**
 * What detectors did on the frame that is open, and what people think of each run as a whole.
 *
 * @import { Feedback } from './box.js'
 *
 * @typedef {{positive: number, negative: number, neutral: number, mine: Feedback, note: string}} Opinions
 *   how many people think so; `mine` and `note`: of the person here
 * @typedef {{
 *   id: string, model: string, at: string, confidence: number, proposed: number, left_out: Record<string, number>, is_silent: boolean,
 *   feedback: Opinions, by?: string, run?: string
 * }} Detection `at`: ISO 8601. `left_out`: how many, by reason. `is_silent`: what it found is shown to nobody. `by`: who asked.
 *   `run`: address of its run in MLflow, '' where there is none or the person may not look there
 *
 * @typedef {'later'|{refused: string}} Unanswered later: no connection or a busy server. refused: why, written for the person
 * @typedef {{
 *   list: (frame: number) => Promise<{detections: Detection[], mlflow_away?: boolean}|Unanswered>,
 *   rate: (frame: number, id: string, opinion: {verdict: Feedback, note: string}) => Promise<Detection|Unanswered>
 * }} DetectionServer
 */

export class Detections {
  /** @param {DetectionServer} server */
  constructor(server) {
    this.server = server;
    /** @type {number|null} */
    this.frame = null;
    /** @type {readonly Detection[]} the newest first; replaced, never changed in place */
    this.all = [];
    /** Runs are shown, but what is told to MLflow waits. */
    this.isMlflowAway = false;
    /** The newest question; an answer to an older one comes too late. */
    this.asked = 0;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  /** The one that a rating of the whole means. @returns {Detection|null} */
  get newest() {
    return this.all.find((one) => !one.is_silent) ?? null;
  }

  /** @param {number} frame id */
  async open(frame) {
    this.frame = frame;
    this.show([]);
    await this.refresh();
  }

  /** The server has news. */
  async refresh() {
    const { frame } = this;
    if (frame === null) return;
    const question = ++this.asked;
    const answer = await this.server.list(frame);
    if (question !== this.asked || frame !== this.frame || answer === 'later' || !('detections' in answer)) return;
    this.isMlflowAway = answer.mlflow_away ?? false;
    this.show(answer.detections);
  }

  /**
   * @param {string} id
   * @param {Feedback} verdict '' takes it back
   * @param {string} [note]
   * @returns {Promise<Detection|Unanswered>} what holds now
   */
  async rate(id, verdict, note = '') {
    const { frame } = this;
    if (frame === null) return 'later';
    const answer = await this.server.rate(frame, id, { verdict, note });
    if (frame === this.frame && answer !== 'later' && 'id' in answer) this.show(this.all.map((one) => (one.id === id ? answer : one)));
    return answer;
  }

  /** @param {readonly Detection[]} all */
  show(all) {
    this.all = all;
    for (const listener of [...this.listeners]) listener();
  }
}
