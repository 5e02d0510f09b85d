/**
 * What every storage of undecided commands promises.
 *
 * @import { CommandStorage } from "../../../frontend/src/sync/outbox.js"
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf, newPending } from "../../../frontend/src/pending.js";
import { boxId } from "./wire.js";

export const OWNER = { user: 3, frame: 12 };

/** @param {string} client @param {number} c @param {number} [x1] */
export function command(client, c, x1 = c) {
  return commandOf(newPending({ k: "set", box: boxId(1), set: { x1 }, g: `g${c}`, at: 5, client, c }));
}

/**
 * @param {string} name
 * @param {() => Promise<CommandStorage>} make an empty one
 */
export function testPromises(name, make) {
  test(`${name}: it gives back what was put, in the order of the counters`, async () => {
    const storage = await make();
    await storage.put(OWNER, [command("a", 10), command("a", 2)]);
    await storage.put(OWNER, [command("a", 1), command("b", 7)]);
    const queues = await storage.load(OWNER);
    assert.deepEqual(queues.map(({ client, counter }) => [client, counter]).sort(), [["a", 10], ["b", 7]]);
    assert.deepEqual(queues.find(({ client }) => client === "a")?.commands, [command("a", 1), command("a", 2), command("a", 10)]);
  });

  test(`${name}: it replaces a command that is put again`, async () => {
    const storage = await make();
    await storage.put(OWNER, [command("a", 1), command("a", 1, 99)]);
    assert.deepEqual((await storage.load(OWNER))[0]?.commands, [command("a", 1, 99)]);
  });

  test(`${name}: it never lets a counter come again, though an older command is put again and all are removed`, async () => {
    const storage = await make();
    await storage.put(OWNER, [command("a", 3), command("a", 4), command("a", 5)]);
    await storage.put(OWNER, [command("a", 3, 99)]);
    await storage.remove(OWNER, "a", [3, 4, 5]);
    assert.deepEqual(await storage.load(OWNER), [{ client: "a", counter: 5, commands: [] }]);
  });

  test(`${name}: it removes what is named and nothing else`, async () => {
    const storage = await make();
    await storage.put(OWNER, [command("a", 1), command("a", 2), command("b", 1)]);
    await storage.remove(OWNER, "a", [1, 77]);
    await storage.remove(OWNER, "nobody", [1]);
    const left = (await storage.load(OWNER)).flatMap(({ commands }) => commands.map(({ client, c }) => [client, c]));
    assert.deepEqual(left.sort(), [["a", 2], ["b", 1]]);
  });

  test(`${name}: it shows nobody the commands of another user or another frame`, async () => {
    const storage = await make();
    await storage.put(OWNER, [command("a", 1)]);
    for (const owner of [{ user: 4, frame: 12 }, { user: 3, frame: 1 }, { user: 3, frame: 13 }, { user: 3, frame: 120 }, { user: 31, frame: 12 }]) {
      assert.deepEqual(await storage.load(owner), [], JSON.stringify(owner));
      await storage.remove(owner, "a", [1]);
    }
    assert.equal((await storage.load(OWNER))[0]?.commands.length, 1);
  });

  test(`${name}: it keeps copies, so that a later change of a command changes nothing stored`, async () => {
    const storage = await make();
    const one = command("a", 1);
    await storage.put(OWNER, [one]);
    one.set.x1 = 77;
    const [queue] = await storage.load(OWNER);
    assert.equal(queue?.commands[0]?.set.x1, 1);
    if (queue?.commands[0]) queue.commands[0].set.x1 = 88;
    assert.equal((await storage.load(OWNER))[0]?.commands[0]?.set.x1, 1);
  });

  test(`${name}: it does in order what is asked for without waiting`, async () => {
    const storage = await make();
    void storage.put(OWNER, [command("a", 1)]);
    void storage.put(OWNER, [command("a", 2)]);
    void storage.remove(OWNER, "a", [1]);
    void storage.put(OWNER, [command("a", 2, 50)]);
    assert.deepEqual((await storage.load(OWNER))[0]?.commands, [command("a", 2, 50)]);
  });
}
