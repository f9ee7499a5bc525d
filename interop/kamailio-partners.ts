import type { Zone } from "../src/dns/zone.ts";
import type { Wanted } from "./authority.ts";
import type { Account } from "./clients.ts";
import { type Comity, startComity } from "./comity.ts";
import { Kamailio, type KamailioOptions } from "./kamailio.ts";
import type { Network } from "./network.ts";
import { Setting } from "./setting.ts";
import { domain, password, type SipHome } from "./sip-setting.ts";

const users = ["romeo", "juliet", "nurse"];
const localUsers = ["alice", "bob", "carol", "dave"];

type Kind = Pick<KamailioOptions, "host" | "domain" | "transport"> & {
  readonly wanted: Wanted;
  /** Its records, which lead to its host by the name edge. */
  readonly found: readonly ("_sips._tcp" | "_sip._tcp")[];
  /** What `comity partner add` is told beside its domain. */
  readonly told: (at: string) => readonly string[];
};

/** How each Kamailio domain is found and proved; the last two are not. */
const kinds = {
  /** By DNS and its certificate, which carries the name DNS leads to. */
  theirs: {
    ...{ host: 40, domain: "theirs.example", transport: "tls", wanted: { names: ["edge.theirs.example"] } },
    ...{ found: ["_sips._tcp"], told: () => [] },
  },
  /** By a static route; DNS says nothing of it. */
  routed: {
    ...{ host: 50, domain: "routed.example", transport: "tls", wanted: { names: ["routed.example"] } },
    ...{ found: [], told: () => ["--route", "edge.routed.example:5061"] },
  },
  /** In the clear, by DNS and its address. */
  clear: {
    ...{ host: 60, domain: "clear.example", transport: "tcp", wanted: { names: ["clear.example"] } },
    ...{ found: ["_sip._tcp"], told: (at) => ["--address", at] },
  },
  /** Its certificate is another's. */
  wrong: {
    ...{ host: 70, domain: "wrong.example", transport: "tls", wanted: { names: ["elsewhere.example"] } },
    ...{ found: ["_sips._tcp"], told: () => [] },
  },
  /** Its certificate has run out. */
  worn: {
    ...{ host: 80, domain: "worn.example", transport: "tls", wanted: { names: ["worn.example"], expired: true } },
    ...{ found: ["_sips._tcp"], told: () => [] },
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type KamailioName = keyof typeof kinds;

/** The records of a domain whose SIP is served by one host. */
function sipRecords(name: string, at: string, found: Kind["found"]): Zone {
  const records: Record<string, Zone[string]> = { [`edge.${name}`]: { A: [at] } };
  for (const service of found) {
    const port = service === "_sips._tcp" ? 5061 : 5060;
    records[`${service}.${name}`] = { SRV: [{ priority: 0, weight: 0, port, target: `edge.${name}` }] };
  }
  return records;
}

/** Comity with local people on XMPP and SIP, and Kamailio domains as its partners. */
export class KamailioPartners implements SipHome {
  readonly setting: Setting;
  readonly comity: Comity;
  readonly domain = domain;
  readonly #kamailios: ReadonlyMap<KamailioName, Kamailio>;
  #hosts = 100;

  private constructor(setting: Setting, comity: Comity, kamailios: ReadonlyMap<KamailioName, Kamailio>) {
    this.setting = setting;
    this.comity = comity;
    this.#kamailios = kamailios;
  }

  static async start(names: readonly KamailioName[]): Promise<KamailioPartners> {
    const setting = await Setting.start((network) => zone(names, network));
    try {
      const identity = await setting.authority.issue({ names: [domain, `edge.${domain}`] });
      const comity = await startComity(setting, {
        host: 30,
        domains: [{ name: domain, identity }],
        users: Object.fromEntries(localUsers.map((user) => [`${user}@${domain}`, password])),
        sip: true,
      });
      const kamailios = new Map<KamailioName, Kamailio>();
      for (const name of names) {
        const { host, wanted, told, transport, ...kind } = kinds[name];
        const identity = await setting.authority.issue(wanted);
        const options = { ...kind, host, transport, identity, users, mailboxes: ["nurse"], partner: domain };
        const kamailio = await Kamailio.start(setting, options);
        kamailios.set(name, kamailio);
        await comity.command("partner", "add", kind.domain, ...told(kamailio.address));
      }
      return new KamailioPartners(setting, comity, kamailios);
    } catch (error) {
      await setting.close();
      throw error;
    }
  }

  of(name: KamailioName): Kamailio {
    const kamailio = this.#kamailios.get(name);
    if (kamailio === undefined) throw new Error(`${name} was not started`);
    return kamailio;
  }

  get address(): string {
    return this.setting.network.address(30);
  }

  ownAddress(): string {
    return this.setting.network.address(this.#hosts++);
  }

  /** Somebody's account here, as XMPP clients have it. */
  account(user: string): Account {
    return { jid: `${user}@${domain}`, password, address: this.address, ca: this.setting.authority.path };
  }

  close(): Promise<void> {
    return this.setting.close();
  }
}

function zone(names: readonly KamailioName[], network: Network): Zone {
  const ours = sipRecords(domain, network.address(30), ["_sips._tcp", "_sip._tcp"]);
  const theirs = names.map((name) => {
    const { host, domain: of, found } = kinds[name];
    return sipRecords(of, network.address(host), found);
  });
  return Object.assign({}, ours, ...theirs);
}
