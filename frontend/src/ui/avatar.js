/** The round mark of a person: initials on their colour. */
import { initials, personColor } from '../renderer/colors.js';
import { element } from './dom.js';

/** White is readable on it in light and dark. */
const MACHINE = '#565d6b';

/**
 * @param {{user: number|null, name: string}} person null: a machine, or somebody who left
 * @param {string} [kind] further class
 */
export function avatarOf({ user, name }, kind = '') {
  const mark = element('span', { class: `avatar avatar--small ${kind}`.trim(), 'aria-hidden': 'true', text: initials(name) });
  mark.style.background = user === null ? MACHINE : personColor(user);
  return mark;
}
