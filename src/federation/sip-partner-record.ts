import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Store } from "../base/store.ts";
import { changed, type MappingOverrides, noOverrides, readChange, written } from "../presence/mapping-overrides.ts";
import { type SipPartner, type SipRoute, sipModes, sipPartnerTypes, tlsOnly } from "./sip-partner.ts";

/** Under whose name the store keeps what belongs to the installation, not to a person. */
export const installation = "comity";

/** What running nodes are told by that a partner is new, other or gone; the payload is its domain. */
export const partnerSubject = "partner.changed";

const prefix = "sip-partner/";

/** The name of a partner's document in the store. */
export function recordName(domain: string): string {
  return `${prefix}${domain}`;
}

function isPartnerRecord(name: string): boolean {
  return name.startsWith(prefix);
}

/** A partner as it is written outside: in the store, and for programs that ask. */
export type PartnerView = Omit<SipPartner, "mapping"> & { readonly mapping: readonly string[] };

export function partnerView(partner: SipPartner): PartnerView {
  return { ...partner, mapping: written(partner.mapping) };
}

/** A partner as the store keeps it. */
export function partnerRecord(partner: SipPartner): string {
  return JSON.stringify(partnerView(partner));
}

/**
 * Reads a partner from JSON, an administrator's or the store's. What is left out has its usual value: direction "both", nothing
 * else. Fails with partner-unreadable, naming the field.
 */
export function readPartner(value: unknown): Result<SipPartner> {
  if (typeof value !== "object" || value === null) return wrong("it is no object");
  const given = value as Readonly<Record<string, unknown>>;
  const domain = typeof given.domain === "string" ? parseDomainName(given.domain) : undefined;
  if (domain?.ok !== true) return wrong("domain");
  const type = sipPartnerTypes.find((each) => each === given.type);
  if (type === undefined) return wrong(`type: one of ${sipPartnerTypes.join(", ")}`);
  const direction = directions.find((each) => each === (given.direction ?? "both"));
  if (direction === undefined) return wrong(`direction: one of ${directions.join(", ")}`);
  const routes = (Array.isArray(given.routes) ? given.routes : []).map(routeFrom);
  if (routes.length > 100 || routes.includes(undefined)) return wrong("routes");
  const names = texts(given.names);
  const addresses = texts(given.addresses);
  if (names === undefined || addresses === undefined) return wrong("names, addresses: lists of texts");
  const mode = sipModes.find((each) => each === given.mode);
  if (given.mode !== undefined && mode === undefined) return wrong(`mode: one of ${sipModes.join(", ")}`);
  if (mode !== undefined && type !== "simple") return wrong(`mode: ${type} has its own; it is for type simple`);
  const description = typeof given.description === "string" ? given.description.slice(0, 255) : "";
  const found = routes.filter((route): route is SipRoute => route !== undefined);
  if (tlsOnly.has(type) && found.some(({ transport }) => transport !== "tls")) {
    return wrong(`routes: ${type} takes TLS over TCP only (LIM-03, LIM-04)`);
  }
  const mapping = overridesIn(given.mapping);
  if (typeof mapping === "string") return wrong(`mapping: ${mapping}`);
  const { connections, rate } = given;
  if (rate !== undefined && rate !== null && !isRate(rate)) return wrong("rate: 1 to 10000 requests a second");
  const more = connections ?? undefined;
  if (more !== undefined && !isFew(more)) return wrong("connections: 1 to 16");
  return ok({
    domain: domain.value,
    type,
    description,
    direction,
    routes: found,
    names,
    addresses,
    rate: isRate(rate) ? rate : undefined,
    mapping,
    ...(more === undefined ? {} : { connections: more }),
    ...(mode === undefined ? {} : { mode }),
  });
}

const directions = ["both", "in", "out", "none"] as const;

function routeFrom(value: unknown): SipRoute | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const {
    host,
    port,
    transport = "tls",
    priority = 1,
    weight = 1,
    inService = true,
  } = value as Readonly<Record<string, unknown>>;
  if (typeof host !== "string" || host === "" || host.length > 255 || /[\s<>"]/.test(host)) return undefined;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (transport !== "tls" && transport !== "tcp") return undefined;
  if (!isShort(priority) || !isShort(weight) || typeof inService !== "boolean") return undefined;
  return { host: host.toLowerCase(), port, transport, priority, weight, inService };
}

/** SET-26, SET-27 */
function isShort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function isFew(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 16;
}

function isRate(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000;
}

/** Overrides from a list of texts; in words what is wrong with them. */
export function overridesIn(value: unknown): MappingOverrides | string {
  if (value === undefined) return noOverrides;
  if (!Array.isArray(value) || value.length > 100) return "a list of texts";
  const changes = value.map((each) => readChange(String(each)));
  const wrong = changes.find((each) => typeof each === "string");
  return (
    wrong ??
    changed(
      noOverrides,
      changes.filter((each) => typeof each !== "string"),
    )
  );
}

function texts(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > 100) return undefined;
  return value.every((each): each is string => typeof each === "string" && each.length <= 255)
    ? value.map((each) => each.toLowerCase())
    : undefined;
}

function wrong(what: string): Result<SipPartner> {
  return no(fault("partner-unreadable", what));
}

/** All that can be read; a record of a later program that cannot is left out. */
export async function storedPartners(store: Pick<Store, "documents">): Promise<readonly SipPartner[]> {
  const documents = await store.documents.list(installation);
  return documents.flatMap(({ name, content }) => {
    if (!isPartnerRecord(name)) return [];
    try {
      const partner = readPartner(JSON.parse(new TextDecoder().decode(content)));
      return partner.ok ? [partner.value] : [];
    } catch {
      return [];
    }
  });
}
