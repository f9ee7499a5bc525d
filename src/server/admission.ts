import type { Connection, ConnectionHandler } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import type { Site } from "./site.ts";

const minuteMs = 60_000;

/**
 * Who may connect at all, before anything is read: counted per node and per address, so that one noisy neighbour cannot
 * take every place; and how often an address may fail to sign in.
 */
export class Admission {
  readonly #site: Site;
  readonly #perAddress = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  /** Addresses of which it was told that they are refused. */
  readonly #told = new Set<string>();
  readonly #forgive = new Alarm(() => {
    this.#failures.clear();
    this.#told.clear();
  });
  #open = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Connections open now. */
  get open(): number {
    return this.#open;
  }

  /** Takes a connection in, or refuses it: undefined closes it without a word. `gone` is to be called at its end. */
  accept(
    kind: string,
    connection: Connection,
    serve: (gone: () => void) => ConnectionHandler,
  ): ConnectionHandler | undefined {
    const leave = this.enter(kind, connection.remote.address);
    return leave === undefined ? undefined : serve(leave);
  }

  /** The same for a connection that is served elsewhere: what is to be called at its end, or undefined to close it. */
  enter(kind: string, address: string): (() => void) | undefined {
    const { limits } = this.#site.settings;
    const { metrics } = this.#site.world;
    const here = this.#perAddress.get(address) ?? 0;
    const full = this.#open >= limits.connectionsMax;
    if (full || here >= limits.connectionsPerAddressMax) {
      const reason = full ? "connectionsMax" : "connectionsPerAddressMax";
      metrics.series("comity_connections_refused_total", reason).add(1);
      this.#site.log("warn", "connection refused", { address, limit: reason });
      return undefined;
    }
    this.#open++;
    this.#perAddress.set(address, here + 1);
    metrics.series("comity_connections_total", kind).add(1);
    metrics.series("comity_connections", kind).add(1);
    return () => this.#gone(kind, address);
  }

  /** RFC 6120 §13.12: whether an address has failed too often this minute to be listened to. */
  mayTry(address: string): boolean {
    return (this.#failures.get(address) ?? 0) < this.#site.settings.limits.saslTriesPerAddressPerMinuteMax;
  }

  /** Answers how often it has failed this minute. */
  failed(address: string): number {
    const times = (this.#failures.get(address) ?? 0) + 1;
    this.#failures.set(address, times);
    if (!this.#forgive.isSet) this.#site.wheel.set(this.#forgive, minuteMs);
    return times;
  }

  /** Notes that an address is refused for that. Answers whether it is the first time this minute: once is enough to be told. */
  refused(address: string): boolean {
    if (this.#told.has(address)) return false;
    this.#told.add(address);
    return true;
  }

  #gone(kind: string, address: string): void {
    this.#open--;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
    this.#site.world.metrics.series("comity_connections", kind).add(-1);
  }
}
