import type { Zone } from "../src/dns/zone.ts";
import { Authority } from "./authority.ts";
import { type Account, Client, type ClientKind } from "./clients.ts";
import { type Dns, startDns } from "./dns.ts";
import { Network } from "./network.ts";
import type { Process } from "./process.ts";

/** How much of each program's output is shown when a case fails. */
const linesShown = 250;

/** A program of one case, how it ends, and what it has written of its traffic, where that is no part of its output. */
export type Taken = { readonly process: Process; close(): Promise<void>; wire?(): string };

/** One network with its DNS, its authority, and the programs that run on it, all of which end with it. */
export class Setting {
  readonly network: Network;
  readonly authority: Authority;
  readonly dns: Dns;
  readonly #programs: { readonly program: Process; readonly stop: () => Promise<unknown> }[] = [];

  private constructor(network: Network, authority: Authority, dns: Dns) {
    this.network = network;
    this.authority = authority;
    this.dns = dns;
    this.keep(dns.process);
  }

  /** Starts with the records that `zone` makes for this network's addresses. */
  static async start(zone: (network: Network) => Zone): Promise<Setting> {
    const network = await Network.claim();
    const authority = await Authority.make(network);
    return new Setting(network, authority, await startDns(network, zone(network)));
  }

  /** A program that ends with the setting and whose output is shown when a case fails. */
  keep<T extends Process>(program: T): T {
    this.#programs.push({ program, stop: () => program.stop() });
    return program;
  }

  /**
   * Runs one case: `body` gets a way to sign clients in, a way to start one that will not get in, and a way to hand over
   * other programs; all are closed after it. When it fails, what all programs have written since it began is printed.
   */
  async play(
    body: (
      signIn: (kind: ClientKind, account: Account) => Promise<Client>,
      start: (kind: ClientKind, account: Account) => Client,
      take: <T extends Taken>(one: T) => T,
    ) => Promise<void>,
  ): Promise<void> {
    const taken: Taken[] = [];
    const take = <T extends Taken>(one: T): T => {
      taken.push(one);
      return one;
    };
    const began = new Map(this.#programs.map(({ program }) => [program, program.lines.length]));
    const start = (kind: ClientKind, account: Account) => take(new Client(this, kind, account));
    const signIn = async (kind: ClientKind, account: Account) => {
      const client = start(kind, account);
      await client.expect({ event: "online" }, 20_000);
      client.presence({});
      return client;
    };
    try {
      await body(signIn, start, take);
    } catch (error) {
      for (const { program } of this.#programs) show(program, began.get(program) ?? 0);
      for (const one of taken) {
        show(one.process, 0);
        if (one.wire !== undefined) print(`wire of ${one.process.name}`, one.wire().split("\n"));
      }
      throw error;
    } finally {
      await Promise.all(taken.map((one) => one.close()));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map(({ stop }) => stop()));
    await this.network.close();
  }
}

function show(program: Process, from: number): void {
  print(program.name, program.lines.slice(from));
}

function print(name: string, lines: readonly string[]): void {
  const last = lines.slice(-linesShown);
  console.error(`--- ${name} (the last ${last.length} lines)\n${last.join("\n")}`);
}
