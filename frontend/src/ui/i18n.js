/**
 * Translated texts. The page loads Django's JavaScript catalogue (/jsi18n/) before any module; where it is
 * absent, as under Node, the English text is used.
 */

/**
 * @typedef {object} Catalogue
 * @property {(text: string) => string} [gettext]
 * @property {(one: string, many: string, count: number) => string} [ngettext]
 * @property {(context: string, text: string) => string} [pgettext]
 */

/** @returns {Catalogue} */
const catalogue = () => /** @type {Catalogue} */ (globalThis);

/**
 * @param {string} text English, as written in the source.
 * @returns {string}
 */
export function gettext(text) {
  return catalogue().gettext?.(text) ?? text;
}

/**
 * @param {string} one @param {string} many @param {number} count Which of them to use.
 * @returns {string}
 */
export function ngettext(one, many, count) {
  return catalogue().ngettext?.(one, many, count) ?? (count === 1 ? one : many);
}

/**
 * A word that means different things in different places, told apart by a context.
 * @param {string} context @param {string} text
 * @returns {string}
 */
export function pgettext(context, text) {
  return catalogue().pgettext?.(context, text) ?? text;
}

/**
 * Fills %(name)s from an object, or %s in order from a list. An unknown name is left as it is.
 * @param {string} format
 * @param {Record<string, unknown> | readonly unknown[]} values
 * @returns {string}
 */
export function interpolate(format, values) {
  if (Array.isArray(values)) {
    let next = 0;
    return format.replace(/%s/g, (hole) => (next < values.length ? String(values[next++]) : hole));
  }
  const named = /** @type {Record<string, unknown>} */ (values);
  return format.replace(/%\((\w+)\)s/g, (hole, name) => (name in named ? String(named[name]) : hole));
}
