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
