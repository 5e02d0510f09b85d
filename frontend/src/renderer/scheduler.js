/** One animation frame for everything that is drawn: parts ask, and are drawn once, in the order they were added. */
export class FrameScheduler {
  /** @param {(run: () => void) => void} [nextFrame] */
  constructor(nextFrame = (run) => requestAnimationFrame(run)) {
    this.nextFrame = nextFrame;
    /** @type {Set<() => void>} */
    this.waiting = new Set();
    this.isScheduled = false;
  }

  /** @param {() => void} draw called once in the next frame, however often it is asked for */
  ask(draw) {
    this.waiting.add(draw);
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.nextFrame(() => this.run());
  }

  run() {
    this.isScheduled = false;
    const now = [...this.waiting];
    this.waiting.clear();
    for (const draw of now) draw();
  }
}
