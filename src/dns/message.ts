import * as packet from "dns-packet";
import { type Fault, fault } from "../base/fault.ts";
import type { Answer, RecordData, RecordType } from "../base/resolver.ts";

/** RFC 6891 §6.2.5, DNS Flag Day 2020: what fits through every path without fragments. */
export const udpPayloadBytes = 1232;

const authenticData = 1 << 5;
const truncated = 1 << 9;
const recursionDesired = 1 << 8;
const isResponse = 1 << 15;
const rcodes: Readonly<Record<number, string>> = { 1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED" };

export type Question = { readonly id: number; readonly name: string; readonly type: RecordType };

/** One question as bytes. With `edns`, larger answers may come by UDP; a server that chokes on it is asked without. */
export function encodeQuestion({ id, name, type }: Question, edns: boolean): Buffer {
  const options: packet.Answer[] = [
    {
      type: "OPT",
      name: ".",
      udpPayloadSize: udpPayloadBytes,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ];
  // RFC 6840 §5.7: AD in a question asks for AD in the answer, without the signatures.
  const flags = recursionDesired | authenticData;
  return packet.encode({
    type: "query",
    id,
    flags,
    questions: [{ type, name, class: "IN" }],
    additionals: edns ? options : [],
  });
}

/** What one reply says to one question. */
export type Reading<T extends RecordType> =
  | { readonly kind: "answer"; readonly answer: Answer<T> }
  /** Nothing of that type at the name; `ttlSeconds` is how long that holds (RFC 2308 §5), 0 when nobody says. */
  | { readonly kind: "nothing"; readonly why: Fault; readonly ttlSeconds: number }
  /** The name is another name's alias and the records were not sent along: ask for `name`. */
  | { readonly kind: "alias"; readonly name: string; readonly ttlSeconds: number; readonly authenticated: boolean }
  /** Too long for UDP: ask again over TCP. */
  | { readonly kind: "truncated" }
  /** Not the reply to this question (a stray or a forgery): keep waiting. */
  | { readonly kind: "stranger" }
  /** The server does not know EDNS: ask again without. */
  | { readonly kind: "no-edns" }
  | { readonly kind: "failure"; readonly why: Fault };

/** Reads a reply. `trustAd` says whether the server's word on DNSSEC counts (RFC 6840 §5.8: only over a path we trust). */
export function readReply<T extends RecordType>(
  bytes: Buffer,
  question: Question & { readonly type: T },
  trustAd: boolean,
): Reading<T> {
  // RFC 5452 §9.1: id and question must be ours, or it is not a reply to us.
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== question.id) return { kind: "stranger" };
  const flags = bytes.readUInt16BE(2);
  if ((flags & isResponse) === 0) return { kind: "stranger" };
  const rcode = flags & 0xf;
  if (rcode === 1 || rcode === 4) return { kind: "no-edns" };
  let reply: packet.DecodedPacket;
  try {
    reply = packet.decode(bytes);
  } catch (error) {
    // A truncated reply may break off anywhere; its header is enough.
    if ((flags & truncated) !== 0) return { kind: "truncated" };
    return { kind: "failure", why: fault("dns-malformed", error instanceof Error ? error.message : "") };
  }
  const asked = reply.questions?.[0];
  if (asked === undefined ? rcode === 0 : asked.type !== question.type || !sameName(asked.name, question.name)) {
    return { kind: "stranger" };
  }
  if ((flags & truncated) !== 0) return { kind: "truncated" };
  if (rcode !== 0 && rcode !== 3) {
    return { kind: "failure", why: fault("dns-server-failure", rcodes[rcode] ?? `code ${rcode}`) };
  }
  return found(reply, question, rcode === 3, trustAd && reply.flag_ad);
}

function found<T extends RecordType>(
  reply: packet.DecodedPacket,
  question: Question & { readonly type: T },
  noSuchName: boolean,
  authenticated: boolean,
): Reading<T> {
  const answers = (reply.answers ?? []).filter((record) => record.type !== "OPT");
  let name = question.name;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  // RFC 1034 §3.6.2: an alias stands for its target; as many steps as there are records, so a ring ends.
  for (const _ of answers) {
    const alias = answers.find((record) => record.type === "CNAME" && sameName(record.name, name));
    if (alias?.type !== "CNAME") break;
    name = alias.data;
    ttlSeconds = Math.min(ttlSeconds, ttlOf(alias));
  }
  const records: RecordData[T][] = [];
  for (const record of answers) {
    if (record.type !== question.type || !sameName(record.name, name)) continue;
    const data = dataOf(record);
    if (data === undefined) return { kind: "failure", why: fault("dns-malformed", `${question.type} of ${name}`) };
    records.push(data as RecordData[T]);
    ttlSeconds = Math.min(ttlSeconds, ttlOf(record));
  }
  if (records.length > 0) return { kind: "answer", answer: { records, ttlSeconds, authenticated } };
  const negativeSeconds = negativeTtl(reply);
  if (noSuchName) return { kind: "nothing", why: fault("dns-no-such-name", name), ttlSeconds: negativeSeconds };
  const aliased = !sameName(name, question.name);
  // With an SOA the server has followed the alias and says there is nothing at its end (RFC 2308 §2.2).
  if (aliased && negativeSeconds === 0) return { kind: "alias", name, ttlSeconds, authenticated };
  const why = fault("dns-no-records", `${question.type} of ${name}`);
  return { kind: "nothing", why, ttlSeconds: Math.min(negativeSeconds, ttlSeconds) };
}

/** RFC 2308 §5: the lesser of the SOA record's own TTL and its MINIMUM field; without an SOA nothing is kept. */
function negativeTtl(reply: packet.DecodedPacket): number {
  const soa = reply.authorities?.find((record) => record.type === "SOA");
  return soa?.type === "SOA" ? Math.min(ttlOf(soa), soa.data.minimum ?? 0) : 0;
}

/** RFC 2181 §8: a TTL with its highest bit set counts as zero. */
function ttlOf(record: packet.Answer): number {
  const ttl = "ttl" in record ? (record.ttl ?? 0) : 0;
  return ttl < 2 ** 31 ? ttl : 0;
}

function dataOf(record: packet.Answer): RecordData[RecordType] | undefined {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.data;
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = record.data;
      return { priority, weight, port, target: plainName(target) };
    }
    case "NAPTR": {
      const { order, preference, flags, services, regexp, replacement } = record.data;
      return { order, preference, flags, services, regexp, replacement: plainName(replacement) };
    }
    case "TLSA": {
      const { usage, selector, matchingType, certificate } = record.data;
      return { usage, selector, matching: matchingType, data: certificate };
    }
    case "TXT": {
      const parts = Array.isArray(record.data) ? record.data : [record.data];
      return Buffer.concat(parts.map((part) => Buffer.from(part))).toString("utf8");
    }
    default:
      return undefined;
  }
}

function plainName(name: string): string {
  return name.length > 1 && name.endsWith(".") ? name.slice(0, -1) : name;
}

/** RFC 4343: names compare without case. */
function sameName(a: string, b: string): boolean {
  return plainName(a).toLowerCase() === plainName(b).toLowerCase();
}
