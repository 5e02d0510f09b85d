import assert from "node:assert/strict";
import { test } from "node:test";

import { Comments, keeperIn } from "../../frontend/src/comments.js";
import { KeyValueMap } from "./support/browser.js";

/** @import { Answer, Comment, NewComment } from "../../frontend/src/comments.js" */

/** @param {string} id @param {Partial<Comment>} [parts] @returns {Comment} */
const comment = (id, parts = {}) => ({
  id, parent: null, box: null, x: null, y: null, by: 3, name: "Ada", text: id, mentions: [], at: 1, edited: false, resolved: false, resolved_by: "", ...parts,
});

/** A server that knows comments, and a browser that keeps what could not be sent. */
class World {
  constructor() {
    /** @type {Comment[]} */
    this.known = [];
    this.revision = 0;
    this.isReachable = true;
    this.refusal = "";
    this.lists = 0;
    /** @type {Record<string, NewComment[]>} */
    this.kept = {};
    /** @type {Set<string>} boxes that are still being saved */
    this.onTheWay = new Set();
    /** @type {[string, string][]} text and reason of what was refused afterwards */
    this.refusedLater = [];
    /** @type {Promise<void>} what a request waits for */
    this.gate = Promise.resolve();
    this.ids = 0;
  }

  /** @returns {Answer} */
  listing() {
    return { revision: this.revision, comments: [...this.known] };
  }

  comments() {
    return new Comments(
      {
        list: async () => (this.lists++, this.isReachable ? this.listing() : "later"),
        add: async (_frame, { id, text, parent }) => {
          await this.gate;
          if (!this.isReachable) return "later";
          if (this.refusal) return { refused: this.refusal };
          if (!this.known.some((one) => one.id === id)) this.known.push(comment(id, { text, parent: parent ?? null }));
          this.revision += 1;
          return this.listing();
        },
        change: async (id, { resolved }) => {
          if (!this.isReachable) return "later";
          this.known = this.known.map((one) => (one.id === id ? { ...one, resolved: resolved ?? one.resolved } : one));
          this.revision += 1;
          return this.listing();
        },
      },
      { load: () => structuredClone(this.kept), save: (all) => void (this.kept = structuredClone(all)) },
      { newId: () => `id${++this.ids}`, now: () => 5, me: () => ({ user: 3, name: "Ada" }),
        isOnTheWay: (box) => this.onTheWay.has(box), refused: ({ text }, why) => this.refusedLater.push([text, why]) },
    );
  }
}

/** @param {Comments} comments */
const texts = (comments) => comments.threads.map(({ first, replies, isUnsent }) => [first.text, replies.map(({ text }) => text), isUnsent]);

test("about a frame that was just opened nothing is asked before its turn", async () => {
  const world = new World();
  const comments = world.comments();
  /** @type {() => void} */
  let call = () => {};
  const opened = comments.open(12, new Promise((resolve) => (call = () => resolve(undefined))));
  await comments.refresh();
  assert.deepEqual([world.lists, comments.state], [0, "loading"]);
  call();
  await opened;
  assert.deepEqual([world.lists, comments.state], [1, "ready"]);
});

test("it shows what was said, with the replies, open threads apart", async () => {
  const world = new World();
  world.known = [comment("a"), comment("b", { resolved: true }), comment("c", { parent: "a" })];
  const comments = world.comments();
  await comments.open(12);
  assert.deepEqual([comments.state, texts(comments)], ["ready", [["a", ["c"], false], ["b", [], false]]]);
  assert.deepEqual(comments.openThreads.map(({ first }) => first.id), ["a"]);
});

test("it sends what is said", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  assert.equal(await comments.say({ text: "look here", x: 1, y: 2 }), null);
  assert.deepEqual([texts(comments), world.kept], [[["look here", [], false]], {}]);
});

test("it keeps what cannot be sent, over a reload too, and sends it once and in order", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  world.isReachable = false;
  await comments.say({ text: "one" });
  await comments.say({ text: "two" });
  assert.deepEqual(texts(comments), [["one", [], true], ["two", [], true]]);
  const later = world.comments();
  await later.open(12);
  assert.deepEqual([later.state, texts(later)], ["away", [["one", [], true], ["two", [], true]]]);
  world.isReachable = true;
  await later.sendUnsent();
  assert.deepEqual([world.known.map(({ text }) => text), world.kept, later.state], [["one", "two"], {}, "ready"]);
});

test("it sends no comment of another image", async () => {
  const world = new World();
  world.isReachable = false;
  const comments = world.comments();
  await comments.open(12);
  await comments.say({ text: "on 12" });
  await comments.open(13);
  world.isReachable = true;
  await comments.sendUnsent();
  assert.deepEqual([world.known, texts(comments), Object.keys(world.kept)], [[], [], ["12"]]);
});

test("it says why a comment was refused, and does not send it for ever", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  world.refusal = "too long";
  assert.equal(await comments.say({ text: "x" }), "too long");
  assert.deepEqual([texts(comments), world.kept], [[], {}]);
});

test("it asks only for news that it does not have", async () => {
  const world = new World();
  world.revision = 4;
  const comments = world.comments();
  await comments.open(12);
  await comments.refresh(4);
  assert.equal(world.lists, 1);
  await comments.refresh(5);
  assert.equal(world.lists, 2);
});

test("it is not led back by an older answer", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  comments.take(12, { revision: 9, comments: [comment("new")] });
  comments.take(12, { revision: 8, comments: [] });
  comments.take(13, { revision: 10, comments: [] });
  assert.deepEqual(texts(comments), [["new", [], false]]);
});

test("it resolves a thread, or says that it has to wait", async () => {
  const world = new World();
  world.known = [comment("a")];
  const comments = world.comments();
  await comments.open(12);
  assert.equal(await comments.change("a", { resolved: true }), null);
  assert.deepEqual(comments.openThreads, []);
  world.isReachable = false;
  assert.equal(await comments.change("a", { resolved: false }), "later");
});

test("a comment on a box that is still being saved waits for it, and holds up nothing else", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  world.onTheWay.add("new");
  await comments.say({ text: "about the new box", box: "new" });
  await comments.say({ text: "about all" });
  assert.deepEqual([world.known.map(({ text }) => text), comments.isUnsent("id1")], [["about all"], true]);
  world.onTheWay.clear();
  await comments.sendUnsent();
  assert.deepEqual([world.known.length, comments.unsent, world.kept], [2, [], {}]);
});

test("what was kept and is refused at last goes back to the person, with the reason", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  world.isReachable = false;
  await comments.say({ text: "kept" });
  world.isReachable = true;
  world.refusal = "gone";
  await comments.sendUnsent();
  assert.deepEqual([world.refusedLater, comments.unsent, world.kept], [[["kept", "gone"]], [], {}]);
  assert.equal(await comments.say({ text: "again" }), "gone", "who waits is told at once");
  assert.equal(world.refusedLater.length, 1);
});

test("each of two comments said at once gets its own answer", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  let open = () => {};
  world.gate = new Promise((resolve) => (open = resolve));
  const answers = Promise.all([comments.say({ text: "one" }), comments.say({ text: "two" })]);
  open();
  assert.deepEqual([await answers, world.known.map(({ text }) => text)], [[null, null], ["one", "two"]]);
});

test("another image is opened while a comment is under way: it arrives where it was said, and the other list stays", async () => {
  const world = new World();
  const comments = world.comments();
  await comments.open(12);
  let open = () => {};
  world.gate = new Promise((resolve) => (open = resolve));
  const saying = comments.say({ text: "on 12" });
  const opening = comments.open(13);
  assert.deepEqual(texts(comments), []);
  open();
  await Promise.all([saying, opening]);
  assert.deepEqual([world.known.map(({ text }) => text), world.kept, comments.unsent], [["on 12"], {}, []]);
});

test("comments are kept in the storage of the browser, and in the window where that is full or spoilt", () => {
  const storage = new KeyValueMap();
  keeperIn(storage, "c").save({ 12: [{ id: "a", text: "x" }] });
  assert.deepEqual(keeperIn(storage, "c").load(), { 12: [{ id: "a", text: "x" }] });
  storage.setItem("c", "{");
  assert.deepEqual(keeperIn(storage, "c").load(), {});
  const full = { getItem: () => null, setItem: () => { throw new Error("quota"); } };
  const keeper = keeperIn(full, "c");
  keeper.save({ 12: [{ id: "a", text: "x" }] });
  assert.deepEqual(keeper.load(), { 12: [{ id: "a", text: "x" }] });
});
