/**
 * Who somebody is, by the number that the server gives.
 *
 * @import { Workspace } from '../workspace.js'
 */
import { gettext } from './i18n.js';

/**
 * @param {Pick<Workspace, 'store'|'page'>} workspace
 * @param {number|null} user null: no person
 * @returns {string}
 */
export function nameOfUser({ store, page }, user) {
  if (user === null) return gettext('A model');
  for (const person of store.people.values()) if (person.user === user) return person.name;
  return page.members?.find(({ id }) => id === user)?.name ?? gettext('Somebody');
}
