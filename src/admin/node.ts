import type { Fault } from "../base/fault.ts";

/** One signed-in device. Times are milliseconds since 1970. */
export type SessionView = {
  /** Full address: "alice@ours.example/desk". */
  readonly address: string;
  readonly protocol: "xmpp" | "sip";
  /** "192.0.2.7:40112"; undefined while the device is away and may still resume. */
  readonly remote: string | undefined;
  /** "TLSv1.3 TLS_AES_128_GCM_SHA256"; undefined in the clear. */
  readonly tls: string | undefined;
  readonly since: number;
  /** What others see: "available", "away", "chat", "dnd", "xa", "unavailable". */
  readonly presence: string;
};

/** One link to or from a foreign domain, or the attempt to have one. */
export type LinkView = {
  readonly direction: "in" | "out";
  readonly local: string;
  readonly foreign: string;
  /** Where it stands: "connecting", "proving", "up", "waiting" (for the next try), as the node names it. */
  readonly state: string;
  readonly remote: string | undefined;
  readonly tls: string | undefined;
  /** How the foreign domain proved who it is. */
  readonly proof: "certificate" | "dialback" | undefined;
  readonly since: number;
  readonly queuedStanzas: number;
  readonly queuedBytes: number;
  /** When the next try is due. */
  readonly retryAt: number | undefined;
  readonly lastFault: (Fault & { readonly at: number }) | undefined;
};

export type ListenerView = { readonly kind: string; readonly address: string; readonly port: number };

export type Status = {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly ready: boolean;
  readonly domains: readonly string[];
  readonly listeners: readonly ListenerView[];
  readonly sessions: number;
  readonly links: { readonly in: number; readonly out: number };
  /** Resident memory of the process, bytes. */
  readonly memoryBytes: number;
};

/** What a reload did. With faults, nothing was changed. */
export type ReloadReport = { readonly changes: readonly string[]; readonly faults: readonly string[] };

/** One certificate that is shown for a domain. Times are milliseconds since 1970. */
export type CertificateView = {
  readonly domain: string;
  /** Where it was read from. */
  readonly file: string;
  readonly subject: string;
  readonly issuer: string;
  /** The names it proves: DNS names, SRV names, XMPP addresses. */
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
};

/** The running node, as administration sees it. */
export interface Node {
  status(): Status;
  sessions(): readonly SessionView[];
  links(): readonly LinkView[];
  /** Reads configuration and certificates again and puts in force what changed. */
  reload(): Promise<ReloadReport>;
}
