import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Process } from "./process.ts";
import { addressAt, password, type SipHome, type SipTransport } from "./sip-setting.ts";

export type BaresipOptions = {
  readonly user: string;
  readonly transport: SipTransport;
  /** A user of its domain, or a whole address, whom it watches and writes to. */
  readonly contact: string;
  /** Whether it says how its user is; it does so unless false. */
  readonly publishes?: boolean;
};

/** Colours, and everything else that moves a terminal's cursor. */
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** baresip with what it needs for presence and messages, its traffic among its lines. */
export class Baresip {
  readonly process: Process;
  readonly #home: SipHome;

  private constructor(home: SipHome, process: Process) {
    this.process = process;
    this.#home = home;
  }

  static start(sip: SipHome, options: BaresipOptions): Baresip {
    const { network } = sip.setting;
    const folder = join(network.folder, `baresip-${options.user}@${sip.domain}-${options.transport}`);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files(sip, options))) writeFileSync(join(folder, name), text);
    // Its output is no terminal: without stdbuf(1) it would come at the end.
    const command = ["stdbuf", "-oL", "baresip", "-4", "-s", "-f", folder];
    return new Baresip(sip, network.start(`baresip ${options.user}`, command, { input: true }));
  }

  async registered(): Promise<void> {
    await this.process.line(/registered successfully/, 10_000);
  }

  /** Sends its contact a message, one line. */
  message(text: string): void {
    this.process.write(`/message ${text}\n`);
  }

  /** Waits until it shows a message. */
  async reads(from: string, text: string): Promise<void> {
    await this.process.line(
      (line) => line.includes(`sip:${addressAt(this.#home, from)}`) && line.includes(`"${text}"`),
      10_000,
    );
  }

  /** Waits until its list of contacts shows one so: Online, Offline, Busy, Unknown. */
  async sees(contact: string, status: string): Promise<void> {
    const untilMs = Date.now() + 10_000;
    const address = `<sip:${addressAt(this.#home, contact)}>`;
    const wanted = `${status} ${contact} ${address}`;
    for (;;) {
      const from = this.process.lines.length;
      this.process.write("/contacts\n");
      const line = await this.process.line((one) => one.includes(address), 5_000, from);
      if (line.replace(escapes, "").includes(wanted)) return;
      if (Date.now() > untilMs) throw new Error(`${this.process.name} did not show ${wanted}, but ${line}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Publishes this. */
  shows(status: "online" | "offline"): void {
    this.process.write(`/presence_${status}\n`);
  }

  /** Everything that was sent and received, with its other lines. */
  traffic(): string {
    return this.process.lines.join("\n");
  }

  async close(): Promise<void> {
    this.process.write("/quit\n");
    const timer = setTimeout(() => void this.process.kill(), 4_000);
    await this.process.ended;
    clearTimeout(timer);
  }
}

function files(
  sip: SipHome,
  { user, transport, contact, publishes = true }: BaresipOptions,
): Readonly<Record<string, string>> {
  const { authority, dns } = sip.setting;
  const { domain } = sip;
  const own = sip.ownAddress();
  // Without an outbound proxy everything but REGISTER would go over UDP.
  const server = `sip:${transport === "tls" ? domain : sip.address};transport=${transport}`;
  const modules = ["module stdio.so", "module_tmp uuid.so", "module_tmp account.so", "module_app contact.so"];
  return {
    config: `poll_method epoll
net_interface ${own}
sip_listen ${own}:5060
sip_cafile ${authority.path}
dns_server ${dns.address}:${dns.port}
module_path /usr/lib/baresip/modules
${[...modules, "module_app menu.so", "module_app presence.so"].join("\n")}
`,
    accounts: `<sip:${user}@${domain};transport=${transport}>;auth_pass=${password};outbound="${server}";regint=600${publishes ? ";pubint=600" : ""}\n`,
    contacts: `"${contact}" <sip:${addressAt(sip, contact)}>;presence=p2p\n`,
  };
}
