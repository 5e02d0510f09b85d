import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULTS, Preferences } from "../../frontend/src/preferences.js";
import { FakeClock, settle } from "./support/clock.js";
import { KeyValueMap } from "./support/browser.js";

/** @import { Choices, Sent } from "../../frontend/src/preferences.js" */

/** localStorage of a browser. */
class LastingMap extends KeyValueMap {
  /** @param {string} key */
  removeItem(key) {
    this.map.delete(key);
  }
}

/** An account, and a browser that knows it. */
class Account {
  constructor() {
    this.clock = new FakeClock();
    this.storage = new LastingMap();
    /** @type {Choices} what the server has */
    this.stored = { ...DEFAULTS };
    /** @type {Partial<Choices>[]} */
    this.requests = [];
    /** @type {Sent|null} what the server answers instead */
    this.answer = null;
    this.refusals = 0;
    /** @type {Promise<void>|null} the answer takes its time */
    this.slow = null;
  }

  /** A page that is loaded. @param {Choices} written what the server wrote into it */
  page(written = this.stored) {
    const preferences = new Preferences(written);
    preferences.keep({
      name: "hitl-preferences-3", storage: this.storage, refused: () => void this.refusals++,
      setTimeout: (run, ms) => this.clock.setTimeout(run, ms), clearTimeout: (timer) => this.clock.clearTimeout(timer),
      send: async (parts) => {
        this.requests.push(parts);
        await this.slow;
        if (this.answer !== null) return this.answer;
        this.stored = { ...this.stored, ...parts };
        return this.stored;
      },
    });
    return preferences;
  }

  /** @param {number} [ms] */
  async wait(ms = 1000) {
    this.clock.advance(ms);
    await settle();
  }

  get copy() {
    return JSON.parse(this.storage.getItem("hitl-preferences-3") ?? "null");
  }
}

test("it begins with what the server says, and defaults for the rest", () => {
  assert.deepEqual(new Preferences().now, DEFAULTS);
  assert.deepEqual(new Preferences({ preset: "cvat" }).now, { ...DEFAULTS, preset: "cvat" });
});

test("a change holds at once and is told with its name; the same again is none", () => {
  const preferences = new Preferences();
  /** @type {string[][]} */
  const heard = [];
  const stop = preferences.subscribe((changed) => heard.push([...changed]));
  preferences.set({ keep_zoom: true, show_film: true });
  preferences.set({ keep_zoom: true });
  preferences.set({ keys: { "view.fit": ["Q"] } });
  preferences.set({ keys: { "view.fit": ["Q"] } });
  stop();
  preferences.set({ keep_zoom: false });
  assert.deepEqual(heard, [["keep_zoom"], ["keys"]]);
});

test("it sends what changed, once the hand rests", async () => {
  const account = new Account();
  const preferences = account.page();
  for (const width of [310, 320, 330]) preferences.set({ panel_width: width });
  preferences.set({ preset: "cvat" });
  await account.wait(100);
  assert.deepEqual(account.requests, []);
  await account.wait();
  assert.deepEqual([account.requests, account.stored.panel_width, account.copy], [[{ panel_width: 330, preset: "cvat" }], 330, null]);
});

test("offline it keeps a copy, tries again, and the next page takes it up", async () => {
  const account = new Account();
  account.answer = "later";
  account.page().set({ preset: "labelimg" });
  await account.wait();
  assert.deepEqual([account.requests.length, account.copy], [1, { preset: "labelimg" }]);
  await account.wait(20_000);
  assert.equal(account.requests.length, 2);

  const reloaded = account.page();
  assert.equal(reloaded.now.preset, "labelimg");
  account.answer = null;
  await account.wait();
  assert.deepEqual([account.stored.preset, account.copy], ["labelimg", null]);
});

test("it takes over what another machine has chosen meanwhile, and loses none of it", async () => {
  const account = new Account();
  const preferences = account.page();
  account.stored = { ...account.stored, show_film: false, keys: { "view.fit": ["Q"] } };
  preferences.set({ keep_zoom: true });
  await account.wait();
  assert.deepEqual([account.stored.show_film, account.stored.keep_zoom], [false, true]);
  assert.deepEqual([preferences.now.show_film, preferences.now.keys], [false, { "view.fit": ["Q"] }]);
});

test("what is changed while it is being sent is sent afterwards", async () => {
  const account = new Account();
  const preferences = account.page();
  preferences.set({ panel_width: 400 });
  account.clock.advance(600); // it has left, the answer is not here yet
  preferences.set({ panel_width: 410 });
  await settle();
  assert.equal(preferences.now.panel_width, 410);
  await account.wait();
  assert.deepEqual([account.requests, account.stored.panel_width, account.copy], [[{ panel_width: 400 }, { panel_width: 410 }], 410, null]);
});

test("what is changed while the line is slow is sent when the answer is there", async () => {
  const account = new Account();
  const preferences = account.page();
  preferences.set({ panel_width: 400 });
  let answer = () => {};
  account.slow = new Promise((resolve) => (answer = () => resolve(undefined)));
  await account.wait();
  preferences.set({ panel_width: 410 });
  await account.wait(5000);
  assert.equal(account.requests.length, 1, "one after the other");
  answer();
  await settle();
  await account.wait();
  assert.deepEqual([account.stored.panel_width, preferences.now.panel_width, account.copy], [410, 410, null]);
});

test("what is confirmed while the page is left stays for the next one, which may know an older state", async () => {
  const account = new Account();
  const asServerWroteIt = { ...account.stored };
  const preferences = account.page();
  preferences.set({ single_keys: false });
  preferences.leave();
  await account.wait();
  assert.deepEqual([account.stored.single_keys, account.copy], [false, { single_keys: false }]);

  const next = account.page(asServerWroteIt);
  assert.equal(next.now.single_keys, false);
  await account.wait();
  assert.deepEqual([next.now.single_keys, account.stored.single_keys, account.copy], [false, false, null]);
});

test("whoever stays after all keeps no copy of what is confirmed, and that of what is not", async () => {
  const account = new Account();
  const preferences = account.page();
  preferences.leave();
  preferences.set({ single_keys: false, panel_width: 400 });
  await account.wait();
  account.answer = "later";
  preferences.set({ panel_width: 410 });
  await account.wait(31_000);
  assert.deepEqual(account.copy, { panel_width: 410 });
  account.answer = null;
  await account.wait(20_000);
  assert.deepEqual([account.stored.panel_width, account.copy], [410, null]);
});

test("a refusal is told, and not sent again and again", async () => {
  const account = new Account();
  account.answer = "refused";
  const preferences = account.page();
  preferences.set({ preset: "cvat" });
  for (let minute = 0; minute < 5; minute++) await account.wait(60_000);
  assert.deepEqual([account.refusals, account.requests.length, preferences.now.preset, account.copy], [1, 1, "cvat", null]);
});

test("signed out it waits for the next page", async () => {
  const account = new Account();
  account.answer = "signed-out";
  account.page().set({ preset: "cvat" });
  for (let minute = 0; minute < 5; minute++) await account.wait(60_000);
  assert.deepEqual([account.requests.length, account.copy], [1, { preset: "cvat" }]);
});

test("another window of the browser follows at once, and keeps what it has to send itself", async () => {
  const account = new Account();
  account.answer = "later";
  const [here, there] = [account.page(), account.page()];
  here.set({ keep_zoom: true });
  there.copyChanged("hitl-preferences-3");
  assert.equal(there.now.keep_zoom, true);
  there.set({ show_strip: false });
  assert.deepEqual(account.copy, { keep_zoom: true, show_strip: false });
  account.answer = null;
  await account.wait();
  assert.deepEqual([account.stored.keep_zoom, account.stored.show_strip, account.copy], [true, false, null]);
});

test("it is not led astray by a copy that makes no sense", () => {
  for (const copy of ["", "{", "null", "5", "[1]", '{"preset": 5, "keys": [], "no_such": 1, "single_keys": null, "panel_width": "wide"}']) {
    const account = new Account();
    account.storage.setItem("hitl-preferences-3", copy);
    assert.deepEqual(account.page().now, DEFAULTS, copy);
  }
});

test("without a storage it works, and tells the server all the same", async () => {
  const account = new Account();
  const broken = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  account.storage = /** @type {any} */ ({ getItem: broken, setItem: broken, removeItem: broken });
  const preferences = account.page();
  preferences.set({ preset: "cvat" });
  await account.wait();
  assert.deepEqual([preferences.now.preset, account.stored.preset], ["cvat", "cvat"]);
});
