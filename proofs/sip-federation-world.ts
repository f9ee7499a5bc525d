import assert from "node:assert/strict";
import { Partners } from "../src/admin/partners.ts";
import type { DomainName } from "../src/base/domain-name.ts";
import { type Limits, limitsWith } from "../src/base/limits.ts";
import { startNode } from "../src/server/node.ts";
import type { Settings } from "../src/server/settings.ts";
import { SimLog } from "../src/sim/log.ts";
import type { SimHost, SimWorld } from "../src/sim/world.ts";
import type { ProfileName } from "../src/twin/profile.ts";
import type { Quirks } from "../src/twin/quirk.ts";
import { Twin } from "../src/twin/twin.ts";
import { type Element, elements, textOf } from "../src/xml/element.ts";
import { SimulatedClient, simulatedKeys } from "./simulated-client.ts";
import { usualSettings } from "./usual-settings.ts";

// A node and a stand-in of a partner in a world from a seed, and Alice's client.

export const ours = { name: "ours.example", address: "192.0.2.1" };
export const theirs = { name: "contoso.example", address: "192.0.2.2" };
export const [alice, m1] = ["alice@ours.example", "m1@contoso.example"];

const domain = ours.name as DomainName;
const settings: Settings = {
  ...usualSettings,
  domains: new Map([[domain, { name: domain, credentials: undefined }]]),
  listeners: [
    { kind: "sip-tcp", address: ours.address, port: 5060 },
    { kind: "xmpp-client", address: ours.address, port: 5222 },
  ],
  limits: limitsWith({ settleMs: 4_000, connectMs: 3_000, sipCatchUpMs: 2_000 }),
  digests: ["MD5"],
  sip: { ...usualSettings.sip, sentCopies: false },
};

/** What a run has beside what all have. */
export type More = {
  readonly listeners?: Settings["listeners"];
  readonly sip?: Partial<Settings["sip"]>;
  /** Of the partner, as an administrator would write it. */
  readonly partner?: object;
};

/** `limits`: beside those all runs have. */
export async function startOurs(world: SimWorld, limits: Partial<Limits> = {}, more: More = {}): Promise<SimHost> {
  const host = world.host({ name: ours.name, addresses: [ours.address] });
  const account = { address: alice, keys: simulatedKeys(), digests: [], createdAt: 0 };
  await host.world.store.accounts.add(account);
  const partners = new Partners(host.world, { isLocal: (name) => name === ours.name, isXmpp: () => false });
  const route = { host: theirs.address, port: 5060, transport: "tcp" };
  // Only OCS goes without TLS (LIM-04), which is nothing but a nuisance here; whose ways the other side has is the stand-in's.
  const given = {
    domain: theirs.name,
    type: "ocs2007r2",
    routes: [route],
    addresses: [theirs.address],
    ...more.partner,
  };
  const put = await partners.put("cli:0", given);
  assert.ok(put.ok, put.ok ? "" : put.fault.detail);
  const node = await startNode(host.world, {
    ...settings,
    listeners: [...settings.listeners, ...(more.listeners ?? [])],
    sip: { ...settings.sip, ...more.sip },
    limits: { ...settings.limits, ...limits },
  });
  assert.ok(node.ok, node.ok ? "" : node.fault.detail);
  return host;
}

export async function startTheirs(
  world: SimWorld,
  profile: ProfileName,
  quirks: Partial<Quirks>,
  users: readonly string[] = ["m1"],
): Promise<{ readonly twin: Twin; readonly host: SimHost }> {
  const host = world.host({ name: theirs.name, addresses: [theirs.address] });
  const { network, clock, random } = host.world;
  const twin = new Twin(
    { network, clock, random, log: new SimLog(clock) },
    {
      profile,
      domain: theirs.name,
      peerDomains: [ours.name],
      address: theirs.address,
      port: 5060,
      host: theirs.address,
      peer: { address: ours.address, port: 5060, host: ours.name },
      transport: "tcp",
      trusted: "",
      users,
      quirks,
    },
  );
  const started = await twin.start();
  assert.ok(started.ok);
  return { twin, host };
}

/** Alice's client on a connection that works, however often it takes. */
export async function signedIn(
  world: SimWorld,
  host: SimHost,
  hear: (stanza: Element) => void,
): Promise<SimulatedClient> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const client = await world.until(SimulatedClient.connect(host.world, ours.address, alice, hear));
    for (let wait = 0; client !== undefined && !client.over && wait < 50; wait++) {
      if (client.ready) return client;
      await world.runFor(100);
    }
    await world.runFor(500);
  }
  throw new Error("alice never got in");
}

/** Alice's client, whichever connection it is on just now. */
export class Desk {
  readonly received = new Map<string, number>();
  readonly returned = new Set<string>();
  /** How people at the partner are shown, by bare address. */
  readonly sees = new Map<string, string>();
  asked = false;
  #client: SimulatedClient | undefined;
  readonly #world: SimWorld;
  readonly #host: SimHost;

  constructor(world: SimWorld) {
    this.#world = world;
    this.#host = world.host({ name: "desk", addresses: ["198.51.100.1"] });
  }

  async signIn(): Promise<void> {
    this.#client = await signedIn(this.#world, this.#host, (stanza) => this.#hear(stanza));
  }

  get shown(): string {
    return this.sees.get(m1) ?? "unknown";
  }

  get over(): boolean {
    return this.#client?.over ?? true;
  }

  send(text: string): void {
    this.#client?.send(text);
  }

  #hear(stanza: Element): void {
    const { type, from = "", id = "" } = stanza.attrs;
    const bare = from.replace(/\/.*/, "");
    if (!bare.endsWith(`@${theirs.name}`)) return;
    const inner = (name: string) => textOf(elements(stanza).find((each) => each.name === name));
    if (stanza.name === "presence") {
      if (type === "subscribe") this.asked = true;
      else if (type === undefined || type === "unavailable")
        this.sees.set(bare, type ?? (inner("show") || "available"));
    } else if (stanza.name === "message" && type === "error") this.returned.add(id);
    else if (inner("body") !== "") this.received.set(inner("body"), (this.received.get(inner("body")) ?? 0) + 1);
  }
}
