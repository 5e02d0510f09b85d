/**
 * The frames around this one, with their boxes drawn.
 *
 * @import { FrameCard, Workspace } from '../workspace.js'
 */
import { isProposal } from '../audit.js';
import { avatarOf } from './avatar.js';
import { element, svg } from './dom.js';
import { gettext, interpolate } from './i18n.js';

const MAX_LIVE_BOXES = 80;
const MAX_PEOPLE = 3;

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
    if (kinds.has('frame')) showStatus(list, workspace);
    if (kinds.has('frame') || kinds.has('where')) showPeopleThere(list, workspace);
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
  const label = nameOf(card, workspace);
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
  // Beside the link: initials on it would be words that its name has not.
  return element('li', {}, [link, element('span', { class: 'film__people', 'aria-hidden': 'true' })]);
}

/** As a screen reader says it. @param {FrameCard} card @param {Workspace} workspace @returns {string} */
function nameOf(card, workspace) {
  const status = workspace.page.statuses[card.status] ?? card.status;
  const text = interpolate(gettext('Image %(position)s: %(name)s, %(status)s'), { position: card.position, name: card.name, status });
  const people = thereNow(card.id, workspace).map((person) => person.name).join(', ');
  return people ? `${text}, ${interpolate(gettext('here now: %(people)s'), { people })}` : text;
}

/** The others on a frame. @param {number} frame @param {Workspace} workspace */
function thereNow(frame, { store, page }) {
  return (store.whereabouts.get(frame) ?? []).filter((person) => person.user !== page.user.id);
}

/** @param {HTMLElement} list @param {Workspace} workspace */
function showPeopleThere(list, workspace) {
  for (const card of workspace.page.filmstrip) {
    const link = list.querySelector(`a[data-frame="${card.id}"]`);
    const place = link?.nextElementSibling;
    if (!link || !(place instanceof HTMLElement)) continue;
    const people = thereNow(card.id, workspace);
    const key = people.map((person) => person.user).join(' ');
    if (place.dataset['who'] === key) continue;
    place.dataset['who'] = key;
    place.replaceChildren(...people.slice(0, MAX_PEOPLE).map((person) => avatarOf(person)));
    link.setAttribute('aria-label', nameOf(card, workspace));
  }
}

/** The status of the frame that is open may have changed. @param {HTMLElement} list @param {Workspace} workspace */
function showStatus(list, workspace) {
  const { frame } = workspace.page;
  const link = list.querySelector(`a[data-frame="${frame.id}"]`);
  const dot = link?.querySelector('.dot');
  if (!link || !dot) return;
  dot.className = `dot dot--${frame.status}`;
  link.setAttribute('aria-label', nameOf(frame, workspace));
}

/** @param {FrameCard} card */
function thumbnail(card) {
  const [width, height] = [String(card.width), String(card.height)];
  const box = { viewBox: `0 0 ${width} ${height}`, class: 'film__picture', 'aria-hidden': 'true', preserveAspectRatio: 'xMidYMid slice' };
  const picture = element('img', { src: card.thumbnail, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' });
  return element('span', { class: 'film__frame', 'data-picture': true }, [picture, svg('svg', box, card.boxes.map(rectangle))]);
}

/** @param {FrameCard['boxes'][number]} box */
function rectangle([x, y, width, height, color, isProposed]) {
  const place = { x: String(x), y: String(y), width: String(width), height: String(height) };
  return svg('rect', { ...place, stroke: color, fill: color, ...(isProposed ? { class: 'film__proposal' } : {}) });
}

/**
 * The frame that is open shows its boxes as they are now.
 * @param {HTMLElement} list
 * @param {Workspace} workspace
 */
function drawHere(list, workspace) {
  const picture = list.querySelector(`a[data-frame="${workspace.page.frame.id}"] svg`);
  const boxes = workspace.shownBoxes.slice(0, MAX_LIVE_BOXES).map((box) => rectangle(
    [box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1, workspace.labelOf(box.label)?.color ?? '#888888', isProposal(box)]));
  picture?.replaceChildren(...boxes);
}
