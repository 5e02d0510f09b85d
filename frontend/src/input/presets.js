/**
 * Keys that people have in their fingers from other tools. A preset says only what differs from the table; the second half
 * gives new places to the commands whose keys are taken.
 *
 * @import { Preset } from '../preferences.js'
 * @typedef {Readonly<Record<string, readonly string[]>>} Bindings keys by command
 */
import { gettext } from '../ui/i18n.js';

/** @type {Record<Preset, () => string>} names of products are the same everywhere, ours is not */
export const PRESET_NAMES = {
  ours: () => gettext('Ours'), cvat: () => 'CVAT', labelstudio: () => 'Label Studio', labelimg: () => 'labelImg',
};

/** @type {Bindings} */
const CVAT = {
  'tool.draw': ['N'],
  'help.show': ['F1', '?'],
  'settings.show': ['F2', 'Mod+,'],
  'box.hide': ['H'],
  'box.repeat': ['Mod+B', 'R'],
  'box.front': ['+', '='],
  'box.back': ['-', '_'],
  ...Object.fromEntries([...'1234567890'].map((digit) => [`label.${digit}`, [`Mod+${digit}`, digit]])),

  'box.new': ['Shift+N'],
  'tool.pan': ['Shift+H'],
  'view.in': ['Alt++', 'Alt+='],
  'view.out': ['Alt+-'],
};

/** @type {Bindings} */
const LABEL_STUDIO = {
  'tool.draw': ['R'],
  'frame.complete-next': ['Mod+Enter', 'Alt+Enter'],
  'frame.next': ['Mod+ArrowRight', 'PageDown'],
  'frame.previous': ['Mod+ArrowLeft', 'PageUp'],
  'edit.cancel': ['U', 'Escape'],
  'box.next': ['Tab', 'Alt+.', '.'],
  'box.hide': ['Alt+H'],
  'box.lock': ['Alt+L'],
  'view.in': ['Mod++', 'Mod+=', '+'],
  'view.out': ['Mod+-', '-'],

  'together.follow': ['Shift+U'],
  'box.repeat': ['Shift+R'],
  'view.show-hidden': ['Alt+Shift+H'],
  'box.resize-start.left': ['Mod+Alt+ArrowLeft'],
  'box.resize-start.right': ['Mod+Alt+ArrowRight'],
};

/** @type {Bindings} */
const LABEL_IMG = {
  'tool.draw': ['W'],
  'frame.next': ['D', 'PageDown'],
  'frame.previous': ['A', 'PageUp'],
  'frame.complete': ['Space'], // there: the image is verified
  'view.in': ['Mod++', 'Mod+=', '+'],
  'view.out': ['Mod+-', '-'],
};

/** @type {Record<Preset, Bindings>} */
export const PRESETS = { ours: {}, cvat: CVAT, labelstudio: LABEL_STUDIO, labelimg: LABEL_IMG };
