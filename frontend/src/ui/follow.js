/**
 * Following somebody: the picture goes where their pointer goes, from image to image. Moving it oneself ends it.
 *
 * @import { Person } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { followPerson } from '../tools/commands/together.js';
import { byId, setText } from './dom.js';
import { gettext, interpolate } from './i18n.js';

/** @param {Workspace} workspace */
export function followPeople(workspace) {
  const banner = byId('following', HTMLElement);
  const [words, stop] = [banner.querySelector('span'), banner.querySelector('button')];
  let isOurs = false;
  let name = '';
  const end = () => followPerson(workspace, null);
  /** @returns {Person|undefined} */
  const person = () => [...workspace.store.people.values()].find((one) => one.user === workspace.view.now.follow && !one.isMe);
  /** @param {boolean} mayLeave somebody came or went; a mere pointer restarts no journey that is under way */
  const keepUp = (mayLeave) => {
    const { follow } = workspace.view.now;
    if (follow === null) return;
    const here = person();
    if (here) name = here.name;
    else if (mayLeave) goAfter(follow);
    if (!here?.cursor) return;
    isOurs = true;
    workspace.camera.reveal({ x1: here.cursor.x - 40, y1: here.cursor.y - 40, x2: here.cursor.x + 40, y2: here.cursor.y + 40 });
    isOurs = false;
  };
  /** @param {number} user who is on another image now, or gone */
  const goAfter = (user) => {
    const [frame] = [...workspace.store.whereabouts].find(([id, people]) => id !== workspace.page.frame.id && people.some((one) => one.user === user)) ?? [];
    if (frame !== undefined) workspace.host.goTo(frame);
  };
  const show = () => {
    const { follow } = workspace.view.now;
    banner.hidden = follow === null;
    keepUp(true);
    if (words && follow !== null) setText(words, interpolate(gettext('Following %(name)s'), { name }));
  };
  stop?.addEventListener('click', end);
  workspace.view.subscribe((changed) => changed.has('follow') && show());
  workspace.subscribe(({ kinds }) => {
    const hasMoved = kinds.has('people') || kinds.has('where');
    if (hasMoved || kinds.has('ephemera')) keepUp(hasMoved);
  });
  workspace.camera.subscribe(() => {
    if (!isOurs && workspace.view.now.follow !== null && person()?.cursor) end();
  });
}
