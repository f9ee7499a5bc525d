import type { LinkState } from "../federation/link-state.ts";

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

/** The running node, as administration sees it. */
export interface Node {
  status(): Status;
  sessions(): readonly SessionView[];
  links(): readonly LinkState[];
  /** Reads configuration and certificates again and puts in force what changed. */
  reload(): Promise<ReloadReport>;
}
