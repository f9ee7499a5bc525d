import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Identity } from "../interop/authority.ts";
import { served } from "../interop/dns.ts";
import type { Process } from "../interop/process.ts";
import { Setting } from "../interop/setting.ts";
import type { Contest, Part } from "./contest.ts";
import { type GatewayWorkload, gatewayMode, isGateway } from "./gateway-workloads.ts";
import { cpuUs, machineCpuUs, treeOf } from "./gauge.ts";
import type { Answer, GatewayJob, Job, Outcome, Target, Workload } from "./job.ts";
import type { Options } from "./options.ts";
import { cores, onCore, type PartnerPlace, type Peer, type Place } from "./peer.ts";
import { contacts } from "./presence.ts";
import { sum } from "./row.ts";
import { isSip, sipPort } from "./sip-workloads.ts";
import { Turns } from "./turns.ts";

const driver = fileURLToPath(new URL("driver.ts", import.meta.url));
const driverMs = 180_000;
/** A server runs for months: what it compiles and reserves in its first ten thousand messages is no part of what one costs. */
const warmUpMs = 6_000;

/** Where measurements are made: one network, two places for each peer, a driver for each. */
export class Field {
  readonly #setting: Setting;
  readonly #options: Options;
  readonly #identities: readonly Identity[];
  readonly #peers: readonly Peer[];
  readonly #known = new Set<string>();
  #contests = 0;

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

  /**
   * One contest: starts what it needs afresh, loads it, and ends it. Gives the outcomes of its parts. Where there are figures, all
   * parts had turns at the same time.
   */
  async measure({ parts }: Contest): Promise<readonly Outcome[]> {
    const contest = ++this.#contests;
    const sides = await Promise.all(parts.map((part) => this.#side(part)));
    try {
      const running = sides.flatMap((side) => (side.driver === undefined ? [] : [side.driver]));
      const timer = setTimeout(() => {
        for (const driver of running) void driver.kill();
      }, driverMs * parts.length);
      const { seconds, othersBusy } = await this.#turns(sides, running);
      await Promise.all(running.map((driver) => driver.ended));
      clearTimeout(timer);
      return sides.map((side): Outcome => {
        const answer = answerOf(side);
        if (!("counted" in answer)) return answer;
        const figures = { ...answer.counted, seconds: seconds.get(side.driver as Process) ?? 0, contest, othersBusy };
        return { figures };
      });
    } finally {
      for (const { servers } of sides) for (const server of servers) await server.stop();
    }
  }

  /** Lets them run warm and measures them, while others are watched. */
  async #turns(sides: readonly Side[], running: readonly Process[]) {
    const { seconds: length } = this.#options;
    const turns = await Turns.begin(running);
    await turns.warm(length < 2 ? 500 : Math.max(warmUpMs, length * 500));
    const trees = [
      process.pid,
      ...sides.flatMap(({ servers, driver }) => [...servers, driver].map((each) => each?.pid)),
    ]
      .filter((pid) => pid !== undefined)
      .map(treeOf);
    const [machine, ours, beganMs] = [machineCpuUs(), sum(trees.map(cpuUs)), performance.now()];
    const seconds = await turns.measure(length * 1000);
    const othersUs = machineCpuUs() - machine - (sum(trees.map(cpuUs)) - ours);
    turns.over();
    return { seconds, othersBusy: Math.max(0, othersUs / 1000 / (performance.now() - beganMs)) };
  }

  /** Starts the servers of one part, and its driver. */
  async #side({ peer: name, workload }: Part): Promise<Side> {
    const servers: Process[] = [];
    try {
      const peer = this.#peers.find((each) => each.name === name) as Peer;
      const job = isGateway(workload)
        ? await this.#gateway(peer, workload, servers)
        : await this.#plain(peer, workload, servers);
      const watched = workload === "x3-r20" || workload.startsWith("sip-publish");
      if (watched && job.users <= contacts) throw new Error(`needs more than ${contacts} users`);
      const command = onCore(cores.driver, [execPath, driver, JSON.stringify(job)]);
      return { servers, driver: this.#setting.network.start("driver", command, { input: true }), failed: undefined };
    } catch (error) {
      return { servers, driver: undefined, failed: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Between XMPP users and a SIP domain, which is on the second place and played by the driver. */
  async #gateway(peer: Peer, workload: GatewayWorkload, started: Process[]): Promise<GatewayJob> {
    const [place, { host, domain, certificate, key }] = [this.#place(peer, 0), this.#place(peer, 1)];
    const partner: PartnerPlace = {
      address: this.#setting.network.address(host),
      port: 5061,
      domain,
      certificate,
      key,
      mode: gatewayMode(workload),
    };
    started.push(...((await peer.startGateway?.(this.#setting, place, partner)) ?? []));
    if (!this.#known.has(place.domain)) await peer.addUsers(this.#setting, place);
    this.#known.add(place.domain);
    await peer.addPartner?.(place, partner);
    const target = { address: this.#setting.network.address(place.host), domain: place.domain };
    const targets = [5061, 5222].map((port) => ({ ...target, port }));
    return { ...this.#job(peer, workload, targets, started), partner: { ...partner, mangled: peer.mangled?.(place) } };
  }

  /** Between users of one server, or of two of the same kind. */
  async #plain(peer: Peer, workload: Workload, started: Process[]): Promise<Job> {
    const targets: Target[] = [];
    for (const side of workload.startsWith("x5") ? [0, 1] : [0]) {
      const place = this.#place(peer, side);
      started.push(await this.#start(peer, place));
      const target = { address: this.#setting.network.address(place.host), domain: place.domain };
      if (isSip(workload)) targets.push({ ...target, port: sipPort(workload) });
      if (!isSip(workload) || peer.speaks.includes("xmpp")) targets.push({ ...target, port: 5222 });
    }
    return this.#job(peer, workload, targets, started);
  }

  #job(peer: Peer, workload: Workload, targets: readonly Target[], servers: readonly Process[]): Job {
    const { users, idle } = this.#options;
    return {
      workload,
      targets,
      pids: servers.map(({ pid = 0 }) => pid),
      users: peer.speaks.includes("raw") ? 0 : users,
      pairs: Math.min(50, users >> 1),
      atOnce: 16,
      idle,
    };
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
}

/** One part of a contest under way. */
type Side = {
  readonly servers: readonly Process[];
  /** Undefined where it did not come to one, for the reason in `failed`. */
  readonly driver: Process | undefined;
  readonly failed: string | undefined;
};

/** What came of it, once its driver has ended. */
function answerOf({ servers, driver, failed }: Side): Answer {
  const last = driver?.lines.findLast((line) => line.startsWith("{"));
  const silent = `the driver ended without figures: ${driver?.lines.slice(-3).join(" ")}`;
  const answer: Answer = last === undefined ? { failed: failed ?? silent } : (JSON.parse(last) as Answer);
  return "failed" in answer ? { failed: answer.failed + lastWords(servers) } : answer;
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
