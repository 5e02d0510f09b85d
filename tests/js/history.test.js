import assert from "node:assert/strict";
import { test } from "node:test";

import { History, reversalOf, stackOf } from "../../frontend/src/history.js";
import { applied, changeOf, deletionOf, restorationOf, stateOf } from "../../frontend/src/replica.js";
import { forSeeds } from "./support/random.js";
import { boxId, ME, readBox } from "./support/wire.js";

/** @import { BoxFields, BoxState } from "../../frontend/src/box.js" */
/** @import { Logged, Step } from "../../frontend/src/history.js" */
/** @import { Effect } from "../../frontend/src/replica.js" */

/** `a`: a gesture of mine; `u:a=b`: b undoes a; `r:b=c`: c redoes b. @param {string} text @returns {Step[]} */
function steps(text) {
  return text.split(" ").filter(Boolean).map((word) => {
    const [, kind, reverts, gesture] = /^(?:([ur]):(\w+)=)?(\w+)$/.exec(word) ?? [];
    if (!gesture) throw new Error(word);
    return { gesture, kind: kind === "u" ? "undo" : kind === "r" ? "redo" : "user", reverts: reverts ?? null };
  });
}

/** @type {[string, string, string, string][]} what, steps, done, undone */
const STACKS = [
  ["nothing", "", "", ""],
  ["gestures, the newest last", "a b c", "a b c", ""],
  ["a gesture of several operations is one step", "a a b a", "a b", ""],
  ["an undo", "a b u:b=x", "a", "x"],
  ["two undos", "a b u:b=x u:a=y", "", "x y"],
  ["an undo and its redo", "a b u:b=x r:x=y", "a b", ""],
  ["two undos and one redo", "a b u:b=x u:a=y r:y=z", "a", "x"],
  ["two undos and two redos", "a b u:b=x u:a=y r:y=z r:x=w", "a b", ""],
  ["a new gesture clears redo", "a u:a=x b", "b", ""],
  ["going on with the undone gesture clears redo", "a u:a=x a", "a", ""],
  ["going on with a gesture that is still done keeps redo", "a b u:b=x a", "a", "x"],
  ["an undo of an older gesture", "a b c u:b=x", "a c", "x"],
  ["undo, redo, undo again", "a u:a=x r:x=y u:a=z", "", "z"],
  ["a redo of what was cleared does nothing", "a u:a=x b r:x=y", "b", ""],
  ["an undo of what this page has not seen", "u:old=x", "", "x"],
  ["and its redo brings that back", "u:old=x r:x=y", "old", ""],
];

for (const [what, text, done, undone] of STACKS) {
  test(`it stacks ${what}`, () => {
    const stack = stackOf(steps(text));
    assert.deepEqual([stack.done.join(" "), stack.undone.join(" ")], [done, undone]);
  });
}

test("it stacks an undo of whatever is newest on the server", () => {
  const stack = stackOf([{ gesture: "x", kind: "undo", reverts: null }, { gesture: "y", kind: "redo", reverts: "x" }]);
  assert.deepEqual(stack, { done: [], undone: [] });
});

test("k undos and k redos lead back to the same stack", () => {
  forSeeds(60, (random) => {
    const log = steps(Array.from({ length: random.integer(1, 8) }, (_, index) => `g${index}`).join(" "));
    const before = stackOf(log);
    const count = random.integer(1, before.done.length);
    let names = 0;
    for (let step = 0; step < count; step++) log.push({ gesture: `u${names++}`, kind: "undo", reverts: stackOf(log).done.at(-1) ?? null });
    assert.equal(stackOf(log).done.length, before.done.length - count);
    for (let step = 0; step < count; step++) log.push({ gesture: `r${names++}`, kind: "redo", reverts: stackOf(log).undone.at(-1) ?? null });
    assert.deepEqual(stackOf(log), before);
  });
});

const MINE = { revision: null, by: ME.id, foreign: false };
const THEIRS = { revision: null, by: 99, foreign: true };

/** Boxes with a log, one effect after the other. */
class Bench {
  constructor() {
    /** @type {Map<string, BoxState>} */
    this.states = new Map([[boxId(1), stateOf(readBox(1))], [boxId(2), stateOf(readBox(2))]]);
    this.count = 0;
  }

  /** @param {number} number @returns {BoxState} */
  box(number) {
    const state = this.states.get(boxId(number));
    if (!state) throw new Error("no such box");
    return state;
  }

  /** @param {Effect} effect @param {{revision: null, by: number, foreign: boolean}} [author] @returns {Logged} */
  apply(effect, author = MINE) {
    const token = `t${this.count++}`;
    const next = applied(this.states.get(effect.box), effect, { token, ...author });
    if (next) this.states.set(effect.box, next);
    return { ...effect, token };
  }

  /** @param {number} number @param {Partial<BoxFields>} fields @param {typeof MINE} [author] */
  set(number, fields, author) {
    return this.apply(changeOf(this.box(number), fields), author);
  }

  /** @param {number} number @param {typeof MINE} [author] */
  remove(number, author) {
    return this.apply(deletionOf(this.box(number)), author);
  }

  /** @param {number} number @param {typeof MINE} [author] */
  restore(number, author) {
    return this.apply(restorationOf(this.box(number)), author);
  }

  /** @param {number} number */
  create(number) {
    return this.apply({ kind: "create", box: boxId(number), fields: readBox(number), before: {}, authored: {}, authoredBefore: {} });
  }

  /** @param {Logged[]} logged the effects of taking it back, shortly @returns {string} */
  reversal(logged) {
    const effects = reversalOf(logged, (id) => this.states.get(id));
    return effects.map(({ kind, box, fields }) => {
      const values = kind === "set" ? Object.entries(fields).map(([name, value]) => ` ${name}=${value}`).join("") : "";
      return `${kind} ${Number(box.slice(-2))}${values}`;
    }).join(", ");
  }
}

/** @type {[string, (bench: Bench) => Logged[], string][]} what, how the gesture came about, what taking it back does */
const REVERSALS = [
  ["a set", (bench) => [bench.set(1, { x1: 50 })], "set 1 x1=100"],
  ["several sets of one gesture, to the value before the first", (bench) => [bench.set(1, { x1: 50 }), bench.set(1, { x1: 60, y1: 7 })], "set 1 x1=100 y1=100"],
  ["two boxes, the last one first", (bench) => [bench.set(1, { x1: 50 }), bench.set(2, { y2: 300 })], "set 2 y2=180, set 1 x1=100"],
  ["a set that somebody has written over", (bench) => {
    const logged = [bench.set(1, { x1: 50 })];
    bench.set(1, { x1: 70 }, THEIRS);
    return logged;
  }, ""],
  ["a set of which somebody has written over a part", (bench) => {
    const logged = [bench.set(1, { x1: 50, label: 2 })];
    bench.set(1, { label: 5 }, THEIRS);
    return logged;
  }, "set 1 x1=100"],
  ["a set of a box that was deleted", (bench) => {
    const logged = [bench.set(1, { x1: 50 })];
    bench.remove(1, THEIRS);
    return logged;
  }, ""],
  ["a set of mine over which a later gesture of mine wrote", (bench) => {
    const logged = [bench.set(1, { x1: 50 })];
    bench.set(1, { x1: 60 });
    return logged;
  }, ""],
  ["a move of an edge that would now cross the other one", (bench) => {
    const logged = [bench.set(1, { x1: 20 })];
    bench.set(1, { x2: 90 }, THEIRS);
    return logged;
  }, ""],
  ["the other axis still", (bench) => {
    const logged = [bench.set(1, { x1: 20, y1: 20 })];
    bench.set(1, { x2: 90 }, THEIRS);
    return logged;
  }, "set 1 y1=100"],
  ["a delete", (bench) => [bench.remove(1)], "restore 1"],
  ["a delete that somebody has taken back", (bench) => {
    const logged = [bench.remove(1)];
    bench.restore(1, THEIRS);
    return logged;
  }, ""],
  ["a delete after which somebody restored and deleted again", (bench) => {
    const logged = [bench.remove(1)];
    bench.restore(1, THEIRS);
    bench.remove(1, THEIRS);
    return logged;
  }, ""],
  ["a restore", (bench) => {
    bench.remove(1);
    return [bench.restore(1)];
  }, "delete 1"],
  ["a set and a delete in one gesture", (bench) => [bench.set(1, { x1: 50 }), bench.remove(1)], "restore 1, set 1 x1=100"],
  ["a delete of one box and a set of another", (bench) => [bench.remove(1), bench.set(2, { label: 2 })], "set 2 label=1, restore 1"],
  ["a creation", (bench) => [bench.create(3)], "delete 3"],
  ["a creation and later sets of the same gesture", (bench) => [bench.create(3), bench.set(3, { x1: 5 })], "delete 3"],
  ["a creation that I have changed since", (bench) => {
    const logged = [bench.create(3)];
    bench.set(3, { x1: 5 });
    return logged;
  }, "delete 3"],
  ["a creation that somebody has changed since", (bench) => {
    const logged = [bench.create(3)];
    bench.set(3, { label: 2 }, THEIRS);
    return logged;
  }, ""],
  ["a creation that is deleted already", (bench) => {
    const logged = [bench.create(3)];
    bench.remove(3);
    return logged;
  }, ""],
  ["nothing", () => [], ""],
  ["a box that is not known here", (bench) => {
    const logged = [bench.set(1, { x1: 50 })];
    bench.states.delete(boxId(1));
    return logged;
  }, ""],
];

for (const [what, make, expected] of REVERSALS) {
  test(`it takes back ${what}`, () => {
    const bench = new Bench();
    assert.equal(bench.reversal(make(bench)), expected);
  });
}

test("it takes back an undo: that is redo, and shows the same again", () => {
  forSeeds(80, (random) => {
    const bench = new Bench();
    const before = structuredClone(bench.box(1));
    const logged = Array.from({ length: random.integer(1, 4) }, () => bench.set(1, { x1: random.integer(0, 190), label: random.integer(1, 9) }));
    if (random.chance(0.4)) logged.push(bench.remove(1));
    const done = structuredClone(bench.box(1));
    const undo = reversalOf(logged, (id) => bench.states.get(id)).map((effect) => bench.apply(effect));
    assert.deepEqual([bench.box(1).box, bench.box(1).deleted, bench.box(1).authored], [before.box, false, before.authored]);
    reversalOf(undo, (id) => bench.states.get(id)).forEach((effect) => bench.apply(effect));
    assert.equal(bench.box(1).deleted, done.deleted);
    if (!done.deleted) assert.deepEqual([bench.box(1).box, bench.box(1).authored], [done.box, done.authored]);
  });
});

/** @param {Partial<Step> & {gesture: string}} parts @returns {Step} */
const step = (parts) => ({ kind: "user", reverts: null, ...parts });

test("it remembers my gestures, each once", () => {
  const history = new History();
  const bench = new Bench();
  const [one, two] = [bench.set(1, { x1: 5 }), bench.set(1, { x1: 6 })];
  history.add(step({ gesture: "a" }), one);
  history.add(step({ gesture: "a" }), two);
  history.add(step({ gesture: "b" }), null);
  assert.deepEqual(history.steps.map(({ gesture }) => gesture), ["a", "b"]);
  assert.deepEqual(history.byGesture.get("a"), [one, two]);
  history.drop("a");
  assert.deepEqual(history.steps.map(({ gesture }) => gesture), ["b"]);
});

test("it knows who a value came from before a gesture", () => {
  const history = new History();
  const bench = new Bench();
  history.add(step({ gesture: "a" }), bench.set(1, { x1: 5 }));
  history.add(step({ gesture: "a" }), bench.set(1, { x1: 6, y1: 7 }));
  assert.deepEqual(history.earlierAuthors("a", boxId(1), ["x1", "y1", "z", "deleted"]), { x1: "1", y1: "1" });
  assert.deepEqual(history.earlierAuthors("a", boxId(2), ["x1"]), {});
  assert.deepEqual(history.earlierAuthors("unknown", boxId(1), ["x1"]), {});
});

test("what the server says of my newest operation tells what there may be to take back", () => {
  const history = new History();
  const told = ["", "user", "undo", "redo", null].map((newest) => {
    history.forget(newest);
    return [history.mayUndoMore, history.mayRedoMore];
  });
  assert.deepEqual(told, [[false, false], [true, false], [true, true], [true, true], [true, true]]);
});

test("it asks the server for what this page has not seen, until there is no more", () => {
  const history = new History();
  assert.deepEqual([history.mayUndoMore, history.mayRedoMore], [false, false]);
  history.forget();
  assert.deepEqual([history.mayUndoMore, history.mayRedoMore], [true, true]);
  history.add(step({ gesture: "a" }), null);
  assert.deepEqual([history.mayUndoMore, history.mayRedoMore], [true, false]);
  history.mayUndoMore = false;
  history.add(step({ gesture: "x", kind: "undo", reverts: "never-seen" }), null);
  assert.equal(history.mayUndoMore, true);
});
