/**
 * Marks on the picture where open comments are pinned. For the pointer; by keyboard the list of comments leads to the same.
 *
 * @import { Comment, Comments } from '../comments.js'
 * @import { Workspace } from '../workspace.js'
 */
import { personColor } from '../renderer/colors.js';
import { element, setAttribute } from './dom.js';
import { gettext, interpolate } from './i18n.js';

const MOST = 200;

/**
 * @param {HTMLElement} layer
 * @param {Workspace} workspace
 * @param {Comments} comments
 * @param {(id: string) => void} goTo
 */
export function showPins(layer, workspace, comments, goTo) {
  /** @type {Map<string, HTMLElement>} by id of the first comment */
  const pins = new Map();
  const build = () => {
    const shown = comments.openThreads.map((thread) => thread.first).filter((one) => placeOf(one, workspace)).slice(0, MOST);
    const wanted = new Set(shown.map((one) => one.id));
    for (const [id, pin] of pins) {
      if (wanted.has(id)) continue;
      pin.remove();
      pins.delete(id);
    }
    for (const one of shown) {
      const pin = pins.get(one.id) ?? addPin(one);
      pins.set(one.id, pin);
      const label = interpolate(gettext('Comment by %(name)s: %(text)s'), { name: one.name, text: one.text.slice(0, 80) });
      setAttribute(pin, 'aria-label', label);
      pin.title = label;
    }
    place();
  };
  /** @param {Comment} comment */
  const addPin = (comment) => {
    const pin = element('button', { type: 'button', class: 'pin', tabindex: '-1' });
    pin.style.background = comment.by === null ? '' : personColor(comment.by);
    pin.addEventListener('click', () => goTo(comment.id));
    layer.append(pin);
    return pin;
  };
  const place = () => {
    for (const { first } of comments.openThreads) {
      const pin = pins.get(first.id);
      const at = placeOf(first, workspace);
      if (!pin || !at) continue;
      const { x, y } = workspace.camera.toScreen(at);
      pin.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    }
  };
  comments.subscribe(build);
  workspace.camera.subscribe(place);
  workspace.subscribe(({ kinds }) => pins.size > 0 && kinds.has('boxes') && build());
}

/** @param {Comment} comment @param {Workspace} workspace @returns {{x: number, y: number}|null} image pixels */
function placeOf({ box, x, y }, workspace) {
  if (box) {
    const there = workspace.store.boxes.get(box);
    return there ? { x: there.x2, y: there.y1 } : null;
  }
  return x === null || y === null ? null : { x, y };
}
