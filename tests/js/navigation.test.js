import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Navigation } from "../../frontend/src/navigation.js";
import { settle } from "./support/clock.js";
import { card, Editor, page } from "./support/editor.js";
import { onlineStore } from "./support/stores.js";

/** @typedef {{address: string, answer: (data: unknown, ok?: boolean) => Promise<void>, fail: (error: Error) => Promise<void>}} Request */

const surroundings = /** @type {Record<string, unknown>} */ (globalThis);
const NAMES = ["history", "addEventListener", "fetch", "location"];

/** @type {Request[]} */
let requests;
/** @type {unknown[][]} */
let visited;
/** @type {(event: {state: unknown}) => void} */
let goBack;

beforeEach(() => {
  requests = [];
  visited = [];
  surroundings.history = {
    replaceState: (/** @type {unknown} */ state) => visited.push(["replace", state]),
    pushState: (/** @type {unknown} */ state, /** @type {string} */ _title, /** @type {string} */ url) => visited.push(["push", state, url]),
  };
  surroundings.addEventListener = (/** @type {string} */ name, /** @type {typeof goBack} */ listener) => {
    if (name === "popstate") goBack = listener;
  };
  surroundings.location = { href: "/frames/12/", assign: (/** @type {string} */ url) => visited.push(["load", url]) };
  surroundings.fetch = (/** @type {string} */ address) => new Promise((resolve, reject) => {
    requests.push({
      address,
      answer: async (data, ok = true) => {
        resolve({ ok, json: async () => data });
        await settle();
      },
      fail: async (error) => {
        reject(error);
        await settle();
      },
    });
  });
});

afterEach(() => {
  for (const name of NAMES) delete surroundings[name];
});

function started() {
  const { workspace } = new Editor({ boxes: [{}] });
  /** @type {number[]} */
  const entered = [];
  /** @type {string[]} */
  const said = [];
  let cancels = 0;
  const sessions = { enter: (/** @type {number} */ frame) => (entered.push(frame), onlineStore()) };
  const host = { say: (/** @type {string} */ text) => said.push(text), cancel: () => cancels++ };
  const navigation = new Navigation(workspace, /** @type {any} */ (sessions), /** @type {any} */ (host));
  return { navigation, workspace, entered, said, cancels: () => cancels };
}

/** @param {number} id */
const pageOf = (id) => page({ frame: card(id) });

test("it opens another image in place, and puts its address into the bar", async () => {
  const { navigation, workspace, entered, cancels } = started();
  navigation.go(card(13));
  assert.equal(requests[0]?.address, card(13).data);
  assert.equal(workspace.page.frame.id, 12, "the old image stays until the new one is there");
  await requests[0]?.answer(pageOf(13));
  assert.deepEqual([workspace.page.frame.id, entered, cancels()], [13, [13], 1]);
  assert.deepEqual(visited, [["replace", { data: card(12).data }], ["push", { data: card(13).data }, card(13).url]]);
});

test("it opens an image that the filmstrip does not have by its number", async () => {
  const { navigation, workspace } = started();
  const { url } = workspace.page.project;
  navigation.goTo(4711);
  assert.equal(requests[0]?.address, "/api/ui/frames/4711");
  await requests[0]?.answer(pageOf(4711));
  assert.equal(workspace.page.frame.id, 4711);
  assert.equal(visited.at(-1)?.[2], `${url}frames/4711/`);
});

test("it follows the newest wish, however late older answers come", async () => {
  const { navigation, workspace, entered } = started();
  navigation.go(card(13));
  navigation.go(card(14));
  navigation.go(card(15));
  const [first, second, third] = requests;
  await third?.answer(pageOf(15));
  await first?.answer(pageOf(13));
  await second?.answer({}, false);
  assert.deepEqual([workspace.page.frame.id, entered, visited.filter(([kind]) => kind !== "replace").length], [15, [15], 1]);
});

test("it goes back and forth with the browser, without a new address", async () => {
  const { workspace } = started();
  goBack({ state: { data: card(11).data } });
  await requests[0]?.answer(pageOf(11));
  assert.deepEqual([workspace.page.frame.id, visited.length], [11, 1]);
  goBack({ state: null });
  assert.equal(requests.length, 1);
});

test("it loads the page anew when the server does not answer with an image", async () => {
  const { navigation, workspace } = started();
  navigation.go(card(13));
  await requests[0]?.answer({}, false);
  assert.deepEqual([workspace.page.frame.id, visited.at(-1)], [12, ["load", card(13).url]]);
});

test("it stays and says so when there is no network", async () => {
  const { navigation, workspace, said, cancels } = started();
  navigation.go(card(13));
  await requests[0]?.fail(new TypeError("Failed to fetch"));
  assert.deepEqual([workspace.page.frame.id, said.length, cancels()], [12, 1, 0]);
  assert.match(said[0] ?? "", /offline.*edits are kept/);
});

// Ahead

test("it has the data of the next image before anybody asks, and goes there without a request", async () => {
  const { navigation, workspace, entered } = started();
  navigation.pictureShown();
  navigation.pictureShown();
  assert.deepEqual(requests.map(({ address }) => address), [card(13).data], "one ahead, once");
  await requests[0]?.answer(pageOf(13));
  navigation.go(card(13));
  assert.deepEqual([workspace.page.frame.id, entered, requests.length], [13, [13], 1]);
});

test("it waits for what is on its way instead of asking twice, and asks itself where that came to nothing", async () => {
  const { navigation, workspace } = started();
  navigation.pictureShown();
  navigation.go(card(13));
  assert.equal(requests.length, 1);
  await requests[0]?.answer(pageOf(13));
  assert.equal(workspace.page.frame.id, 13);
  workspace.page = { ...workspace.page, next: card(14) };
  navigation.pictureShown();
  navigation.go(card(14));
  await requests[1]?.fail(new TypeError("Failed to fetch"));
  assert.equal(requests[2]?.address, card(14).data);
  await requests[2]?.answer(pageOf(14));
  assert.equal(workspace.page.frame.id, 14);
});

test("a claim that the queue gave just now holds, whatever the page says that was fetched ahead", async () => {
  const claim = { id: 5, from_queue: true, text: "The next in order." };
  const { navigation, workspace } = started();
  navigation.pictureShown();
  await requests[0]?.answer({ ...pageOf(13), claim: null });
  navigation.go(card(13), claim);
  assert.deepEqual([workspace.page.frame.id, workspace.page.claim], [13, claim]);
  workspace.page = { ...workspace.page, next: card(14) };
  navigation.pictureShown();
  navigation.go(card(14), claim);
  await requests[1]?.answer({ ...pageOf(14), claim: null });
  assert.deepEqual([workspace.page.frame.id, workspace.page.claim], [14, claim]);
  navigation.go(card(15), claim);
  await requests[2]?.answer({ ...pageOf(15), claim: null });
  assert.deepEqual([workspace.page.frame.id, workspace.page.claim], [15, claim]);
});

/** At frame 13, whose page was fetched ahead a minute before. @param {import("node:test").TestContext} t */
async function goneToOldNews(t) {
  const { navigation, workspace } = started();
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  navigation.pictureShown();
  await requests[0]?.answer(pageOf(13));
  t.mock.timers.tick(60_000);
  navigation.go(card(13));
  return { navigation, workspace };
}

test("what was fetched long ago is shown at once, and renewed after the picture", async (t) => {
  const { navigation, workspace } = await goneToOldNews(t);
  assert.deepEqual([workspace.page.frame.id, requests.length], [13, 1], "nothing is asked before the picture is seen");
  navigation.pictureShown();
  assert.equal(requests[1]?.address, card(13).data);
  const claim = { id: 5, from_queue: false, text: "" };
  await requests[1]?.answer({ ...pageOf(13), claim });
  assert.deepEqual(workspace.page.claim, claim);
});

test("news of an image that was left do not come to another one", async (t) => {
  const { navigation, workspace } = await goneToOldNews(t);
  navigation.pictureShown();
  navigation.go(card(15));
  await requests.at(-1)?.answer(pageOf(15));
  await requests[1]?.answer(pageOf(13));
  assert.equal(workspace.page.frame.id, 15);
});

test("other labels throw away what was fetched ahead, and renew what the page says of models", async () => {
  const { navigation, workspace } = started();
  navigation.pictureShown();
  await requests[0]?.answer(pageOf(13));
  const labels = [...workspace.labels, { id: 99, name: "tram", color: "#000000", key: "", active: true }];
  workspace.store.setLabels(labels);
  workspace.store.setLabels([...labels]);
  assert.deepEqual(requests.slice(1).map(({ address }) => address), [card(12).data], "once");
  const sizes = /** @type {[number, number]} */ ([32, 2048]);
  const detection = { models: [], model: null, confidence: 0.5, iou: 0.5, sizes, may: true, may_all: true, message: "tram is known" };
  await requests[1]?.answer(page({ frame: card(12), labels, detection }));
  assert.equal(workspace.page.detection?.message, "tram is known");
  assert.equal(requests.at(-1)?.address, card(13).data, "the next one too");
});
