/** Sizes and times in the reader's language. */

import { gettext, interpolate, ngettext } from "../../ui/i18n.js";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

const language = () => globalThis.document?.documentElement.lang || "en";

/** @param {number} number @param {number} [digits] */
export function formatNumber(number, digits = 0) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(number);
}

/** @param {number} bytes @returns {string} such as 4.2 MB, 512 kB; of 1024 each, as the server's texts count */
export function formatBytes(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 1 && value < 99.95 ? 1 : 0;
  const style = /** @type {const} */ ({ style: "unit", unit: UNITS[unit], unitDisplay: "short", maximumFractionDigits: digits });
  return new Intl.NumberFormat(language(), style).format(value);
}

/** @param {number} seconds @returns {string} never more exact than an estimate is */
export function formatTimeLeft(seconds) {
  if (seconds < 50) {
    const tens = Math.max(10, Math.ceil(seconds / 10) * 10);
    return interpolate(gettext("about %(count)s s left"), { count: formatNumber(tens) });
  }
  const minutes = Math.round(seconds / 60) || 1;
  if (minutes < 90) {
    return interpolate(ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes), { count: formatNumber(minutes) });
  }
  const hours = Math.round(minutes / 60);
  return interpolate(ngettext("about %(count)s hour left", "about %(count)s hours left", hours), { count: formatNumber(hours) });
}

/** How fast something grows lately: an average in which the last seconds weigh most. */
export class Speed {
  /** @param {() => number} [now] milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.perSecond = 0;
    this.last = /** @type {{at: number, value: number}|null} */ (null);
  }

  /** @param {number} value @returns {number} per second; 0 while unknown */
  see(value) {
    const at = this.now();
    const passed = this.last ? (at - this.last.at) / 1000 : 0;
    if (!this.last || value < this.last.value) this.last = { at, value };
    else if (passed >= 0.5) {
      const current = (value - this.last.value) / passed;
      const weight = this.perSecond ? Math.min(1, passed / 5) : 1;
      this.perSecond += (current - this.perSecond) * weight;
      this.last = { at, value };
    }
    return this.perSecond;
  }
}
