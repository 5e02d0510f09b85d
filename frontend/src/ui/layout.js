/**
 * What is around the picture: the row of images, the row of keys, everything or nothing.
 *
 * @import { Workspace } from '../workspace.js'
 */
import { keymap } from '../input/keymap.js';
import { byId, element, icon } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { keyText } from './keys.js';

/**
 * @param {HTMLElement} stage gets the focus when what had it is hidden
 * @param {Workspace} workspace
 */
export function wireLayout(stage, workspace) {
  const { classList } = document.body;
  const back = element('button', { type: 'button', class: 'button focus-end', hidden: true }, [icon('x'), gettext('Show everything')]);
  back.addEventListener('click', () => {
    workspace.view.set({ isFocused: false });
    stage.focus();
  });
  stage.after(back);
  const arrange = () => {
    const { show_film: film, show_strip: strip } = workspace.preferences.now;
    classList.toggle('is-without-film', !film);
    classList.toggle('is-without-strip', !strip);
  };
  const focus = () => {
    const { isFocused } = workspace.view.now;
    classList.toggle('is-focused', isFocused);
    back.hidden = !isFocused;
    if (isFocused && !byId('main', HTMLElement).contains(document.activeElement)) stage.focus();
    workspace.host.say(isFocused ? onlyPicture() : gettext('Everything is shown again.'));
  };
  workspace.preferences.subscribe(arrange);
  workspace.view.subscribe((changed) => changed.has('isFocused') && focus());
  arrange();
}

function onlyPicture() {
  const [key] = keymap.keysOf('view.focus');
  if (!key) return gettext('Only the picture is shown.');
  return interpolate(gettext('Only the picture is shown. %(key)s brings everything back.'), { key: keyText(key) });
}
