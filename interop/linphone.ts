import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Process } from "./process.ts";
import { addressAt, password, type SipHome, type SipTransport } from "./sip-setting.ts";
import { withSystemNames } from "./system-names.ts";

export type LinphoneOptions = {
  readonly user: string;
  readonly transport: SipTransport;
  /** Users of its domain, or whole addresses, on its contact list. */
  readonly friends?: readonly string[];
  /** Whether it watches them all with one subscription (RFC 5367) instead of one each. */
  readonly list?: boolean;
};

let starts = 0;

/** linphonec, Linphone's command line. It has a folder of its own, kept from one start to the next. */
export class Linphone {
  readonly process: Process;
  readonly #home: SipHome;
  readonly #transport: SipTransport;
  readonly #log: string;
  #read = 0;

  private constructor(home: SipHome, process: Process, log: string, transport: SipTransport) {
    this.process = process;
    this.#home = home;
    this.#transport = transport;
    this.#log = log;
  }

  static start(sip: SipHome, options: LinphoneOptions): Linphone {
    const { network, dns } = sip.setting;
    const folder = join(network.folder, `linphone-${options.user}@${sip.domain}`);
    mkdirSync(join(folder, ".local/share/linphone"), { recursive: true });
    const rc = join(folder, "linphonerc");
    writeFileSync(rc, configuration(sip, options));
    const log = join(folder, `log-${++starts}`);
    // Its output is no terminal: without stdbuf(1) it would come at the end.
    const command = ["stdbuf", "-oL", "linphonec", "-c", rc, "-d", "6", "-l", log];
    const process = network.start(`linphonec ${options.user}`, withSystemNames(dns, folder, command), {
      input: true,
      env: { HOME: folder, XDG_DATA_HOME: join(folder, ".local/share"), XDG_CONFIG_HOME: join(folder, ".config") },
    });
    return new Linphone(sip, process, log, options.transport);
  }

  /** Waits until it is registered. */
  async registered(): Promise<void> {
    // Where a server says that a client may show a certificate (ours does), it asks for the password of its key, and waits.
    if (this.#transport === "tls") {
      await this.logs(/cannot get client certificate/);
      this.process.write("none\n");
    }
    await this.logs(/to \[LinphoneRegistrationOk\]/);
  }

  /** Sends a message, one line. */
  chat(to: string, text: string): void {
    this.process.write(`chat sip:${addressAt(this.#home, to)} ${text}\n`);
  }

  /** Waits until it shows a message; what was waited for is not found again. */
  async reads(from: string, text: string): Promise<void> {
    await this.#shows(
      (line) => line.includes(`Message received from sip:${addressAt(this.#home, from)}`) && line.includes(text),
    );
  }

  /** Waits until its contact is shown so: Online, Offline, Away, Busy... */
  async sees(friend: string, status: string): Promise<void> {
    await this.#shows((line) => line.includes(`<sip:${addressAt(this.#home, friend)}> is ${status}`));
  }

  /** Everything that was sent and received, with much else. */
  wire(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8") : "";
  }

  /** Waits until its log shows something. */
  async logs(pattern: RegExp, ms = 10_000): Promise<void> {
    const untilMs = Date.now() + ms;
    while (!pattern.test(this.wire())) {
      if (Date.now() > untilMs) throw new Error(`${this.process.name} did not log ${pattern}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Leaves as a person would: its registration and what it published are taken away. */
  async close(): Promise<void> {
    this.process.write("unregister\n");
    await this.logs(/to \[LinphoneRegistrationCleared\]/, 2_000).catch(() => undefined);
    this.process.write("quit\n");
    const timer = setTimeout(() => void this.process.kill(), 4_000);
    await this.process.ended;
    clearTimeout(timer);
  }

  async #shows(fits: (line: string) => boolean): Promise<void> {
    const line = await this.process.line(fits, 10_000, this.#read);
    this.#read = this.process.lines.indexOf(line, this.#read) + 1;
  }
}

function configuration(sip: SipHome, { user, transport, friends = [], list = false }: LinphoneOptions): string {
  const { domain } = sip;
  const server = transport === "tls" ? domain : sip.address;
  const contacts = friends.map(
    (friend, at) => `[friend_${at}]
url="${friend}" <sip:${addressAt(sip, friend)}>
pol=accept
subscribe=1
`,
  );
  // It takes loopback for no network at all, unless it is not to look.
  return `[sip]
default_proxy=0
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
use_ipv6=0
auto_net_state_mon=0
register_only_when_network_is_up=0
root_ca=${sip.setting.authority.path}
verify_server_certs=1
verify_server_cn=1
publish_expires=600
${list ? `rls_uri=sip:${user}+presence@${domain}\n` : ""}[proxy_0]
reg_proxy=<sip:${server};transport=${transport}>
reg_route=<sip:${server};transport=${transport}>
reg_identity=sip:${user}@${domain}
reg_expires=600
reg_sendregister=1
publish=1
[auth_info_0]
username=${user}
passwd=${password}
realm=${domain}
${contacts.join("")}`;
}
