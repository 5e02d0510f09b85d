/**
 * Asking the server for JSON beside the live connection: comments, history, status, preferences.
 *
 * @typedef {{ok: true, status: number, body: any}} Answered
 * @typedef {{ok: false, status: number, detail: string}} Failed
 *   `status` 0: no connection. `detail`: written for the person by the server, '' where it said nothing.
 */
import { csrfToken } from './csrf.js';

/** Answers of a server or proxy that is busy or just being restarted. */
const BUSY = new Set([0, 429, 502, 503, 504]);

/**
 * @param {string} address
 * @param {{method?: string, body?: unknown}} [options] `body` is sent as JSON
 * @returns {Promise<Answered|Failed>}
 */
export async function ask(address, { method = 'GET', body } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken();
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    const answer = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const said = await answer.json().catch(() => null); // a page of a proxy, or of a server that is being replaced
    if (answer.ok && said !== null) return { ok: true, status: answer.status, body: said };
    return { ok: false, status: answer.ok ? 502 : answer.status, detail: said?.error?.detail ?? '' };
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return { ok: false, status: 0, detail: '' };
  }
}

/**
 * Whether asking failed for want of an answer of ours: no network, the page of a proxy, or (Firefox) a page that is being left.
 * Anything else is an error of the program.
 * @param {unknown} error
 */
export function isNoAnswer(error) {
  return error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException;
}

/** Whether asking again later may help. @param {Failed} failed */
export function isPassing({ status }) {
  return BUSY.has(status) || status >= 500;
}
