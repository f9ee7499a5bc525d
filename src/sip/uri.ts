import { type Address, addressFrom } from "../base/address.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { limitTable } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import { after, afterEscaped, isAlpha, isPassword, isUriHeader, isUriParameter, isUser } from "./characters.ts";
import { readHostPort } from "./host.ts";
import { lowerCased, noParameters, type Parameter } from "./parameters.ts";

/** A SIP or SIPS URI (RFC 3261 §19.1), read. */
export type SipUri = {
  readonly scheme: "sip" | "sips";
  /** As written, escaped, with what follows a ";" in it; "" when there is none. A password stands in `password`. */
  readonly user: string;
  readonly password: string | undefined;
  /** Lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Values as written, escaped. */
  readonly parameters: readonly Parameter[];
  /** What follows "?", as written; "" when there is nothing. */
  readonly headers: string;
  /** The whole byte for byte as written (R3). */
  readonly text: string;
};

/** A URI of another scheme: tel, im, pres, or one nobody here knows. */
export type AnyUri = { readonly scheme: string; readonly rest: string; readonly text: string };

const bytesMax: number = limitTable.sipUriBytesMax[0];

/** Reads a SIP or SIPS URI. Fails with sip-malformed, sip-uri-scheme (another scheme) or sip-uri-too-long. */
export function parseSipUri(text: string, most: number = bytesMax): Result<SipUri> {
  if (text.length > most) return no(fault("sip-uri-too-long", `${text.length} of ${most} bytes`));
  const scheme = sipSchemeOf(text);
  return scheme === undefined ? no(schemeFault(text)) : readSipUri(text, scheme);
}

/** Reads any URI; those that are not SIP's stay unread behind their scheme. Fails with sip-malformed or sip-uri-too-long. */
export function parseUri(text: string, most: number = bytesMax): Result<SipUri | AnyUri> {
  if (text.length > most) return no(fault("sip-uri-too-long", `${text.length} of ${most} bytes`));
  const scheme = sipSchemeOf(text);
  if (scheme !== undefined) return readSipUri(text, scheme);
  const end = schemeEnd(text);
  // RFC 3261 §25.1 absoluteURI: visible characters only, nothing that delimits a URI.
  if (end < 0 || /[^\x21-\x7e]|["<>]/.test(text)) return no(malformed("not a URI"));
  return ok({ scheme: lowerCased(text.slice(0, end)), rest: text.slice(end + 1), text });
}

export function isSipUri(uri: SipUri | AnyUri): uri is SipUri {
  return "host" in uri;
}

/** The scheme, when it is SIP's: told by characters, without a copy in lower case. */
function sipSchemeOf(text: string): "sip" | "sips" | undefined {
  if ((text.charCodeAt(0) | 0x20) !== 0x73 || (text.charCodeAt(1) | 0x20) !== 0x69) return undefined;
  if ((text.charCodeAt(2) | 0x20) !== 0x70) return undefined;
  if (text.charCodeAt(3) === 0x3a) return "sip";
  return (text.charCodeAt(3) | 0x20) === 0x73 && text.charCodeAt(4) === 0x3a ? "sips" : undefined;
}

/** Where the colon behind a scheme stands (RFC 3261 §25.1 scheme), -1 without one. */
function schemeEnd(text: string): number {
  const first = after(text, 0, isAlpha);
  if (first === 0) return -1;
  let end = first;
  while (end < text.length && /[A-Za-z0-9+.-]/.test(text.charAt(end))) end++;
  return text.charCodeAt(end) === 0x3a && end + 1 < text.length ? end : -1;
}

function schemeFault(text: string): Fault {
  return schemeEnd(text) < 0 ? malformed("not a URI") : fault("sip-uri-scheme");
}

function readSipUri(text: string, scheme: "sip" | "sips"): Result<SipUri> {
  const start = scheme.length + 1;
  // Neither host, parameters nor headers may have an "@" (RFC 3261 §25.1), and a user part only in escapes.
  const at = text.indexOf("@", start);
  let user = "";
  let password: string | undefined;
  if (at >= 0) {
    const end = afterEscaped(text, start, isUser);
    if (end === start || end > at) return no(malformed("a URI without a user before its @"));
    user = text.slice(start, end);
    if (end < at) {
      if (text.charCodeAt(end) !== 0x3a || afterEscaped(text, end + 1, isPassword) !== at) {
        return no(malformed("a user part with a character that needs an escape"));
      }
      password = text.slice(end + 1, at);
    }
  }
  const place = readHostPort(text, at < 0 ? start : at + 1);
  if (place === undefined) return no(malformed("a URI whose host or port is none"));
  const parameters = place.end === text.length ? noParameters : readUriParameters(text, place.end);
  if (parameters === undefined) return no(malformed("a URI with a wrong parameter"));
  const question = place.end === text.length ? -1 : text.indexOf("?", place.end);
  const headers = question < 0 ? "" : text.slice(question + 1);
  if (question >= 0 && (headers === "" || afterEscaped(text, question + 1, isUriHeader) !== text.length)) {
    return no(malformed("a URI with wrong headers"));
  }
  return ok({ scheme, user, password, host: place.host, port: place.port, parameters, headers, text });
}

/** The parameters from `at` to the end or a "?"; undefined when something else is there (RFC 3261 §25.1 uri-parameters). */
function readUriParameters(text: string, at: number): readonly Parameter[] | undefined {
  const found: Parameter[] = [];
  let position = at;
  while (position < text.length && text.charCodeAt(position) !== 0x3f) {
    if (text.charCodeAt(position) !== 0x3b) return undefined;
    const end = afterEscaped(text, position + 1, isUriParameter);
    if (end === position + 1) return undefined;
    const name = lowerCased(text.slice(position + 1, end));
    if (text.charCodeAt(end) !== 0x3d) {
      found.push([name, undefined]);
      position = end;
      continue;
    }
    position = afterEscaped(text, end + 1, isUriParameter);
    if (position === end + 1) return undefined;
    found.push([name, text.slice(end + 1, position)]);
  }
  return found;
}

/**
 * The user part without escapes, user parameters (";…") and password, as Unicode. Fails with sip-address-incomplete when there
 * is none, or its escapes are no UTF-8 (RFC 3261 §19.1.2).
 */
export function decodedUser(uri: SipUri): Result<string> {
  const semicolon = uri.user.indexOf(";");
  const name = semicolon < 0 ? uri.user : uri.user.slice(0, semicolon);
  if (name === "") return no(fault("sip-address-incomplete", "no user part"));
  const text = unescaped(name);
  return text === undefined ? no(fault("sip-address-incomplete", "escapes that are no UTF-8")) : ok(text);
}

/** Without percent escapes, read as UTF-8; undefined when they are none. */
export function unescaped(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The person a URI names: sip:, sips:, im: and pres: (RFC 3860 §3, RFC 3859 §3) of user@domain. Fails with sip-uri-scheme for
 * another scheme, with sip-address-incomplete when there is no user, or it is none that a person can have.
 */
export function personOf(uri: SipUri | AnyUri): Result<Address> {
  if (isSipUri(uri)) {
    const user = decodedUser(uri);
    return user.ok ? personAt(user.value, uri.host) : user;
  }
  if (uri.scheme !== "im" && uri.scheme !== "pres") return no(fault("sip-uri-scheme", uri.scheme.slice(0, 32)));
  const rest = uri.rest.split("?", 1)[0] ?? "";
  const at = rest.lastIndexOf("@");
  const user = at < 0 ? undefined : unescaped(rest.slice(0, at));
  return user === undefined ? no(fault("sip-address-incomplete", "no user part")) : personAt(user, rest.slice(at + 1));
}

function personAt(user: string, host: string): Result<Address> {
  const domain = parseDomainName(host);
  const person = domain.ok ? addressFrom(user, domain.value) : domain;
  return person.ok ? person : no(fault("sip-address-incomplete", person.fault.detail));
}

/** Parameters that make two URIs different when only one has them (RFC 3261 §19.1.4; transport by its table of examples). */
const decisive = new Set(["user", "ttl", "method", "maddr", "transport"]);

/** Whether two URIs are the same by RFC 3261 §19.1.4. */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.host !== b.host || a.port !== b.port) return false;
  if (!sameEscaped(a.user, b.user) || !sameEscaped(a.password, b.password)) return false;
  return sameParameters(a.parameters, b.parameters) && sameHeaders(a.headers, b.headers);
}

function sameParameters(a: readonly Parameter[], b: readonly Parameter[]): boolean {
  const left = byName(a);
  const right = byName(b);
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const one = left.get(name);
    const other = right.get(name);
    if (one !== undefined && other !== undefined ? one !== other : decisive.has(name)) return false;
  }
  return true;
}

function byName(list: readonly Parameter[]): Map<string, string> {
  return new Map(list.map(([name, value]) => [canonical(name), canonical(value ?? "").toLowerCase()]));
}

/** Headers must all be there in both, in any order. */
function sameHeaders(a: string, b: string): boolean {
  if (a === b) return true;
  const parts = (headers: string) =>
    headers
      .split("&")
      .map((one) => {
        const equals = one.indexOf("=");
        const name = equals < 0 ? one : one.slice(0, equals);
        return `${canonical(name).toLowerCase()}=${equals < 0 ? "" : canonical(one.slice(equals + 1))}`;
      })
      .sort()
      .join("&");
  return parts(a) === parts(b);
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonical(a) === canonical(b));
}

/** Escapes of unreserved characters undone, others in capitals: two texts that mean the same become equal (§19.1.4). */
function canonical(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/%[0-9A-Fa-f]{2}/g, (coded) => {
    const character = String.fromCharCode(Number.parseInt(coded.slice(1), 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : coded.toUpperCase();
  });
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
