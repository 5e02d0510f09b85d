/**
 * What the stage says besides the picture: loading, failed, first use, and the numbers of the box in hand.
 *
 * @import { Edges } from '../box.js'
 * @import { FrameStore } from '../store.js'
 * @import { Workspace } from '../workspace.js'
 */
import { byId, setText } from './dom.js';
import { countedBoxes } from './box-list.js';
import { gettext, interpolate } from './i18n.js';

/** A picture that is there sooner needs no word about loading. */
const LOADING_AFTER_MS = 250;

/** @param {Edges} edges */
function sizeText({ x1, y1, x2, y2 }) {
  return `${Math.round(x1)}, ${Math.round(y1)}  ·  ${Math.round(x2 - x1)} × ${Math.round(y2 - y1)}`;
}

/** @param {string} name of the image @param {FrameStore} store @returns {string} with how many boxes, once that is known */
function pictureName(name, { knowsBoxes, boxes }) {
  return knowsBoxes ? interpolate(gettext('%(name)s with %(boxes)s'), { name, boxes: countedBoxes(boxes.size) }) : name;
}

/** @param {HTMLElement} stage @param {Workspace} workspace */
export function showStage(stage, workspace) {
  const canvas = byId('layer-boxes', HTMLCanvasElement);
  const readout = byId('readout', HTMLElement);
  const hint = byId('hint', HTMLElement);
  const update = () => {
    const { view, page, store, labels } = workspace;
    stage.style.cursor = view.now.cursor;
    const { readout: edges, pointer } = view.now;
    const text = edges ? sizeText(edges) : pointer ? `${Math.floor(pointer.x)}, ${Math.floor(pointer.y)}` : '';
    setText(readout, text);
    const name = pictureName(page.frame.name, store);
    if (canvas.getAttribute('aria-label') !== name) canvas.setAttribute('aria-label', name);
    const isUnlabelled = labels.every((label) => !label.active);
    const isReader = store.me !== null && !store.canEdit;
    setText(hint, isUnlabelled ? gettext('This project has no labels yet, so no box can be drawn.')
      : isReader ? gettext('You can look at this image, not edit it.') : '');
  };
  workspace.view.subscribe(update);
  workspace.subscribe(({ kinds }) => ['boxes', 'frame', 'status'].some((kind) => kinds.has(/** @type {'boxes'} */ (kind))) && update());
  update();
}

/**
 * Loads the picture of a frame; the one before is hidden at once, so that boxes are never seen on a wrong picture.
 * @param {HTMLImageElement} picture
 * @param {Workspace} workspace
 * @param {{say: (text: string) => void, warn: (text: string, topic?: string) => void}} announcer
 */
export function showPicture(picture, workspace, announcer) {
  const state = byId('picture-state', HTMLElement);
  const again = byId('picture-again', HTMLButtonElement);
  let timer = 0;
  const write = (/** @type {string} */ text) => state.firstElementChild && setText(state.firstElementChild, text);
  /** @param {'ready'|'waiting'|'failed'} mood */
  const show = (mood) => {
    clearTimeout(timer);
    state.dataset['mood'] = mood;
    picture.hidden = mood !== 'ready';
    again.hidden = mood !== 'failed';
    const [failed, loading] = [gettext('The image could not be loaded. Your boxes are safe.'), gettext('Loading the image')];
    write(mood === 'failed' ? failed : '');
    if (mood === 'failed') announcer.warn(failed);
    if (mood !== 'waiting') return;
    timer = setTimeout(() => {
      write(loading);
      announcer.say(loading);
    }, LOADING_AFTER_MS);
  };
  const load = () => {
    const { image, width, height } = workspace.page.frame;
    show('waiting');
    picture.style.width = `${width}px`;
    picture.style.height = `${height}px`;
    picture.src = image;
    picture.decode().then(() => {
      if (!picture.src.endsWith(image)) return;
      show('ready');
      workspace.host.pictureShown();
    }).catch(() => picture.src.endsWith(image) && show('failed'));
    void workspace.whenKnown().then((isOpen) => isOpen && preload(workspace));
  };
  again.addEventListener('click', () => {
    picture.removeAttribute('src');
    load();
  });
  workspace.subscribe(({ kinds, ids }) => kinds.has('frame') && ids === null && load());
  load();
}

/** @type {Map<string, HTMLImageElement>} the newest last; held, so that the browser keeps them decoded */
const ahead = new Map();
const MOST_AHEAD = 6;

/** The pictures that are likely next, decoded before they are asked for. @param {Workspace} workspace */
function preload({ page }) {
  const at = page.filmstrip.findIndex((card) => card.id === page.frame.id);
  for (const step of [-1, 2, 1]) {
    const card = page.filmstrip[at + step];
    if (!card) continue;
    const picture = ahead.get(card.image) ?? new Image();
    ahead.delete(card.image);
    ahead.set(card.image, picture);
    if (picture.src) continue;
    picture.src = card.image;
    picture.decode().catch(() => ahead.delete(card.image)); // asked for again when it is opened
  }
  for (const address of [...ahead.keys()].slice(0, -MOST_AHEAD)) ahead.delete(address);
}
