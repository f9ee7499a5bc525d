import { asBuffer, utf8 } from "../base/bytes.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterQuoted, unquoted } from "./characters.ts";
import { type MimeHeader, type MimeLimits, mimeHeader, readHead, readMimeHeaders } from "./mime-headers.ts";
import { noParameters, type Parameter } from "./parameters.ts";

/** The namespace of RFC 3862's own headers (§4). */
export const cpimNs = "urn:ietf:params:cpim-headers:";
/** The namespace of IMDN's headers (RFC 5438 §6). Senders that never declare it mean it all the same by "imdn.". */
export const imdnHeaderNs = "urn:ietf:params:imdn";

/** A name of a header with its prefix resolved; names are compared as written (RFC 3862 §2.3). `ns` is "" for a prefix nobody declared. */
export type CpimName = { readonly ns: string; readonly name: string };

export type CpimHeader = CpimName & {
  readonly parameters: readonly Parameter[];
  /** Without escapes: it may hold line ends and anything else, for somebody else wrote it. */
  readonly value: string;
};

/** A message/cpim body (RFC 3862): what one client says to another, through whatever is between. */
export type Cpim = {
  readonly headers: readonly CpimHeader[];
  /** Headers without which the sender does not want it understood (§4.7). */
  readonly requires: readonly CpimName[];
  /** The headers of the content inside (§2.1, "MIME headers"). */
  readonly mime: readonly MimeHeader[];
  /** As written; "text/plain" when it has none. */
  readonly contentType: string;
  readonly body: Buffer;
};

/**
 * Reads a message/cpim body. Both kinds of line ends and empty lines in front are taken, as clients write them. Fails with
 * sip-malformed or sip-too-large.
 */
export function readCpim(bytes: Uint8Array, limits: MimeLimits): Result<Cpim> {
  const body = asBuffer(bytes);
  const outer = readHead(body, afterEmptyLines(body), limits);
  if (!outer.ok) return outer;
  if (!outer.value.ended) return no(malformed("a CPIM message without content"));
  const prefixes = new Map([["imdn", imdnHeaderNs]]);
  let standard = cpimNs;
  const headers: CpimHeader[] = [];
  const requires: CpimName[] = [];
  const resolved = (name: string): CpimName => {
    const dot = name.indexOf(".");
    if (dot < 0) return { ns: standard, name };
    const ns = prefixes.get(name.slice(0, dot));
    return ns === undefined ? { ns: "", name } : { ns, name: name.slice(dot + 1) };
  };
  for (const line of outer.value.lines) {
    const read = readLine(line);
    if (read === undefined) return no(malformed("a CPIM header line without a name"));
    const header = { ...resolved(read.name), parameters: read.parameters, value: unescaped(read.value) };
    headers.push(header);
    if (header.ns !== cpimNs) continue;
    if (header.name === "NS") {
      // RFC 3862 §4.6: from here on; without a prefix, for names that have none.
      const { name: prefix, uri } = readCpimAddress(header.value);
      if (prefix === "") standard = uri;
      else prefixes.set(prefix, uri);
    } else if (header.name === "Require") {
      for (const one of header.value.split(",")) if (one.trim() !== "") requires.push(resolved(one.trim()));
    }
  }
  const inner = readHead(body, outer.value.end, limits);
  if (!inner.ok) return inner;
  const mime = readMimeHeaders(inner.value.lines);
  if (!mime.ok) return mime;
  const contentType = mimeHeader(mime.value, "content-type") || "text/plain";
  return ok({ headers, requires, mime: mime.value, contentType, body: body.subarray(inner.value.end) });
}

function afterEmptyLines(body: Buffer): number {
  let at = 0;
  while (body[at] === 0x0d || body[at] === 0x0a) at++;
  return at;
}

type Line = { readonly name: string; readonly parameters: readonly Parameter[]; readonly value: string };

/** RFC 3862 §2.3: Name ":" *( ";" parameter ) SP value. */
function readLine(line: string): Line | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  if (name === "" || name.endsWith(".") || /[\s;"<>\\]/.test(name)) return undefined;
  let at = colon + 1;
  if (line.charCodeAt(at) !== 0x3b) return { name, parameters: noParameters, value: line.slice(at).trim() };
  const parameters: Parameter[] = [];
  while (line.charCodeAt(at) === 0x3b) {
    const end = parameterEnd(line, at + 1);
    const equals = line.indexOf("=", at);
    if (equals < 0 || equals >= end) return undefined;
    const value = line.slice(equals + 1, end);
    parameters.push([line.slice(at + 1, equals), value.startsWith('"') ? unescaped(unquotedOnly(value)) : value]);
    at = end;
  }
  return { name, parameters, value: line.slice(at).trim() };
}

/** Where a parameter that begins at `at` ends: at a ";" or space outside quotes. */
function parameterEnd(line: string, at: number): number {
  for (let position = at; position < line.length; position++) {
    const code = line.charCodeAt(position);
    if (code === 0x3b || code === 0x20) return position;
    if (code !== 0x22) continue;
    const end = afterQuoted(line, position);
    if (end < 0) return line.length;
    position = end - 1;
  }
  return line.length;
}

function unquotedOnly(text: string): string {
  return text.length > 1 && text.endsWith('"') ? text.slice(1, -1) : text.slice(1);
}

/** The first value of a header, undefined when it is not there. */
export function cpimHeader(message: Cpim, name: string, ns = cpimNs): string | undefined {
  return message.headers.find((header) => header.name === name && header.ns === ns)?.value;
}

/** Who a From, To or cc names (RFC 3862 §4.1): [name] "<" URI ">". Nothing proves it. */
export type CpimAddress = { readonly name: string; readonly uri: string };

/** Reads the value of a From, To, cc or NS. A URI without brackets is taken too. */
export function readCpimAddress(value: string): CpimAddress {
  const open = value.lastIndexOf("<");
  if (open < 0 || !value.endsWith(">")) return { name: "", uri: value };
  const name = value.slice(0, open).trim();
  const isQuoted = name.length > 1 && name.startsWith('"') && name.endsWith('"');
  return { name: isQuoted ? unquoted(name) : name, uri: value.slice(open + 1, -1) };
}

const escapeForm = /\\(?:u([0-9A-Fa-f]{4})|([btnr"'\\]))/g;
const named: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", r: "\r" };

/** RFC 3862 §2.3.1: \uXXXX, \b, \t, \n, \r, \", \' and \\. Other backslashes stand for themselves. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  const plain = text.replace(escapeForm, (_, code: string | undefined, letter: string) =>
    code === undefined ? (named[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
  return plain.toWellFormed();
}

/** Text as a header's value: no control character is left that could end the line. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/\\/g, "\\\\")
    .replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A message/cpim body to be written. */
export type NewCpim = {
  /** URIs, as SIP has them. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly subject?: string;
  /** Headers of other namespaces; each prefix's namespace is declared. */
  readonly headers?: readonly {
    readonly prefix: string;
    readonly ns: string;
    readonly name: string;
    readonly value: string;
  }[];
  readonly contentType: string;
  /** More headers of the content inside, each ended with CRLF. */
  readonly mime?: string;
  readonly body: Uint8Array;
};

/** Writes a message/cpim body (RFC 3862 §2). */
export function writeCpim(message: NewCpim): Buffer {
  let head = `From: <${uriText(message.from)}>\r\nTo: <${uriText(message.to)}>\r\n`;
  head += `DateTime: ${new Date(message.at).toISOString()}\r\n`;
  if (message.subject !== undefined) head += `Subject: ${escaped(message.subject)}\r\n`;
  const declared = new Set<string>();
  for (const { prefix, ns, name, value } of message.headers ?? []) {
    if (!declared.has(prefix)) head += `NS: ${prefix} <${uriText(ns)}>\r\n`;
    declared.add(prefix);
    head += `${prefix}.${name}: ${escaped(value)}\r\n`;
  }
  return Buffer.concat([
    utf8(`${head}\r\nContent-Type: ${message.contentType}\r\n${message.mime ?? ""}\r\n`),
    message.body,
  ]);
}

/** A URI where brackets stand around it. */
function uriText(uri: string): string {
  return uri.replace(/[<>\\\s\p{Cc}]/gu, (character) => encodeURIComponent(character));
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
