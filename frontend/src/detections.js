/**
 * What detectors did on the frame that is open. What people say of it comes with the live log: see opinions.js.
 *
 * @typedef {{
 *   id: string, model: string, at: string, confidence: number, proposed: number, left_out: Record<string, number>, is_silent: boolean,
 *   by?: string, run?: string
 * }} Detection `at`: ISO 8601. `left_out`: how many, by reason. `is_silent`: what it found is shown to nobody. `by`: who asked.
 *   `run`: address of its run in MLflow, '' where there is none or the person may not look there
 *
 * @typedef {{ by: string, at: string, run: string }} Visit a session in which somebody worked on the frame; `at`: ISO 8601, when it
 *   began; `run`: address of its run in MLflow. Only of those that MLflow was told of, for who may look there
 *
 * @typedef {'later'|{refused: string}} Unanswered later: no connection or a busy server. refused: why, written for the person
 * @typedef {{
 *   list: (frame: number) => Promise<{detections: Detection[], visits?: Visit[], mlflow_away?: boolean}|Unanswered>
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
    /** @type {readonly Visit[]} the newest first */
    this.visits = [];
    /** Runs are shown, but what is told to MLflow waits. */
    this.isMlflowAway = false;
    /** Until then nothing is asked about a frame that was just opened. @type {Promise<unknown>|null} */
    this.turn = null;
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

  /** @param {number} frame id @param {Promise<unknown>|null} [turn] nothing is asked before it */
  async open(frame, turn = null) {
    this.frame = frame;
    this.turn = turn;
    this.visits = [];
    this.show([]);
    if (turn) await turn;
    if (turn !== this.turn) return;
    this.turn = null;
    await this.refresh();
  }

  /** The server has news. */
  async refresh() {
    const { frame } = this;
    if (frame === null || this.turn) return;
    const question = ++this.asked;
    const answer = await this.server.list(frame);
    if (question !== this.asked || frame !== this.frame || answer === 'later' || !('detections' in answer)) return;
    this.isMlflowAway = answer.mlflow_away ?? false;
    this.visits = answer.visits ?? [];
    this.show(answer.detections);
  }

  /** @param {readonly Detection[]} all */
  show(all) {
    this.all = all;
    for (const listener of [...this.listeners]) listener();
  }
}
