import assert from "node:assert/strict";
import { test } from "node:test";
import type { World } from "../src/base/world.ts";
import { type SimWorld, simWorld } from "../src/sim/world.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { type Heard, SimulatedSipClient } from "./simulated-sip-client.ts";
import { heal, place, start } from "./sip-simulation-world.ts";

/** Messages under way while devices move, register anew, or the node starts again: in worlds where nothing else goes wrong. */

const bob = "bob@ours.example";

function copiesOf(text: string, { heard }: SimulatedSipClient): readonly Heard[] {
  return heard.filter(({ message }) => message.method === "MESSAGE" && message.body.toString() === text);
}

/** A world with the node in it, and a way for people to come. */
async function quiet() {
  const world = simWorld(1);
  const { host, node } = await world.until(start(world, { sent: new Map(), taken: new Map() }));
  const desk = world.host({ name: "desk", addresses: ["198.51.100.1"] });
  const opens = async (user: string, transport: "udp" | "tcp" = "udp") => {
    const options = { user, transport, server: place };
    const client = await world.until(SimulatedSipClient.open(desk.world, options, "198.51.100.1"));
    assert.ok(client);
    return client;
  };
  const comes = async (user: string, transport: "udp" | "tcp" = "udp") => {
    const client = await opens(user, transport);
    // One device, wherever it is (RFC 5626 §4.1).
    const instance = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-${user.padEnd(12, "x")}>";reg-id=1`;
    assert.equal(await world.until(client.registers(600, transport === "tcp" ? instance : "")), 200);
    return client;
  };
  return { world, host, node, desk, opens, comes };
}

for (const transport of ["udp", "tcp"] as const) {
  for (const afterMs of [100, 1_000, 3_900, 4_100, 20_000, 31_900, 33_000]) {
    test(`what was sent over ${transport} to where somebody was follows them, who came elsewhere after ${afterMs} ms`, async () => {
      const { world, comes } = await quiet();
      const alice = await comes("alice", transport);
      const before = await comes("bob", transport);
      // It does not say goodbye: its network is gone.
      before.deaf = true;
      const told = alice.tells("bob", "hello");
      await world.runFor(afterMs);
      const now = await comes("bob", transport);
      assert.equal(await world.until(told), 202);
      await world.runFor(40_000);
      assert.equal(copiesOf("hello", now).length, 1);
      await world.runFor(40_000);
      assert.equal(copiesOf("hello", now).length, 1);
    });
  }
}

test("what is on its way to a device is not sent it again when it registers anew", async () => {
  const { world, comes, opens } = await quiet();
  const alice = await comes("alice");
  for (const text of ["refused", "slow"]) assert.equal(await world.until(alice.tells("bob", text)), 202);
  const device = await opens("bob");
  device.react = ({ body }) =>
    body.toString() === "slow" ? { status: 200, afterMs: 10_000 } : { status: 480, afterMs: 0 };
  assert.equal(await world.until(device.registers(600)), 200);
  await world.runFor(2_000);
  assert.equal(await world.until(device.registers(600)), 200);
  await world.runFor(40_000);
  assert.equal(copiesOf("refused", device).length, 2);
  assert.equal(copiesOf("slow", device).length, 1);
});

test("devices that register while the node remembers them are one device each", async () => {
  const { world, host, comes, opens } = await quiet();
  const devices: SimulatedSipClient[] = [];
  for (let count = 0; count < 10; count++) {
    const device = await opens("bob");
    assert.equal(await world.until(device.registers(600)), 200);
    devices.push(device);
  }
  host.crash();
  // Remembering takes its time, and they come while it lasts.
  const slowly = (doors: World): World => ({
    ...doors,
    store: {
      ...doors.store,
      rosters: {
        ...doors.store.rosters,
        load: async (owner) => {
          await new Promise<void>((resolve) => void doors.clock.after(2_000, resolve));
          return doors.store.rosters.load(owner);
        },
      },
    },
  });
  const registered = devices.map((device) => device.registers(600));
  const { node } = await world.until(start(world, { sent: new Map(), taken: new Map() }, slowly));
  assert.deepEqual(new Set(await world.until(Promise.all(registered))), new Set([200]));
  assert.equal(node.counts.sip.bindings, 10);
  const alice = await comes("alice");
  assert.equal(await world.until(alice.tells("bob", "hello")), 200);
  await world.runFor(2_000);
  assert.deepEqual(
    devices.map((device) => copiesOf("hello", device).length),
    devices.map(() => 1),
  );
});

test("a store that fails when a message is to be kept is asked again", async () => {
  const { world, host, desk, comes } = await quiet();
  const device = await comes("bob");
  const alice = await signedIn(world, desk.world, "alice@ours.example");
  device.deaf = true;
  alice.send("<message to='bob@ours.example' type='chat' id='m'><body>hello</body></message>");
  await world.runFor(1_000);
  Object.assign(world.plan, { storeFailureChance: 1 });
  // No device has taken it for settleMs: it is to be kept, and is not.
  await world.runFor(10_000);
  heal(world);
  await world.runFor(40_000);
  assert.equal((await world.until(host.world.store.offline.list(bob))).length, 1);
});

async function signedIn(world: SimWorld, on: Parameters<typeof SimulatedClient.connect>[0], who: string) {
  const client = await world.until(SimulatedClient.connect(on, place.address, who));
  assert.ok(client);
  while (!client.ready) await world.runFor(100);
  return client;
}
