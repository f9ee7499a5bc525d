import type { DomainName } from "../base/domain-name.ts";
import type { Limits } from "../base/limits.ts";
import type { Credentials, TlsVersion } from "../base/network.ts";
import type { AbroadRules } from "../federation/abroad.ts";
import type { PartnerTable } from "../federation/partner.ts";
import type { TrustStore } from "../pki/trust-store.ts";
import type { ClientResources } from "../presence/client-class.ts";
import type { DigestAlgorithm } from "../sip/digest.ts";

export type XmppListenerKind = "xmpp-client" | "xmpp-client-tls" | "xmpp-server" | "xmpp-server-tls";
export type SipListenerKind = "sip-udp" | "sip-tcp" | "sip-tls" | "sip-ws" | "sip-wss";
export type MsrpListenerKind = "msrp-tls" | "msrp-tcp";

/** One way in. */
export type ListenerSettings<Kind extends string = XmppListenerKind | SipListenerKind | MsrpListenerKind> = {
  readonly kind: Kind;
  readonly address: string;
  readonly port: number;
};

/** What the SIP service listens for itself. */
export function isSip(listener: ListenerSettings): listener is ListenerSettings<SipListenerKind | MsrpListenerKind> {
  return listener.kind.startsWith("sip-") || listener.kind.startsWith("msrp-");
}

/** A domain served here, with what it shows in handshakes; without credentials it is served in the clear only. */
export type DomainSettings = { readonly name: DomainName; readonly credentials: Credentials | undefined };

/** A call manager that may publish the state of telephone lines (SET-160 to SET-166). */
export type TrunkSettings = {
  readonly name: string;
  /** IP addresses it publishes from. */
  readonly addresses: readonly string[];
  /** A name its certificate must carry; undefined where its address alone is believed. */
  readonly tlsSubject: string | undefined;
  /** The one transport over which it is believed. */
  readonly transport: "udp" | "tcp" | "tls";
};

export type SipSettings = {
  readonly trunks: readonly TrunkSettings[];
  /** What Via and Contact show as this node's host; undefined: the domain over TLS, the local address otherwise. */
  readonly advertise: string | undefined;
  /** What a person sends from another device is shown on their SIP devices too. */
  readonly sentCopies: boolean;
  /** TLS 1.0 and its ciphers are taken from SIP clients that know nothing newer. */
  readonly legacyTls: boolean;
  /** Where partners are told to connect for sessions of MSRP, where that is not where we listen. */
  readonly msrp: { readonly host: string | undefined; readonly port: number | undefined };
};

/** How people's presence is made and who may see it. */
export type PresenceSettings = {
  /** Whose wish to see somebody is granted without asking them (SUB-19). */
  readonly autoAuthorise: "none" | "local";
  /** A registered SIP device that publishes nothing counts as available. */
  readonly registrationCounts: boolean;
  /** False hides everyone from everyone, people of other domains too (SUB-25). */
  readonly sharing: boolean;
  /** What a calendar's "out of office" shows (MAP-11). */
  readonly outOfOffice: "away" | "out-of-office";
  /** Whether devices may look for so long at people who are no contacts, and how many may at once; 0: any number (SUB-26). */
  readonly adHoc: { readonly enabled: boolean; readonly activeMax: number; readonly seconds: number };
  /** By what XMPP clients of each class are known. */
  readonly clientResources: ClientResources;
};

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
  readonly abroad: AbroadRules;
  /** Digest algorithms SIP clients may prove themselves by, as `accounts.digest` has them. */
  readonly digests: readonly DigestAlgorithm[];
  /** PBKDF2 rounds told to clients that do not exist here (so that they look like those that do). */
  readonly scramIterations: number;
  readonly sip: SipSettings;
  readonly presence: PresenceSettings;
};
