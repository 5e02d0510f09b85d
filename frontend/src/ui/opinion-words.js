/**
 * What people say of a detection as a whole, in words and in numbers.
 *
 * @import { Opinions } from '../opinions.js'
 */
import { element, icon, setAttribute, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';

/** The order in which they are counted: the best first. */
const COUNTED = /** @type {const} */ ([['positive', 'thumbs-up'], ['neutral', 'minus'], ['negative', 'thumbs-down']]);

/** @param {Opinions} opinions @returns {string} '' where nobody has said anything */
export function opinionsText({ positive, neutral, negative }) {
  if (!positive && !neutral && !negative) return '';
  const parts = [
    interpolate(ngettext('%(count)s positive', '%(count)s positive', positive), { count: positive }),
    interpolate(ngettext('%(count)s neutral', '%(count)s neutral', neutral), { count: neutral }),
    interpolate(ngettext('%(count)s negative', '%(count)s negative', negative), { count: negative }),
  ];
  return interpolate(gettext('Ratings of the whole detection: %(ratings)s'), { ratings: parts.join(', ') });
}

/** Three numbers with their signs; one picture for those who hear it. */
export class OpinionCounts {
  constructor() {
    this.numbers = COUNTED.map(([name, sign]) => ({ name, sign, number: element('span') }));
    this.place = element('span', { class: 'opinions', role: 'img', hidden: true }, this.numbers.flatMap(({ sign, number }) => [icon(sign), number]));
  }

  /** @param {Opinions|null} opinions null: nothing to rate */
  show(opinions) {
    const text = opinions ? opinionsText(opinions) : '';
    this.place.hidden = text === '';
    setAttribute(this.place, 'aria-label', text || null);
    setAttribute(this.place, 'title', text || null);
    for (const { name, number } of this.numbers) setText(number, String(opinions?.[name] ?? 0));
  }
}
