/**
 * Key presses, as browsers report them.
 *
 * @import { Press } from "../../../frontend/src/input/press.js"
 */

/** @param {string} key @param {Partial<Press> & {altGraph?: boolean}} [parts] @returns {Press} */
export function press(key, { altGraph = false, ...parts } = {}) {
  const code = parts.code ?? (/^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : /^\d$/.test(key) ? `Digit${key}` : key);
  return {
    key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, getModifierState: (name) => name === "AltGraph" && altGraph, ...parts,
  };
}

/** The row of digits of a French keyboard: what each key types without Shift. */
export const FRENCH_DIGITS = { 1: "&", 2: "é", 3: '"', 4: "'", 5: "(", 6: "-", 7: "è", 8: "_", 9: "ç", 0: "à" };
