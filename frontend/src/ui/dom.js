/** Making elements. Texts go in as text, never as markup. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|boolean|null>} [attributes] `text` is the content; true writes an empty attribute, false and
 *   null write none
 * @param {readonly (Node|string)[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') made.textContent = String(value);
    else setAttribute(made, name, value);
  }
  made.append(...children);
  return made;
}

/**
 * @param {Element} target
 * @param {string} name
 * @param {string|boolean|null} value
 */
export function setAttribute(target, name, value) {
  if (value === false || value === null) target.removeAttribute(name);
  else target.setAttribute(name, value === true ? '' : value);
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {readonly Node[]} [children]
 */
export function svg(tag, attributes, children = []) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const SPRITE = new URL('../../icons.svg', import.meta.url).href;

/** One of frontend/icons.svg. @param {string} name */
export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, [svg('use', { href: `${SPRITE}#${name}` })]);
}

/**
 * These children in this order, and no others. Those that stay are not touched, so that a focus in them stays too.
 * @param {Element} place
 * @param {readonly Element[]} wanted
 */
export function arrange(place, wanted) {
  const kept = new Set(wanted);
  for (const child of [...place.children]) if (!kept.has(child)) child.remove();
  for (const [index, one] of wanted.entries()) if (place.children[index] !== one) place.insertBefore(one, place.children[index] ?? null);
}

/**
 * An element that the template promises.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new (...args: any[]) => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * A text that is written only when it changes, so that screen readers and the layout stay quiet.
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');
