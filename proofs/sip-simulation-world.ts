import assert from "node:assert/strict";
import { parseAddress } from "../src/base/address.ts";
import { digestAlgorithms, digestVerifiers } from "../src/base/digest-verifier.ts";
import type { DomainName } from "../src/base/domain-name.ts";
import { limitsWith } from "../src/base/limits.ts";
import type { Endpoint } from "../src/base/network.ts";
import type { World } from "../src/base/world.ts";
import { type Node, startNode } from "../src/server/node.ts";
import type { Settings } from "../src/server/settings.ts";
import type { Plan } from "../src/sim/plan.ts";
import type { SimRandom } from "../src/sim/random.ts";
import type { SimHost, SimWorld } from "../src/sim/world.ts";
import { parseMessage, type SipMessage } from "../src/sip/message.ts";
import { simulatedKeys } from "./simulated-client.ts";
import { usualSettings } from "./usual-settings.ts";

/** Where the one node of these worlds stands. */
export const place = { name: "ours.example", address: "192.0.2.1", port: 5060 };
export const people = ["alice", "bob", "carol"] as const;

const domain = place.name as DomainName;
const settings: Settings = {
  ...usualSettings,
  domains: new Map([[domain, { name: domain, credentials: undefined }]]),
  listeners: [
    { kind: "sip-udp", address: place.address, port: place.port },
    { kind: "sip-tcp", address: place.address, port: place.port },
    { kind: "xmpp-client", address: place.address, port: 5222 },
  ],
  limits: limitsWith({
    settleMs: 4_000,
    connectMs: 3_000,
    resumeMs: 10_000,
    sipRegisterSecondsMin: 1,
    sipSubscribeSecondsMin: 1,
    sipPublishSecondsMin: 1,
  }),
  federation: false,
  digests: ["MD5"],
  sip: { ...usualSettings.sip, sentCopies: false },
  presence: { ...usualSettings.presence, autoAuthorise: "local" },
};

/** When the node sent each MESSAGE first, and when it first heard that the device has it, by Call-ID; over UDP. */
export type Overheard = { readonly sent: Map<string, number>; readonly taken: Map<string, number> };

/** The node's world, with an ear at its UDP socket. */
function overheard(world: World, { sent, taken }: Overheard): World {
  const { network, clock } = world;
  const note = (times: Map<string, number>, { callId }: SipMessage) => {
    if (!times.has(callId)) times.set(callId, clock.monotonicMs());
  };
  return {
    ...world,
    network: {
      ...network,
      datagrams: async (options) => {
        const onDatagram = (bytes: Uint8Array, from: Endpoint): void => {
          const read = parseMessage(Buffer.from(bytes), settings.limits);
          if (read.ok && read.value.status >= 200 && read.value.status < 300) note(taken, read.value);
          options.handler.onDatagram(bytes, from);
        };
        const opened = await network.datagrams({ ...options, handler: { onDatagram } });
        if (!opened.ok) return opened;
        const socket = opened.value;
        const send = (bytes: Uint8Array, to: Endpoint): void => {
          const read = parseMessage(Buffer.from(bytes), settings.limits);
          if (read.ok && read.value.isRequest) note(sent, read.value);
          socket.send(bytes, to);
        };
        return { ok: true, value: { ...socket, send } };
      },
    },
  };
}

/** Starts the node, until it starts: with a store that fails, as its operator would. `changed`: the doors it is given. */
export async function start(
  world: SimWorld,
  ear: Overheard,
  changed = (doors: World): World => doors,
): Promise<{ host: SimHost; node: Node }> {
  for (;;) {
    const host = world.host({ name: place.name, addresses: [place.address] });
    for (const user of people) {
      const address = parseAddress(`${user}@ours.example`);
      assert.ok(address.ok);
      const digests = digestVerifiers(address.value, "secret", digestAlgorithms);
      const account = { address: address.value.text, keys: simulatedKeys(), digests, createdAt: 0 };
      await host.world.store.accounts.add(account).catch(() => {});
    }
    const node = await startNode(changed(overheard(host.world, ear)), settings);
    if (node.ok) return { host, node: node.value };
    host.crash();
  }
}

/** What may go wrong in this seed. */
export function planOf(random: SimRandom): Partial<Plan> {
  const latencyMs = [0, random.between([1, 200])] as const;
  if (random.chance(0.2)) return { latencyMs };
  const rough = random.chance(0.8);
  return {
    latencyMs,
    datagramLossChance: rough ? random.fraction() * 0.4 : 0,
    datagramTwiceChance: rough ? random.fraction() * 0.3 : 0,
    datagramLateChance: rough ? random.fraction() * 0.2 : 0,
    cutChance: random.chance(0.5) ? 0.01 : 0,
    silentChance: random.chance(0.2) ? 0.005 : 0,
    refusedChance: random.chance(0.3) ? 0.2 : 0,
    storeFailureChance: random.chance(0.1) ? 0.02 : 0,
  };
}

/** Nothing goes wrong any more. */
export function heal(world: SimWorld): void {
  const none: Partial<Plan> = {
    datagramLossChance: 0,
    datagramTwiceChance: 0,
    datagramLateChance: 0,
    cutChance: 0,
    silentChance: 0,
    refusedChance: 0,
    storeFailureChance: 0,
  };
  Object.assign(world.plan, none);
}
