/**
 * How long a person was active between two commands: the time that a hand on pointer or keys fills, long pauses left out.
 * Whoever looks at the picture for a while is at work; whoever does nothing for longer is somewhere else.
 */

/** A longer pause is left out as a whole. */
export const LONGEST_PAUSE_MS = 30_000;

export class ActiveTime {
  /** @param {() => number} now milliseconds */
  constructor(now) {
    this.now = now;
    this.seenAt = now();
    this.sum = 0;
  }

  /** Another image is open: from here on it counts for that one. */
  restart() {
    this.seenAt = this.now();
    this.sum = 0;
  }

  /** The person moved the pointer or pressed a key. */
  seen() {
    const at = this.now();
    const pause = at - this.seenAt;
    this.seenAt = at;
    // A clock that was put back tells nothing.
    if (pause > 0 && pause <= LONGEST_PAUSE_MS) this.sum += pause;
  }

  /** A command is made now. @returns {number} whole active milliseconds since the one before, or since `restart` */
  take() {
    this.seen();
    const spent = Math.round(this.sum);
    this.sum = 0;
    return spent;
  }
}
