import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "../src/base/network.ts";
import type { Plan } from "../src/sim/plan.ts";
import { type SimHost, type SimWorld, simWorld } from "../src/sim/world.ts";
import { Recorder } from "./connection-recorder.ts";

// The simulated world itself: one seed is one run, and what goes wrong in it goes wrong as it does outside.

const rough: Partial<Plan> = {
  latencyMs: [0, 200],
  splitChance: 0.3,
  cutChance: 0.001,
  silentChance: 0.001,
  refusedChance: 0.05,
  unansweredChance: 0.05,
  windowBytes: 500,
};

type Run = { readonly sim: SimWorld; readonly one: SimHost; readonly two: SimHost };

function twoHosts(seed: number, plan: Partial<Plan> = {}): Run {
  const sim = simWorld(seed, plan);
  const one = sim.host({ name: "one", addresses: ["10.0.0.1"] });
  const two = sim.host({ name: "two", addresses: ["10.0.0.2"] });
  return { sim, one, two };
}

async function connected({ sim, one, two }: Run, port = 5269) {
  const accepted: Recorder[] = [];
  const accept = (connection: Connection): Recorder => {
    const server = new Recorder(connection);
    accepted.push(server);
    return server;
  };
  await sim.until(two.world.network.listen({ address: "10.0.0.2", port, accept }));
  const dialled = one.world.network.connect({ address: "10.0.0.2", port, timeoutMs: 10_000 });
  const client = await sim.until(
    dialled.then((result) => (result.ok ? new Recorder(result.value) : result.fault.code)),
  );
  return { client, server: accepted[0] };
}

/** A hundred numbered lines one way, a while later the end; what was seen, with times. */
async function conversation(seed: number, plan: Partial<Plan>) {
  const run = twoHosts(seed, plan);
  const { client, server } = await connected(run);
  if (typeof client === "string" || server === undefined) return { story: String(client), sent: "", heard: "" };
  let sent = "";
  for (let n = 0; n < 100; n++) {
    run.one.clock.after(n * 10, () => {
      const line = `${n} ${"x".repeat(n)}\n`;
      sent += line;
      client.connection.writeText(line);
    });
  }
  run.one.clock.after(60_000, () => client.connection.end());
  await run.sim.time.run();
  const story = [client.seen, client.why, server.seen, server.why, run.sim.time.nowMs, run.sim.time.events];
  return { story: JSON.stringify(story), sent, heard: server.text };
}

test("one seed is one run, to the last event; another seed is another", async () => {
  const stories = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const [first, second] = [await conversation(seed, rough), await conversation(seed, rough)];
    assert.deepEqual(first, second, `seed ${seed}`);
    stories.add(first.story);
  }
  assert.ok(stories.size > 40, `${stories.size} different runs of 50`);
});

test("in a calm world everything arrives, in order, whatever the seed", async () => {
  for (let seed = 0; seed < 200; seed++) {
    const { sent, heard, story } = await conversation(seed, { latencyMs: [0, 50], splitChance: 0.4 });
    assert.ok(sent.length > 5_000 && heard === sent, `seed ${seed}`);
    assert.match(story, /^\[\["end","close"\],null,\["data","end","close"\],null,/, `seed ${seed}`);
  }
});

test("in a rough world connections break, but what is heard is the beginning of what was said", async () => {
  const endings = new Map<string, number>();
  for (let seed = 0; seed < 500; seed++) {
    const { sent, heard, story } = await conversation(seed, rough);
    assert.ok(sent.startsWith(heard), `seed ${seed}`);
    const ending = /remote-[\w-]+/.exec(story)?.[0] ?? (heard === sent ? "whole" : "silent");
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  const seen = [...endings.keys()].sort();
  assert.deepEqual(seen, ["remote-connection-refused", "remote-link-lost", "remote-server-timeout", "silent", "whole"]);
});

test("kill -9: the dead hear and do nothing, the others are told", async () => {
  const run = twoHosts(1);
  const { client, server } = await connected(run);
  assert.ok(typeof client !== "string" && server !== undefined);
  let rang = false;
  run.two.clock.after(10, () => {
    rang = true;
  });
  run.two.crash();
  client.connection.writeText("anybody there?");
  await run.sim.runFor(1_000);
  assert.equal(rang, false);
  assert.deepEqual(server.seen, []);
  assert.equal(client.seen.at(-1), "close");
  assert.equal(client.why?.code, "remote-link-lost");
  const again = run.one.world.network.connect({ address: "10.0.0.2", port: 5269, timeoutMs: 1_000 });
  const result = await run.sim.until(again);
  assert.equal(!result.ok && result.fault.code, "remote-connection-refused", "its machine is still there");
  assert.ok((await connected({ ...run, two: run.sim.host({ name: "two", addresses: ["10.0.0.2"] }) })).server);
});

test("kill -9: what the store promised is kept; what it had not, perhaps", async () => {
  let unpromised = { kept: 0, lost: 0 };
  for (let seed = 0; seed < 100; seed++) {
    const sim = simWorld(seed, { storeMs: [1, 30] });
    const host = sim.host({ name: "one", addresses: ["10.0.0.1"] });
    const promised: string[] = [];
    for (let n = 0; n < 20; n++) {
      host.clock.after(n * 3, () => {
        void host.world.store.facts.put(`fact ${n}`, Uint8Array.of(n)).then(() => void promised.push(`fact ${n}`));
      });
    }
    await sim.runFor(45);
    host.crash();
    await sim.runFor(100);
    const before = promised.length;
    const { facts } = sim.host({ name: "one", addresses: ["10.0.0.1"] }).world.store;
    const kept = new Set<string>();
    for (let n = 0; n < 20; n++) if ((await sim.until(facts.get(`fact ${n}`))) !== undefined) kept.add(`fact ${n}`);
    for (const name of promised) assert.ok(kept.has(name), `seed ${seed}: ${name} was promised`);
    assert.equal(promised.length, before, "the dead are told nothing");
    // Fifteen or sixteen were asked for; they last in the order of the asking.
    assert.deepEqual(
      [...kept],
      Array.from({ length: kept.size }, (_, n) => `fact ${n}`),
      `seed ${seed}`,
    );
    const more = kept.size > promised.length;
    unpromised = { kept: unpromised.kept + (more ? 1 : 0), lost: unpromised.lost + (kept.size < 15 ? 1 : 0) };
  }
  assert.ok(unpromised.kept > 0 && unpromised.lost > 0, JSON.stringify(unpromised));
});

test("a store that fails says so, keeps none of it, and goes on", async () => {
  let failures = 0;
  for (let seed = 0; seed < 50; seed++) {
    const sim = simWorld(seed, { storeFailureChance: 0.3 });
    const { store } = sim.host({ name: "one", addresses: ["10.0.0.1"] }).world;
    for (let n = 0; n < 5; n++) {
      const outcome = await sim.until(
        store.facts.put(`fact ${n}`, Uint8Array.of(n)).then(
          () => "kept",
          (error: Error) => error.message,
        ),
      );
      if (outcome !== "kept") failures++;
      const there = (await sim.until(store.facts.get(`fact ${n}`))) !== undefined;
      assert.equal(there, outcome === "kept", `seed ${seed}`);
    }
  }
  assert.ok(failures > 0);
});

test("a black hole swallows everything in silence; when it heals, what was under way arrives", async () => {
  const run = twoHosts(3);
  const { client, server } = await connected(run);
  assert.ok(typeof client !== "string" && server !== undefined);
  run.sim.network.blackHole("10.0.0.2");
  client.connection.writeText("first ");
  await run.sim.runFor(60_000);
  assert.deepEqual([...client.seen, ...server.seen], []);
  const dialled = run.one.world.network.connect({ address: "10.0.0.2", port: 5269, timeoutMs: 500 });
  const result = await run.sim.until(dialled);
  assert.equal(!result.ok && result.fault.code, "remote-server-timeout");
  client.connection.writeText("second");
  run.sim.network.heal("10.0.0.2");
  await run.sim.runFor(1_000);
  assert.equal(server.text, "first second");
});

test("cut connections are over for both ends", async () => {
  const run = twoHosts(4);
  const { client, server } = await connected(run);
  assert.ok(typeof client !== "string" && server !== undefined);
  run.sim.network.cut("10.0.0.1");
  await run.sim.runFor(1_000);
  for (const end of [client, server]) {
    assert.deepEqual(end.seen, ["close"]);
    assert.equal(end.why?.code, "remote-link-lost");
  }
});

test("a wall clock may be wrong; time itself is shared", async () => {
  const sim = simWorld(1);
  const right = sim.host({ name: "right", addresses: ["10.0.0.1"] });
  const wrong = sim.host({ name: "wrong", addresses: ["10.0.0.2"], skewMs: -86_400_000 });
  await sim.runFor(3_600_000);
  assert.equal(right.clock.now() - wrong.clock.now(), 86_400_000);
  assert.equal(right.clock.monotonicMs(), 3_600_000);
  assert.equal(wrong.clock.monotonicMs(), 3_600_000);
});

test("what never ends is given up, and what can never come is not waited for", async () => {
  const { sim, one } = twoHosts(1, { eventsMax: 1_000 });
  const again = (): void => void one.clock.after(1, again);
  again();
  await assert.rejects(sim.time.run(), /it never ends/);
  await assert.rejects(simWorld(1).until(new Promise(() => {})), /nothing is left to happen/);
});
