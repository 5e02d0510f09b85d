/**
 * What one does with others: follow them, look at what they changed, talk about it.
 *
 * @import { Notice } from '../../store.js'
 * @import { Workspace } from '../../workspace.js'
 * @import { Actions, Parts } from './rights.js'
 */
import { othersHere } from '../../people.js';
import { gettext, interpolate } from '../../ui/i18n.js';

/** @param {Parts} parts @returns {Actions} */
export function togetherCommands({ workspace }) {
  return {
    'together.look': () => look(workspace),
    'together.keep-mine': () => answer(workspace, (id) => workspace.store.keepMine(id)),
    'together.keep-theirs': () => answer(workspace, (id) => workspace.store.dismiss(id)),
    'together.resolve': () => workspace.host.resolveComment(),
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

/** @param {Workspace} workspace @returns {Notice|undefined} the newest that waits for a choice between two values */
function question({ store }) {
  return store.notices.findLast(({ kind }) => kind === 'stale' || kind === 'gone');
}

/** @param {Workspace} workspace @returns {string} why there is nothing to choose between, '' where there is */
export function whyNotQuestion(workspace) {
  return question(workspace) ? '' : gettext('Nobody changed the same as you.');
}

/** @param {Workspace} workspace @param {(notice: number) => void} choose */
function answer(workspace, choose) {
  const asked = question(workspace);
  if (asked) choose(asked.id);
  else workspace.host.say(whyNotQuestion(workspace));
}

/** The next person, and after the last nobody. @param {Workspace} workspace */
function follow({ store, view, host }) {
  const others = othersHere(store);
  const users = others.map((person) => person.user);
  if (!users.length && view.now.follow === null) return host.say(gettext('Nobody else is here.'));
  const next = users[view.now.follow === null ? 0 : users.indexOf(view.now.follow) + 1] ?? null;
  followPerson({ view, host }, others.find((person) => person.user === next) ?? null);
}

/** From image to image, until the picture is moved by hand. @param {Pick<Workspace, 'view'|'host'>} workspace @param {{user: number, name: string}|null} person */
export function followPerson({ view, host }, person) {
  view.set({ follow: person?.user ?? null });
  host.say(person ? interpolate(gettext('Following %(name)s'), { name: person.name }) : gettext('Nobody is followed.'));
}

/** About the selected box, else the place of the pointer, else the whole image. @param {Workspace} workspace */
function comment({ store, view }) {
  const [box] = store.selection;
  const { pointer } = view.now;
  const place = pointer ? { x: Math.round(pointer.x), y: Math.round(pointer.y) } : {};
  view.set({ panel: 'comments', isFocused: false, remark: box ? { box } : place });
}
