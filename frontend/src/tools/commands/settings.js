/**
 * What a person chooses for the editor, without the sheet of the settings.
 *
 * @import { Choices } from '../../preferences.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { gettext } from '../../ui/i18n.js';

/** @typedef {'show_crosshair'|'keep_zoom'|'smooth_pixels'|'show_cursors'|'single_keys'} Switch */

/** By command what it turns on or off, and what is said then. @type {Record<string, [Switch, () => string, () => string]>} */
const SWITCHES = {
  'view.crosshair': ['show_crosshair', () => gettext('The crosshair is shown while drawing.'), () => gettext('The crosshair is not shown.')],
  'view.keep-zoom': ['keep_zoom', () => gettext('The zoom stays from image to image.'), () => gettext('Every image is shown whole at first.')],
  'view.smooth': ['smooth_pixels', () => gettext('Pixels are smooth.'), () => gettext('Every pixel is a square.')],
  'view.cursors': ['show_cursors', () => gettext('The cursors of others are shown.'), () => gettext('The cursors of others are hidden.')],
  'keys.single': ['single_keys', () => gettext('Single keys are on.'), () => gettext('Single keys are off.')],
};
const otherKeys = () => gettext('Other keys hold from now on. The help lists them.');
/** By command what holds from then on, and what is said. @type {Record<string, [Partial<Choices>, () => string]>} */
const CHOICES = {
  'preset.ours': [{ preset: 'ours' }, otherKeys],
  'preset.cvat': [{ preset: 'cvat' }, otherKeys],
  'preset.labelstudio': [{ preset: 'labelstudio' }, otherKeys],
  'preset.labelimg': [{ preset: 'labelimg' }, otherKeys],
  'announce.all': [{ announce: 'all' }, () => gettext('What you do and what others do is read out.')],
  'announce.own': [{ announce: 'own' }, () => gettext('Only what you do is read out.')],
  'announce.none': [{ announce: 'none' }, () => gettext('Only what nobody may miss is read out.')],
};

/** @param {Parts} parts @returns {Actions} */
export function settingsCommands({ workspace }) {
  return {
    ...Object.fromEntries(Object.keys(SWITCHES).map((id) => [id, () => turn(workspace, id)])),
    ...Object.fromEntries(Object.keys(CHOICES).map((id) => [id, () => choose(workspace, id)])),
    'language.en': () => workspace.host.setLanguage('en'),
    'language.fr': () => workspace.host.setLanguage('fr'),
    'account.sign-out': () => workspace.host.signOut(),
  };
}

/** @param {Workspace} workspace @param {string} id of SWITCHES */
function turn({ preferences, host }, id) {
  const found = SWITCHES[id];
  if (!found) return;
  const [name, on, off] = found;
  preferences.set({ [name]: !preferences.now[name] });
  host.say(preferences.now[name] ? on() : off());
}

/** @param {Workspace} workspace @param {string} id of CHOICES */
function choose({ preferences, host }, id) {
  const found = CHOICES[id];
  if (!found) return;
  const [parts, said] = found;
  preferences.set(parts);
  host.say(said());
}
