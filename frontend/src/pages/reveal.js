/** A button beside each password that shows what was typed: longer passwords, fewer mistakes. */

import { gettext } from "../ui/i18n.js";

const ICONS = new URL("../../icons.svg", import.meta.url);
const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {HTMLInputElement} input A password field; it moves into a wrapper beside its new button.
 */
export function addReveal(input) {
  const wrapper = document.createElement("span");
  wrapper.className = "reveal";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet button--icon";
  const hadFocus = document.activeElement === input;
  input.replaceWith(wrapper);
  wrapper.append(input, button);
  button.addEventListener("click", () => show(input, button, input.type === "password"));
  input.form?.addEventListener("submit", () => show(input, button, false));
  show(input, button, false);
  if (hadFocus) input.focus();
}

/**
 * @param {HTMLInputElement} input @param {HTMLButtonElement} button @param {boolean} isShown
 */
function show(input, button, isShown) {
  input.type = isShown ? "text" : "password";
  const icon = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${ICONS.href}#${isShown ? "eye-off" : "eye"}`);
  icon.append(use);
  button.replaceChildren(icon);
  const name = isShown ? gettext("Hide the password") : gettext("Show the password");
  button.setAttribute("aria-label", name);
  button.title = name;
}
