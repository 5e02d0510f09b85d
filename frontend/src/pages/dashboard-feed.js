/**
 * Asks for the figures again and again while somebody looks; an unchanged project answers 304 and nothing is touched.
 *
 * @import { Report } from "./dashboard-format.js"
 */
import { isNoAnswer } from "../net/request.js";

export const POLL_MS = 5000;
const AFTER_ERROR_MS = 10_000;
/** Of a project so large that its figures take long: at most this part of the time is spent on them. */
const SHARE = 0.1;

export class Feed {
  /**
   * @param {object} parts
   * @param {() => string} parts.address with what is shown now
   * @param {(report: Report) => void} parts.show
   * @param {(status: number) => void} parts.fail 0: no connection
   * @param {() => void} parts.agree the last report still holds
   * @param {() => boolean} [parts.isHidden]
   * @param {(address: string, options: RequestInit) => Promise<Response>} [parts.get]
   * @param {() => number} [parts.now] milliseconds
   */
  constructor({ address, show, fail, agree, isHidden = () => document.hidden, get = (...rest) => fetch(...rest), now = () => performance.now() }) {
    this.address = address;
    this.show = show;
    this.fail = fail;
    this.agree = agree;
    this.isHidden = isHidden;
    this.get = get;
    this.now = now;
    this.timer = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);
    this.etag = "";
    this.asked = 0;
  }

  /** Asks now; what is still on its way is for nothing then. */
  async ask() {
    clearTimeout(this.timer);
    const mine = ++this.asked;
    const wait = this.isHidden() ? POLL_MS : await this.askOnce(mine);
    if (mine === this.asked) this.timer = setTimeout(() => void this.ask(), wait);
  }

  /** What is shown has been changed: the last ETag says nothing about it. */
  restart() {
    this.etag = "";
    return this.ask();
  }

  /** @param {number} mine @returns {Promise<number>} milliseconds until the next time */
  async askOnce(mine) {
    const begun = this.now();
    try {
      const headers = { Accept: "application/json", ...(this.etag ? { "If-None-Match": this.etag } : {}) };
      const answer = await this.get(this.address(), { headers });
      if (mine !== this.asked) return POLL_MS;
      if (answer.status === 304) this.agree();
      else if (!answer.ok) return this.failed(answer.status);
      else await this.take(answer, mine);
      return Math.max(POLL_MS, (this.now() - begun) / SHARE);
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      return mine === this.asked ? this.failed(0) : POLL_MS;
    }
  }

  /** @param {Response} answer @param {number} mine */
  async take(answer, mine) {
    const report = /** @type {Report} */ (await answer.json());
    if (mine !== this.asked) return;
    this.etag = answer.headers.get("ETag") ?? "";
    this.show(report);
  }

  /** @param {number} status */
  failed(status) {
    this.fail(status);
    return AFTER_ERROR_MS;
  }
}
