import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../src/base/domain-name.ts";
import { limitsWith } from "../src/base/limits.ts";
import { partnerTable } from "../src/federation/partner.ts";
import { type Node, startNode } from "../src/server/node.ts";
import type { Settings } from "../src/server/settings.ts";
import { type SimHost, type SimWorld, simWorld } from "../src/sim/world.ts";
import { child, type Element, textOf } from "../src/xml/element.ts";
import { SimulatedClient, simulatedKeys } from "./simulated-client.ts";
import { usualSettings } from "./usual-settings.ts";

/**
 * Two organisations, whole nodes, in a world from a seed: the foreign one refuses connections, does not answer, or is
 * killed and started again while Alice writes to Bob. Nothing she writes may vanish: Bob has it, or she is told.
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 2_000);
const messages = 12;
const ours = { name: "ours.example", address: "192.0.2.1" };
const theirs = { name: "theirs.example", address: "192.0.2.2" };

function settingsOf({ name, address }: typeof ours): Settings {
  const domain = name as DomainName;
  return {
    ...usualSettings,
    domains: new Map([[domain, { name: domain, credentials: undefined }]]),
    listeners: [
      { kind: "xmpp-client", address, port: 5222 },
      { kind: "xmpp-server", address, port: 5269 },
    ],
    limits: limitsWith({
      retryFirstMs: 500,
      linkSetupMs: 10_000,
      connectMs: 3_000,
      dialbackMs: 5_000,
      settleMs: 4_000,
    }),
    partners: partnerTable([{ domain: "*", tls: "none", dialback: "always" }]),
  };
}

async function start(world: SimWorld, at: typeof ours, who: string): Promise<{ host: SimHost; node: Node }> {
  const host = world.host({ name: at.name, addresses: [at.address] });
  await host.world.store.accounts.add({
    address: `${who}@${at.name}`,
    keys: simulatedKeys(),
    digests: [],
    createdAt: 0,
  });
  const node = await startNode(host.world, settingsOf(at));
  assert.ok(node.ok);
  return { host, node: node.value };
}

async function signIn(world: SimWorld, desk: SimHost, address: string, who: string, heard: (stanza: Element) => void) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const client = await world.until(SimulatedClient.connect(desk.world, address, who, heard));
    for (let wait = 0; client !== undefined && !client.over && wait < 50; wait++) {
      if (client.ready) return client;
      await world.runFor(100);
    }
    await world.runFor(500);
  }
  throw new Error(`${who} never got in`);
}

/** One run. Answers what went wrong, in words; empty when nothing did. */
async function run(seed: number): Promise<string[]> {
  const world = simWorld(seed, { refusedChance: 0.1, unansweredChance: 0.1, eventsMax: 400_000 });
  for (const { name, address } of [ours, theirs]) {
    world.zone[`_xmpp-server._tcp.${name}`] = { SRV: [{ priority: 0, weight: 0, port: 5269, target: `xmpp.${name}` }] };
    world.zone[`xmpp.${name}`] = { A: [address] };
  }
  const received = new Map<string, number>();
  const returned = new Set<string>();
  const body = (stanza: Element) => textOf(child(stanza, "body", stanza.ns));
  const bobHears = (stanza: Element) => {
    if (stanza.name !== "message" || stanza.attrs.type === "error") return;
    received.set(body(stanza), (received.get(body(stanza)) ?? 0) + 1);
  };
  const aliceHears = (stanza: Element) => {
    if (stanza.name === "message" && stanza.attrs.type === "error") returned.add(stanza.attrs.id ?? "");
  };
  await world.until(start(world, ours, "alice"));
  let { host } = await world.until(start(world, theirs, "bob"));
  const desk = world.host({ name: "desk", addresses: ["198.51.100.1"] });
  const alice = await signIn(world, desk, ours.address, "alice@ours.example", aliceHears);
  let bob = await signIn(world, desk, theirs.address, "bob@theirs.example", bobHears);
  const killAt = world.random.below(messages * 2);
  for (let number = 0; number < messages; number++) {
    alice.send(`<message to='bob@theirs.example' type='chat' id='m${number}'><body>m${number}</body></message>`);
    // Death comes while the last message is somewhere between the two.
    await world.runFor(world.random.below(number === killAt ? 12 : 200));
    if (number === killAt) {
      host.crash();
      await world.runFor(world.random.below(3_000));
      ({ host } = await world.until(start(world, theirs, "bob")));
      bob = await signIn(world, desk, theirs.address, "bob@theirs.example", bobHears);
    }
  }
  await world.runFor(60_000);
  // Whatever the store of his server still holds, he gets when he comes again.
  if (bob.over) await signIn(world, desk, theirs.address, "bob@theirs.example", bobHears);
  await world.runFor(5_000);
  const wrong: string[] = [];
  if (alice.over) wrong.push("alice was thrown out");
  for (let number = 0; number < messages; number++) {
    const id = `m${number}`;
    if (!received.has(id) && !returned.has(id)) wrong.push(`${id} vanished`);
  }
  if (killAt >= messages) {
    for (const [id, times] of received) if (times > 1) wrong.push(`${id} came ${times} times`);
  }
  return wrong;
}

test(`what Alice writes to another organisation reaches Bob or comes back, ${seeds} seeds`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const wrong = await run(seed);
    assert.deepEqual(wrong, [], `seed ${seed}`);
  }
});
