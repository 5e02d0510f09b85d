/** What the page has as forms of the server, for those who ask by a command. */

/** The page is loaded again in this language. @param {string} language as in the form of the settings */
export function chooseLanguage(language) {
  press(`#settings .languages button[value=${language}]`);
}

/** Asks first where edits would be lost, as leaving in any other way does. */
export function signOut() {
  press('.bar form[action$="/logout/"] button');
}

/** @param {string} selector of a button, whose form is sent */
function press(selector) {
  const button = document.querySelector(selector);
  if (button instanceof HTMLButtonElement) button.form?.requestSubmit(button);
}
