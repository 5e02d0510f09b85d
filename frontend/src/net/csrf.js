/** The token that the server asks for with every change. From the cookie: signing in again in another tab renews it. */

const COOKIE = /(?:^|;\s*)hitl_csrf=([^;]*)/;

/** @returns {string} */
export function csrfToken() {
  return decodeURIComponent(COOKIE.exec(document.cookie)?.[1] ?? '');
}
