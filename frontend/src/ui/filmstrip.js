/**
 * The frames around this one, with their boxes drawn. The frame that is open shows what it has now; of the others the newest data
 * of the page says what they have, unless this window has seen something newer.
 *
 * @import { FrameCard, Workspace } from '../workspace.js'
 *
 * @typedef {{
 *   row: HTMLElement, link: HTMLAnchorElement, dot: HTMLElement, drawing: SVGElement, people: HTMLElement, card: FrameCard, at: number
 * }} Item `card`: the newest that is known. `at`: since when, in milliseconds since 1970
 */
import { isProposal } from '../audit.js';
import { avatarOf } from './avatar.js';
import { arrange, element, setAttribute, svg } from './dom.js';
import { gettext, interpolate } from './i18n.js';

const MAX_LIVE_BOXES = 80;
const MAX_PEOPLE = 3;
const DRAWN_AFTER_MS = 300;

/** @param {HTMLElement} list @param {Workspace} workspace */
export function showFilmstrip(list, workspace) {
  new Filmstrip(list, workspace);
}

class Filmstrip {
  /** @param {HTMLElement} list @param {Workspace} workspace */
  constructor(list, workspace) {
    this.list = list;
    this.workspace = workspace;
    /** @type {Map<number, Item>} those that are shown, by frame id */
    this.items = new Map();
    this.timer = 0;
    workspace.subscribe(({ kinds, ids }) => {
      if (kinds.has('frame')) this.follow();
      if (kinds.has('frame') && ids === null) this.goTo(workspace.page.frame.id);
      if (kinds.has('where')) for (const item of this.items.values()) this.showPeople(item);
      if (kinds.has('boxes') || kinds.has('status')) this.drawSoon();
    });
    this.follow();
    this.goTo(workspace.page.frame.id);
  }

  /** What the page says now. Links that stay are left in their place, and with them the focus. */
  follow() {
    const { store, page: { filmstrip, frame, asked = 0 } } = this.workspace;
    const before = this.items;
    this.items = new Map(filmstrip.map((card) => [card.id, before.get(card.id) ?? this.newItem(card, asked)]));
    arrange(this.list, [...this.items.values()].map(({ row }) => row));
    for (const card of filmstrip) if (card.id !== frame.id || !store.knowsBoxes) this.learn(card, asked);
    this.learn({ ...frame, boxes: this.items.get(frame.id)?.card.boxes ?? frame.boxes }, Date.now()); // its status is live
  }

  /** @param {FrameCard} card @param {number} at */
  newItem(card, at) {
    const item = itemOf(card, at);
    item.link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      if (item.card.id !== this.workspace.page.frame.id) this.workspace.host.go(item.card);
    });
    draw(item, card.boxes);
    return item;
  }

  /** @param {FrameCard} card @param {number} at when that was so: what is older than what is known says nothing */
  learn(card, at) {
    const item = this.items.get(card.id);
    if (!item || at < item.at) return;
    if (!areSame(item.card.boxes, card.boxes)) draw(item, card.boxes);
    item.card = card;
    item.at = at;
    item.dot.className = `dot dot--${card.status}`;
    this.showPeople(item);
  }

  /** @param {Item} item */
  showPeople({ link, people: place, card }) {
    setAttribute(link, 'aria-label', nameOf(card, this.workspace));
    const people = thereNow(card.id, this.workspace);
    const key = people.map((person) => person.user).join(' ');
    if (place.dataset['who'] === key) return;
    place.dataset['who'] = key;
    place.replaceChildren(...people.slice(0, MAX_PEOPLE).map((person) => avatarOf(person)));
  }

  /** @param {number} frame id */
  goTo(frame) {
    for (const [id, { link }] of this.items) setAttribute(link, 'aria-current', id === frame ? 'page' : null);
    this.items.get(frame)?.link.scrollIntoView({ block: 'nearest', inline: 'center' });
  }

  /** Not with every step of a drag. */
  drawSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.drawHere(), DRAWN_AFTER_MS);
  }

  /** The frame that is open shows its boxes as they are now. */
  drawHere() {
    const { store, shownBoxes, page: { frame } } = this.workspace;
    if (!store.knowsBoxes) return;
    const boxes = shownBoxes.slice(0, MAX_LIVE_BOXES).map((box) => /** @type {FrameCard['boxes'][number]} */ (
      [box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1, this.workspace.labelOf(box.label)?.color ?? '#888888', isProposal(box)]));
    this.learn({ ...frame, boxes }, Date.now());
  }
}

/** @param {FrameCard} card @param {number} at @returns {Item} */
function itemOf(card, at) {
  const dot = element('span', { class: `dot dot--${card.status}` });
  const drawing = svg('svg', {
    viewBox: `0 0 ${card.width} ${card.height}`, class: 'film__picture', 'aria-hidden': 'true', preserveAspectRatio: 'xMidYMid slice',
  });
  const picture = element('img', { src: card.thumbnail, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' });
  const link = element('a', { href: card.url, class: 'film__link', title: card.name, 'data-frame': String(card.id) }, [
    element('span', { class: 'film__frame', 'data-picture': true }, [picture, drawing]),
    element('span', { class: 'film__line', 'aria-hidden': 'true' }, [dot, String(card.position)]),
  ]);
  // Beside the link: initials on it would be words that its name has not.
  const people = element('span', { class: 'film__people', 'aria-hidden': 'true' });
  return { row: element('li', {}, [link, people]), link, dot, drawing, people, card, at };
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

/** @param {FrameCard['boxes']} a @param {FrameCard['boxes']} b */
function areSame(a, b) {
  return a.length === b.length && a.every((box, index) => box.every((value, place) => value === b[index]?.[place]));
}

/** @param {Item} item @param {FrameCard['boxes']} boxes */
function draw({ drawing }, boxes) {
  drawing.replaceChildren(...boxes.map(rectangle));
}

/** @param {FrameCard['boxes'][number]} box */
function rectangle([x, y, width, height, color, isProposed]) {
  const place = { x: String(x), y: String(y), width: String(width), height: String(height) };
  return svg('rect', { ...place, stroke: color, fill: color, ...(isProposed ? { class: 'film__proposal' } : {}) });
}
