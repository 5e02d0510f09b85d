/**
 * Rows of the table of commands (input/shortcuts.js): what is chosen once, and else in the sheet of the settings.
 *
 * @import { Preset } from '../../preferences.js'
 * @import { Shortcut } from '../shortcuts.js'
 */
import { needs } from '../../tools/commands/needs.js';
import { gettext, interpolate } from '../../ui/i18n.js';
import { PRESET_NAMES } from '../presets.js';

/** @returns {Shortcut[]} */
function presets() {
  return /** @type {Preset[]} */ (Object.keys(PRESET_NAMES)).map((preset) => ({
    id: `preset.${preset}`, group: 'settings', keys: [],
    name: () => (preset === 'ours' ? gettext('Our keys') : interpolate(gettext('Keys as in %(tool)s'), { tool: PRESET_NAMES[preset]() })),
    words: 'preset shortcuts keymap préréglage raccourcis touches clavier',
  }));
}

/** @type {Shortcut[]} */
export const SETTINGS = [
  { id: 'view.crosshair', group: 'view', keys: [], name: () => gettext('Show or hide the crosshair'), hint: () => gettext('While drawing'),
    words: 'lines guides reticle réticule croix lignes viseur' },
  { id: 'view.keep-zoom', group: 'view', keys: [], name: () => gettext('Keep the zoom from image to image, or not'),
    words: 'place frame stay garder zoom place' },
  { id: 'view.smooth', group: 'view', keys: [], name: () => gettext('Smooth pixels above 100 %, or squares'),
    words: 'pixelated interpolation sharp lisser pixels carrés netteté' },
  { id: 'view.cursors', group: 'view', keys: [], name: () => gettext('Show or hide the cursors of others'),
    words: 'presence pointer people curseurs pointeurs personnes masquer' },
  { id: 'keys.single', group: 'settings', keys: [], name: () => gettext('Turn single keys on or off'),
    hint: () => gettext('Keys pressed by themselves: letters, digits and signs'),
    words: 'shortcuts accessibility speech raccourcis accessibilité dictée' },
  ...presets(),
  { id: 'announce.all', group: 'settings', keys: [], name: () => gettext('Read out what I do and what others do'),
    words: 'screen reader announcements everything lecteur écran annonces tout' },
  { id: 'announce.own', group: 'settings', keys: [], name: () => gettext('Read out only what I do'),
    words: 'screen reader announcements lecteur écran annonces' },
  { id: 'announce.none', group: 'settings', keys: [], name: () => gettext('Read out nothing'),
    words: 'screen reader announcements silent quiet lecteur écran annonces silence' },
  { id: 'language.en', group: 'settings', keys: [], name: () => gettext('Language: English'), needs: [needs.online], words: 'language anglais langue interface' },
  { id: 'language.fr', group: 'settings', keys: [], name: () => gettext('Language: French'), needs: [needs.online], words: 'français langue interface' },
  { id: 'account.sign-out', group: 'settings', keys: [], name: () => gettext('Sign out'), needs: [needs.online],
    words: 'log out leave quit déconnexion quitter sortir' },
];
