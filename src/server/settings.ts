import type { DomainName } from "../base/domain-name.ts";
import type { Limits } from "../base/limits.ts";
import type { Credentials, TlsVersion } from "../base/network.ts";
import type { PartnerTable } from "../federation/partner.ts";
import type { TrustStore } from "../pki/trust-store.ts";

/** One way in. */
export type ListenerSettings = {
  readonly kind: "xmpp-client" | "xmpp-client-tls" | "xmpp-server" | "xmpp-server-tls";
  readonly address: string;
  readonly port: number;
};

/** A domain served here, with what it shows in handshakes; without credentials it is served in the clear only. */
export type DomainSettings = { readonly name: DomainName; readonly credentials: Credentials | undefined };

/**
 * All a node needs to know to run, in its own words; `app/` makes it from the configuration. It is replaced as a whole on
 * reload, so nobody keeps a part of it longer than one event.
 */
export type Settings = {
  readonly domains: ReadonlyMap<DomainName, DomainSettings>;
  readonly listeners: readonly ListenerSettings[];
  readonly limits: Limits;
  readonly partners: PartnerTable;
  readonly trust: TrustStore;
  readonly versionMin: TlsVersion;
  /** Clients may sign in only over TLS; false only on a closed network. */
  readonly clientTlsRequired: boolean;
  readonly federation: boolean;
  /** PBKDF2 rounds told to clients that do not exist here (so that they look like those that do). */
  readonly scramIterations: number;
};
