/**
 * Waits for the key that a person wants. A key that another command has is not taken without being asked for, and one that
 * means something else in another mode is not given without saying so.
 *
 * @typedef {{
 *   title: string, old: string|null, holderOf: (keys: string) => string|null, isPresent: (keys: string) => boolean,
 *   overlaps: (keys: string) => string[], say: (text: string) => void,
 *   chosen: (keys: string) => void, swapped: (keys: string) => void, removed: () => void, cancelled: () => void
 * }} RecorderParts `title`: of the command. `old`: the key that is replaced. `holderOf`: the name of who has a key. `overlaps`:
 *   in words, who has it in another mode
 */
import { whyNotKey } from '../input/keymap.js';
import { keyOf } from '../input/press.js';
import { element } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { keyText } from './keys.js';

export class KeyRecorder {
  /** @param {RecorderParts} parts */
  constructor(parts) {
    this.parts = parts;
    this.field = element('button', { type: 'button', class: 'recorder__field', 'data-focus': 'recorder', text: gettext('Press the new key'),
      'aria-label': interpolate(gettext('Press the new key for “%(command)s”. Escape gives up.'), { command: parts.title }) });
    this.field.addEventListener('keydown', (event) => this.press(event));
    this.note = element('p', { class: 'recorder__note', id: 'recorder-note' });
    this.field.setAttribute('aria-describedby', this.note.id);
    this.buttons = element('div', { class: 'recorder__buttons' });
    this.place = element('div', { class: 'recorder', role: 'group', 'aria-label': interpolate(gettext('New key for “%(command)s”'), { command: parts.title }) },
      [this.field, this.note, this.buttons]);
    this.place.addEventListener('keydown', (event) => event.key === 'Escape' && this.leave(event));
    this.offer([]);
  }

  /** @param {KeyboardEvent} event */
  leave(event) {
    event.preventDefault();
    event.stopPropagation();
    this.parts.cancelled();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.key === 'Escape' || (event.key === 'Tab' && !event.ctrlKey && !event.altKey && !event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    const keys = keyOf(event);
    if (keys) this.consider(keys);
  }

  /** @param {string} keys */
  consider(keys) {
    const { parts } = this;
    if (parts.isPresent(keys)) return parts.cancelled();
    const key = keyText(keys);
    const why = whyNotKey(keys);
    const holder = parts.holderOf(keys);
    if (why === 'browser') this.tell(interpolate(gettext('The browser keeps %(key)s for itself. Press another key.'), { key }));
    else if (why === 'needed') this.tell(interpolate(gettext('%(key)s is needed to get around. Press another key.'), { key }));
    else if (holder) this.ask(keys, holder);
    else if (parts.overlaps(keys).length) this.warn(keys);
    else parts.chosen(keys);
  }

  /** Both may have it. @param {string} keys */
  warn(keys) {
    const { chosen, overlaps } = this.parts;
    this.tell(overlaps(keys).join(' '));
    this.offer([button(gettext('Use it all the same'), () => chosen(keys))]);
    this.buttons.querySelector('button')?.focus();
  }

  /** @param {string} keys @param {string} holder */
  ask(keys, holder) {
    const { old, chosen, swapped } = this.parts;
    const names = { key: keyText(keys), command: holder, old: old ? keyText(old) : '' };
    this.tell(interpolate(gettext('%(key)s is a key of “%(command)s” already.'), names));
    const swap = button(interpolate(gettext('Swap: give it %(old)s'), names), () => swapped(keys));
    const take = button(gettext('Take it away there'), () => chosen(keys));
    this.offer(old === null ? [take] : [swap, take]);
    this.buttons.querySelector('button')?.focus();
  }

  /** @param {string} text */
  tell(text) {
    this.note.textContent = text;
    this.parts.say(text);
    this.offer([]);
  }

  /** @param {HTMLElement[]} first */
  offer(first) {
    const { old, removed, cancelled } = this.parts;
    const remove = old === null || first.length ? [] : [button(gettext('Remove this key'), removed)];
    this.buttons.replaceChildren(...first, ...remove, button(gettext('Cancel'), cancelled));
  }
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = element('button', { type: 'button', class: 'button', text });
  made.addEventListener('click', act);
  return made;
}
