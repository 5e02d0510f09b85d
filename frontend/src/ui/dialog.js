/** A sheet over the page: the browser keeps the focus in it, closes it on Escape and gives the focus back. */
import { byId } from './dom.js';

/** @param {ParentNode} within @returns {NodeListOf<Element>} where the announcer writes */
const spoken = (within) => within.querySelectorAll('#announcements');

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} command that shows it; its key puts it away again
 * @param {() => void} [beforeShown]
 * @returns {() => void} shows or hides it
 */
export function wireDialog(dialog, command, beforeShown = () => {}) {
  dialog.dataset['command'] = command;
  dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());
  // A press on what is around the sheet.
  dialog.addEventListener('pointerdown', (event) => event.target === dialog && dialog.close());
  // What had the focus before may be gone.
  dialog.addEventListener('close', () => {
    document.body.append(...spoken(dialog));
    if (document.activeElement === document.body) byId('main', HTMLElement).focus();
  });
  return () => {
    if (dialog.open) return dialog.close();
    beforeShown();
    // All around the sheet is inert, and what is inert is not read out: the words come along.
    dialog.append(...spoken(document));
    dialog.showModal();
  };
}
