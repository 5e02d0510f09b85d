import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveLayer } from "../../../frontend/src/renderer/live-layer.js";
import { Looks } from "../../../frontend/src/renderer/looks.js";
import { paintTag, TAG_HEIGHT_PX, TAG_MAX_PX, Tags } from "../../../frontend/src/renderer/tags.js";
import { fakeCanvas } from "../support/canvas.js";
import { Editor } from "../support/editor.js";
import { boxId, LABELS } from "../support/wire.js";

/** @import { Edges } from "../../../frontend/src/box.js" */
/** @import { Look } from "../../../frontend/src/renderer/paint.js" */
/** @import { Named, Tag } from "../../../frontend/src/renderer/tags.js" */

const LIMITS = { left: 0, top: 0, right: 800, bottom: 600 };
const LOOK = { color: "#0072b2", pattern: [], name: "car", isProposed: false, confidence: null, isFaded: false };
const SMALL = { x1: 300, y1: 300, x2: 306, y2: 306 };

/** Where a name is written, and what. @param {Edges} edges @param {Partial<Look>} [look] @param {Parameters<typeof paintTag>[4]} [options] */
function tag(edges, look = {}, options = { isTouched: true }) {
  const canvas = fakeCanvas();
  paintTag(/** @type {any} */ (canvas.canvas.getContext("2d")), edges, { ...LOOK, ...look }, LIMITS, options);
  const [text] = canvas.told("fillText")[0] ?? [null];
  const [left, top, width, height] = canvas.told("fillRect")[0] ?? [];
  return { text, left, top, right: left + width, bottom: top + height };
}

test("a small box has a dot for a name, until somebody looks at it", () => {
  assert.equal(tag(SMALL, {}, {}).text, null);
  assert.equal(tag({ ...SMALL, x2: 350 }, {}, { fromPx: 64 }).text, null, "in a crowd also a wider one");
  assert.equal(tag(SMALL).text, "car");
  assert.equal(tag(SMALL, { isProposed: true, confidence: 0.87 }).text, "car 87\u202f%");
  assert.equal(tag(SMALL, { isFaded: true }).text, "car");
  assert.equal(tag({ ...SMALL, x2: 400 }, { isFaded: true }, {}).text, null);
});

test("the name is outside the box where there is room: above, else below, else inside", () => {
  const [width, height] = [40, 40];
  for (const y of [0, 5, 16, 17, 40, 300, 540, 559, 560]) {
    const box = { x1: 300, y1: y, x2: 300 + width, y2: y + height };
    const { top, bottom } = tag(box);
    assert.ok(bottom < box.y1 || top > box.y2, `at ${y}: ${top} to ${bottom}`);
    assert.ok(top >= 0 && bottom <= 600, `at ${y}`);
  }
  const tall = tag({ x1: 300, y1: -50, x2: 340, y2: 700 });
  assert.deepEqual([tall.top, tall.bottom], [2, 2 + TAG_HEIGHT_PX]);
});

test("the name is whole inside the screen, beside every border", () => {
  for (const x of [-30, -5, 0, 400, 780, 799]) {
    const { left, right } = tag({ x1: x, y1: 300, x2: x + 40, y2: 340 });
    assert.ok(left >= 0 && right <= 800, `at ${x}: ${left} to ${right}`);
  }
});

/** @param {Edges} edges @param {Partial<Look>} [look] @returns {Named} */
const named = (edges, look = {}) => ({ edges, look: { ...LOOK, ...look } });
const PERSON = { name: "person", isProposed: true, confidence: 0.7 };

/** @param {Named[]} around @param {Edges[]} [kept] */
function tagsOf(around, kept = []) {
  const tags = new Tags(/** @type {any} */ (fakeCanvas().canvas.getContext("2d")), around, LIMITS, kept);
  return around.map((one) => {
    const wish = tags.wishes.get(one);
    return wish ? tags.tagFor(wish) : null;
  });
}

/** @param {Tag} tag @returns {Edges} with the colour at its side */
const rectOf = ({ left, top, width }) => ({ x1: left, y1: top, x2: left + width + 3, y2: top + TAG_HEIGHT_PX });
/** @param {Edges} a @param {Edges} b */
const overlap = (a, b) => a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;

test("a small proposal says what it is and how sure, where there is room; among others how sure; else it has a dot", () => {
  const at = (/** @type {number} */ x) => named({ x1: x, y1: 300, x2: x + 20, y2: 380 }, PERSON);
  assert.deepEqual(tagsOf([at(100)]).map((tag) => tag?.text), ["person 70\u202f%"]);
  assert.deepEqual(tagsOf([at(100), at(160)]).map((tag) => tag?.text), ["70\u202f%", "70\u202f%"]);
  assert.deepEqual(tagsOf([at(100), at(122)]).map((tag) => tag?.text), [undefined, undefined]);
  assert.deepEqual(tagsOf([named({ x1: 100, y1: 300, x2: 120, y2: 380 })]).map((tag) => tag?.text), ["car"]);
  const inside = tagsOf([at(200), named({ x1: 100, y1: 100, x2: 500, y2: 500 })]);
  assert.deepEqual(inside.map((tag) => tag?.text), ["person 70\u202f%", "car"], "a box around it covers nothing of it");
});

test("no name lies on what somebody has in hand", () => {
  const bicycle = named({ x1: 100, y1: 300, x2: 200, y2: 360 }, { name: "bicycle" });
  const rider = { x1: 110, y1: 220, x2: 150, y2: 340 };
  const [free] = tagsOf([bicycle]);
  assert.ok(free && overlap(rectOf(free), rider));
  const [moved] = tagsOf([bicycle], [rider]);
  assert.ok(moved && !overlap(rectOf(moved), rider), JSON.stringify(moved));
  const everywhere = { x1: 0, y1: 0, x2: 800, y2: 600 };
  assert.deepEqual(tagsOf([bicycle], [everywhere]), [null]);
});

/** @param {() => number} random @returns {Named[]} */
function crowd(random) {
  return Array.from({ length: 80 }, () => {
    const [x, y] = [random() * 780, random() * 580];
    const [width, height] = random() < 0.6 ? [4 + random() * 25, 4 + random() * 60] : [30 + random() * 200, 10 + random() * 150];
    return named({ x1: x, y1: y, x2: x + width, y2: y + height }, random() < 0.6 ? PERSON : {});
  });
}

/** Small numbers from a seed (mulberry32). @param {number} seed @returns {() => number} */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("names of small boxes never lie on another name, and depend on their neighbourhood alone", () => {
  let shown = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const all = crowd(seeded(seed));
    const tags = tagsOf(all);
    const isSmall = all.map(({ edges }) => Math.round(edges.x2) - Math.round(edges.x1) < 30);
    tags.forEach((tag, place) => {
      if (!tag || !isSmall[place]) return;
      shown += 1;
      tags.forEach((other, at) => {
        if (other && at !== place) assert.ok(!overlap(rectOf(tag), rectOf(other)), `seed ${seed}: ${JSON.stringify([tag, other])}`);
      });
      const mine = all[place];
      assert.ok(mine);
      const [reach, high] = [2 * TAG_MAX_PX, 3 * TAG_HEIGHT_PX];
      const { x1, y1, x2, y2 } = mine.edges;
      const near = all.filter(({ edges }) => overlap(edges, { x1: x1 - reach, y1: y1 - high, x2: x2 + reach, y2: y2 + high }));
      assert.deepEqual(tagsOf(near)[near.indexOf(mine)], tag, `seed ${seed}`);
    });
  }
  assert.ok(shown > 100, `${shown}`);
});

/** The names that the upper canvas writes. @param {Editor} editor */
function written(editor) {
  const { canvas, told } = fakeCanvas();
  const looks = new Looks(() => LABELS);
  const picture = /** @type {HTMLImageElement} */ (/** @type {unknown} */ ({}));
  const live = new LiveLayer(canvas, editor.workspace, { lookOf: (box) => looks.of(box, false), accent: () => "#ff0000", picture });
  live.layer.resize({ width: 1048, height: 848 }, 1);
  live.draw();
  return told("fillText").map(([text]) => text);
}

test("what is selected, hovered or dragged has its whole name at every zoom", () => {
  for (const scale of [0.05, 0.3, 1, 20]) {
    const editor = new Editor({ boxes: [{}], scale });
    editor.workspace.camera.reveal({ x1: 100, y1: 100, x2: 110, y2: 110 });
    assert.deepEqual(written(editor), []);
    editor.workspace.view.set({ hover: boxId(1) });
    assert.deepEqual(written(editor), ["car"], `hovered at ${scale}`);
    editor.store.select([boxId(1)]);
    assert.deepEqual(written(editor), ["car"], `selected at ${scale}`);
    editor.store.preview(editor.store.newGesture(), [{ id: boxId(1), x1: 101, y1: 100, x2: 201, y2: 180 }]);
    assert.deepEqual(written(editor), ["car"], `dragged at ${scale}`);
  }
});
