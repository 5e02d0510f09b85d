import assert from "node:assert/strict";
import { test } from "node:test";

import { webSocketConnect } from "../../../frontend/src/sync/socket.js";

/** The WebSocket of a browser, as far as it is used. */
class FakeWebSocket {
  static OPEN = 1;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    this.readyState = 0;
    /** @type {unknown[]} */
    this.log = [];
    /** @type {() => void} */
    this.onopen = () => {};
    /** @type {(event: {data: unknown}) => void} */
    this.onmessage = () => {};
    /** @type {(event: {code: number, reason: string}) => void} */
    this.onclose = () => {};
    FakeWebSocket.made = this;
  }

  /** @type {FakeWebSocket|null} */
  static made = null;

  /** @param {string} text */
  send(text) {
    this.log.push(text);
  }

  /** @param {number} code */
  close(code) {
    this.log.push(code);
  }
}

function connected() {
  /** @type {unknown[]} */
  const heard = [];
  const socket = webSocketConnect(/** @type {any} */ (FakeWebSocket))("ws://here/", {
    opened: () => heard.push("opened"),
    received: (text) => heard.push(text),
    closed: (code, reason) => heard.push([code, reason]),
  });
  const raw = FakeWebSocket.made;
  assert.ok(raw);
  return { socket, raw, heard };
}

test("it hands on what the socket says, texts only", () => {
  const { raw, heard } = connected();
  assert.equal(raw.url, "ws://here/");
  raw.onopen();
  raw.onmessage({ data: "hello" });
  raw.onmessage({ data: new ArrayBuffer(2) });
  raw.onclose({ code: 1006, reason: "" });
  assert.deepEqual(heard, ["opened", "hello", [1006, ""]]);
});

test("it sends only while the socket is open", () => {
  const { socket, raw } = connected();
  socket.send("early");
  raw.readyState = 1;
  socket.send("now");
  raw.readyState = 2;
  socket.send("late");
  assert.deepEqual(raw.log, ["now"]);
});

test("it says nothing any more after it was closed here", () => {
  const { socket, raw, heard } = connected();
  socket.close();
  raw.onopen();
  raw.onmessage({ data: "late" });
  raw.onclose({ code: 1000, reason: "" });
  assert.deepEqual([heard, raw.log], [[], [1000]]);
});

test("it says once that it is closed", () => {
  const { raw, heard } = connected();
  raw.onclose({ code: 1012, reason: "restart" });
  raw.onclose({ code: 1012, reason: "restart" });
  raw.onmessage({ data: "late" });
  assert.deepEqual(heard, [[1012, "restart"]]);
});
