import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import type { LinkState } from "../src/federation/link-state.ts";
import type { Identity } from "./authority.ts";
import { type Process, run } from "./process.ts";
import type { Setting } from "./setting.ts";

const launcher = fileURLToPath(new URL("../bin/comity", import.meta.url));

/** One row under federation.partners, as comity.yaml has it. */
export type PartnerRow = {
  readonly domain: string;
  readonly tls?: "none" | "optional" | "required";
  readonly certificate?: "strict" | "encryption-only";
  readonly dialback?: "never" | "fallback" | "always";
  readonly route?: readonly string[];
};

export type ComityOptions = {
  /** The last byte of its address. */
  readonly host: number;
  readonly domains: readonly { readonly name: string; readonly identity: Identity }[];
  readonly partners?: readonly PartnerRow[];
  /** What else stands under federation. */
  readonly federation?: Readonly<Record<string, unknown>>;
  /** Addresses and their passwords. */
  readonly users: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, number>>;
  /** Whether SIP is served too, over UDP, TCP and TLS, and XCAP, on their own ports. */
  readonly sip?: boolean;
  /** Whose wish to see presence is granted unasked (presence.autoAuthorise). */
  readonly autoAuthorise?: "none" | "local";
};

/** A node as `bin/comity serve` runs it, with its own folder. */
export class Comity {
  readonly process: Process;
  readonly home: string;
  readonly #config: string;

  constructor(process: Process, home: string, config: string) {
    this.process = process;
    this.home = home;
    this.#config = config;
  }

  /** Kills the node, as a crash would, and starts it anew; the old one is of no use any more. */
  async again(setting: Setting): Promise<Comity> {
    await this.process.kill();
    return serve(setting, this.process.name, this.home, this.#config);
  }

  /** What `comity federation links` shows. */
  async links(): Promise<readonly LinkState[]> {
    const { links } = JSON.parse((await this.command("federation", "links", "--json")).join("\n"));
    return links;
  }

  /** Puts another configuration in force, as its operator does. */
  async reconfigured(edit: (config: Readonly<Record<string, unknown>>) => object): Promise<void> {
    writeFileSync(this.#config, stringify(edit(parse(readFileSync(this.#config, "utf8")))));
    await this.command("reload");
  }

  /** Runs another `comity` command against the running node; gives its lines. */
  command(...args: readonly string[]): Promise<string[]> {
    return run(launcher, [...args, "--home", this.home, "--config", this.#config], 20_000);
  }
}

async function serve(setting: Setting, name: string, home: string, config: string): Promise<Comity> {
  const command = [launcher, "serve", "--config", config, "--home", home];
  const program = setting.keep(setting.network.start(name, command, { cwd: home }));
  await program.line(/\bready\b/, 20_000);
  return new Comity(program, home, config);
}

/** Starts a node on an address of its own, waits until it is ready, and adds its users. */
export async function startComity(setting: Setting, options: ComityOptions): Promise<Comity> {
  const home = join(setting.network.folder, `comity-${options.host}`);
  mkdirSync(home, { recursive: true });
  const config = join(home, "comity.yaml");
  writeFileSync(config, stringify(configuration(setting, options)));
  const comity = await serve(setting, `comity ${options.host}`, home, config);
  for (const [address, password] of Object.entries(options.users)) {
    await comity.command("user", "add", address, "--password", password);
  }
  return comity;
}

function configuration({ network, authority, dns }: Setting, options: ComityOptions): unknown {
  const address = network.address(options.host);
  return {
    domains: options.domains.map(({ name, identity }) => ({ name, ...identity })),
    listeners: [
      { kind: "xmpp-client", address },
      { kind: "xmpp-client-tls", address },
      { kind: "xmpp-server", address },
      { kind: "xmpp-server-tls", address },
      { kind: "http", address },
      ...(options.sip ? ["sip-udp", "sip-tcp", "sip-tls", "xcap"].map((kind) => ({ kind, address })) : []),
    ],
    tls: { trust: { system: false, files: [authority.path] } },
    dns: { servers: [`${dns.address}:${dns.port}`] },
    federation: { partners: options.partners ?? [], ...options.federation },
    accounts: { iterations: 4096 },
    presence: { autoAuthorise: options.autoAuthorise ?? "none" },
    log: { level: "debug", form: "human" },
    // Slixmpp 1.8 tries channel bindings that TLS 1.3 does not have, and fails four times before it signs in with PLAIN.
    limits: { saslTriesPerAddressPerMinuteMax: 10_000, ...options.limits },
  };
}
