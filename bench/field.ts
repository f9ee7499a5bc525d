import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Identity } from "../interop/authority.ts";
import { served } from "../interop/dns.ts";
import type { Process } from "../interop/process.ts";
import { Setting } from "../interop/setting.ts";
import { type GatewayWorkload, gatewayMode, isGateway } from "./gateway-workloads.ts";
import type { GatewayJob, Job, Outcome, Target, Workload } from "./job.ts";
import type { Options } from "./options.ts";
import { cores, onCore, type PartnerPlace, type Peer, type Place } from "./peer.ts";
import { contacts } from "./presence.ts";
import { isSip, sipPort } from "./sip-workloads.ts";

const driver = fileURLToPath(new URL("driver.ts", import.meta.url));
const driverMs = 180_000;
/** A server runs for months: what it compiles and reserves in its first ten thousand messages is no part of what one costs. */
const warmUpMs = 6_000;

/** Where measurements are made: one network, two places for each peer, one driver at a time. */
export class Field {
  readonly #setting: Setting;
  readonly #options: Options;
  readonly #identities: readonly Identity[];
  readonly #peers: readonly Peer[];
  readonly #known = new Set<string>();

  private constructor(setting: Setting, options: Options, identities: readonly Identity[], peers: readonly Peer[]) {
    this.#setting = setting;
    this.#options = options;
    this.#identities = identities;
    this.#peers = peers;
  }

  static async make(options: Options, peers: readonly Peer[]): Promise<Field> {
    const setting = await Setting.start((network) =>
      Object.assign(
        {},
        ...peers.flatMap((peer, at) =>
          [0, 1].map((side) => served(domainOf(peer, side), network.address(hostOf(at, side)))),
        ),
      ),
    );
    const names = peers.flatMap((peer) => [domainOf(peer, 0), domainOf(peer, 1)]);
    const identities: Identity[] = [];
    for (const name of names) identities.push(await setting.authority.issue({ names: [name] }));
    return new Field(setting, options, identities, peers);
  }

  /** One measurement between XMPP users and a SIP domain, which is on the second place and played by the driver. */
  async #measureGateway(peer: Peer, workload: GatewayWorkload): Promise<Outcome> {
    const [place, { host, domain, certificate, key }] = [this.#place(peer, 0), this.#place(peer, 1)];
    const partner: PartnerPlace = {
      address: this.#setting.network.address(host),
      port: 5061,
      domain,
      certificate,
      key,
      mode: gatewayMode(workload),
    };
    const started: Process[] = [];
    try {
      started.push(...((await peer.startGateway?.(this.#setting, place, partner)) ?? []));
      if (!this.#known.has(place.domain)) await peer.addUsers(this.#setting, place);
      this.#known.add(place.domain);
      await peer.addPartner?.(place, partner);
      const target = { address: this.#setting.network.address(place.host), domain: place.domain };
      const targets = [5061, 5222].map((port) => ({ ...target, port }));
      const more = { partner: { ...partner, mangled: peer.mangled?.(place) } };
      const outcome = await this.#drive(peer, workload, targets, started, more);
      return "failed" in outcome ? { failed: outcome.failed + lastWords(started) } : outcome;
    } catch (error) {
      return { failed: (error instanceof Error ? error.message : String(error)) + lastWords(started) };
    } finally {
      for (const server of started) await server.stop();
    }
  }

  /** One measurement: starts what it needs afresh, loads it, and ends it. */
  async measure(peer: Peer, workload: Workload): Promise<Outcome> {
    if (isGateway(workload)) return this.#measureGateway(peer, workload);
    const sides = workload.startsWith("x5") ? [0, 1] : [0];
    const started: Process[] = [];
    try {
      const targets: Target[] = [];
      for (const side of sides) {
        const place = this.#place(peer, side);
        started.push(await this.#start(peer, place));
        const target = { address: this.#setting.network.address(place.host), domain: place.domain };
        if (isSip(workload)) targets.push({ ...target, port: sipPort(workload) });
        if (!isSip(workload) || peer.speaks.includes("xmpp")) targets.push({ ...target, port: 5222 });
      }
      const outcome = await this.#drive(peer, workload, targets, started);
      return "failed" in outcome ? { failed: outcome.failed + lastWords(started) } : outcome;
    } catch (error) {
      return { failed: (error instanceof Error ? error.message : String(error)) + lastWords(started) };
    } finally {
      for (const server of started) await server.stop();
    }
  }

  async close(): Promise<void> {
    await this.#setting.close();
  }

  #place(peer: Peer, side: number): Place {
    const at = this.#peers.indexOf(peer);
    const { certificate = "", key = "" } = this.#identities[2 * at + side] ?? {};
    const folder = join(this.#setting.network.folder, `${peer.name}-${side}`);
    mkdirSync(folder, { recursive: true });
    return {
      host: hostOf(at, side),
      domain: domainOf(peer, side),
      certificate,
      key,
      folder,
      users: this.#options.users,
      profiles: this.#options.profiles,
    };
  }

  async #start(peer: Peer, place: Place): Promise<Process> {
    const server = await peer.start(this.#setting, place);
    if (this.#known.has(place.domain)) return server;
    await peer.addUsers(this.#setting, place);
    this.#known.add(place.domain);
    return server;
  }

  async #drive(
    peer: Peer,
    workload: Workload,
    targets: Job["targets"],
    servers: readonly Process[],
    more: Partial<GatewayJob> = {},
  ): Promise<Outcome> {
    const { users, seconds, idle } = this.#options;
    const job: Job = {
      ...more,
      workload,
      targets,
      pids: servers.map(({ pid = 0 }) => pid),
      users: peer.speaks.includes("raw") ? 0 : users,
      pairs: Math.min(50, users >> 1),
      atOnce: 16,
      idle,
      warmUpMs: seconds < 2 ? 500 : Math.max(warmUpMs, seconds * 500),
      measureMs: seconds * 1000,
    };
    const watched = workload === "x3-r20" || workload.startsWith("sip-publish");
    if (watched && users <= contacts) return { failed: `needs more than ${contacts} users` };
    const command = onCore(cores.driver, [execPath, driver, JSON.stringify(job)]);
    const program = this.#setting.network.start("driver", command);
    const timer = setTimeout(() => void program.kill(), driverMs);
    await program.ended;
    clearTimeout(timer);
    const last = program.lines.findLast((line) => line.startsWith("{"));
    if (last === undefined) return { failed: `the driver ended without figures: ${program.lines.slice(-3).join(" ")}` };
    return JSON.parse(last) as Outcome;
  }
}

/** What the servers said last, which is often why. */
function lastWords(servers: readonly Process[]): string {
  const words = servers.flatMap(({ name, lines }) => lines.slice(-1).map((line) => `; ${name}: ${line.trim()}`));
  return words.join("").replaceAll("|", "/");
}

function domainOf(peer: Peer, side: number): string {
  return `${side === 0 ? "a" : "b"}.${peer.name}.example`;
}

function hostOf(peer: number, side: number): number {
  return 10 + 10 * peer + side;
}
