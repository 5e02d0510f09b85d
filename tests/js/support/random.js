/** Random numbers that come again: a test that fails names its seed, and the same seed fails again. */

export class Random {
  /** @param {number} seed */
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** @returns {number} 0 to 1, without 1 (mulberry32) */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @param {number} low @param {number} high @returns {number} */
  between(low, high) {
    return low + this.next() * (high - low);
  }

  /** @param {number} low @param {number} high @returns {number} a whole number, `high` included */
  integer(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** @param {number} share 0 to 1 */
  chance(share) {
    return this.next() < share;
  }

  /**
   * @template T
   * @param {readonly T[]} list not empty
   * @returns {T}
   */
  pick(list) {
    return /** @type {T} */ (list[this.integer(0, list.length - 1)]);
  }

  /** Fills bytes, as crypto.getRandomValues. @param {Uint8Array} bytes */
  fill(bytes) {
    for (let index = 0; index < bytes.length; index++) bytes[index] = this.integer(0, 255);
  }
}

/**
 * @param {number} count of seeds, from 1 on
 * @param {(random: Random) => void} check
 * @param {number} [first] to repeat one seed: `forSeeds(1, check, 17)`
 */
export function forSeeds(count, check, first = 1) {
  for (let seed = first; seed < first + count; seed++) {
    try {
      check(new Random(seed));
    } catch (error) {
      throw new Error(`with seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}
