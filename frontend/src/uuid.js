/** Identifiers made in the browser. Not by crypto.randomUUID, which pages without TLS do not have. */

/** @typedef {(bytes: Uint8Array) => unknown} FillRandom fills the bytes with random ones, as crypto.getRandomValues */

/** @type {FillRandom} */
export const cryptoRandom = (bytes) => crypto.getRandomValues(bytes);

/**
 * A version 7 UUID: sorts by time, which is kind to the index of the table.
 * @param {number} now milliseconds since 1970
 * @param {FillRandom} fill
 * @returns {string}
 */
export function uuid7(now, fill) {
  const bytes = new Uint8Array(16);
  fill(bytes);
  const view = new DataView(bytes.buffer);
  const time = Math.max(0, Math.floor(now));
  view.setUint32(0, Math.floor(time / 0x10000));
  view.setUint16(4, time % 0x10000);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
