import type { Identity, Wanted } from "./authority.ts";
import type { Account } from "./clients.ts";
import { type Comity, type PartnerRow, startComity } from "./comity.ts";
import { served } from "./dns.ts";
import { startEjabberd } from "./ejabberd.ts";
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
  /** Found by its address alone. */
  readonly withoutSrv?: boolean;
};

export function domainOf({ name, server }: Pick<ForeignDomain, "name" | "server">): string {
  return `${name}.${server}.example`;
}

const password = "pencil";
const localDomains = ["ours.example", "also.example"];
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

  private constructor(setting: Setting, comity: Comity, domains: readonly ForeignDomain[]) {
    this.setting = setting;
    this.comity = comity;
    this.#domains = domains;
  }

  static async start(domains: readonly ForeignDomain[], limits: Readonly<Record<string, number>> = {}) {
    const setting = await Setting.start((network) => {
      const at = (one: ForeignDomain) => network.address(hostOf(one));
      const zones = domains.map((one) =>
        one.withoutSrv ? { [domainOf(one)]: { A: [at(one)] } } : served(domainOf(one), at(one)),
      );
      return Object.assign({}, ...zones, ...localDomains.map((name) => served(name, network.address(30))));
    });
    try {
      const comity = await startAll(setting, domains, limits);
      return new Partners(setting, comity, domains);
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

  close(): Promise<void> {
    return this.setting.close();
  }
}

async function startAll(
  setting: Setting,
  domains: readonly ForeignDomain[],
  limits: Readonly<Record<string, number>>,
): Promise<Comity> {
  const { authority } = setting;
  const users = Object.fromEntries(foreignUsers.map((user) => [user, password]));
  const ready = await Promise.all(
    domains.map(async (one) => {
      const name = domainOf(one);
      const identity: { identity?: Identity } =
        one.identity === undefined ? {} : { identity: await authority.issue({ names: [name], ...one.identity }) };
      return { ...identity, name, dialback: one.dialback, users, host: hostOf(one) };
    }),
  );
  const ours = await Promise.all(
    localDomains.map(async (name) => ({ name, identity: await authority.issue({ names: [name] }) })),
  );
  const on = (host: number) => ready.filter((one) => one.host === host);
  const prosodies = [10, 11]
    .filter((host) => on(host).length > 0)
    .map((host) => startProsody(setting, { host, tlsRequired: host === 10, domains: on(host) }));
  const tls = (one: { identity?: Identity }) => (one.identity === undefined ? "none" : "required");
  const ejabberds =
    on(20).length === 0
      ? []
      : [startEjabberd(setting, { host: 20, domains: on(20).map((one) => ({ ...one, tls: tls(one) })) })];
  const addresses = localDomains.flatMap((domain) => localUsers.map((user) => [`${user}@${domain}`, password]));
  const [comity] = await Promise.all([
    startComity(setting, {
      host: 30,
      domains: ours,
      partners: domains.flatMap((one) => (one.row === undefined ? [] : [{ domain: domainOf(one), ...one.row }])),
      users: Object.fromEntries(addresses),
      limits,
    }),
    ...prosodies,
    ...ejabberds,
  ]);
  return comity;
}
