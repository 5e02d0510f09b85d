/**
 * Who is here. A click looks where that person is pointing.
 *
 * @import { Person } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { initials, personColor } from '../renderer/colors.js';
import { element } from './dom.js';
import { gettext, interpolate } from './i18n.js';

const MAX_SHOWN = 6;

/**
 * @param {HTMLElement} list
 * @param {Workspace} workspace
 */
export function showPeople(list, workspace) {
  let before = '';
  const update = () => {
    const people = others(workspace);
    const key = people.map((person) => `${person.who} ${person.name}`).join('\n');
    if (key === before) return;
    before = key;
    const shown = people.slice(0, MAX_SHOWN).map((person) => element('li', {}, [avatar(person, workspace)]));
    const rest = people.slice(MAX_SHOWN).map((person) => person.name).join(', ');
    if (rest) shown.push(element('li', { class: 'avatar avatar--more', title: rest, text: `+${people.length - MAX_SHOWN}` }));
    list.replaceChildren(...shown);
  };
  workspace.subscribe(({ kinds }) => kinds.has('people') && update());
  update();
}

/** One entry per person, however many windows they have open. @param {Workspace} workspace @returns {Person[]} */
function others(workspace) {
  const { people, me } = workspace.store;
  /** @type {Map<number, Person>} */
  const byUser = new Map();
  for (const person of people.values()) if (person.user !== me?.user) byUser.set(person.user, person);
  return [...byUser.values()].sort((a, b) => a.user - b.user);
}

/** @param {Person} person @param {Workspace} workspace */
function avatar(person, workspace) {
  const text = interpolate(gettext('%(name)s is here. Show where they point.'), { name: person.name });
  const button = element('button', { type: 'button', class: 'avatar', title: person.name, 'aria-label': text });
  button.append(element('span', { 'aria-hidden': 'true', text: initials(person.name) }));
  button.style.background = personColor(person.user);
  button.addEventListener('click', () => {
    const { cursor } = workspace.store.people.get(person.who) ?? person;
    if (cursor) workspace.camera.centreOn(cursor);
  });
  return button;
}
