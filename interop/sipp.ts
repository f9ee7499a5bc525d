import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Process } from "./process.ts";
import { password, type SipHome, type SipTransport, sipTransports } from "./sip-setting.ts";

export type Scenario = "register" | "message" | "reachable" | "publish" | "watch" | "self";

export type SippOptions = {
  readonly transport: SipTransport;
  /** Who it is. */
  readonly user: string;
  /** Whom it writes to or watches. */
  readonly peer?: string;
  /** Whom the credentials are for: one for a whole scenario, without "sip:". */
  readonly about: string;
};

/** One scenario of `sipp/`, run once. */
export class Sipp {
  readonly process: Process;
  readonly #log: string;

  private constructor(process: Process, log: string) {
    this.process = process;
    this.#log = log;
  }

  static async start(sip: SipHome, scenario: Scenario, options: SippOptions): Promise<Sipp> {
    const { network } = sip.setting;
    const { transport, user, peer = user, about } = options;
    const own = sip.ownAddress();
    const server = transport === "tls" ? `${await relay(sip, own)}:5060` : `${sip.address}:5060`;
    const stem = join(network.folder, `sipp-${scenario}-${user}-${transport}`);
    const keys = { via: transport.toUpperCase(), domain: sip.domain, user, peer };
    const command = [
      ...["sipp", server, "-sf", here(`${scenario}.xml`), "-m", "1", "-nostdin"],
      ...(scenario === "reachable" ? ["-oocsf", here("answer.xml")] : []),
      ...["-t", transport === "udp" ? "u1" : "t1", "-i", own],
      ...Object.entries(keys).flatMap(([key, value]) => ["-key", key, value]),
      ...["-au", user, "-ap", password, "-auth_uri", about],
      ...["-trace_msg", "-message_file", `${stem}.messages`, "-trace_err", "-error_file", `${stem}.errors`],
      ...["-recv_timeout", "8000", "-timeout", "25", "-timeout_error"],
    ];
    return new Sipp(network.start(`sipp ${scenario} ${user} ${transport}`, command), `${stem}.messages`);
  }

  /** Waits until a scenario says so. */
  async says(words: string): Promise<void> {
    await this.process.line((line) => line.startsWith(`sipp: ${words}`), 10_000);
  }

  /** Waits for its end; fails with what went over the wire when it did not go as the scenario says. */
  async done(): Promise<void> {
    const how = await this.process.ended;
    if (how !== 0) throw new Error(`${this.process.name} ended with ${how}\n${this.wire()}`);
  }

  /** Everything that was sent and received. */
  wire(): string {
    return readFileSync(this.#log, "utf8");
  }

  async close(): Promise<void> {
    await this.process.stop();
  }
}

function here(name: string): string {
  return fileURLToPath(new URL(`sipp/${name}`, import.meta.url));
}

/** Debian's SIPp is built without TLS: a relay has it for it. Gives the relay's address. */
async function relay({ setting, domain, address }: SipHome, own: string): Promise<string> {
  const script = fileURLToPath(new URL("tls-relay.mjs", import.meta.url));
  const port = String(sipTransports.tls);
  const command = [execPath, script, own, "5060", address, port, setting.authority.path, domain];
  const process = setting.keep(setting.network.start(`relay ${own}`, command));
  await process.line(/relay is up/, 5_000);
  return own;
}
