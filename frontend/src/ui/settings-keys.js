/**
 * Settings of the keys: preset, single keys on or off, and a table of all commands in which every key can be changed by
 * pressing another one. What a hand does with keys held stands below: that is as it is.
 *
 * @import { Preferences, Preset } from '../preferences.js'
 * @import { Shortcut } from '../input/shortcuts.js'
 * @import { Gesture } from '../input/table/gestures.js'
 */
import { fold } from '../fuzzy.js';
import { keymap, MOST_KEYS } from '../input/keymap.js';
import { PRESET_NAMES } from '../input/presets.js';
import { reset, swapped, withKey, withoutKey } from '../input/rebinding.js';
import { GROUP_NAMES, shortcutOf } from '../input/shortcuts.js';
import { gesturesIn } from '../input/table/gestures.js';
import { element, icon, setText } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { overlapTexts } from './key-overlaps.js';
import { KeyRecorder } from './key-recorder.js';
import { keyCaps, keyText } from './keys.js';

/** @typedef {{id: string, old: string|null}} Recording `old`: the key that is replaced, null for one more */

export class KeySettings {
  /**
   * @param {HTMLElement} panel
   * @param {Preferences} preferences
   * @param {(text: string) => void} speak to screen readers
   */
  constructor(panel, preferences, speak) {
    this.speak = speak;
    this.panel = panel;
    this.preferences = preferences;
    /** @type {Recording|null} */
    this.recording = null;
    this.conflicts = keymap.conflicts;
    this.preset = presetField((preset) => preferences.set({ preset }));
    this.single = singleField((isOn) => preferences.set({ single_keys: isOn }));
    this.search = element('input', { type: 'search', id: 'keys-search', 'aria-label': gettext('Search the commands'), placeholder: gettext('Search the commands') });
    this.search.addEventListener('input', () => this.draw());
    this.resetAll = element('button', { type: 'button', class: 'button', text: gettext('Reset all keys') });
    this.resetAll.addEventListener('click', () => this.reset());
    this.said = element('p', { class: 'keys-said' });
    this.body = element('tbody');
    panel.replaceChildren(this.preset.row, this.single.row, element('div', { class: 'keys-head' }, [this.search, this.resetAll]), this.said,
      element('div', { class: 'keys-scroll', tabindex: '0', role: 'region', 'aria-label': gettext('Commands and their keys') }, [table(this.body)]));
    keymap.subscribe(() => this.refresh());
  }

  /** Only what is in sight is kept up to date. */
  refresh() {
    if (this.panel.closest('dialog')?.open === false) this.recording = null;
    const { preset, single_keys: hasSingleKeys, keys } = this.preferences.now;
    this.preset.field.value = preset;
    this.single.field.checked = hasSingleKeys;
    this.resetAll.setAttribute('aria-disabled', String(Object.keys(keys).length === 0));
    this.draw();
  }

  draw() {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['focus'] : undefined;
    const words = fold(this.search.value).split(/\s+/).filter(Boolean);
    this.conflicts = keymap.conflicts;
    const fits = (/** @type {string} */ text) => words.every((word) => text.includes(word));
    const rows = [
      ...keymap.table.filter((one) => fits(textOf(one))).map((one) => this.row(one)),
      ...gesturesIn(keymap).filter((one) => one.keys.length && fits(fixedText(one))).map(fixedRow),
    ];
    const none = element('tr', {}, [element('td', { colspan: '3', text: gettext('Nothing fits. Try another word.') })]);
    this.body.replaceChildren(...(rows.length ? rows : [none]));
    if (focused) this.focus(focused);
  }

  /** @param {string} name */
  focus(name) {
    const found = this.body.querySelector(`[data-focus="${CSS.escape(name)}"]`);
    if (found instanceof HTMLElement) found.focus();
  }

  /** @param {Shortcut} shortcut */
  row({ id, group, name, hint }) {
    const title = name();
    const lost = this.conflicts.filter((one) => one.id === id).map(({ keys, by }) => element('p', { class: 'keys-lost',
      text: interpolate(gettext('%(key)s belongs to “%(command)s” now'), { key: keyText(keys), command: shortcutOf(by).name() }) }));
    const overlaps = keymap.boundTo(id).flatMap((keys) => overlapTexts(keymap, id, keys)).map((text) => element('p', { class: 'keys-overlap', text }));
    const isRecording = this.recording?.id === id;
    const keys = isRecording && this.recording ? [this.recorder(this.recording, title)] : this.chips(id, title);
    const isChanged = Object.hasOwn(keymap.choices.keys, id);
    const back = element('button', { type: 'button', class: 'button button--quiet keys-reset', 'data-focus': `${id} reset`,
      'aria-label': interpolate(gettext('Reset the keys of “%(command)s”'), { command: title }), text: gettext('Reset') });
    back.addEventListener('click', () => this.resetOne(id, title));
    return element('tr', { 'data-command': id }, [
      element('th', { scope: 'row' }, [
        element('span', { class: 'keys-name', text: name() }), element('span', { class: 'keys-group', text: hint?.() || GROUP_NAMES[group]() }), ...lost, ...overlaps,
      ]),
      element('td', {}, keys), element('td', { class: 'keys-end' }, isChanged && !isRecording ? [back] : []),
    ]);
  }

  /** @param {string} id @param {string} title */
  chips(id, title) {
    const bound = keymap.boundTo(id);
    const chips = bound.map((keys) => {
      const rest = element('span', { class: 'visually-hidden', text: interpolate(gettext(': change this key of “%(command)s”'), { command: title }) });
      const chip = element('button', { type: 'button', class: 'key-chip', title: gettext('Change'), 'data-focus': `${id} ${keys}` }, [keyCaps(keys), rest]);
      chip.classList.toggle('is-off', !keymap.acts(keys));
      chip.addEventListener('click', () => this.record({ id, old: keys }));
      return chip;
    });
    const text = interpolate(gettext('Add a key to “%(command)s”'), { command: title });
    const add = element('button', { type: 'button', class: 'key-chip key-chip--add', 'aria-label': text, title: gettext('Add a key'), 'data-focus': `${id} add` }, [icon('plus')]);
    add.addEventListener('click', () => this.record({ id, old: null }));
    return [element('div', { class: 'key-chips' }, bound.length < MOST_KEYS ? [...chips, add] : chips)];
  }

  /** @param {Recording} recording */
  record(recording) {
    this.recording = recording;
    this.draw();
    this.focus('recorder');
  }

  /** @param {Recording} recording @param {string} title */
  recorder({ id, old }, title) {
    return new KeyRecorder({
      title, old,
      holderOf: (keys) => {
        const holder = keymap.holderOf(id, keys);
        return holder && shortcutOf(holder).name();
      },
      isPresent: (keys) => keymap.boundTo(id).includes(keys), overlaps: (keys) => overlapTexts(keymap, id, keys), say: (text) => this.speak(text),
      chosen: (keys) => this.store(withKey(keymap, id, old, keys), id, keys, title),
      swapped: (keys) => old !== null && this.store(swapped(keymap, id, old, keys), id, keys, title),
      removed: () => old !== null && this.remove(id, old, title),
      cancelled: () => this.stop(),
    }).place;
  }

  /** Gives up what is being recorded. */
  stop() {
    const { recording } = this;
    if (!recording) return;
    this.recording = null;
    this.draw();
    this.focus(`${recording.id} ${recording.old ?? 'add'}`);
  }

  /**
   * @param {Record<string, string[]>} keys
   * @param {string} id
   * @param {string} key
   * @param {string} title
   */
  store(keys, id, key, title) {
    this.recording = null;
    this.preferences.set({ keys });
    this.say(interpolate(gettext('“%(command)s” has the key %(key)s now.'), { command: title, key: keyText(key) }));
    this.draw();
    this.focus(`${id} ${key}`);
  }

  /** @param {string} id @param {string} key @param {string} title */
  remove(id, key, title) {
    this.recording = null;
    this.preferences.set({ keys: withoutKey(keymap, id, key) });
    this.say(interpolate(gettext('%(key)s is no key of “%(command)s” any more.'), { command: title, key: keyText(key) }));
    this.draw();
    this.focus(`${id} add`);
  }

  /** @param {string} id @param {string} title */
  resetOne(id, title) {
    this.preferences.set({ keys: reset(keymap, id) });
    this.say(interpolate(gettext('“%(command)s” has the keys of the preset again.'), { command: title }));
    this.focus(`${id} ${keymap.boundTo(id)[0] ?? 'add'}`);
  }

  reset() {
    if (!Object.keys(this.preferences.now.keys).length) return;
    const before = this.preferences.now.keys;
    this.preferences.set({ keys: {} });
    const undo = element('button', { type: 'button', class: 'button button--quiet', text: gettext('Undo') });
    undo.addEventListener('click', () => {
      this.preferences.set({ keys: before });
      this.say(gettext('Your keys are back.'));
      this.resetAll.focus();
    });
    this.say(gettext('All keys are those of the preset again.'), undo);
  }

  /** @param {string} text @param {HTMLElement} [action] */
  say(text, action) {
    setText(this.said, '');
    this.said.append(text, ...(action ? [' ', action] : []));
    this.speak(text);
  }
}

/** What the search looks at. @param {Shortcut} shortcut */
function textOf({ id, group, name, hint, words = '' }) {
  return fold([name(), hint?.() ?? '', GROUP_NAMES[group](), words, ...keymap.boundTo(id).map(keyText)].join(' '));
}

/** @param {Gesture} gesture */
function fixedText({ name, keys, words = '' }) {
  return fold([name(), words, ...keys.map(keyText)].join(' '));
}

/** What nobody can give another key. @param {Gesture} gesture */
function fixedRow({ id, name, keys }) {
  return element('tr', { 'data-gesture': id }, [
    element('th', { scope: 'row' }, [
      element('span', { class: 'keys-name', text: name() }), element('span', { class: 'keys-group', text: gettext('Cannot be changed') }),
    ]),
    element('td', {}, [element('div', { class: 'key-chips key-chips--fixed' }, keys.map(keyCaps))]), element('td'),
  ]);
}

/** @param {HTMLElement} body */
function table(body) {
  const head = [gettext('Command'), gettext('Keys'), ''].map((text) => (
    text ? element('th', { scope: 'col', text }) : element('td')));
  return element('table', { class: 'keys-table' }, [element('thead', {}, [element('tr', {}, head)]), body]);
}

/** @param {(preset: Preset) => void} chosen */
function presetField(chosen) {
  const options = Object.entries(PRESET_NAMES).map(([value, name]) => element('option', { value, text: name() }));
  const field = element('select', { id: 'keys-preset', 'aria-describedby': 'keys-preset-hint' }, options);
  field.addEventListener('change', () => chosen(/** @type {Preset} */ (field.value)));
  const row = element('div', { class: 'keys-preset' }, [
    element('label', { for: field.id, text: gettext('Keys as in') }), field,
    element('span', { class: 'choice__hint', id: 'keys-preset-hint', text: gettext('What that tool does not have keeps our keys. Keys that you changed stay changed.') }),
  ]);
  return { row, field };
}

/** @param {(isOn: boolean) => void} chosen */
function singleField(chosen) {
  const field = element('input', { type: 'checkbox', id: 'keys-single', 'aria-describedby': 'keys-single-hint' });
  field.addEventListener('change', () => chosen(field.checked));
  const hint = gettext('Letters, digits and signs pressed by themselves. Turn them off if you speak to your computer or press keys by accident. Everything else keeps working, and the palette finds every command.');
  const row = element('div', { class: 'choice' }, [
    field, element('label', { for: field.id, text: gettext('Single keys') }), element('span', { class: 'choice__hint', id: 'keys-single-hint', text: hint }),
  ]);
  return { row, field };
}
