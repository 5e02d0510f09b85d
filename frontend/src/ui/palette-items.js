/**
 * What the palette offers: every command, every label, every person who is here, every frame of the filmstrip.
 *
 * @import { Commands } from '../tools/commands.js'
 * @import { Shortcut } from '../input/shortcuts.js'
 * @import { Workspace } from '../workspace.js'
 * @import { Keymap } from '../input/keymap.js'
 *
 * @typedef {{
 *   id: string, name: string, hint: string, group: string, keys: readonly string[], words: string, why: string,
 *   isFrame: boolean, run: () => void
 * }} PaletteItem `why`: the reason against it now, '' for none
 */
import { ranked } from '../fuzzy.js';
import { GROUP_NAMES } from '../input/shortcuts.js';
import { othersHere } from '../people.js';
import { needs, whyNot } from '../tools/commands/needs.js';
import { followPerson } from '../tools/commands/together.js';
import { gettext, interpolate } from './i18n.js';

/** What needs its key held, and the palette itself. @param {Shortcut} shortcut */
const isLeftOut = ({ id, release }) => release !== undefined || id === 'palette.show' || id.startsWith('label.');

/**
 * @param {Workspace} workspace
 * @param {Commands} commands
 * @param {Keymap} keymap
 * @returns {PaletteItem[]}
 */
export function paletteItems(workspace, commands, keymap) {
  const known = new Set(commands.ids);
  const plain = keymap.table.filter((one) => !isLeftOut(one) && known.has(one.id)).map((one) => commandItem(one, workspace, commands, keymap));
  return [...plain, ...labelItems(workspace, commands, keymap), ...personItems(workspace), ...frameItems(workspace)];
}

/**
 * @param {Shortcut} shortcut
 * @param {Workspace} workspace
 * @param {Commands} commands
 * @param {Keymap} keymap
 * @returns {PaletteItem}
 */
function commandItem({ id, group, name, hint, words = '', needs: wanted = [] }, workspace, commands, keymap) {
  return {
    id, name: name(), hint: hint?.() ?? '', group: GROUP_NAMES[group](), keys: keymap.keysOf(id), words, why: whyNot(wanted, workspace),
    isFrame: false, run: () => commands.run(id),
  };
}

/** @param {Workspace} workspace @param {Commands} commands @param {Keymap} keymap @returns {PaletteItem[]} */
function labelItems(workspace, commands, keymap) {
  const why = workspace.store.selection.size ? whyNot([needs.draw], workspace) : '';
  return workspace.activeLabels.map(({ id, name, key }) => ({
    id: key ? `label.${key}` : `label:${id}`, name: interpolate(gettext('Give the label %(label)s'), { label: name }),
    hint: workspace.store.selection.size ? '' : gettext('to the next box'), group: GROUP_NAMES.labels(),
    keys: key ? keymap.keysOf(`label.${key}`) : [], words: 'class category classe catégorie étiquette donner give label', why,
    isFrame: false, run: () => commands.chooseLabel(id),
  }));
}

/** Following by name, one row per person who is here. @param {Workspace} workspace @returns {PaletteItem[]} */
function personItems(workspace) {
  return othersHere(workspace.store).map((person) => {
    const isFollowed = workspace.view.now.follow === person.user;
    const name = isFollowed ? gettext('Stop following %(name)s') : gettext('Follow %(name)s');
    return {
      id: `follow:${person.user}`, name: interpolate(name, { name: person.name }), hint: '', group: GROUP_NAMES.together(), keys: [],
      words: 'watch presence people suivre personne présence', why: '', isFrame: false, run: () => followPerson(workspace, isFollowed ? null : person),
    };
  });
}

/** @param {Workspace} workspace @returns {PaletteItem[]} */
function frameItems({ page, host }) {
  return page.filmstrip.filter((card) => card.id !== page.frame.id).map((card) => ({
    id: `frame:${card.id}`, name: interpolate(gettext('Go to %(name)s'), { name: card.name }),
    hint: `${interpolate(gettext('Image %(position)s'), { position: card.position })}, ${page.statuses[card.status] ?? card.status}`,
    group: GROUP_NAMES.images(), keys: [], words: `open ouvrir aller ${card.position}`, why: '', isFrame: true, run: () => host.go(card),
  }));
}

/**
 * The items for what was typed, the best first. Frames are many: they come only when something was typed. Before that,
 * what was used last comes first.
 * @param {string} query
 * @param {readonly PaletteItem[]} items
 * @param {readonly string[]} recent ids, the newest first
 * @returns {PaletteItem[]}
 */
export function found(query, items, recent) {
  if (query.trim()) return ranked(query, items, ({ name, hint, words, group }) => ({ name, words: `${words} ${hint} ${group}` }));
  const commands = items.filter((item) => !item.isFrame);
  const place = (/** @type {PaletteItem} */ { id }) => (recent.includes(id) ? recent.indexOf(id) : recent.length);
  return commands.sort((a, b) => place(a) - place(b));
}
