/** A canvas that draws nothing and remembers what it was told. */

/** @typedef {{name: string, args: any[]}} Call */

export function fakeCanvas() {
  /** @type {Call[]} */
  const calls = [];
  /** @type {Record<string, unknown>} */
  const state = { measureText: (/** @type {string} */ text) => ({ width: 6 * text.length }) };
  const context = new Proxy(state, {
    get: (target, name) => target[String(name)] ?? ((/** @type {any[]} */ ...args) => void calls.push({ name: String(name), args })),
    set: (target, name, value) => Boolean(target[String(name)] = value),
  });
  const canvas = { width: 0, height: 0, style: { transform: '' }, getContext: () => context };
  return {
    calls, canvas: /** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (canvas)),
    /** @param {string} name @returns {any[][]} the arguments of every call */
    told: (name) => calls.filter((call) => call.name === name).map((call) => call.args),
  };
}
