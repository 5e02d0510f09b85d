/** Who may import whom in frontend/src (docs/architecture.md). A new file needs a place in LAYERS. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { SOURCES } from "./support/files.js";
import { cycleIn, loadedBy, readSources, sourceOf } from "./support/imports.js";

/** @import { Import, Source } from "./support/imports.js" */

/**
 * From the bottom to the top: a file imports from its own layer and from those below it. A path that ends in `/` is a folder; a file that is
 * named itself is where it is named.
 * @type {[string, string[]][]}
 */
const LAYERS = [
  ["values", ["box.js", "geometry.js", "opinions.js", "protocol.js", "uuid.js", "fuzzy.js", "ui/i18n.js"]],
  ["rules", ["replica.js", "history.js", "pending.js", "edits.js", "notices.js", "people.js", "places.js", "stacking.js", "frame-log.js", "visibility.js", "audit.js", "review.js", "active-time.js"]],
  ["state", ["confirmed-store.js", "store.js", "camera.js", "view-state.js", "preferences.js", "comments.js", "detections.js", "detecting.js"]],
  ["what is where", ["hit-test.js", "covered.js", "frame-scheduler.js", "workspace.js"]],
  ["drawing, and the line to the server", ["renderer/", "sync/", "net/"]],
  ["sessions", ["sessions.js", "navigation.js", "reviewing.js"]],
  ["tools", ["tools/"]],
  ["keys and pointer", ["input/"]],
  ["panels", ["ui/"]],
  ["pages", ["main.js", "pages/"]],
];

const PAGE = [
  "document", "window", "navigator", "location", "history", "localStorage", "sessionStorage", "alert", "HTMLElement", "Element",
  "addEventListener", "requestAnimationFrame", "getComputedStyle", "matchMedia", "ResizeObserver", "Image",
];
const NETWORK = ["fetch", "WebSocket", "XMLHttpRequest", "EventSource", "indexedDB"];
const DRAWING = ["CanvasRenderingContext2D", "OffscreenCanvas", "Path2D", "ImageData"];
const TIME_AND_CHANCE = ["setTimeout", "clearTimeout", "setInterval", "Date", "performance", "crypto"];

/**
 * What a part of the code knows nothing of. `folders`: no value is imported from there; `names`: globals that are not used; `members`: what is
 * not called of anything.
 * @type {{part: string, why: string, except?: string[], folders?: string[], names?: string[], members?: string[]}[]}
 */
const RULES = [
  { part: "tools/", why: "tools see no page, no network and no drawing", names: [...PAGE, ...NETWORK, ...DRAWING],
    folders: ["sync/", "net/", "renderer/", "input/", "ui/", "sessions.js", "navigation.js", "store.js", "confirmed-store.js", "protocol.js"],
    members: ["getContext", "appendChild", "querySelector"], except: ["ui/i18n.js"] },
  { part: "renderer/", why: "the renderer decides nothing", names: NETWORK,
    folders: ["sync/", "net/", "tools/", "input/", "ui/", "store.js", "confirmed-store.js", "protocol.js", "history.js", "pending.js", "workspace.js"],
    members: ["submit", "undo", "redo", "select", "preview", "keepMine", "dismiss", "create", "newGesture", "setCursor"] },
  { part: "sync/", why: "the live connection sees no page", names: [...PAGE, ...NETWORK, ...DRAWING],
    folders: ["ui/", "renderer/", "input/", "tools/", "net/", "camera.js", "view-state.js", "workspace.js", "hit-test.js", "sessions.js", "store.js"] },
  { part: "sync/", why: "the live connection takes clock and dice from outside", names: TIME_AND_CHANCE, except: ["sync/indexed-db.js"] },
  { part: "input/", why: "keys and pointer go through tools and commands", names: NETWORK, folders: ["sync/", "net/", "renderer/", "sessions.js"] },
  { part: "ui/", why: "panels hear of the server through the store", folders: ["sync/", "sessions.js", "navigation.js"] },
];

/** What everybody else but these may not import: the one door to each. @type {[string, string[]][]} */
const DOORS = [["sync/", ["sync/", "sessions.js"]], ["sessions.js", ["main.js"]], ["main.js", []], ["navigation.js", ["main.js"]]];

/** What others wrote: copied unchanged, with its licence beside it. */
const VENDORED = ["../vendor/uplot/uPlot.esm.js"];

/** Values, rules and state know nothing of a page: node runs them as they are. */
const PLAIN = LAYERS.slice(0, 3).flatMap(([, paths]) => paths);
/** What of the world they may use all the same. */
const USED_BY_PLAIN = new Set(["store.js Date", "uuid.js crypto"]);

const sources = readSources();
const imports = [...sources.values()].flatMap((source) => source.imports);

/** @param {string} path @param {readonly string[]} parts */
function isIn(path, parts) {
  return parts.some((part) => path === part || (part.endsWith("/") && path.startsWith(part)));
}

/** @param {string} path @returns {number} -1 for none */
function layerOf(path) {
  const named = LAYERS.findIndex(([, paths]) => paths.includes(path));
  return named >= 0 ? named : LAYERS.findIndex(([, paths]) => isIn(path, paths));
}

/** @param {Import[]} wrong @returns {string[]} */
const shown = (wrong) => wrong.map(({ from, to, kind }) => `${from} -> ${to}${kind === "type" ? " (its types)" : ""}`);

test("it has a layer for every file", () => {
  assert.ok(sources.size > 50);
  assert.deepEqual([...sources.keys()].filter((path) => layerOf(path) < 0), [], "say in LAYERS where they belong");
});

test("it names no file that does not exist", () => {
  const named = LAYERS.flatMap(([, paths]) => paths).concat(RULES.flatMap(({ folders = [], except = [] }) => [...folders, ...except]));
  assert.deepEqual(named.filter((part) => ![...sources.keys()].some((path) => isIn(path, [part]))), []);
});

test("it imports downwards only, types too", () => {
  const upwards = imports.filter(({ from, to }) => sources.has(to) && layerOf(to) > layerOf(from));
  assert.deepEqual(shown(upwards), []);
});

test("it has no circles", () => {
  assert.equal(cycleIn(sources)?.join(" -> ") ?? null, null);
});

test("it imports files that exist, by their whole names: they are served as they are written", () => {
  assert.deepEqual(shown(imports.filter(({ to }) => !sources.has(to) && !VENDORED.includes(to))), []);
  assert.deepEqual(VENDORED.filter((path) => !existsSync(join(SOURCES, path))), []);
});

test("it has no files that only hand on, and loads nothing behind one's back", () => {
  assert.deepEqual(shown(imports.filter(({ kind }) => kind === "re-export" || kind === "dynamic")), []);
  assert.deepEqual([...sources.keys()].filter((path) => path.endsWith("index.js")), []);
});

test("it loads every file with some page", () => {
  const templates = new URL("../../annotate/templates/", import.meta.url);
  /** @type {string[]} */
  const names = readdirSync(templates, { recursive: true, encoding: "utf8" });
  const entries = names.filter((name) => name.endsWith(".html")).flatMap((name) => {
    /** @type {string} */
    const text = readFileSync(new URL(name, templates), "utf8");
    return [...text.matchAll(/'src\/([\w./-]+\.js)'/g)].map(([, path]) => path ?? "");
  });
  assert.ok(entries.includes("main.js"));
  const proxy = readFileSync(new URL("../../annotate/views/mlflow_proxy.py", import.meta.url), "utf8");
  entries.push(...[...proxy.matchAll(/"src\/([\w./-]+\.js)"/g)].map(([, path]) => path ?? "")); // put into pages that are not ours
  const loaded = loadedBy(sources, entries);
  assert.deepEqual([...sources.keys()].filter((path) => !loaded.has(path)), [], "nobody loads them");
  const editor = loadedBy(sources, ["main.js"]);
  assert.deepEqual([...sources.keys()].filter((path) => !editor.has(path) && !isIn(path, ["pages/", "ui/", "net/"])), []);
});

for (const { part, why, except = [], folders = [], names = [], members = [] } of RULES) {
  test(`${why} (${part})`, () => {
    const mine = [...sources.values()].filter(({ path }) => isIn(path, [part]) && !except.includes(path));
    assert.ok(mine.length);
    const wrong = mine.flatMap((source) => source.imports).filter(({ kind, to }) => kind !== "type" && isIn(to, folders) && !except.includes(to));
    assert.deepEqual(shown(wrong), []);
    assert.deepEqual(mine.flatMap((source) => [...names].filter((name) => source.names.has(name)).map((name) => `${source.path} uses ${name}`)), []);
    assert.deepEqual(mine.flatMap((source) => members.filter((name) => source.members.has(name)).map((name) => `${source.path} calls ${name}`)), []);
  });
}

for (const [door, who] of DOORS) {
  test(`only ${who.join(", ") || "a page"} imports ${door}`, () => {
    const wrong = imports.filter(({ kind, from, to }) => kind !== "type" && isIn(to, [door]) && !isIn(from, who));
    assert.deepEqual(shown(wrong), []);
  });
}

test("it keeps values, rules and state free of page, network and clock", () => {
  const wrong = [...sources.values()].filter(({ path }) => PLAIN.includes(path))
    .flatMap(({ path, names }) => [...PAGE, ...NETWORK, ...DRAWING, ...TIME_AND_CHANCE].filter((name) => names.has(name)).map((name) => `${path} ${name}`));
  assert.deepEqual(wrong.filter((one) => !USED_BY_PLAIN.has(one)), []);
});

/** @param {Record<string, string>} files @returns {Map<string, Source>} */
const made = (files) => new Map(Object.entries(files).map(([path, text]) => [path, sourceOf(path, text)]));

test("it would see a circle, a global and every kind of import", () => {
  const circle = made({ "a.js": "import './b.js';", "b.js": "import { a } from './c/d.js';", "c/d.js": "import {\n  x,\n} from '../a.js';" });
  assert.deepEqual(cycleIn(circle), ["a.js", "b.js", "c/d.js", "a.js"]);
  assert.equal(cycleIn(made({ "a.js": "/** @import { B } from './b.js' */", "b.js": "import './a.js';" })), null, "types make no circle");
  const source = sourceOf("tools/a.js", [
    "/** @import { Edges } from '../box.js' */", "// import './not.js'", "import x from '../sync/client.js';", "export * from './c.js';",
    "const y = { document: 1 };", "x.window(y.fetch, 'navigator', `WebSocket`);", "location.href;", "import('./d.js');",
    "/** @type {import('../e.js').E} */ let z;",
  ].join("\n"));
  assert.deepEqual(source.imports.map(({ kind, to }) => `${kind} ${to}`), [
    "type box.js", "type e.js", "value sync/client.js", "re-export tools/c.js", "dynamic './d.js'",
  ]);
  assert.deepEqual(PAGE.concat(NETWORK).filter((name) => source.names.has(name)), ["location"]);
  assert.deepEqual([...source.members], ["window", "fetch", "href"]);
});
