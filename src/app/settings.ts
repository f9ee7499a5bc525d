import { limitsWith } from "../base/limits.ts";
import type { Config } from "../config/schema.ts";
import type { TrustStore } from "../pki/trust-store.ts";
import type { ListenerSettings, Settings } from "../server/settings.ts";
import type { Identities } from "./identities.ts";
import { partnersFrom } from "./start-node.ts";

/** The configuration and what its files hold, in the node's own words. */
export function settingsFrom(config: Config, identities: Identities, trust: TrustStore): Settings {
  return {
    domains: new Map(config.domains.map(({ name }) => [name, { name, credentials: identities.get(name) }])),
    listeners: config.listeners.filter(isXmpp),
    limits: limitsWith(config.limits),
    partners: partnersFrom(config.federation),
    trust,
    versionMin: config.tls.versionMin,
    clientTlsRequired: config.tls.clients === "required",
    federation: config.federation.enabled,
    scramIterations: config.accounts.iterations,
  };
}

function isXmpp(listener: Config["listeners"][number]): listener is ListenerSettings {
  return listener.kind !== "http";
}
