import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parseAddress } from "../src/base/address.ts";
import { digestAlgorithms, digestVerifiers } from "../src/base/digest-verifier.ts";
import { type DomainName, parseDomainName } from "../src/base/domain-name.ts";
import { type Limits, limitsWith } from "../src/base/limits.ts";
import type { World } from "../src/base/world.ts";
import type { Zone } from "../src/dns/zone.ts";
import type { AbroadRules } from "../src/federation/abroad.ts";
import { type Partner, partnerTable } from "../src/federation/partner.ts";
import { trustStore } from "../src/pki/trust-store.ts";
import { type Node, startNode } from "../src/server/node.ts";
import type { ListenerSettings, PresenceSettings, Settings, SipSettings } from "../src/server/settings.ts";
import { SimLog } from "../src/sim/log.ts";
import { SimMetrics } from "../src/sim/metrics.ts";
import { SimResolver, type SimResolverOptions } from "../src/sim/resolver.ts";
import { localBus } from "../src/world/bus.ts";
import { systemClock } from "../src/world/clock.ts";
import { threadPoolDerive } from "../src/world/derive.ts";
import { type CertificateOrder, keyPem } from "../src/world/issue-certificate.ts";
import { systemNetwork } from "../src/world/network.ts";
import { systemRandom } from "../src/world/random.ts";
import { openSqlite } from "../src/world/sqlite.ts";
import { ns } from "../src/xmpp/ns.ts";
import { newKeys } from "../src/xmpp/scram-keys.ts";
import { day, makeAuthority, makeServer } from "./made-certificates.ts";
import { Player, type Script } from "./player.ts";
import { SipPlayer, type SipTransport } from "./sip-player.ts";
import { SipStranger } from "./sip-stranger.ts";
import { usualSettings } from "./usual-settings.ts";

const people = ["alice", "bob", "carol", "dave"];
const iterations = 2; // the plays are not about how costly guessing is

/** Certificates are judged by the real clock here. */
const valid = { notBefore: Date.now() - day, notAfter: Date.now() + day };

const identity = (async () => {
  const authority = await makeAuthority("Plays", { ...valid, authority: {} });
  const issued = await makeServer("ours.example", authority, valid);
  return { authority, pem: { certificate: issued.pem, key: await keyPem(issued.key) } };
})();

/** What another domain's server shows in handshakes; the stage trusts who issued it. */
export async function identityOf(
  domain: string,
  order: Partial<CertificateOrder> = {},
): Promise<{ readonly cert: string; readonly key: string }> {
  const issued = await makeServer(domain, (await identity).authority, { ...valid, ...order });
  return { cert: issued.pem, key: await keyPem(issued.key) };
}

/** The authority whose certificates the stage trusts, as PEM. */
export async function authorityPem(): Promise<string> {
  return (await identity).authority.pem;
}

export type StageOptions = {
  readonly limits?: Partial<Limits>;
  readonly clientTlsRequired?: boolean;
  readonly partners?: readonly Partner[];
  readonly sip?: Partial<SipSettings>;
  readonly abroad?: Partial<AbroadRules>;
  /** Domains served beside ours.example; in each there is Erin. */
  readonly domains?: readonly string[];
  readonly presence?: Partial<PresenceSettings>;
  /** What DNS says; nothing, when left out. */
  readonly zone?: Zone;
};

/** The DNS of a stage: may be changed, or fail, at any time. */
export type StageDns = Omit<SimResolverOptions, "servfailPercent"> & { servfailPercent: number };

type Kind = ListenerSettings["kind"];

/** A real node on loopback with an empty store, some accounts (their password: "secret"), and the players who meet there. */
export class Stage {
  node: Node;
  readonly world: World;
  readonly dns: StageDns;
  readonly log: SimLog;
  readonly metrics: SimMetrics;
  readonly script: Script = [];
  readonly settings: Settings;
  readonly #players: Player[] = [];
  readonly #sipPlayers: (SipPlayer | SipStranger)[] = [];

  constructor(node: Node, settings: Settings, world: World, dns: StageDns, log: SimLog, metrics: SimMetrics) {
    this.node = node;
    this.settings = settings;
    this.dns = dns;
    this.world = world;
    this.log = log;
    this.metrics = metrics;
  }

  port(kind: Kind = "xmpp-client"): number {
    const view = this.node.listeners.find((each) => each.kind === kind);
    assert.ok(view);
    return view.port;
  }

  /** Opens one more listener, as a reload of the configuration does; answers its port. */
  async listens(kind: Kind): Promise<number> {
    const listeners = [...this.settings.listeners, { kind, address: "127.0.0.1", port: 0 }];
    const applied = await this.node.apply({ ...this.settings, listeners });
    assert.ok(applied.ok, applied.ok ? "" : applied.fault.detail);
    return this.port(kind);
  }

  /** Somebody who has connected and said nothing yet. */
  stranger(name = "stranger", kind: Kind = "xmpp-client", domain = "ours.example"): Player {
    const contentNs = kind.startsWith("xmpp-server") ? ns.server : ns.client;
    const player = new Player({ name, port: this.port(kind), script: this.script, contentNs, domain });
    this.#players.push(player);
    return player;
  }

  /** Somebody signed in, with a resource and no presence yet. */
  async person(user: string, resource = "desk"): Promise<Player> {
    const player = this.stranger(resource === "desk" ? user : `${user}/${resource}`);
    await player.signsIn(user, resource);
    return player;
  }

  /** Somebody signed in and available. */
  async present(user: string, resource = "desk", inside = ""): Promise<Player> {
    const player = await this.person(user, resource);
    await player.isAvailable(inside);
    return player;
  }

  /** A SIP client that has said nothing yet. */
  async sipClient(
    user: string,
    transport: SipTransport = "tcp",
    identity?: { readonly cert: string; readonly key: string },
  ): Promise<SipPlayer> {
    const port = this.port(`sip-${transport}`);
    const player = new SipPlayer({ user, transport, port, script: this.script, identity });
    this.#sipPlayers.push(player);
    return player.opens();
  }

  /** Another account of a SIP client, registered over the connection that client has. */
  async sipAccount(user: string, beside: SipPlayer): Promise<SipPlayer> {
    const { transport } = beside;
    const player = new SipPlayer({ user, transport, port: this.port(`sip-${transport}`), script: this.script });
    await player.joins(beside).registers();
    return player;
  }

  /** A SIP client that is registered. */
  async sipPerson(user: string, transport: SipTransport = "tcp"): Promise<SipPlayer> {
    const player = await this.sipClient(user, transport);
    await player.registers();
    return player;
  }

  /** Somebody who speaks SIP to the node from `address`, and need not mean well. */
  async sipStranger(transport: SipTransport, address = "127.0.0.1"): Promise<SipStranger> {
    const stranger = new SipStranger(transport, this.port(`sip-${transport}`), address);
    this.#sipPlayers.push(stranger);
    return stranger.opens();
  }

  /** The node is stopped in order and another one started over its store, on the same ports. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    const listeners = this.node.listeners.map(({ kind, address, port }) => ({ kind: kind as Kind, address, port }));
    await this.node.drain();
    await meanwhile();
    const node = await startNode(this.world, { ...this.settings, listeners });
    assert.ok(node.ok, node.ok ? "" : node.fault.detail);
    this.node = node.value;
  }

  async end(): Promise<void> {
    for (const player of this.#players) player.socket.destroy();
    for (const player of this.#sipPlayers) player.close();
    await this.node.drain();
    await this.world.store.close();
  }
}

/** Sets up a stage that goes with the test. */
export async function setStage(t: TestContext, options: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "comity-play-"));
  const store = openSqlite(join(folder, "comity.db"));
  assert.ok(store.ok);
  const clock = systemClock();
  const log = new SimLog(clock);
  const metrics = new SimMetrics();
  const network = systemNetwork(clock);
  const dns: StageDns = {
    zone: options.zone ?? {},
    clock,
    random: systemRandom(),
    limits: limitsWith(options.limits),
    servfailPercent: 0,
  };
  const world: World = {
    bus: localBus("stage"),
    clock,
    derive: threadPoolDerive(2),
    log,
    metrics,
    network,
    random: systemRandom(),
    resolver: new SimResolver(dns),
    store: store.value,
  };
  const { authority, pem } = await identity;
  const credentials = network.credentials(pem);
  const name = parseDomainName("ours.example");
  assert.ok(credentials.ok && name.ok);
  const kinds: readonly Kind[] = [
    "xmpp-client",
    "xmpp-client-tls",
    "xmpp-server",
    "xmpp-server-tls",
    "sip-udp",
    "sip-tcp",
    "sip-tls",
    "msrp-tls",
    "msrp-tcp",
  ];
  const settings: Settings = {
    ...usualSettings,
    domains: new Map(
      [name.value, ...(options.domains ?? [])].map((each) => [
        each as DomainName,
        { name: each as DomainName, credentials: credentials.value },
      ]),
    ),
    listeners: kinds.map((kind) => ({ kind, address: "127.0.0.1", port: 0 })),
    limits: limitsWith({ drainMs: 500, closeMs: 200, ...options.limits }),
    partners: partnerTable(options.partners ?? []),
    trust: trustStore([authority.certificate]),
    clientTlsRequired: options.clientTlsRequired ?? false,
    abroad: { ...usualSettings.abroad, ...options.abroad },
    scramIterations: iterations,
    sip: { ...usualSettings.sip, ...options.sip },
    presence: { ...usualSettings.presence, ...options.presence },
  };
  for (const each of people) await addAccount(world, each);
  for (const domain of options.domains ?? []) await addAccount(world, "erin", domain);
  const node = await startNode(world, settings);
  assert.ok(node.ok);
  const stage = new Stage(node.value, settings, world, dns, log, metrics);
  t.after(async () => {
    await stage.end();
    rmSync(folder, { recursive: true, force: true });
  });
  return stage;
}

async function addAccount(
  { store, derive, random, clock }: World,
  user: string,
  domain = "ours.example",
): Promise<void> {
  const keys = await newKeys("secret", [random.bytes(16), random.bytes(16)], iterations, derive);
  assert.ok(keys.ok);
  const address = `${user}@${domain}`;
  const who = parseAddress(address);
  assert.ok(who.ok);
  const digests = digestVerifiers(who.value, "secret", digestAlgorithms);
  const added = await store.accounts.add({ address, keys: keys.value, digests, createdAt: clock.now() });
  assert.ok(added.ok);
}
