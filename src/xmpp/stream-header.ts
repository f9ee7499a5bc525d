import type { DomainName } from "../base/domain-name.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { StreamHeader } from "../xml/framer.ts";
import { escapeXml } from "../xml/writer.ts";
import { type Jid, parseJid } from "./jid.ts";
import { ns } from "./ns.ts";

/** Whom a stream is between: a client and its server, or two servers (RFC 6120 §4.8.2). */
export type Side = "client" | "server";

/** A stream header (RFC 6120 §4.7) that keeps the rules. */
export type Header = {
  readonly to: DomainName | undefined;
  readonly from: Jid | undefined;
  /** Empty on an initial header. */
  readonly id: string;
  /** It says version 1.0 or later; without, there are no stream features (RFC 6120 §4.7.5). */
  readonly versioned: boolean;
  /** xml:lang, empty when not said. */
  readonly lang: string;
  /** The dialback namespace is declared: how servers before XMPP 1.0 say that they speak it (XEP-0220 §2.1.1). */
  readonly dialback: boolean;
};

/** What closes a stream (RFC 6120 §4.4). */
export const streamEnd = "</stream:stream>";

const versionForm = /^0*(\d{1,6})\.0*(\d{1,6})$/;

/**
 * Judges a peer's header. Absent attributes are the caller's to miss, for only a receiver needs `to`. Fails with
 * invalid-namespace, stream-bad-format, stream-unsupported-version, host-unknown (a `to` that is no domain) or invalid-from.
 */
export function readHeader(header: StreamHeader, side: Side): Result<Header> {
  const { attrs } = header;
  if (header.ns !== ns.stream) return no(fault("invalid-namespace", header.ns)); // RFC 6120 §4.8.1
  if (header.name !== "stream") return no(fault("stream-bad-format", `<${header.name}/> instead of <stream/>`));
  if (header.contentNs !== ns[side]) return no(fault("invalid-namespace", header.contentNs)); // RFC 6120 §4.8.2
  const version = versionForm.exec(attrs.version ?? "0.9");
  if (version === null) return no(fault("stream-unsupported-version", attrs.version)); // RFC 6120 §4.7.5
  const to = attrs.to === undefined ? ok(undefined) : parseDomainName(attrs.to);
  if (!to.ok) return no(fault("host-unknown", to.fault.detail)); // RFC 6120 §4.9.3.6
  const from = attrs.from === undefined ? ok(undefined) : parseJid(attrs.from);
  if (!from.ok) return no(fault("invalid-from", from.fault.detail)); // RFC 6120 §4.9.3.9
  return ok({
    to: to.value,
    from: from.value,
    id: attrs.id ?? "",
    versioned: Number(version[1]) >= 1,
    lang: attrs["xml:lang"] ?? "",
    dialback: Object.values(header.prefixes).includes(ns.dialback),
  });
}

/**
 * Our header. The attributes always stand in the same order and servers get xmlns:db each time: old peers read a restarted
 * stream by it (A.5, ejabberd). `id` is given on the answering side only; `versioned` is false towards a peer that is not.
 */
export function headerText(
  side: Side,
  said: { readonly from?: string; readonly to?: string; readonly id?: string; readonly versioned?: boolean },
): string {
  const attribute = (name: string, value: string | undefined) =>
    value === undefined || value === "" ? "" : ` ${name}='${escapeXml(value)}'`;
  return (
    `<?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='${ns.stream}' xmlns='${ns[side]}'` +
    (side === "server" ? ` xmlns:db='${ns.dialback}'` : "") +
    attribute("from", said.from) +
    attribute("to", said.to) +
    attribute("id", said.id) +
    (said.versioned === false ? ">" : " version='1.0'>")
  );
}
