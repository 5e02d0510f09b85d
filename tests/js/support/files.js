/** Files of the project, as the tests need them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @type {string} */
export const SOURCES = fileURLToPath(new URL("../../../frontend/src/", import.meta.url));

/** Cases that Python and JavaScript both check. @param {string} name @returns {any} */
export function sharedCases(name) {
  /** @type {string} */
  const text = readFileSync(new URL(`../../shared/${name}`, import.meta.url), "utf8");
  return JSON.parse(text);
}
