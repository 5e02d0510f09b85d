/**
 * Who is here. A click goes where that person is pointing, and follows them; the next one ends that.
 *
 * @import { Person } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { initials, personColor } from '../renderer/colors.js';
import { othersHere } from '../people.js';
import { followPerson } from '../tools/commands/together.js';
import { arrange, element, setAttribute } from './dom.js';
import { gettext, interpolate } from './i18n.js';

const MAX_SHOWN = 6;

/**
 * @param {HTMLElement} list
 * @param {Workspace} workspace
 */
export function showPeople(list, workspace) {
  /** @type {Map<string, HTMLElement>} by user and name: whoever stays keeps the place, and a focus on it */
  let rows = new Map();
  const update = () => {
    const people = othersHere(workspace.store);
    rows = new Map(people.slice(0, MAX_SHOWN).map((person) => {
      const key = `${person.user} ${person.name}`;
      return [key, rows.get(key) ?? element('li', {}, [avatar(person, workspace)])];
    }));
    const names = people.slice(MAX_SHOWN).map((person) => person.name).join(', ');
    const rest = names ? [element('li', { class: 'avatar avatar--more', title: names, text: `+${people.length - MAX_SHOWN}` })] : [];
    arrange(list, [...rows.values(), ...rest]);
    mark(list, workspace);
  };
  workspace.subscribe(({ kinds }) => kinds.has('people') && update());
  workspace.view.subscribe((changed) => changed.has('follow') && mark(list, workspace));
  update();
}

/** @param {Person} person one of their windows @param {Workspace} workspace */
function avatar(person, workspace) {
  const text = interpolate(gettext('%(name)s is here. Follow them.'), { name: person.name });
  const button = element('button', { type: 'button', class: 'avatar', title: person.name, 'aria-label': text, 'data-user': String(person.user) });
  button.append(element('span', { 'aria-hidden': 'true', text: initials(person.name) }));
  button.style.background = personColor(person.user);
  button.addEventListener('click', () => {
    if (workspace.view.now.follow === person.user) return followPerson(workspace, null);
    const cursor = othersHere(workspace.store).find(({ user }) => user === person.user)?.cursor;
    if (cursor) workspace.camera.centreOn(cursor);
    followPerson(workspace, person);
  });
  return button;
}

/** Whose picture this window follows. @param {HTMLElement} list @param {Workspace} workspace */
function mark(list, { view }) {
  for (const button of list.querySelectorAll('button')) setAttribute(button, 'aria-pressed', String(button.dataset['user'] === String(view.now.follow)));
}
