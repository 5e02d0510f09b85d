/**
 * Which boxes are in sight, and how many are not. A filter never deletes.
 *
 * @import { Filter } from '../visibility.js'
 * @import { Workspace } from '../workspace.js'
 */
import { ALL_IN_SIGHT, hiddenCounts, isFiltering, NO_FILTER } from '../visibility.js';
import { knowledgeOf } from './box-knowledge.js';
import { byId, element, setText } from './dom.js';
import { gettext, interpolate, ngettext } from './i18n.js';
import { describe } from './keys.js';
import { openDrawer } from './theme.js';
import { STATUS_WORDS } from './verdict-words.js';

/** @typedef {'labels'|'people'|'sources'|'statuses'} Choice */

/**
 * @param {Workspace} workspace
 * @returns {() => void} shows or hides the panel
 */
export function makeFilter(workspace) {
  const panel = byId('filter', HTMLElement);
  const button = byId('filter-button', HTMLButtonElement);
  const build = () => !panel.hidden && panel.replaceChildren(...groups(workspace));
  const toggle = () => {
    const wasSeen = !panel.hidden && panel.checkVisibility({ checkVisibilityCSS: true });
    panel.hidden = wasSeen;
    button.setAttribute('aria-expanded', String(!wasSeen));
    workspace.view.set({ panel: 'boxes', isFocused: false });
    openDrawer();
    build();
    if (wasSeen) button.focus();
    else panel.querySelector('input')?.focus();
  };
  describe(button, 'view.filter');
  button.addEventListener('click', toggle);
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    toggle();
  });
  workspace.view.subscribe((changed) => (changed.has('filter') || changed.has('isFading')) && agree(panel, workspace.view.now));
  let labels = workspace.labels;
  workspace.subscribe(({ kinds }) => {
    if (!kinds.has('frame') || labels === workspace.labels) return;
    labels = workspace.labels;
    build();
  });
  showHidden(workspace, button);
  return toggle;
}

/**
 * How many boxes are out of sight, with the way to see them: over the list, and over the picture while the list is not there.
 * @param {Workspace} workspace
 * @param {HTMLElement} button
 */
function showHidden(workspace, button) {
  const [line, over] = [byId('hidden-count', HTMLElement), byId('hidden-over', HTMLElement)];
  const update = () => {
    if (knowledgeOf(workspace.store) === 'coming') return; // what is said of the image before stays for that moment: nothing jumps
    const { byFilter, byHand, covered, rejected } = hiddenCounts(workspace.store.boxes.values(), workspace.view.now);
    const parts = [];
    if (byFilter) parts.push(interpolate(ngettext('The filter hides %(count)s box', 'The filter hides %(count)s boxes', byFilter), { count: byFilter }));
    if (byHand) parts.push(interpolate(ngettext('%(count)s box is hidden by hand', '%(count)s boxes are hidden by hand', byHand), { count: byHand }));
    const canShow = parts.length > 0;
    if (covered) parts.push(interpolate(ngettext('%(count)s proposal of what is labelled already', '%(count)s proposals of what is labelled already', covered), { count: covered }));
    // Rejected boxes are out of sight on every image: that is counted, and no warning, so it does not lie over the picture by itself.
    const isNotable = parts.length > 0;
    if (rejected) parts.push(interpolate(ngettext('%(count)s rejected box is not shown', '%(count)s rejected boxes are not shown', rejected), { count: rejected }));
    fill(line, parts.join(' · '), canShow);
    fill(over, isNotable ? parts.join(' · ') : '', canShow);
    line.classList.toggle('is-notable', isNotable);
    button.classList.toggle('is-on', isFiltering(workspace.view.now.filter));
  };
  const ask = () => workspace.frames.ask(update);
  // The buttons go when nothing is hidden any more; the focus goes on to what they showed.
  const showAllIn = (/** @type {HTMLElement} */ place, /** @type {HTMLElement} */ next) => place.querySelector('button')?.addEventListener('click', () => {
    workspace.view.set(ALL_IN_SIGHT);
    next.focus();
  });
  showAllIn(line, byId('boxes', HTMLElement));
  showAllIn(over, byId('main', HTMLElement));
  workspace.subscribe(({ kinds }) => (kinds.has('boxes') || kinds.has('status')) && ask());
  workspace.view.subscribe((changed) => changed.has('filter') && ask());
  ask();
}

/** @param {HTMLElement} place @param {string} text @param {boolean} canShow whether a button can bring any of it into sight */
function fill(place, text, canShow) {
  const words = place.querySelector('span');
  place.hidden = text === '';
  if (words) setText(words, text);
  place.querySelector('button')?.toggleAttribute('hidden', !canShow);
}

/** @param {Workspace} workspace @returns {HTMLElement[]} */
function groups(workspace) {
  const { labels, page } = workspace;
  const machine = { id: 0, name: gettext('A model') };
  return [
    checks(workspace, 'labels', gettext('Label'), labels.map(({ id, name }) => [id, name])),
    checks(workspace, 'sources', gettext('Made by'), [['human', gettext('a person')], ['model', gettext('a model')]]),
    checks(workspace, 'statuses', gettext('Status'),
      Object.entries(STATUS_WORDS).map(([status, word]) => [status, word()])),
    checks(workspace, 'people', gettext('Person'), [...page.members ?? [], machine].map(({ id, name }) => [id, name])),
    confidence(workspace), fading(workspace),
  ];
}

/**
 * A group of which any or all may be in sight. Nothing ticked means all.
 * @param {Workspace} workspace
 * @param {Choice} choice
 * @param {string} title
 * @param {[number|string, string][]} options
 */
function checks({ view }, choice, title, options) {
  const rows = options.map(([value, name]) => {
    const input = element('input', { type: 'checkbox', 'data-choice': choice, 'data-value': String(value) });
    input.checked = Boolean(view.now.filter[choice]?.has(/** @type {never} */ (value)));
    input.addEventListener('change', () => {
      const chosen = new Set(/** @type {Iterable<number|string>} */ (view.now.filter[choice] ?? []));
      if (input.checked) chosen.add(value);
      else chosen.delete(value);
      view.set({ filter: /** @type {Filter} */ ({ ...view.now.filter, [choice]: chosen.size ? chosen : null }) });
    });
    return element('label', { class: 'filter__row' }, [input, element('span', { text: name })]);
  });
  return element('fieldset', {}, [element('legend', { text: title }), ...rows]);
}

/** @param {Workspace} workspace */
function confidence({ view }) {
  const [low, high] = view.now.filter.confidence;
  const make = (/** @type {string} */ label, /** @type {number} */ value, /** @type {string} */ end) => {
    const input = element('input', { type: 'range', min: '0', max: '1', step: '0.01', 'aria-label': label, 'data-end': end });
    input.value = String(value);
    return input;
  };
  const [from, to] = [make(gettext('Confidence from'), low, '0'), make(gettext('Confidence to'), high, '1')];
  const apply = () => {
    const [a, b] = [Number(from.value), Number(to.value)];
    view.set({ filter: { ...view.now.filter, confidence: [Math.min(a, b), Math.max(a, b)] } });
  };
  for (const input of [from, to]) input.addEventListener('input', apply);
  const shown = element('span', { class: 'quiet filter__range', 'aria-live': 'off', text: rangeText([low, high]) });
  return element('fieldset', {}, [element('legend', { text: gettext('Confidence') }), element('div', { class: 'filter__ends' }, [from, to]), shown]);
}

/** @param {readonly [number, number]} range */
function rangeText([low, high]) {
  return `${Math.round(low * 100)}–${Math.round(high * 100)}\u202f%`;
}

/**
 * The panel says what holds, also where something else changed it.
 * @param {HTMLElement} panel
 * @param {import('../view-state.js').View} view
 */
function agree(panel, { filter, isFading }) {
  for (const input of panel.querySelectorAll('input')) {
    const { choice, value, end } = input.dataset;
    if (choice === 'fade') input.checked = isFading;
    else if (choice) input.checked = [...filter[/** @type {Choice} */ (choice)] ?? []].some((one) => String(one) === value);
    else if (end && document.activeElement !== input) input.value = String(filter.confidence[Number(end)]);
  }
  const shown = panel.querySelector('.filter__range');
  if (shown) setText(shown, rangeText(filter.confidence));
}

/** @param {Workspace} workspace */
function fading({ view }) {
  const input = element('input', { type: 'checkbox', 'data-choice': 'fade' });
  input.checked = view.now.isFading;
  input.addEventListener('change', () => view.set({ isFading: input.checked }));
  const clear = element('button', { type: 'button', class: 'button button--quiet', text: gettext('Show all') });
  clear.addEventListener('click', () => view.set({ filter: NO_FILTER }));
  return element('div', { class: 'filter__end' }, [
    element('label', { class: 'filter__row' }, [input, element('span', { text: gettext('Fade the others instead of hiding them') })]), clear,
  ]);
}
