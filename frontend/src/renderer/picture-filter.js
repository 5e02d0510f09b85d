/**
 * Brightness, contrast and gamma of the picture on the screen; the stored image is never touched.
 *
 * @import { Adjust } from '../view-state.js'
 */

/** @param {Adjust} adjust @returns {string} for CSS; the gamma curve is a filter of the page (ui/adjust.js) */
export function filterOf({ brightness, contrast, gamma }) {
  const parts = [];
  if (gamma !== 1) parts.push('url(#gamma)');
  if (brightness !== 1) parts.push(`brightness(${brightness})`);
  if (contrast !== 1) parts.push(`contrast(${contrast})`);
  return parts.join(' ') || 'none';
}
