/**
 * An editor without a page: store, workspace, tools and commands, and a hand that points.
 *
 * @import { FrameCard, Page } from "../../../frontend/src/workspace.js"
 * @import { Tool, ToolPoint } from "../../../frontend/src/tools/tool.js"
 */
import { Commands } from "../../../frontend/src/tools/commands.js";
import { Toolbox } from "../../../frontend/src/tools/toolbox.js";
import { Workspace } from "../../../frontend/src/workspace.js";
import { FakeClock } from "./clock.js";
import { FakeUplink, onlineStore } from "./stores.js";
import { CAR, FRAME, LABELS, ME, TREE } from "./wire.js";

/** @param {number} id @param {Partial<FrameCard>} [parts] @returns {FrameCard} */
export function card(id, parts = {}) {
  return {
    id, name: `image-${id}.jpg`, position: id, status: "to_annotate", width: FRAME.width, height: FRAME.height, url: `/frames/${id}/`,
    data: `/frames/${id}/data/`, image: `/media/${id}.jpg`, thumbnail: `/media/${id}-small.jpg`, boxes: [], ...parts,
  };
}

/** @param {Partial<Page>} [parts] @returns {Page} */
export function page(parts = {}) {
  return {
    project: { id: 1, name: "Streets", url: "/projects/1/" }, frame: card(FRAME.id), total: 20, previous: card(11), next: card(13),
    filmstrip: [card(11), card(FRAME.id), card(13)], labels: LABELS, statuses: { to_annotate: "to annotate" }, role: "annotator",
    user: ME, ...parts,
  };
}

export class Editor {
  /** @param {{boxes?: Record<string, unknown>[], role?: string, scale?: number, page?: Partial<Page>}} [parts] */
  constructor({ boxes = [], role = "annotator", scale = 1, page: pageParts = {} } = {}) {
    this.clock = new FakeClock();
    this.store = onlineStore({ boxes, role, clock: this.clock });
    this.store.history.mayUndoMore = this.store.history.mayRedoMore = false;
    this.uplink = new FakeUplink();
    this.store.attach(this.uplink);
    this.workspace = new Workspace(this.store, page(pageParts));
    this.workspace.camera.resize({ width: 1048, height: 848 });
    this.workspace.camera.zoomTo(scale);
    /** @type {string[]} */
    this.said = [];
    /** @type {number[]} */
    this.gone = [];
    this.helps = 0;
    this.workspace.host = {
      ...this.workspace.host, go: ({ id }) => void this.gone.push(id), say: (text) => void this.said.push(text), toggleHelp: () => void this.helps++,
    };
    this.toolbox = new Toolbox(this.workspace);
    this.commands = new Commands(this.workspace, this.toolbox);
    this.carLabel = CAR;
    this.treeLabel = TREE;
  }

  /** @returns {Tool} */
  get tool() {
    return this.toolbox.current;
  }

  get view() {
    return this.workspace.view.now;
  }

  /** Where the hand points, image pixels. @param {number} x @param {number} y @param {Partial<ToolPoint>} [parts] @returns {ToolPoint} */
  point(x, y, parts = {}) {
    const on = this.workspace.camera.toScreen({ x, y });
    return { x, y, sx: on.x, sy: on.y, shift: false, alt: false, isTouch: false, isMore: false, ...parts };
  }

  /** @param {number} x @param {number} y @param {Partial<ToolPoint>} [parts] */
  click(x, y, parts) {
    this.tool.hover(this.point(x, y, parts));
    this.tool.down(this.point(x, y, parts));
    this.tool.up(this.point(x, y, parts));
  }

  /** @param {[number, number]} from @param {[number, number]} to @param {Partial<ToolPoint>} [parts] */
  drag(from, to, parts) {
    this.tool.down(this.point(...from, parts));
    this.tool.move(this.point((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, parts));
    this.tool.move(this.point(...to, parts));
    this.tool.up(this.point(...to, parts));
  }

  /** Edges of a box, rounded to a hundredth. @param {string} id */
  edges(id) {
    const box = this.store.boxes.get(id);
    return box && [box.x1, box.y1, box.x2, box.y2].map((value) => Math.round(value * 100) / 100);
  }

  get selected() {
    return [...this.store.selection];
  }

  /** The one new box, if there is one. */
  get drawn() {
    return [...this.store.boxes.values()].filter((box) => box.by === ME.id && this.store.pending.some((one) => one.box === box.id && one.k === "create"));
  }

  /** Every preview that the others were told of: gesture, whether it ended, whether an edit followed. */
  get previews() {
    return this.uplink.calls.filter(([name]) => name === "previewed").map(([, gesture, boxes, committed]) => ({ gesture, boxes, committed }));
  }
}
