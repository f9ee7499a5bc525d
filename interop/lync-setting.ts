import { fileURLToPath } from "node:url";
import type { Zone } from "../src/dns/zone.ts";
import type { ProfileName } from "../src/twin/profile.ts";
import type { TwinState } from "../src/twin/state.ts";
import type { Account } from "./clients.ts";
import { type Comity, startComity } from "./comity.ts";
import { Libpurple, libpurpleProgram } from "./libpurple.ts";
import type { Network } from "./network.ts";
import type { Process } from "./process.ts";
import { Setting } from "./setting.ts";
import { domain, password, SipSetting } from "./sip-setting.ts";

export type MicrosoftProfile = Exclude<ProfileName, "aol" | "simple">;

export const lyncDomain = "contoso.example";

const launcher = fileURLToPath(new URL("../bin/comity", import.meta.url));
const [oursAt, theirsAt] = [30, 40];
const ports = { edge: 5061, tls: 5071, tcp: 5070, control: 8061 } as const;

/**
 * Comity and, as a partner, `comity twin lync2010` or another of Microsoft's as an administrator runs it, with certificates of one authority; the
 * twin's people sign in with pidgin-sipe.
 */
export class LyncSetting {
  readonly sip: SipSetting;
  readonly twin: Process;
  readonly #program: string;

  private constructor(sip: SipSetting, twin: Process, program: string) {
    this.sip = sip;
    this.twin = twin;
    this.#program = program;
  }

  /** `ours` are people of Comity, `theirs` of the twin. */
  static async start(
    ours: readonly string[],
    theirs: readonly string[],
    profile: MicrosoftProfile = "lync2010",
  ): Promise<LyncSetting> {
    const setting = await Setting.start(zone);
    try {
      const [our, their] = await Promise.all([
        setting.authority.issue({ names: [`sip.${domain}`, domain] }),
        setting.authority.issue({ names: [`sip.${lyncDomain}`, lyncDomain] }),
      ]);
      const { network } = setting;
      const place = ["--address", network.address(theirsAt), "--port", `${ports.edge}`];
      const peer = ["--peer", `${network.address(oursAt)}:5061`, "--peer-name", `sip.${domain}`];
      const proof = ["--cert", their.certificate, "--key", their.key, "--ca", setting.authority.path];
      const clients = ["--clients", `${ports.tls}`, "--clients-tcp", `${ports.tcp}`, "--password", password];
      const people = ["--domain", lyncDomain, "--peer-domain", domain, "--user", ...theirs];
      const command = [launcher, "twin", profile, ...place, ...peer, ...proof, ...clients, ...people];
      const comity = await startComity(setting, {
        host: oursAt,
        domains: [{ name: domain, identity: our }],
        users: Object.fromEntries(ours.map((user) => [`${user}@${domain}`, password])),
        sip: true,
      });
      await comity.command("partner", "add", lyncDomain, "--type", profile);
      const program = await libpurpleProgram(setting);
      const twin = setting.keep(network.start("twin", [...command, "--control", `${ports.control}`]));
      await twin.line(/^steer it/, 20_000);
      return new LyncSetting(SipSetting.of(setting, comity), twin, program);
    } catch (error) {
      await setting.close();
      throw error;
    }
  }

  get setting(): Setting {
    return this.sip.setting;
  }

  get comity(): Comity {
    return this.sip.comity;
  }

  account(user: string): Account {
    return this.sip.account(user);
  }

  /** pidgin-sipe for one of the twin's people. */
  sipe(user: string, transport: "tcp" | "tls", word = password): Libpurple {
    const server = `sip.${lyncDomain}:${ports[transport]}`;
    const account = { address: `${user}@${lyncDomain}`, password: word, server };
    return Libpurple.startSipe(this.setting, this.#program, account, transport);
  }

  /** libpurple's SIMPLE for one of our people. */
  simple(user: string): Libpurple {
    return Libpurple.start(this.sip, this.#program, user, "tcp");
  }

  /** Kills Comity and starts it again. */
  async restart(): Promise<void> {
    await this.comity.again(this.setting);
  }

  /** All the twin knows, with what Comity did wrong towards it. */
  async state(): Promise<TwinState> {
    const url = `http://127.0.0.1:${ports.control}/state`;
    const lines = await this.setting.network.run(["curl", "-s", url], 10_000);
    return JSON.parse(lines.join("\n"));
  }

  /** Steers the twin: `what` is a path of its control. */
  async steer(what: string, words: object): Promise<void> {
    const url = `http://127.0.0.1:${ports.control}/${what}`;
    await this.setting.network.run(["curl", "-sf", "-d", JSON.stringify(words), url], 10_000);
  }

  close(): Promise<void> {
    return this.sip.close();
  }
}

function zone(network: Network): Zone {
  const federated = (of: string, at: number): Zone => ({
    [`_sipfederationtls._tcp.${of}`]: { SRV: [{ priority: 0, weight: 0, port: 5061, target: `sip.${of}` }] },
    [`sip.${of}`]: { A: [network.address(at)] },
    [of]: { A: [network.address(at)] },
  });
  return { ...federated(domain, oursAt), ...federated(lyncDomain, theirsAt) };
}
