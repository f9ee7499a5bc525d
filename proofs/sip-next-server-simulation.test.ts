import assert from "node:assert/strict";
import { test } from "node:test";
import { Partners } from "../src/admin/partners.ts";
import type { DomainName } from "../src/base/domain-name.ts";
import { limitsWith } from "../src/base/limits.ts";
import { startNode } from "../src/server/node.ts";
import type { Settings } from "../src/server/settings.ts";
import { type SimWorld, simWorld } from "../src/sim/world.ts";
import { type Conduct, ScriptedSipServer } from "./scripted-sip-server.ts";
import { SimulatedClient, simulatedKeys } from "./simulated-client.ts";
import { usualSettings } from "./usual-settings.ts";

/**
 * A node and a partner with three servers in a world from a seed, of which one at least is well at any time: the others answer
 * 503, nothing, or break connections, and change their minds. Each text is taken once, and none comes back (RFC 3263 §4.3).
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 40);
const texts = 12;
const ours = { name: "ours.example", address: "192.0.2.1" };
const addresses = ["192.0.2.11", "192.0.2.12", "192.0.2.13"];
const [alice, m1] = ["alice@ours.example", "m1@contoso.example"];
const domain = ours.name as DomainName;

const settings: Settings = {
  ...usualSettings,
  domains: new Map([[domain, { name: domain, credentials: undefined }]]),
  listeners: [
    { kind: "sip-tcp", address: ours.address, port: 5060 },
    { kind: "xmpp-client", address: ours.address, port: 5222 },
  ],
  limits: limitsWith({ connectMs: 3_000 }),
  digests: ["MD5"],
};

async function startOurs(world: SimWorld) {
  const host = world.host({ name: ours.name, addresses: [ours.address] });
  await host.world.store.accounts.add({ address: alice, keys: simulatedKeys(), digests: [], createdAt: 0 });
  const partners = new Partners(host.world, { isLocal: (name) => name === ours.name, isXmpp: () => false });
  const routes = addresses.map((host, at) => ({ host, port: 5060, transport: "tcp", priority: at + 1 }));
  const put = await partners.put("cli:0", { domain: "contoso.example", type: "simple", routes, addresses });
  assert.ok(put.ok, put.ok ? "" : put.fault.detail);
  const node = await startNode(host.world, settings);
  assert.ok(node.ok, node.ok ? "" : node.fault.detail);
  return host;
}

function conductOf({ random }: SimWorld): Conduct {
  const all: readonly Conduct[] = [
    503,
    { status: 503, headers: `Retry-After: ${1 + random.below(60)}\r\n` },
    "silent",
    "dies",
    200,
  ];
  return all[random.below(all.length)] ?? 200;
}

/** One run. Answers what went wrong, in words; empty when nothing did. */
async function run(seed: number): Promise<string[]> {
  const world = simWorld(seed, { eventsMax: 3_000_000 });
  await world.until(startOurs(world));
  const servers: ScriptedSipServer[] = [];
  for (const address of addresses) {
    const server = new ScriptedSipServer();
    await world.until(server.listen(world.host({ name: address, addresses: [address] }).world.network, address, 5060));
    servers.push(server);
  }
  const returned: string[] = [];
  const desk = world.host({ name: "desk", addresses: ["198.51.100.1"] });
  const client = await world.until(
    SimulatedClient.connect(desk.world, ours.address, alice, (stanza) => {
      if (stanza.name === "message" && stanza.attrs.type === "error") returned.push(stanza.attrs.id ?? "");
    }),
  );
  assert.ok(client);
  while (!client.ready) await world.runFor(100);
  /** How often each text was answered 200. */
  const taken = new Map<string, number>();
  for (let number = 0; number < texts; number++) {
    const good = world.random.below(servers.length);
    for (const [at, server] of servers.entries()) {
      const conduct = at === good ? 200 : conductOf(world);
      server.conduct = ({ method, body }) => {
        const text = body.toString("utf8");
        if (method === "MESSAGE" && conduct === 200) taken.set(text, (taken.get(text) ?? 0) + 1);
        return conduct;
      };
    }
    client.send(`<message to='${m1}' type='chat' id='a${number}'><body>a${number}</body></message>`);
    // Until it has arrived: a server may turn bad only after what was under way to it.
    await world.runFor(130_000 + world.random.below(200_000));
  }
  const wrong = returned.map((id) => `${id} came back`);
  for (let number = 0; number < texts; number++) {
    const times = taken.get(`a${number}`) ?? 0;
    if (times !== 1) wrong.push(`a${number} was taken ${times} times`);
  }
  return wrong;
}

test(`with one good server of three, every text arrives once: ${seeds} seeds`, async () => {
  for (let seed = 1; seed <= seeds; seed++) assert.deepEqual(await run(seed), [], `seed ${seed}`);
});
