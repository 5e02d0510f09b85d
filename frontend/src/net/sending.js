/** Sending a file with progress, which fetch does not tell. */
import { csrfToken } from "./csrf.js";

/**
 * @param {string} address
 * @returns {XMLHttpRequest} to be sent with the file alone
 */
export function requestFor(address) {
  const request = new XMLHttpRequest();
  request.open("POST", address);
  request.responseType = "text"; // Firefox takes an answer without a type for XML, and complains
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  return request;
}

/** @param {XMLHttpRequest} request @returns {any} */
export function answerOf(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return null; // a page of a proxy, or of a server that is being replaced
  }
}
