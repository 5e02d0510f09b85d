/**
 * Which frame this is, whether it is labelled blind, and the way to its neighbours.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { Workspace } from '../workspace.js'
 */
import { byId, element, icon, setText } from './dom.js';
import { describe } from './keys.js';
import { gettext, interpolate } from './i18n.js';

/**
 * @param {Workspace} workspace
 * @param {Commands} commands
 */
export function showFrameTitle(workspace, commands) {
  const name = byId('frame-name', HTMLElement);
  const place = byId('frame-place', HTMLElement);
  const previous = wire('frame-previous', 'frame.previous', 'chevron-left', commands);
  const next = wire('frame-next', 'frame.next', 'chevron-right', commands);
  const blind = element('span', { class: 'chip', text: gettext('Labelled without proposals on purpose') });
  name.after(blind);
  const update = () => {
    const { page } = workspace;
    blind.hidden = !page.frame.is_blind;
    const where = interpolate(gettext('%(position)s of %(total)s'), { position: page.frame.position, total: page.total });
    setText(name, page.frame.name);
    name.title = page.frame.name;
    setText(place, where);
    previous.setAttribute('aria-disabled', String(!page.previous));
    next.setAttribute('aria-disabled', String(!page.next));
    document.title = `${page.frame.name} · ${where} · ${page.project.name}`;
  };
  workspace.subscribe(({ kinds, ids }) => kinds.has('frame') && ids === null && update());
  update();
}

/**
 * @param {string} id
 * @param {string} command
 * @param {string} picture
 * @param {Commands} commands
 */
function wire(id, command, picture, commands) {
  const button = byId(id, HTMLButtonElement);
  button.append(icon(picture));
  describe(button, command);
  button.addEventListener('click', () => commands.run(command));
  return button;
}
