/** One animation frame for everything: first what moves things, then what draws, each once and in the order of asking. */
export class FrameScheduler {
  /** @param {(run: () => void) => void} [nextFrame] */
  constructor(nextFrame = (run) => requestAnimationFrame(run)) {
    this.nextFrame = nextFrame;
    /** @type {Set<() => void>} */
    this.moves = new Set();
    /** @type {Set<() => void>} */
    this.draws = new Set();
    this.isScheduled = false;
  }

  /** @param {() => void} move called in the next frame before anything is drawn: what it changes is drawn in that same frame */
  before(move) {
    this.moves.add(move);
    this.schedule();
  }

  /** @param {() => void} draw called once in the next frame, however often it is asked for */
  ask(draw) {
    this.draws.add(draw);
    this.schedule();
  }

  schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.nextFrame(() => this.run());
  }

  run() {
    try {
      runAll(this.moves);
    } finally {
      this.isScheduled = false;
      runAll(this.draws);
    }
  }
}

/** What is asked for meanwhile waits for the next time. @param {Set<() => void>} asked */
function runAll(asked) {
  const now = [...asked];
  asked.clear();
  for (const run of now) run();
}
