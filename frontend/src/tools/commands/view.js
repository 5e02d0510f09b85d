/**
 * What is in sight: zoom, chrome, and the sheets over the picture.
 *
 * @import { Actions, Parts } from './rights.js'
 */
import { ZOOM_STEP } from '../../camera.js';
import { gettext } from '../../ui/i18n.js';

/** @param {Parts} parts @returns {Actions} */
export function viewCommands({ workspace }) {
  const { camera, preferences, view } = workspace;
  return {
    'view.fit': () => camera.fit(),
    'view.actual': () => camera.zoomTo(1),
    'view.in': () => camera.zoomBy(ZOOM_STEP),
    'view.out': () => camera.zoomBy(1 / ZOOM_STEP),
    'view.focus': () => view.set({ isFocused: !view.now.isFocused }),
    'view.film': () => preferences.set({ show_film: !preferences.now.show_film }),
    'view.strip': () => preferences.set({ show_strip: !preferences.now.show_strip }),
    'view.cursors': () => {
      preferences.set({ show_cursors: !preferences.now.show_cursors });
      workspace.host.say(preferences.now.show_cursors ? gettext('The cursors of others are shown.') : gettext('The cursors of others are hidden.'));
    },
    'theme.light': () => workspace.host.setTheme('light'),
    'theme.dark': () => workspace.host.setTheme('dark'),
    'theme.system': () => workspace.host.setTheme('system'),
    'keys.single': () => {
      preferences.set({ single_keys: !preferences.now.single_keys });
      workspace.host.say(preferences.now.single_keys ? gettext('Single keys are on.') : gettext('Single keys are off.'));
    },
    'help.show': () => workspace.host.toggleHelp(),
    'palette.show': () => workspace.host.togglePalette(),
    'settings.show': () => workspace.host.toggleSettings(),
  };
}
