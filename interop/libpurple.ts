import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Process, run } from "./process.ts";
import { domain, password, type SipSetting } from "./sip-setting.ts";

/** It has no TLS. */
export type LibpurpleTransport = "tcp" | "udp";

export type LibpurpleEvent = "online" | "failed" | "buddy" | "im" | "typing";

/** libpurple's SIMPLE, as Pidgin and Finch have it, in a small host of our own (libpurple-client.c). */
export class Libpurple {
  readonly process: Process;
  #read = 0;

  private constructor(process: Process) {
    this.process = process;
  }

  static start(sip: SipSetting, program: string, user: string, transport: LibpurpleTransport): Libpurple {
    const { network } = sip.setting;
    const folder = join(network.folder, `libpurple-${user}-${transport}`);
    mkdirSync(folder, { recursive: true });
    const command = [program, folder, `${user}@${domain}`, password, sip.address, transport];
    return new Libpurple(network.start(`libpurple ${user} ${transport}`, command, { input: true }));
  }

  /** Adds somebody to its contacts; within five seconds it subscribes to them. */
  add(user: string): void {
    this.#say("add", `sip:${user}@${domain}`);
  }

  im(user: string, text: string): void {
    this.#say("im", `sip:${user}@${domain}`, text);
  }

  /** The next event of that kind with these parts. */
  async expect(event: LibpurpleEvent, ...parts: readonly string[]): Promise<void> {
    const begin = `${[event, ...parts].join("\t")}`;
    const line = await this.process.line((one) => one.startsWith(begin), 15_000, this.#read);
    this.#read = this.process.lines.indexOf(line, this.#read) + 1;
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

/** Compiles the host; gives its path. */
export async function libpurpleProgram({ setting }: SipSetting): Promise<string> {
  const source = fileURLToPath(new URL("libpurple-client.c", import.meta.url));
  const program = join(setting.network.folder, "libpurple-client");
  const flags = await run("pkg-config", ["--cflags", "--libs", "purple"], 10_000);
  const words = flags.flatMap((line) => line.split(" ")).filter((word) => word !== "");
  await run("gcc", ["-Wall", "-Werror", "-o", program, source, ...words], 60_000);
  return program;
}
