/**
 * The import graph of the browser code, read with the parser of TypeScript.
 *
 * @typedef {{kind: 'value'|'type'|'dynamic'|'re-export', from: string, to: string}} Import
 *   `from`, `to`: paths under frontend/src; `to` is the specifier as written where it leads elsewhere
 * @typedef {{path: string, imports: Import[], names: Set<string>, members: Set<string>}} Source
 *   `names`: identifiers that are used and not declared in the file: globals. `members`: what is taken of something, as in `store.set`
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

import { SOURCES } from "./files.js";

const COMMENT = /\/\*\*[^]*?\*\//g;
const TYPE_IMPORT = /@import\s*\{[^}]*\}\s*from\s*['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/g;

/** @returns {Map<string, Source>} by path */
export function readSources() {
  /** @type {string[]} */
  const paths = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => path.endsWith(".js")).sort();
  return new Map(files.map((path) => [path, readSource(path)]));
}

/** @param {string} path @returns {Source} */
function readSource(path) {
  /** @type {string} */
  const text = readFileSync(join(SOURCES, path), "utf8");
  return sourceOf(path, text);
}

/** @param {string} path under frontend/src @param {string} text @returns {Source} */
export function sourceOf(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  /** @type {Source} */
  const source = { path, imports: [], names: new Set(), members: new Set() };
  /** @param {Import['kind']} kind @param {string} specifier */
  const add = (kind, specifier) => {
    const to = specifier.startsWith(".") ? relative(SOURCES, join(SOURCES, dirname(path), specifier)) : specifier;
    source.imports.push({ kind, from: path, to });
  };
  for (const [comment] of text.matchAll(COMMENT)) {
    for (const [, named, inline] of comment.matchAll(TYPE_IMPORT)) add("type", named ?? inline ?? "");
  }
  /** @type {Set<string>} */
  const declared = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) return add("value", node.moduleSpecifier.text);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      return add("re-export", node.moduleSpecifier.text);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add("dynamic", node.arguments[0]?.getText() ?? "");
    if (ts.isIdentifier(node)) note(node, source, declared);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const name of declared) source.names.delete(name);
  return source;
}

/** @param {ts.Identifier} node @param {Source} source @param {Set<string>} declared */
function note(node, source, declared) {
  const { parent, text } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) source.members.add(text);
  else if ((ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isBindingElement(parent)) && parent.name === node) declared.add(text);
  else if (!(ts.isPropertyAssignment(parent) && parent.name === node) && !ts.isMethodDeclaration(parent)) source.names.add(text);
}

/**
 * @param {Map<string, Source>} sources
 * @param {readonly string[]} entries
 * @returns {Set<string>} what is loaded with them
 */
export function loadedBy(sources, entries) {
  /** @type {Set<string>} */
  const found = new Set();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const { kind, to } of sources.get(path)?.imports ?? []) if (kind === "value") waiting.push(to);
  }
  return found;
}

/**
 * @param {Map<string, Source>} sources
 * @returns {string[]|null} files that import one another in a circle
 */
export function cycleIn(sources) {
  /** @type {Map<string, 'open'|'done'>} */
  const states = new Map();
  /** @type {string[]} */
  const way = [];
  /** @param {string} path @returns {string[]|null} */
  const visit = (path) => {
    if (states.get(path) === "done") return null;
    if (states.get(path) === "open") return [...way.slice(way.indexOf(path)), path];
    states.set(path, "open");
    way.push(path);
    for (const { kind, to } of sources.get(path)?.imports ?? []) {
      const cycle = kind === "value" || kind === "re-export" ? visit(to) : null;
      if (cycle) return cycle;
    }
    way.pop();
    states.set(path, "done");
    return null;
  };
  for (const path of sources.keys()) {
    const cycle = visit(path);
    if (cycle) return cycle;
  }
  return null;
}
