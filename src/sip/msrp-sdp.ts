import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Fingerprint, readFingerprint } from "./msrp-fingerprint.ts";
import { type MsrpUri, parseMsrpPath } from "./msrp-uri.ts";
import { answeredMedia, type Offered } from "./sdp-answer.ts";

/** Who opens the connection (RFC 4145 §4, RFC 6135 §4). */
export type Setup = "active" | "passive" | "actpass" | "holdconn";

/** What a session description says of a session of MSRP (RFC 4975 §8). */
export type MsrpDescription = {
  /** TCP/TLS/MSRP. */
  readonly secure: boolean;
  /** From the first hop to the other end. */
  readonly path: readonly MsrpUri[];
  /** In lower case; "*" stands for all. */
  readonly acceptTypes: readonly string[];
  readonly wrappedTypes: readonly string[];
  /** Bytes of one message, where it says. */
  readonly maxSize: number | undefined;
  /** Undefined: RFC 4975 §5.4 alone, so whoever offers connects. */
  readonly setup: Setup | undefined;
  readonly fingerprints: readonly Fingerprint[];
  /** RFC 6714: what stands in its c= and m= lines is where to connect, should `path` say otherwise. */
  readonly cema: boolean;
  readonly address: string;
  readonly port: number;
};

/** A session description with a session of MSRP in it, and what else it offers. */
export type MsrpOffer = Offered & { readonly description: MsrpDescription };

const linesMax = 256;
const typesMax = 64;

type Section = { readonly line: string; readonly attributes: Map<string, string[]>; address: string | undefined };

/**
 * Reads the first session of MSRP in a session description (RFC 4975 §8.1). Fails with sip-malformed for what is no description,
 * sip-not-acceptable-here where none is in it, or only one in which they do not read.
 */
export function readMsrpOffer(body: string, pathUrisMax: number): Result<MsrpOffer> {
  const lines = body.split(/\r?\n/);
  if (lines.length > linesMax || !lines[0]?.startsWith("v="))
    return no(fault("sip-malformed", "no session description"));
  const session: Section = { line: "", attributes: new Map(), address: undefined };
  const sections: Section[] = [];
  let section = session;
  for (const line of lines) {
    if (line.startsWith("m=")) {
      section = { line: line.slice(2), attributes: new Map(), address: undefined };
      sections.push(section);
    } else if (line.startsWith("a=")) {
      const colon = line.indexOf(":");
      const name = line.slice(2, colon < 0 ? undefined : colon).toLowerCase();
      const values = section.attributes.get(name) ?? [];
      values.push(colon < 0 ? "" : line.slice(colon + 1).trim());
      section.attributes.set(name, values);
    } else if (line.startsWith("c=")) section.address = /^c=IN IP[46] (\S+)$/.exec(line)?.[1];
  }
  for (const [at, each] of sections.entries()) {
    const [, port = "", tls] = /^message (\d{1,5}) TCP\/(TLS\/)?MSRP \*$/i.exec(each.line.trim()) ?? [];
    if (port === "" || Number(port) === 0) continue;
    const description = describe(each, session, tls !== undefined, Number(port), pathUrisMax);
    if (!description.ok) return description;
    return ok({ description: description.value, media: sections.map(({ line }) => line), at });
  }
  return no(fault("sip-not-acceptable-here", "no message session"));
}

function describe(
  { attributes, address }: Section,
  session: Section,
  secure: boolean,
  port: number,
  pathUrisMax: number,
): Result<MsrpDescription> {
  const own = (name: string) => attributes.get(name)?.[0];
  const either = (name: string) => own(name) ?? session.attributes.get(name)?.[0];
  // RFC 3264 §5.1: their own direction; nobody could write to them.
  if (either("inactive") !== undefined || either("sendonly") !== undefined) {
    return no(fault("sip-not-acceptable-here", "a message session in which they do not read"));
  }
  const path = parseMsrpPath(own("path") ?? "", pathUrisMax);
  if (!path.ok) return path;
  const [first] = path.value;
  if (first?.secure !== secure) return no(fault("sip-malformed", "a path that is not of its transport"));
  const acceptTypes = typesIn(own("accept-types"));
  if (acceptTypes.length === 0) return no(fault("sip-malformed", "no accept-types"));
  const size = /^\d{1,15}$/.exec(own("max-size") ?? "")?.[0];
  const setup = either("setup")?.toLowerCase();
  const prints = [...(attributes.get("fingerprint") ?? session.attributes.get("fingerprint") ?? [])];
  return ok({
    secure,
    path: path.value,
    acceptTypes,
    wrappedTypes: typesIn(own("accept-wrapped-types")),
    maxSize: size === undefined ? undefined : Number(size),
    setup: setups.find((each) => each === setup),
    fingerprints: prints.slice(0, 8).flatMap((text) => readFingerprint(text) ?? []),
    cema: attributes.has("msrp-cema"),
    address: address ?? session.address ?? "",
    port,
  });
}

const setups = ["active", "passive", "actpass", "holdconn"] as const;

function typesIn(text: string | undefined): readonly string[] {
  return (text ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((type) => type !== "")
    .slice(0, typesMax);
}

/** Whether a list of types (`accept-types`, `accept-wrapped-types`) has a type in it (RFC 4975 §8.6). */
export function takes(types: readonly string[], type: string): boolean {
  return types.includes("*") || types.includes(type) || types.includes(`${type.slice(0, type.indexOf("/"))}/*`);
}

/**
 * The role to answer an offer with (RFC 6135 §4.2); undefined when it cannot be had. `listens`: others can connect to us. Offered
 * the choice, we connect: that leads through more firewalls. An offer without a=setup is of one who connects.
 */
export function answeredSetup(offered: Setup | undefined, listens: boolean): "active" | "passive" | undefined {
  if (offered === "passive" || offered === "actpass") return "active";
  return listens && offered !== "holdconn" ? "passive" : undefined;
}

/** Whether we, who offered, connect now that it is answered; undefined when the two do not fit (RFC 4145 §4.1). */
export function offererConnects(offered: "active" | "actpass", answered: Setup | undefined): boolean | undefined {
  // RFC 4975 §5.4: without COMEDIA the offerer connects.
  if (answered === undefined || answered === "passive") return true;
  return answered === "active" && offered === "actpass" ? false : undefined;
}

/** What we write of a session of ours. */
export type NewMsrpDescription = {
  /** Without brackets. */
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** Our URI. */
  readonly uri: string;
  readonly setup: Setup;
  readonly fingerprint: Fingerprint | undefined;
  readonly maxSize: number;
  readonly acceptTypes: string;
  readonly wrappedTypes: string;
  /** The offer that this answers: what else it has is refused (RFC 3264 §6). */
  readonly answers?: MsrpOffer;
};

/** Writes it (RFC 4975 §8). */
export function writeMsrpSdp(ours: NewMsrpDescription): string {
  const family = ours.address.includes(":") ? "IP6" : "IP4";
  const media =
    `m=message ${ours.port} TCP/${ours.secure ? "TLS/" : ""}MSRP *\r\n` +
    `a=path:${ours.uri}\r\na=accept-types:${ours.acceptTypes}\r\na=accept-wrapped-types:${ours.wrappedTypes}\r\n` +
    `a=max-size:${ours.maxSize}\r\na=setup:${ours.setup}\r\na=connection:new\r\na=msrp-cema\r\n` +
    (ours.fingerprint === undefined ? "" : `a=fingerprint:${ours.fingerprint.hash} ${ours.fingerprint.value}\r\n`);
  const all = answeredMedia(media, ours.answers);
  return `v=0\r\no=- 0 0 IN ${family} ${ours.address}\r\ns=-\r\nc=IN ${family} ${ours.address}\r\nt=0 0\r\n${all}`;
}
