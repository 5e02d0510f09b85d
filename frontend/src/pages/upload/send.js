/**
 * Sends one file as the body of a request, and reads what became of it.
 *
 * @import { Outcome, Send } from "./queue.js"
 */
import { answerOf, requestFor } from "../../net/sending.js";
import { gettext } from "../../ui/i18n.js";

const AGAIN_MS = 1500;
/** Answers of a server or proxy that is busy or just being restarted. */
const BUSY = new Set([429, 502, 503, 504]);

/**
 * @param {string} address
 * @param {() => Record<string, string>} options said with each file, as it is sent
 * @returns {Send}
 */
export function sender(address, options) {
  return (item, onProgress) => {
    const request = requestFor(`${address}?${new URLSearchParams({ name: item.name, ...options() })}`);
    /** @type {Promise<Outcome>} */
    const done = new Promise((resolve) => {
      request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
      request.addEventListener("load", () => resolve(outcomeOf(request.status, answerOf(request), retryAfter(request))));
      request.addEventListener("error", () => resolve(unreachable()));
    });
    request.send(item.file);
    return { done, abort: () => request.abort() };
  };
}

/** @param {XMLHttpRequest} request */
function retryAfter(request) {
  const seconds = Number(request.getResponseHeader("Retry-After"));
  return seconds > 0 ? seconds * 1000 : AGAIN_MS;
}

/** @returns {Outcome} */
function unreachable() {
  const note = gettext("The server could not be reached, or the file was changed meanwhile.");
  return { state: "failed", note, retryAfterMs: AGAIN_MS };
}

/**
 * @param {number} status
 * @param {any} answer JSON of annotate/views/uploads.py or errors.py, or null
 * @param {number} waitMs
 * @returns {Outcome}
 */
export function outcomeOf(status, answer, waitMs = AGAIN_MS) {
  if (answer?.outcome && status !== 507) {
    return { state: answer.outcome, note: answer.message ?? "", url: answer.url, job: answer.job };
  }
  if (BUSY.has(status)) return { state: "failed", note: gettext("The server was too busy."), retryAfterMs: waitMs };
  const why = answer?.message ?? answer?.error?.detail;
  if (status === 413) return { state: "refused", note: why ?? gettext("The file is too large.") };
  if ([401, 403, 404, 507].includes(status)) {
    return { state: "failed", halt: true, note: why ?? gettext("The server does not take files from you any more.") };
  }
  return { state: "failed", note: why ?? gettext("Something went wrong on the server.") };
}
