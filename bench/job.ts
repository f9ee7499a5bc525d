import { gatewayWorkloads } from "./gateway-workloads.ts";
import type { PartnerPlace } from "./peer.ts";
import { type SipWorkload, sipWorkloads } from "./sip-workloads.ts";

/** Where clients reach a server. */
export type Target = { readonly address: string; readonly port: number; readonly domain: string };

export const workloads = {
  "raw-w1": "bare relay, one 200-byte record in flight per pair",
  "raw-w8": "bare relay, eight in flight",
  "x2-w1": "chat between two local users, to the bare address, about 200 bytes, one in flight per pair",
  "x2-w8": "the same, eight in flight",
  "x3-r20": "presence change to 20 contacts, per delivery",
  "x1-scram": "sign-in: connect, STARTTLS, SCRAM-SHA-1, bind, roster, presence, close",
  "x1-plain": "the same with PLAIN",
  "x5-w1": "chat across two federated servers of the same kind, one in flight per pair",
  "x5-w8": "the same, eight in flight",
  x4: "memory of idle TLS connections, signed in",
  ...sipWorkloads,
  ...gatewayWorkloads,
} as const;

export type Workload = keyof typeof workloads;
export type XmppWorkload = Exclude<Workload, SipWorkload>;

/** What the driver is told, as one line of JSON. */
export type Job = {
  readonly workload: Workload;
  /**
   * The server; for chat across two servers the sender's, then the receiver's; for SIP where it listens for that, then for
   * XMPP if it has that too.
   */
  readonly targets: readonly Target[];
  /** Process ids of the servers, the sender's first: their trees are measured. */
  readonly pids: readonly number[];
  /** Accounts `user0` … on every target, with the password below. */
  readonly users: number;
  readonly pairs: number;
  /** Sign-ins at once. */
  readonly atOnce: number;
  /** Connections to hold for `x4` and `sip-idle`. */
  readonly idle: number;
};

/** The same with a SIP domain to play. */
export type GatewayJob = Job & { readonly partner: PartnerPlace & { readonly mangled?: string | undefined } };

export const password = "pencil-and-paper";

export function userName(number: number): string {
  return `user${number}`;
}

/** What a driver counts; times are microseconds. */
export type Counted = {
  /** Messages, presences or sign-ins completed while it was measured. */
  readonly units: number;
  /** CPU time of each server's process tree, all threads. */
  readonly serverCpuUs: readonly number[];
  readonly driverCpuUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Pairs that waited for their message when it ended, longer than a second. */
  readonly stalled: number;
  /** Requests over UDP that were sent again, the warm-up included. */
  readonly resent?: number;
};

/** Figures of one measurement. */
export type Figures = Counted & {
  /** How long its turns were, together. */
  readonly seconds: number;
  /** Those with the same number had turns at the same time. */
  readonly contest: number;
  /** Cores that neither the servers nor the drivers kept busy, but somebody else did. */
  readonly othersBusy: number;
};

export type MemoryFigures = {
  readonly connections: number;
  readonly baseRssKib: number;
  readonly basePssKib: number;
  readonly rssKib: number;
  readonly pssKib: number;
  /** CPU seconds a second, holding them. */
  readonly idleCpu: number;
};

/** What the driver answers, as one line of JSON. */
export type Answer = { readonly counted: Counted } | { readonly memory: MemoryFigures } | { readonly failed: string };

export type Outcome = { readonly figures: Figures } | { readonly memory: MemoryFigures } | { readonly failed: string };
