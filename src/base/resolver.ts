import type { Result } from "./result.ts";

export type RecordType = "A" | "AAAA" | "SRV" | "NAPTR" | "TLSA" | "TXT";

export type SrvData = {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
};
export type NaptrData = {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly regexp: string;
  readonly replacement: string;
};
export type TlsaData = {
  readonly usage: number;
  readonly selector: number;
  readonly matching: number;
  readonly data: Uint8Array;
};

/** What each record type carries; an A or AAAA is the address as text, names are in ASCII without a final dot ("." alone stays). */
export type RecordData = { A: string; AAAA: string; SRV: SrvData; NAPTR: NaptrData; TLSA: TlsaData; TXT: string };

/** An answer: the records, how long it may be kept, and whether a trusted resolver vouches for it by DNSSEC. */
export type Answer<T extends RecordType> = {
  readonly records: readonly RecordData[T][];
  readonly ttlSeconds: number;
  readonly authenticated: boolean;
};

/**
 * The door to DNS. A name that does not exist answers `dns-no-such-name`; a name without records of the type answers
 * `dns-no-records`; both are kept for their negative TTL (RFC 2308).
 */
export interface Resolver {
  resolve<T extends RecordType>(name: string, type: T): Promise<Result<Answer<T>>>;
  /** Forgets everything that was kept. */
  flush(): void;
}
