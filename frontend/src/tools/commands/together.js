/**
 * What one does with others: follow them, look at what they changed, talk about it.
 *
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { gettext, interpolate } from '../../ui/i18n.js';

/** @param {Parts} parts @returns {Actions} */
export function togetherCommands({ workspace }) {
  return {
    'together.look': () => look(workspace),
    'together.follow': () => follow(workspace),
    'together.comment': () => comment(workspace),
    'panel.boxes': () => workspace.view.set({ panel: 'boxes', isFocused: false }),
    'panel.history': () => workspace.view.set({ panel: 'history', isFocused: false }),
    'panel.comments': () => workspace.view.set({ panel: 'comments', isFocused: false }),
  };
}

/** At the box of the newest notice. @param {Workspace} workspace */
function look({ store, camera, host }) {
  const isAbout = store.notices.filter(({ boxId }) => boxId !== null);
  const box = isAbout.map(({ boxId }) => store.boxes.get(boxId ?? '')).findLast((one) => one !== undefined);
  if (!box) return host.say(isAbout.length ? gettext('That box is deleted.') : gettext('Nobody has changed anything of yours.'));
  store.select([box.id]);
  camera.reveal(box);
}

/** The next person, and after the last nobody. @param {Workspace} workspace */
function follow({ store, view, host }) {
  const others = [...store.people.values()].filter((person) => !person.isMe && person.user !== store.me?.user);
  const users = [...new Set(others.map((person) => person.user))].sort((a, b) => a - b);
  if (!users.length && view.now.follow === null) return host.say(gettext('Nobody else is here.'));
  const next = users[view.now.follow === null ? 0 : users.indexOf(view.now.follow) + 1] ?? null;
  view.set({ follow: next });
  const name = others.find((person) => person.user === next)?.name;
  host.say(name ? interpolate(gettext('Following %(name)s'), { name }) : gettext('Following nobody.'));
}

/** About the selected box, else the place of the pointer, else the whole image. @param {Workspace} workspace */
function comment({ store, view }) {
  const [box] = store.selection;
  const { pointer } = view.now;
  const place = pointer ? { x: Math.round(pointer.x), y: Math.round(pointer.y) } : {};
  view.set({ panel: 'comments', isFocused: false, remark: box ? { box } : place });
}
