/**
 * The frames around this one, with their boxes drawn.
 *
 * @import { FrameCard, Workspace } from '../workspace.js'
 */
import { element, svg } from './dom.js';
import { gettext, interpolate } from './i18n.js';

const MAX_LIVE_BOXES = 80;

/**
 * @param {HTMLElement} list
 * @param {Workspace} workspace
 */
export function showFilmstrip(list, workspace) {
  let shown = '';
  const build = () => {
    const { filmstrip, frame } = workspace.page;
    const key = filmstrip.map((card) => card.id).join(' ');
    if (key !== shown) list.replaceChildren(...filmstrip.map((card) => item(card, workspace)));
    shown = key;
    for (const link of list.querySelectorAll('a')) {
      const isHere = link.dataset['frame'] === String(frame.id);
      if (isHere) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
      if (isHere) link.scrollIntoView({ block: 'nearest', inline: 'center' });
    }
  };
  let timer = 0;
  workspace.subscribe(({ kinds, ids }) => {
    if (kinds.has('frame') && ids === null) build();
    if (!kinds.has('boxes')) return;
    clearTimeout(timer);
    timer = setTimeout(() => drawHere(list, workspace), 300);
  });
  build();
}

/**
 * @param {FrameCard} card
 * @param {Workspace} workspace
 */
function item(card, workspace) {
  const status = workspace.page.statuses[card.status] ?? card.status;
  const label = interpolate(gettext('Image %(position)s: %(name)s, %(status)s'), { position: card.position, name: card.name, status });
  const link = element('a', { href: card.url, class: 'film__link', 'aria-label': label, title: card.name, 'data-frame': String(card.id) }, [
    thumbnail(card),
    element('span', { class: 'film__line', 'aria-hidden': 'true' }, [
      element('span', { class: `dot dot--${card.status}` }), String(card.position),
    ]),
  ]);
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (card.id !== workspace.page.frame.id) workspace.host.go(card);
  });
  return element('li', {}, [link]);
}

/** @param {FrameCard} card */
function thumbnail(card) {
  const [width, height] = [String(card.width), String(card.height)];
  const box = { viewBox: `0 0 ${width} ${height}`, class: 'film__picture', 'aria-hidden': 'true', preserveAspectRatio: 'xMidYMid slice' };
  const picture = element('img', { src: card.thumbnail, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' });
  return element('span', { class: 'film__frame' }, [picture, svg('svg', box, card.boxes.map(rectangle))]);
}

/** @param {[number, number, number, number, string]} box */
function rectangle([x, y, width, height, color]) {
  const place = { x: String(x), y: String(y), width: String(width), height: String(height) };
  return svg('rect', { ...place, stroke: color, fill: color });
}

/**
 * The frame that is open shows its boxes as they are now.
 * @param {HTMLElement} list
 * @param {Workspace} workspace
 */
function drawHere(list, workspace) {
  const picture = list.querySelector(`a[data-frame="${workspace.page.frame.id}"] svg`);
  const boxes = workspace.shownBoxes.slice(0, MAX_LIVE_BOXES).map((box) => rectangle(
    [box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1, workspace.labelOf(box.label)?.color ?? '#888888']));
  picture?.replaceChildren(...boxes);
}
