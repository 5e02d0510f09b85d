/**
 * Two people judged one proposal: the first one's verdict holds, and the second is told what it is.
 *
 * @import { BoxFields } from '../box.js'
 * @import { Notice } from '../store.js'
 * @import { Opinion } from '../opinions.js'
 * @typedef {{mood: 'warning'|'error'|'info', title: string, text: string, keep: string|null, dismiss: string}} Shown
 */
import { isCorrection } from '../edits.js';
import { gettext, interpolate } from './i18n.js';
import { RATING_WORDS } from './verdict-words.js';

/** @typedef {Partial<BoxFields>|null} Fields */

/** @param {Notice} notice that is stale */
export function isVerdict({ fields }) {
  return fields.includes('status') || fields.includes('feedback');
}

/** @param {Fields} theirs @returns {string} a whole sentence */
export function whatTheyDid(theirs) {
  switch (theirs?.status) {
    case 'accepted': return gettext('They accepted it.');
    case 'rejected': return gettext('They rejected it.');
    case 'proposed': return gettext('They opened it again.');
    default: return theirs?.feedback ? interpolate(gettext('They rated it: %(rating)s.'), { rating: RATING_WORDS[theirs.feedback]() }) : gettext('They took their rating back.');
  }
}

/** @param {Pick<Notice, 'mine'|'removes'>} notice @returns {string} a whole sentence */
function whatIWanted({ mine, removes }) {
  if (removes) return gettext('You wanted to delete it.');
  if (mine && isCorrection(mine)) return gettext('You wanted to correct it.');
  if (mine?.feedback === 'neutral') return gettext('You wanted to leave it undecided.');
  switch (mine?.status) {
    case 'accepted': return gettext('You wanted to accept it.');
    case 'rejected': return gettext('You wanted to reject it.');
    default: return gettext('You rated it.');
  }
}

/** @param {Fields} mine @param {Fields} theirs @returns {boolean} whether nothing is left of mine that is not so already */
function isSame(mine, theirs) {
  const there = /** @type {Record<string, unknown>} */ (theirs ?? {});
  return Object.entries(mine ?? {}).every(([name, value]) => name in there && there[name] === value);
}

/** @param {Notice} notice @param {string} name of whoever was first @returns {Shown} */
export function describeVerdict({ mine, theirs, removes }, name) {
  const title = interpolate(gettext('%(name)s judged this proposal before you'), { name });
  if (!removes && isSame(mine, theirs)) {
    return { mood: 'info', title, text: gettext('They came to the same verdict. Nothing is left to do.'), keep: null, dismiss: gettext('Close') };
  }
  const told = { theirs: whatTheyDid(theirs), mine: whatIWanted({ mine, ...removes && { removes } }) };
  const text = interpolate(gettext('%(theirs)s %(mine)s Theirs holds until you choose.'), told);
  return { mood: 'warning', title, text, keep: gettext('Use mine'), dismiss: gettext('Keep theirs') };
}

/** What I said of a whole detection without a connection, and otherwise elsewhere meanwhile. @param {{opinion: Opinion}} said @returns {Shown} */
export function describeSaid({ opinion }) {
  const mine = opinion.feedback ? interpolate(gettext('What you said here: %(rating)s.'), { rating: RATING_WORDS[opinion.feedback]() })
    : gettext('Here you took it back.');
  const text = `${gettext('What you said there holds until you choose.')} ${mine}`;
  return { mood: 'warning', title: gettext('You rated this detection elsewhere meanwhile'), text, keep: gettext('Use the one from here'), dismiss: gettext('Keep the other') };
}
