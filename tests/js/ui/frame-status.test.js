import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { statusSetter } from "../../../frontend/src/ui/frame-status.js";
import { settle } from "../support/clock.js";
import { card, Editor } from "../support/editor.js";
import { commit } from "../support/stores.js";
import { boxId, readBox, readOp, wholeFields } from "../support/wire.js";

const world = /** @type {Record<string, any>} */ (globalThis);
const { fetch: realFetch, document: realDocument } = world;

afterEach(() => {
  world.fetch = realFetch;
  world.document = realDocument;
});

/** @param {() => Promise<Response>|Response} answer @returns {[string, any][]} what was asked */
function serverThat(answer) {
  /** @type {[string, any][]} */
  const asked = [];
  world.document = { cookie: "hitl_csrf=secret" };
  world.fetch = async (/** @type {string} */ address, /** @type {any} */ options) => {
    asked.push([address, options]);
    return answer();
  };
  return asked;
}

/** What was asked is answered, and what the answer leads to is done. */
const answered = () => new Promise((resolve) => setTimeout(resolve));

/** @param {number} status @param {unknown} body */
const json = (status, body) => new Response(JSON.stringify(body), { status });

/** @param {ConstructorParameters<typeof Editor>[0]} [parts] */
function editing(parts) {
  const editor = new Editor({ ...parts, page: { frame: { ...card(12), data: "/frames/12/data" }, ...parts?.page } });
  editor.workspace.host = { ...editor.workspace.host, setStatus: statusSetter(editor.workspace) };
  return editor;
}

test("it marks the image complete, says so, and goes to the next one", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing({ boxes: [{}] });
  editor.commands.run("frame.complete-next");
  await answered();
  const [[address, options] = ["", {}]] = asked;
  assert.deepEqual([address, options.method, JSON.parse(options.body)], ["/frames/12/data/status", "PUT", { status: "complete" }]);
  assert.equal(options.headers["X-CSRFToken"], "secret");
  assert.deepEqual([editor.workspace.frameStatus, editor.said, editor.gone], ["complete", ["Marked complete."], [13]]);
  assert.equal(editor.workspace.page.filmstrip.find(({ id }) => id === 12)?.status, "complete");
});

test("it says that there are no objects where nothing was accepted", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing({ boxes: [{ source: "model", status: "rejected" }] });
  editor.commands.run("frame.no-objects");
  await answered();
  assert.deepEqual(JSON.parse(asked[0]?.[1].body), { status: "complete", is_empty: true });
  assert.deepEqual([editor.workspace.frameStatus, editor.said, editor.gone], ["complete", ["Marked complete: no objects here."], [13]]);
});

test("it waits for the edits that belong to what is declared complete", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing();
  editor.commands.run("box.new");
  editor.commands.run("frame.complete");
  await answered();
  assert.deepEqual(asked, []);
  const [command] = editor.store.pending;
  assert.ok(command);
  const revision = commit(editor.store, command);
  editor.store.acknowledge(command, { c: command.c, from: revision, to: revision, skipped: [] });
  editor.store.releaseReached();
  editor.store.rebuild("REMOTE", ["status"]);
  await answered();
  assert.equal(asked.length, 1);
});

test("while the image is being opened it waits, for those who are quick", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing();
  editor.store.setStatus({ connection: "connecting" });
  editor.store.me = null;
  editor.commands.run("frame.complete-next");
  await answered();
  assert.deepEqual([asked, editor.said], [[], []]);
  editor.store.setStatus({ connection: "online" });
  await answered();
  assert.deepEqual([asked.length, editor.gone], [1, [13]]);
});

test("as long as the boxes are not known nobody can say that there are none, and whatever is declared waits for them", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing();
  editor.store.revision = null;
  editor.commands.run("frame.no-objects");
  await answered();
  assert.deepEqual([asked, editor.said], [[], ["The boxes of this image are not here yet."]]);
  editor.commands.run("frame.complete-next");
  await answered();
  assert.deepEqual(asked, []);
  editor.store.replaceConfirmed(1, [readBox(1)]);
  await answered();
  assert.deepEqual([asked.length, editor.said.at(-1)], [1, "Marked complete."]);
});

test("what somebody draws while it is being saved is no image without objects", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing({ boxes: [{ source: "model", status: "rejected" }] });
  editor.store.setStatus({ connection: "connecting" });
  editor.commands.run("frame.no-objects");
  editor.store.confirm([readOp(2, { k: "create", box: boxId(2), f: wholeFields() })]);
  editor.store.setStatus({ connection: "online" });
  await answered();
  assert.deepEqual([asked, editor.gone, editor.said], [[], [], ["There are boxes on this image."]]);
});

test("offline it says so, asks nothing, keeps nothing, and stays", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing();
  editor.store.setStatus({ connection: "offline" });
  editor.commands.run("frame.complete-next");
  await settle();
  editor.store.setStatus({ connection: "online" });
  await answered();
  assert.deepEqual([asked, editor.gone, editor.workspace.frameStatus], [[], [], "in_progress"]);
  assert.match(editor.said.join(), /cannot be changed while offline.*kept/);
});

test("a connection that is lost before the last edit is saved is told", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing();
  editor.commands.run("box.new");
  editor.commands.run("frame.complete-next");
  await settle();
  editor.store.setStatus({ connection: "offline" });
  await answered();
  assert.deepEqual([asked, editor.gone], [[], []]);
  assert.match(editor.said.join(), /not saved yet/);
});

/** @type {[string, () => Promise<Response>|Response, RegExp][]} */
const FAILURES = [
  ["no network", () => Promise.reject(new TypeError("Failed to fetch")), /while offline/],
  ["a refusal with words of the server", () => json(403, { error: { status: 403, title: "", detail: "Your role does not allow this." } }), /^Your role does not allow this\.$/],
  ["a busy proxy", () => new Response("<html>", { status: 503 }), /busy.*not changed/],
  ["a page instead of an answer", () => new Response("<html>", { status: 200 }), /busy.*not changed/],
  ["something else", () => json(404, {}), /not changed.*reload/],
];

for (const [what, answer, expected] of FAILURES) {
  test(`it stays, and says what happened: ${what}`, async () => {
    serverThat(answer);
    const editor = editing();
    editor.commands.run("frame.complete-next");
    await answered();
    assert.deepEqual([editor.gone, editor.workspace.frameStatus, editor.said.length], [[], "in_progress", 1]);
    assert.match(editor.said[0] ?? "", expected);
  });
}

test("at the last image it says so", async () => {
  serverThat(() => json(200, { status: "complete" }));
  const editor = editing({ page: { next: null } });
  editor.commands.run("frame.complete-next");
  await answered();
  assert.match(editor.said.at(-1) ?? "", /last one/);
});

test("who has gone on meanwhile is not moved once more", async () => {
  serverThat(() => json(200, { status: "complete" }));
  const editor = editing();
  editor.commands.run("frame.complete-next");
  editor.workspace.page = { ...editor.workspace.page, frame: { ...editor.workspace.page.frame, id: 99 } };
  await answered();
  assert.deepEqual(editor.gone, []);
});

test("who may only look cannot declare anything", async () => {
  const asked = serverThat(() => json(200, { status: "complete" }));
  const editor = editing({ role: "viewer" });
  for (const id of ["frame.complete", "frame.open-again", "frame.complete-next"]) editor.commands.run(id);
  await answered();
  assert.deepEqual([asked, editor.gone, new Set(editor.said)], [[], [], new Set(["Your role in this project lets you look, not edit."])]);
});
