/**
 * Choices of the editor, kept with the account.
 *
 * @import { Choices, Sent } from '../preferences.js'
 * @import { Failed } from './request.js'
 */
import { ask, isPassing } from './request.js';

const ADDRESS = '/api/ui/preferences';

/**
 * Writes some choices over those of the account. The rest stays as another machine may have left it.
 * @param {Partial<Choices>} parts
 * @returns {Promise<Sent>}
 */
export async function saveChoices(parts) {
  const present = await ask(ADDRESS);
  if (!present.ok) return failure(present);
  const answer = await ask(ADDRESS, { method: 'PUT', body: { ...present.body, ...parts } });
  return answer.ok ? answer.body : failure(answer);
}

/** @param {Failed} failed @returns {Sent} */
function failure(failed) {
  if (failed.status === 401) return 'signed-out';
  return isPassing(failed) ? 'later' : 'refused';
}
