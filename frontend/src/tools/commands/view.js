/**
 * What is in sight: zoom, chrome, and the sheets over the picture.
 *
 * @import { Actions, Parts } from './rights.js'
 */
import { ZOOM_STEP } from '../../camera.js';

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
    'theme.light': () => workspace.host.setTheme('light'),
    'theme.dark': () => workspace.host.setTheme('dark'),
    'theme.system': () => workspace.host.setTheme('system'),
    'help.show': () => workspace.host.toggleHelp(),
    'palette.show': () => workspace.host.togglePalette(),
    'settings.show': () => workspace.host.toggleSettings(),
  };
}
