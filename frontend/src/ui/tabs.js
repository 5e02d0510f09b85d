/** Tabs over panels: arrows go from tab to tab, Home and End to the ends, as everywhere. */
import { element } from './dom.js';

/**
 * @param {HTMLElement} list with role tablist; its tabs are made here
 * @param {{id: string, name: string, panel: HTMLElement}[]} parts `id`: unique on the page
 * @param {(id: string) => void} [shown] which panel is shown now
 * @returns {(id: string) => void} shows a panel
 */
export function makeTabs(list, parts, shown = () => {}) {
  const tabs = parts.map(({ id, name, panel }) => {
    const tab = element('button', { type: 'button', class: 'tab', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}`, text: name });
    panel.id = `panel-${id}`;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    return tab;
  });
  /** @param {number} index */
  const choose = (index) => {
    for (const [at, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    }
    for (const [at, { panel }] of parts.entries()) panel.hidden = at !== index;
    shown(parts[index]?.id ?? '');
  };
  for (const [at, tab] of tabs.entries()) tab.addEventListener('click', () => choose(at));
  list.addEventListener('keydown', (event) => {
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    const last = tabs.length - 1;
    /** @type {Record<string, number>} */
    const goals = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last };
    const goal = goals[event.key];
    if (at < 0 || goal === undefined) return;
    event.preventDefault();
    choose(goal);
    tabs[goal]?.focus();
  });
  list.replaceChildren(...tabs);
  choose(0);
  return (id) => choose(Math.max(0, parts.findIndex((part) => part.id === id)));
}
