import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { gettext, interpolate, ngettext, pgettext } from "../../frontend/src/ui/i18n.js";

const page = /** @type {Record<string, unknown>} */ (globalThis);

afterEach(() => {
  for (const name of ["gettext", "ngettext", "pgettext"]) delete page[name];
});

test("it falls back to English without a catalogue", () => {
  assert.equal(gettext("Saved"), "Saved");
  assert.equal(ngettext("%s box", "%s boxes", 1), "%s box");
  assert.equal(ngettext("%s box", "%s boxes", 0), "%s boxes");
  assert.equal(pgettext("images", "All"), "All");
});

test("it asks the catalogue of the page each time", () => {
  page.gettext = (/** @type {string} */ text) => `fr:${text}`;
  page.ngettext = () => "%s cadres";
  page.pgettext = (/** @type {string} */ context, /** @type {string} */ text) => `${context}/${text}`;
  assert.equal(gettext("Saved"), "fr:Saved");
  assert.equal(ngettext("%s box", "%s boxes", 1), "%s cadres");
  assert.equal(pgettext("images", "All"), "images/All");
});

test("it fills holes by name and by place, and leaves what it does not know", () => {
  assert.equal(interpolate("%(name)s added %(count)s", { name: "Ada", count: 3 }), "Ada added 3");
  assert.equal(interpolate("%(other)s", { name: "Ada" }), "%(other)s");
  assert.equal(interpolate("%s of %s, %s", [1, 2]), "1 of 2, %s");
  assert.equal(interpolate("%(x)s", { x: "%(y)s" }), "%(y)s");
});
