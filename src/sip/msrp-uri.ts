import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";

/** An address of MSRP (RFC 4975 §6): where to connect, and which session is meant there. */
export type MsrpUri = {
  /** "msrps": over TLS. */
  readonly secure: boolean;
  /** In lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** "" where a relay means itself. */
  readonly session: string;
  /** In lower case; "tcp" is the only one there is. */
  readonly transport: string;
  /** As written. */
  readonly text: string;
};

/** IANA's port for MSRP, where a URI names none (RFC 4975 §15.4). */
export const msrpPort = 2855;

const uriBytesMax = 512;
const form =
  /^(msrps?):\/\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:%]*@)?(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(?::(\d{1,5}))?(?:\/([A-Za-z0-9\-._~+=/]+))?;([A-Za-z0-9]+)((?:;[A-Za-z0-9\-._~!%*+'`]+(?:=[^\s;,]*)?)*)$/i;

/** Reads one (RFC 4975 §9, MSRP-URI). Fails with sip-malformed. */
export function parseMsrpUri(text: string): Result<MsrpUri> {
  const [, scheme = "", host = "", port, session = "", transport = ""] =
    text.length > uriBytesMax ? [] : (form.exec(text) ?? []);
  const number = port === undefined ? undefined : Number(port);
  if (scheme === "" || number === 0 || (number ?? 0) > 65_535) return no(fault("sip-malformed", "not an MSRP URI"));
  return ok({
    secure: scheme.toLowerCase() === "msrps",
    host: host.toLowerCase(),
    port: number,
    session,
    transport: transport.toLowerCase(),
    text,
  });
}

/** Writes our own. `host`: a name or an IP address, without brackets. */
export function msrpUri(secure: boolean, host: string, port: number, session: string): string {
  const place = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `${secure ? "msrps" : "msrp"}://${place}:${port}/${session};tcp`;
}

/**
 * Whether two mean the same (RFC 4975 §6.1): the session is compared as it is written, the rest without regard to case; a port
 * that is left out is no port that is written; what stands before "@" and behind the transport does not count.
 */
export function sameMsrpUri(a: MsrpUri, b: MsrpUri): boolean {
  return (
    a.secure === b.secure &&
    a.host === b.host &&
    a.port === b.port &&
    a.session === b.session &&
    a.transport === b.transport
  );
}

/** The URIs of a To-Path, From-Path or `a=path`, in order: relays first, the other end last. Fails with sip-malformed. */
export function parseMsrpPath(text: string, urisMax: number): Result<readonly MsrpUri[]> {
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length === 0 || words.length > urisMax) return no(fault("sip-malformed", "not a path of MSRP URIs"));
  const uris: MsrpUri[] = [];
  for (const word of words) {
    const uri = parseMsrpUri(word);
    if (!uri.ok) return uri;
    uris.push(uri.value);
  }
  return ok(uris);
}
