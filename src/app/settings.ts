import { asciiOf } from "../base/domain-name.ts";
import { limitsWith } from "../base/limits.ts";
import type { Config } from "../config/schema.ts";
import { partnerTable } from "../federation/partner.ts";
import type { TrustStore } from "../pki/trust-store.ts";
import type { ListenerSettings, Settings } from "../server/settings.ts";
import type { Identities } from "./identities.ts";

/** The configuration and what its files hold, in the node's own words. */
export function settingsFrom(config: Config, identities: Identities, trust: TrustStore): Settings {
  return {
    domains: new Map(
      config.domains.map(({ name }) => [name, { name, credentials: identities.get(name)?.credentials }]),
    ),
    listeners: config.listeners.filter(isNode),
    limits: limitsWith(config.limits),
    partners: partnerTable(config.federation.partners),
    trust,
    versionMin: config.tls.versionMin,
    clientTlsRequired: config.tls.clients === "required",
    federation: config.federation.enabled,
    abroad: config.federation.abroad,
    scramIterations: config.accounts.iterations,
    digests: config.accounts.digest,
    sip: {
      trunks: config.sip.trunks,
      // What stands in Via and Contact is ASCII (RFC 3261 §25.1, `host`).
      advertise: config.sip.advertise === undefined ? undefined : asciiOf(config.sip.advertise),
      sentCopies: config.sip.sentCopies,
      legacyTls: config.sip.tls === "legacy",
      msrp: {
        host: config.sip.msrp.host === undefined ? undefined : asciiOf(config.sip.msrp.host),
        port: config.sip.msrp.port,
      },
    },
    presence: config.presence,
  };
}

/** What speaks HTTP is served beside the node. */
function isNode(listener: Config["listeners"][number]): listener is ListenerSettings {
  return listener.kind !== "http" && listener.kind !== "xcap";
}

/** RT-17: whether a domain has a row under federation.partners, so is reached over XMPP. */
export function isXmppPartner(config: Config, domain: string): boolean {
  return config.federation.partners.some((partner) => partner.domain === domain);
}

/** EML-01: the domains of people who are known elsewhere by their email addresses; none where they are not. */
export function emailNames({ domains, federation }: Config): readonly string[] {
  return federation.abroad.emailAddresses ? domains.map(({ name }) => name) : [];
}
