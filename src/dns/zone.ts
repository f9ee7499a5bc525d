import type { RecordData, RecordType } from "../base/resolver.ts";

/** What a table of records says of one name. An alias has no other records (RFC 1034 §3.6.2). */
export type ZoneEntry = { readonly [T in RecordType]?: readonly RecordData[T][] } & {
  readonly CNAME?: string;
  readonly ttlSeconds?: number;
  /** How asking for this name goes wrong: no answer at all, or SERVFAIL. */
  readonly failing?: "silent" | "servfail";
};

/** Records by name (lower case, no final dot): what the simulated resolver and the test servers answer from. */
export type Zone = Readonly<Record<string, ZoneEntry>>;

export const zoneTtlSeconds = 300;
/** How long "there is nothing" holds. */
export const zoneNegativeSeconds = 60;

export type ZoneAlias = { readonly name: string; readonly to: string; readonly ttlSeconds: number };
export type ZoneAnswer<T extends RecordType> =
  | { readonly kind: "silent" }
  | { readonly kind: "servfail" }
  | { readonly kind: "nothing"; readonly exists: boolean; readonly aliases: readonly ZoneAlias[] }
  | {
      readonly kind: "found";
      /** The name the records stand at, after the aliases. */
      readonly name: string;
      readonly records: readonly RecordData[T][];
      readonly ttlSeconds: number;
      readonly aliases: readonly ZoneAlias[];
    };

/** Looks a name up as an authoritative server would, following aliases inside the zone (RFC 1034 §4.3.2). */
export function lookUp<T extends RecordType>(zone: Zone, name: string, type: T): ZoneAnswer<T> {
  const aliases: ZoneAlias[] = [];
  let at = name.toLowerCase();
  while (aliases.length < 16) {
    const entry = zone[at];
    if (entry?.failing !== undefined) return entry.failing === "silent" ? { kind: "silent" } : { kind: "servfail" };
    const ttlSeconds = entry?.ttlSeconds ?? zoneTtlSeconds;
    if (entry?.CNAME !== undefined) {
      aliases.push({ name: at, to: entry.CNAME, ttlSeconds });
      at = entry.CNAME.toLowerCase();
      continue;
    }
    // The entry's list under a type holds that type's data.
    const records = (entry?.[type] ?? []) as readonly RecordData[T][];
    if (records.length > 0) return { kind: "found", name: at, records, ttlSeconds, aliases };
    // RFC 8020: a name exists when it, or anything under it, has records.
    const exists = Object.keys(zone).some((other) => other === at || other.endsWith(`.${at}`));
    return { kind: "nothing", exists, aliases };
  }
  return { kind: "servfail" }; // a ring of aliases
}
