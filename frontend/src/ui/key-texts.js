/** Sentences of the page that name keys: they follow the keymap. */
import { keymap } from '../input/keymap.js';
import { byId, setText } from './dom.js';
import { gettext, interpolate } from './i18n.js';
import { keyText } from './keys.js';

/** @param {string} id @returns {string} '' for a command without a key that acts */
function keyOf(id) {
  const [keys] = keymap.keysOf(id);
  return keys ? keyText(keys) : '';
}

/** The same while proposals are judged. */
function auditHelp() {
  const [next, positive, negative, neutral] = ['audit.next', 'audit.positive', 'audit.negative', 'audit.neutral'].map(keyOf);
  const text = gettext('%(next)s goes from proposal to proposal, the most doubtful first. %(positive)s accepts, %(negative)s rejects, %(neutral)s leaves it undecided. %(mode)s ends the audit mode, %(palette)s finds every command.');
  return interpolate(text, { next, positive, negative, neutral, mode: keyOf('mode.audit'), palette: keyOf('palette.show') });
}

/** What a screen reader says of the picture. */
function stageHelp() {
  if (keymap.mode === 'audit' && keyOf('audit.positive')) return auditHelp();
  const names = { next: keyOf('box.next'), new: keyOf('box.new'), help: keyOf('help.show'), palette: keyOf('palette.show') };
  const text = names.next && names.new && names.help
    ? gettext('%(next)s goes from box to box, arrows move the selected box, or scroll while none is selected, %(new)s makes a new one, %(help)s lists all keys, %(palette)s finds every command. The list of boxes follows after the picture.')
    : gettext('%(palette)s finds every command. The list of boxes follows after the picture.');
  return interpolate(text, names);
}

/** What the list says while there is no box. */
function firstBox() {
  const names = { draw: keyOf('tool.draw'), new: keyOf('box.new') };
  const text = names.draw && names.new ? gettext('No boxes yet. Press %(draw)s and drag over an object, or press %(new)s.')
    : gettext('No boxes yet. Choose the tool “Draw a box” and drag over an object.');
  return interpolate(text, names);
}

export function showKeyTexts() {
  const write = () => {
    setText(byId('stage-help', HTMLElement), stageHelp());
    setText(byId('boxes-empty', HTMLElement), firstBox());
  };
  keymap.subscribe(write);
  write();
}
