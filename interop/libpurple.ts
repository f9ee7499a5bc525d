import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Process, run } from "./process.ts";
import type { Setting } from "./setting.ts";
import { addressAt, domain, password, type SipSetting } from "./sip-setting.ts";
import { withSystemNames } from "./system-names.ts";

/** SIMPLE has no TLS. */
export type LibpurpleTransport = "tcp" | "udp";

export type LibpurpleEvent = "online" | "failed" | "buddy" | "im" | "typing" | "idle" | "error" | "asked";

/** A libpurple client, as Pidgin and Finch have it, in a small host of our own (libpurple-client.c). */
export class Libpurple {
  readonly process: Process;
  /** How far the events of each kind have been read. */
  readonly #read = new Map<LibpurpleEvent, number>();

  private constructor(process: Process) {
    this.process = process;
  }

  /** Signs in with SIMPLE, as one of our people. */
  static start(sip: SipSetting, program: string, user: string, transport: LibpurpleTransport): Libpurple {
    const { network } = sip.setting;
    const folder = join(network.folder, `libpurple-${user}-${transport}`);
    mkdirSync(folder, { recursive: true });
    const command = [program, folder, "simple", `${user}@${domain}`, password, sip.address, transport];
    return new Libpurple(network.start(`libpurple ${user} ${transport}`, command, { input: true }));
  }

  /** Signs in with pidgin-sipe, as somebody of another organisation, whose server is at `host:port`. */
  static startSipe(
    { network, dns, authority }: Setting,
    program: string,
    account: { readonly address: string; readonly password: string; readonly server: string },
    transport: "tcp" | "tls",
  ): Libpurple {
    const folder = join(network.folder, `sipe-${account.address}`);
    const authorities = join(folder, "authorities");
    mkdirSync(authorities, { recursive: true });
    copyFileSync(authority.path, join(authorities, "authority.pem"));
    const { address, password, server } = account;
    const command = [program, folder, "sipe", address, password, server, transport, authorities];
    const name = `pidgin-sipe ${address}`;
    return new Libpurple(network.start(name, withSystemNames(dns, folder, command), { input: true }));
  }

  /** Adds one of our people to its contacts; within five seconds it subscribes to them. */
  add(user: string): void {
    this.#say("add", uriOf(user));
  }

  im(user: string, text: string): void {
    this.#say("im", uriOf(user), text);
  }

  /** Offers a file. */
  file(user: string, path: string): void {
    this.#say("file", uriOf(user), path);
  }

  types(user: string, types: boolean): void {
    this.#say("typing", uriOf(user), types ? "yes" : "no");
  }

  /** Closes the window of a conversation. */
  leave(user: string): void {
    this.#say("close", uriOf(user));
  }

  /** Blocks somebody, or no longer. */
  block(user: string, blocked: boolean): void {
    this.#say(blocked ? "deny" : "permit", uriOf(user));
  }

  /** Changes its own status, by libpurple's name for it. */
  status(id: string, text = ""): void {
    this.#say("status", id, text);
  }

  /** The next event of that kind with these parts; those of other kinds may have come before it or not. */
  async expect(event: LibpurpleEvent, ...parts: readonly string[]): Promise<string> {
    const begin = `${[event, ...parts].join("\t")}`;
    const from = this.#read.get(event) ?? 0;
    const line = await this.process.line((one) => one.startsWith(begin), 15_000, from);
    this.#read.set(event, this.process.lines.indexOf(line, from) + 1);
    return line;
  }

  async close(): Promise<void> {
    this.#say("quit");
    const timer = setTimeout(() => void this.process.kill(), 4_000);
    await this.process.ended;
    clearTimeout(timer);
  }

  #say(...parts: readonly string[]): void {
    this.process.write(`${parts.join("\t")}\n`);
  }
}

/** Somebody of ours by name, anybody else by address. */
function uriOf(who: string): string {
  return `sip:${addressAt({ domain }, who)}`;
}

/** Compiles the host; gives its path. */
export async function libpurpleProgram({ network }: Setting): Promise<string> {
  const sources = ["libpurple-client.c", "libxml2-sax1.c"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const program = join(network.folder, "libpurple-client");
  const flags = await run("pkg-config", ["--cflags", "--libs", "purple"], 10_000);
  const words = flags.flatMap((line) => line.split(" ")).filter((word) => word !== "");
  await run("gcc", ["-Wall", "-Werror", "-rdynamic", "-o", program, ...sources, ...words], 60_000);
  return program;
}
