import assert from "node:assert/strict";
import { test } from "node:test";
import { datagramContract, withMailboxes } from "./datagram-contract.ts";
import { simulatedPair, systemPair } from "./network-pairs.ts";

datagramContract("system network", systemPair);
for (const seed of [1, 2, 3]) datagramContract(`simulated network, seed ${seed}`, () => simulatedPair(seed));

test("system network: a socket for both families shows IPv4 addresses as they are", () =>
  withMailboxes(systemPair(), async ({ one, open, settled }) => {
    const both = await open(one, "::");
    const four = await open(one, "127.0.0.1");
    const six = await open(one, "::1");
    const { port } = both.at;
    four.send("four", { address: "127.0.0.1", port });
    six.send("six", { address: "::1", port });
    await settled("both come", () => both.heard.length === 2);
    for (const { from } of both.heard) both.send("back", from);
    await settled("both are answered", () => four.heard.length === 1 && six.heard.length === 1);
    assert.deepEqual(both.heard.map(({ from }) => from.address).sort(), ["127.0.0.1", "::1"]);
  }));

test("system network: the system gave room for what comes while the program is busy", () =>
  withMailboxes(systemPair(), async ({ one, open, settled }) => {
    const box = await open(one, "127.0.0.1");
    const receiveBytes = box.socket?.receiveBytes ?? 0;
    assert.ok(receiveBytes >= 65_536, `${receiveBytes}`);
    // Linux counts about as much again for its own book-keeping with datagrams of this size.
    const count = Math.floor(receiveBytes / 8_192);
    const text = "x".repeat(2_000);
    for (let n = 0; n < count; n++) box.send(text, box.at);
    await settled("all have come", () => box.heard.length === count);
  }));

test("simulated network: as many are lost and doubled as the plan says", () =>
  withMailboxes(simulatedPair(7, { datagramLossChance: 0.25, datagramTwiceChance: 0.25 }), async (given) => {
    const alice = await given.open(given.one, given.oneAddress);
    const bob = await given.open(given.two, given.twoAddress);
    for (let n = 0; n < 1_000; n++) alice.send(String(n), bob.at);
    await given.sim.runFor(100);
    const distinct = new Set(bob.texts).size;
    assert.ok(distinct > 750 && distinct < 850, `${distinct} of 1000: 0.75 × 0.75 + 0.25 × 0.9375 are 797`);
    const more = bob.heard.length - distinct;
    assert.ok(more > 100 && more < 180, `${more} twice: 0.25 × 0.5625 are 141`);
  }));

test("simulated network: late ones are overtaken", () =>
  withMailboxes(
    simulatedPair(7, { latencyMs: [1, 1], datagramLateChance: 0.2, datagramLateMs: [50, 100] }),
    async (given) => {
      const alice = await given.open(given.one, given.oneAddress);
      const bob = await given.open(given.two, given.twoAddress);
      const sent = Array.from({ length: 100 }, (_, n) => String(n));
      for (const text of sent) alice.send(text, bob.at);
      await given.sim.runFor(10);
      const early = bob.heard.length;
      assert.ok(early > 60 && early < 95, `${early}`);
      assert.deepEqual(
        bob.texts,
        sent.filter((text) => bob.texts.includes(text)),
        "in order",
      );
      await given.sim.runFor(100);
      assert.equal(bob.heard.length, 100);
    },
  ));

test("simulated network: nothing is kept for a black hole, and nobody hears for the dead", () =>
  withMailboxes(simulatedPair(7), async (given) => {
    const { sim } = given;
    const alice = await given.open(given.one, given.oneAddress);
    const bob = await given.open(given.two, "0.0.0.0");
    const at = { address: given.twoAddress, port: bob.at.port };
    sim.network.blackHole(given.twoAddress);
    alice.send("into the hole", at);
    await sim.runFor(50);
    sim.network.heal(given.twoAddress);
    await sim.runFor(50);
    alice.send("after", at);
    await sim.runFor(50);
    assert.deepEqual(bob.texts, ["after"]);
    bob.send("hello", alice.at);
    await sim.runFor(50);
    assert.equal(alice.heard[0]?.from.address, given.twoAddress, "who listens everywhere answers from somewhere");
    const three = sim.host({ name: "three", addresses: ["10.0.0.3"] });
    const carol = await given.open(three.world.network, "10.0.0.3");
    alice.send("to the dead", carol.at);
    three.crash();
    await sim.runFor(50);
    assert.deepEqual(carol.texts, []);
  }));
