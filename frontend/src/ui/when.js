/** Moments as people say them, in the language of the page. */
import { gettext } from './i18n.js';

const MINUTE_MS = 60_000;
const language = () => document.documentElement.lang || 'en';

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [['minute', MINUTE_MS], ['hour', 60 * MINUTE_MS], ['day', 24 * 60 * MINUTE_MS]];

/**
 * @param {number} at milliseconds since 1970
 * @param {number} [now]
 * @returns {string} "3 minutes ago"; after a week the day
 */
export function ago(at, now = Date.now()) {
  const age = Math.max(0, now - at);
  if (age < MINUTE_MS) return gettext('just now');
  const [unit, length] = UNITS.findLast(([, each]) => age >= each) ?? ['minute', MINUTE_MS];
  if (unit === 'day' && age >= 7 * length) return new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(at);
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(-Math.floor(age / length), unit);
}

/** @param {number} at @returns {string} day and time in full */
export function exactly(at) {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'full', timeStyle: 'medium' }).format(at);
}
