import type { Zone } from "../src/dns/zone.ts";
import type { Identity, Wanted } from "./authority.ts";
import type { Account } from "./clients.ts";
import { type Comity, type PartnerRow, startComity } from "./comity.ts";
import { addressOnly, served } from "./dns.ts";
import { startEjabberd } from "./ejabberd.ts";
import type { Network } from "./network.ts";
import type { Process } from "./process.ts";
import { startProsody } from "./prosody.ts";
import { Setting } from "./setting.ts";

export const foreignServers = ["prosody", "ejabberd"] as const;
export type ForeignServer = (typeof foreignServers)[number];

/** One foreign domain "<name>.<server>.example", and how it and Comity are to prove themselves to each other. */
export type ForeignDomain = {
  readonly name: string;
  readonly server: ForeignServer;
  /** Its certificate; without one it has no TLS. The names default to its own. */
  readonly identity?: Partial<Wanted>;
  readonly dialback: boolean;
  /** What Comity's configuration says of it. */
  readonly row?: Omit<PartnerRow, "domain">;
  /** Whether it takes no other proof than a good certificate (Prosody: only where the certificate is bad, see below). */
  readonly strict?: boolean;
  /** Its records, when they are not simply SRV and address of its server; `at` is that server's address. */
  readonly records?: (domain: string, at: string, network: Network) => Zone;
};

export function domainOf({ name, server }: Pick<ForeignDomain, "name" | "server">): string {
  return `${name}.${server}.example`;
}

const password = "pencil";
/** Comity's own: with SRV, with an address alone, and with a certificate that has run out. */
const localDomains = ["ours.example", "also.example", "worn.example"] as const;
const foreignUsers = ["romeo", "juliet", "nurse"];
const localUsers = ["alice", "bob", "carol"];

/** Where a domain is: every server has an address of its own, and Prosody one more for domains without TLS. */
function hostOf({ server, identity }: Pick<ForeignDomain, "server" | "identity">): number {
  if (server === "ejabberd") return 20;
  return identity === undefined ? 11 : 10;
}

/** Comity, with foreign domains on real servers. */
export class Partners {
  readonly setting: Setting;
  readonly comity: Comity;
  readonly #domains: readonly ForeignDomain[];
  readonly #servers: ReadonlyMap<number, Server>;

  private constructor(setting: Setting, comity: Comity, domains: readonly ForeignDomain[], servers: readonly Server[]) {
    this.setting = setting;
    this.comity = comity;
    this.#domains = domains;
    this.#servers = new Map(servers.map((server) => [server.host, server]));
  }

  /** `zone` adds records of domains that have no server here. */
  static async start(domains: readonly ForeignDomain[], { limits = {}, zone = () => ({}) }: PartnersOptions = {}) {
    const setting = await Setting.start((network) => {
      const zones = domains.map((one) => (one.records ?? served)(domainOf(one), network.address(hostOf(one)), network));
      const ours = network.address(30);
      const bare = ["ours.example", "also.example"].map((name) => addressOnly(name, ours));
      const local = [...bare, served("ours.example", ours), served("worn.example", ours)];
      return Object.assign({}, ...zones, ...local, zone(network));
    });
    try {
      const [comity, servers] = await Promise.all([
        startLocal(setting, domains, limits),
        startForeign(setting, domains),
      ]);
      return new Partners(setting, comity, domains, servers);
    } catch (error) {
      await setting.close();
      throw error;
    }
  }

  /** Somebody's account on Comity ("alice@ours.example") or on a foreign server. */
  account(jid: string): Account {
    const domain = jid.slice(jid.indexOf("@") + 1);
    const foreign = this.#domains.find((one) => domainOf(one) === domain);
    const { network, authority } = this.setting;
    if (foreign === undefined) return { jid, password, address: network.address(30), ca: authority.path };
    return { jid, password, address: network.address(hostOf(foreign)), plain: foreign.identity === undefined };
  }

  /** The server of a foreign domain: its process now, and how to start it again when that has ended. */
  server(domain: ForeignDomain): Server {
    const server = this.#servers.get(hostOf(domain));
    if (server === undefined) throw new Error(`no server for ${domainOf(domain)}`);
    return server;
  }

  close(): Promise<void> {
    return this.setting.close();
  }
}

export type PartnersOptions = {
  /** Comity's limits, where they are not the defaults. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly zone?: (network: Network) => Zone;
};

type Server = { readonly host: number; process: Process; readonly again: () => Promise<void> };

async function startLocal(
  setting: Setting,
  domains: readonly ForeignDomain[],
  limits: Readonly<Record<string, number>>,
): Promise<Comity> {
  const ours = await Promise.all(
    localDomains.map(async (name) => {
      const identity = await setting.authority.issue({ names: [name], expired: name === "worn.example" });
      return { name, identity };
    }),
  );
  const addresses = localDomains.flatMap((domain) => localUsers.map((user) => [`${user}@${domain}`, password]));
  return startComity(setting, {
    host: 30,
    domains: ours,
    partners: domains.flatMap((one) => (one.row === undefined ? [] : [{ domain: domainOf(one), ...one.row }])),
    users: Object.fromEntries(addresses),
    limits,
  });
}

/** One server for each address that any of the domains has. */
async function startForeign(setting: Setting, domains: readonly ForeignDomain[]): Promise<readonly Server[]> {
  const users = Object.fromEntries(foreignUsers.map((user) => [user, password]));
  const ready = await Promise.all(
    domains.map(async (one) => {
      const name = domainOf(one);
      const wanted = one.identity === undefined ? undefined : { names: [name], ...one.identity };
      const identity: { identity?: Identity } =
        wanted === undefined ? {} : { identity: await setting.authority.issue(wanted) };
      const tls = wanted === undefined ? "none" : one.strict ? "trusted" : "required";
      return { ...identity, name, dialback: one.dialback, users, host: hostOf(one), tls } as const;
    }),
  );
  const hosts = [...new Set(ready.map((one) => one.host))];
  return Promise.all(
    hosts.map(async (host) => {
      const these = ready.filter((one) => one.host === host);
      // Prosody's strictness is per foreign domain; the only one here that cannot stand it is worn.example.
      const start = () =>
        host === 20
          ? startEjabberd(setting, { host, domains: these })
          : startProsody(setting, { host, tlsRequired: host === 10, strictWith: ["worn.example"], domains: these });
      const server: Server = {
        host,
        process: await start(),
        again: async () => {
          server.process = await start();
        },
      };
      return server;
    }),
  );
}
