import type { Limits } from "../base/limits.ts";
import type { Config } from "./schema.ts";

/** One thing that differs between the running configuration and the one just read. */
export type Change = {
  /** The section of comity.yaml it stands in. */
  readonly section: keyof Config;
  /** Where, as in a fault: "limits.closeMs", "domains branch.example". */
  readonly place: string;
  readonly how: "added" | "removed" | "changed";
  /** False: it counts only from the next start. */
  readonly live: boolean;
};

/** Sections that are read once, at start. */
const atStartOnly: ReadonlySet<keyof Config> = new Set(["store"]);

/** What differs, in the order of the file. Lists are compared by what their items name, not by position. */
export function changesBetween(before: Config, after: Config): readonly Change[] {
  const listenerName = ({ kind, address, port }: Config["listeners"][number]) => `${kind} ${address} port ${port}`;
  return [
    ...items("domains", before.domains, after.domains, ({ name }) => name),
    ...items("listeners", before.listeners, after.listeners, listenerName),
    ...values("tls", before.tls, after.tls),
    ...values("federation", besidePartners(before.federation), besidePartners(after.federation)),
    ...items("federation", before.federation.partners, after.federation.partners, partnerName),
    ...items("sip", before.sip.trunks, after.sip.trunks, ({ name }) => name),
    ...values("sip", { ...before.sip, trunks: undefined }, { ...after.sip, trunks: undefined }),
    ...values("presence", before.presence, after.presence),
    ...values("dns", before.dns, after.dns),
    ...values("store", before.store, after.store),
    ...values("accounts", before.accounts, after.accounts),
    ...values("log", before.log, after.log),
    ...values("limits", before.limits, after.limits),
  ];
}

/** The limits that differ, with their new values. */
export function limitChanges(before: Limits, after: Limits): Partial<Limits> {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => before[name as keyof Limits] !== value),
  ) as Partial<Limits>;
}

/** A change in words: "domains branch.example added". */
export function changeWords({ place, how, live }: Change): string {
  return `${place} ${how}${live ? "" : " (counts from the next start)"}`;
}

function besidePartners({ enabled, abroad }: Config["federation"]): object {
  const { aolDomain, openSip, prefer, emailAddresses } = abroad;
  return { enabled, aolDomain, "open.sip": openSip, "open.prefer": prefer, emailAddresses };
}

/** The row for everybody is the section `policy` of the file. */
function partnerName({ domain }: Config["federation"]["partners"][number]): string {
  return domain === "*" ? "(policy)" : domain;
}

function items<T>(
  section: keyof Config,
  before: readonly T[],
  after: readonly T[],
  name: (item: T) => string,
): Change[] {
  const old = new Map(before.map((item) => [name(item), item]));
  const now = new Map(after.map((item) => [name(item), item]));
  const label = section === "federation" ? "federation.partners" : section === "sip" ? "sip.trunks" : section;
  const change = (item: string, how: Change["how"]): Change => ({
    section,
    place: `${label} ${item}`,
    how,
    live: true,
  });
  return [
    ...[...old.keys()].filter((item) => !now.has(item)).map((item) => change(item, "removed")),
    ...[...now.keys()].filter((item) => !old.has(item)).map((item) => change(item, "added")),
    ...[...now]
      .filter(([item, value]) => old.has(item) && !same(old.get(item), value))
      .map(([item]) => change(item, "changed")),
  ];
}

function values(section: keyof Config, before: object, after: object): Change[] {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((key) => !same(old.get(key), now.get(key)));
  return names.map((key) => ({
    section,
    place: `${section}.${key}`,
    how: old.get(key) === undefined ? "added" : now.get(key) === undefined ? "removed" : "changed",
    live: !atStartOnly.has(section),
  }));
}

/** Configurations are plain data, made in one order by one reader. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
