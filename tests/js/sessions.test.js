import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Sessions } from "../../frontend/src/sessions.js";
import { KeyValueMap, LastingStorage } from "./support/browser.js";
import { settle } from "./support/clock.js";
import { boxId, CAR, ME, readBox, readWelcome } from "./support/wire.js";

/** @import { FrameStore } from "../../frontend/src/store.js" */

const surroundings = /** @type {Record<string, unknown>} */ (globalThis);
const realNavigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");

/** Every socket that was opened. @type {{url: string, isClosed: boolean}[]} */
let sockets;
/** @type {Sessions|null} */
let sessions;

class DeadWebSocket {
  static OPEN = 1;
  readyState = 0;

  /** @param {string} url */
  constructor(url) {
    this.record = { url, isClosed: false };
    sockets.push(this.record);
  }

  close() {
    this.record.isClosed = true;
  }
}

beforeEach(() => {
  sockets = [];
  surroundings.location = { protocol: "https:", host: "example.org" };
  surroundings.sessionStorage = new KeyValueMap();
  surroundings.localStorage = new KeyValueMap();
  surroundings.WebSocket = DeadWebSocket;
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  sessions = new Sessions(ME.id, new LastingStorage());
});

afterEach(async () => {
  sessions?.stop();
  await settle();
  for (const name of ["location", "sessionStorage", "localStorage", "WebSocket"]) delete surroundings[name];
  if (realNavigator) Object.defineProperty(globalThis, "navigator", realNavigator);
  else delete surroundings.navigator;
});

function opened() {
  assert.ok(sessions);
  return sessions;
}

/** As if the server had let it in. @param {FrameStore} store */
function letIn(store) {
  store.greet(readWelcome());
  store.replaceConfirmed(1, [readBox(1)]);
}

test("it connects to the frame that is entered, encrypted where the page is", async () => {
  opened().enter(12);
  await settle();
  assert.deepEqual(sockets, [{ url: "wss://example.org/ws/frames/12/", isClosed: false }]);
});

test("it lets go of a frame that is left when everything is saved", async () => {
  opened().enter(12);
  await settle();
  opened().enter(13);
  await settle();
  assert.deepEqual(sockets.map(({ url, isClosed }) => [url.slice(-10), isClosed]), [["frames/12/", true], ["frames/13/", false]]);
  assert.deepEqual([...opened().open.keys()], [13]);
});

test("it keeps a frame that is left until its edits are saved, and counts them", async () => {
  const store = opened().enter(12);
  await settle();
  letIn(store);
  store.set(boxId(1), { x1: 5 });
  let changes = 0;
  opened().changed = () => changes++;
  opened().enter(13);
  await settle();
  assert.deepEqual([opened().pendingElsewhere, sockets[0]?.isClosed], [1, false]);
  const [command] = store.pending;
  assert.ok(command);
  store.settle(command);
  store.setStatus({ connection: "online" });
  await settle();
  assert.deepEqual([opened().pendingElsewhere, sockets[0]?.isClosed, [...opened().open.keys()]], [0, true, [13]]);
  assert.ok(changes >= 2);
});

test("it gives a frame its store back that is opened again before it was saved", async () => {
  const store = opened().enter(12);
  await settle();
  letIn(store);
  store.create({ x1: 1, y1: 1, x2: 9, y2: 9, label: CAR });
  opened().enter(13);
  assert.equal(opened().enter(12), store);
  assert.deepEqual([opened().current, opened().pendingElsewhere], [12, 0]);
});

test("it warns of closing only where edits would be lost", async () => {
  const store = opened().enter(12);
  await settle();
  letIn(store);
  store.set(boxId(1), { x1: 5 });
  assert.equal(opened().wouldLose, false, "the storage lasts");
  store.setStatus({ storage: "memory" });
  assert.equal(opened().wouldLose, true);
});
