import { type Address, addressFrom } from "../base/address.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { limitTable } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import {
  afterEscapedIn,
  afterIn,
  charts,
  codesOf,
  isAlpha,
  isPassword,
  isScheme,
  isUriHeader,
  isUriParameter,
  isUriText,
  isUser,
} from "./characters.ts";
import { readHostPort } from "./host.ts";
import { lowerIn, noParameters, type Parameter } from "./parameters.ts";
import { localOfUser } from "./user-part.ts";

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
  const uri = parseUri(text, most);
  if (!uri.ok) return uri;
  return isSipUri(uri.value) ? ok(uri.value) : no(fault("sip-uri-scheme"));
}

/**
 * Reads any URI; those that are not SIP's stay unread behind their scheme. Fails with sip-malformed or
 * sip-uri-too-long.
 */
export function parseUri(text: string, most: number = bytesMax): Result<SipUri | AnyUri> {
  if (text.length > most) return no(fault("sip-uri-too-long", `${text.length} of ${most} bytes`));
  return readUriIn(codesOf(text), text, 0, text.length);
}

export function isSipUri(uri: SipUri | AnyUri): uri is SipUri {
  return "host" in uri;
}

/**
 * Reads the URI that is the part of a text from `at` to `end`, whose characters are `codes`; as `parseUri`, but of any
 * length.
 */
export function readUriIn(codes: Uint8Array, text: string, at: number, end: number): Result<SipUri | AnyUri> {
  // RFC 3261 §25.1 scheme
  const colon = afterIn(codes, at, end, isScheme);
  const startsWell = at < end && ((charts[codes[at] as number] as number) & isAlpha) !== 0;
  if (!startsWell || colon + 1 >= end || codes[colon] !== 0x3a) return no(malformed("not a URI"));
  const scheme = lowerIn(codes, text, at, colon);
  if (scheme === "sip" || scheme === "sips") return readSipUri(codes, text, at, colon + 1, end, scheme);
  // absoluteURI: visible characters only, nothing that delimits a URI.
  if (afterIn(codes, colon, end, isUriText) !== end) return no(malformed("not a URI"));
  return ok({ scheme, rest: text.slice(colon + 1, end), text: text.slice(at, end) });
}

function readSipUri(
  codes: Uint8Array,
  text: string,
  at: number,
  start: number,
  end: number,
  scheme: "sip" | "sips",
): Result<SipUri> {
  // Neither host, parameters nor headers may have an "@" (RFC 3261 §25.1), and a user part only in escapes.
  let sign = start;
  while (sign < end && codes[sign] !== 0x40) sign++;
  let user = "";
  let password: string | undefined;
  if (sign < end) {
    const userEnd = afterEscapedIn(codes, start, sign, isUser);
    if (userEnd === start) return no(malformed("a URI without a user before its @"));
    user = text.slice(start, userEnd);
    if (userEnd < sign) {
      if (codes[userEnd] !== 0x3a || afterEscapedIn(codes, userEnd + 1, sign, isPassword) !== sign) {
        return no(malformed("a user part with a character that needs an escape"));
      }
      password = text.slice(userEnd + 1, sign);
    }
  }
  const place = readHostPort(codes, text, sign < end ? sign + 1 : start, end);
  if (place === undefined) return no(malformed("a URI whose host or port is none"));
  const { host, port } = place;
  const whole = at === 0 && end === text.length ? text : text.slice(at, end);
  if (place.end === end)
    return ok({ scheme, user, password, host, port, parameters: noParameters, headers: "", text: whole });
  const parameters: Parameter[] = [];
  const question = readUriParameters(codes, text, place.end, end, parameters);
  if (question < 0) return no(malformed("a URI with a wrong parameter"));
  const headers = question === end ? "" : text.slice(question + 1, end);
  if (question < end && (headers === "" || afterEscapedIn(codes, question + 1, end, isUriHeader) !== end)) {
    return no(malformed("a URI with wrong headers"));
  }
  return ok({ scheme, user, password, host, port, parameters, headers, text: whole });
}

/**
 * Reads parameters up to the end or a "?", whose place it answers; -1 when something else is there (RFC 3261 §25.1
 * uri-parameters).
 */
function readUriParameters(codes: Uint8Array, text: string, at: number, end: number, found: Parameter[]): number {
  let position = at;
  while (position < end && codes[position] !== 0x3f) {
    if (codes[position] !== 0x3b) return -1;
    const nameEnd = afterEscapedIn(codes, position + 1, end, isUriParameter);
    if (nameEnd === position + 1) return -1;
    const name = lowerIn(codes, text, position + 1, nameEnd);
    if (nameEnd === end || codes[nameEnd] !== 0x3d) {
      found.push([name, undefined]);
      position = nameEnd;
      continue;
    }
    position = afterEscapedIn(codes, nameEnd + 1, end, isUriParameter);
    if (position === nameEnd + 1) return -1;
    found.push([name, text.slice(nameEnd + 1, position)]);
  }
  return position;
}

/**
 * The user part without escapes, user parameters (";…") and password, as Unicode. Fails with sip-address-incomplete
 * when there is none, or its escapes are no UTF-8 (RFC 3261 §19.1.2).
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

/** What `localOfUser` writes differently. */
const needsEscape = /[&'/\\]/;

/**
 * The person a URI names: sip:, sips:, im: and pres: (RFC 3860 §3, RFC 3859 §3) of user@domain. Fails with
 * sip-uri-scheme for another scheme, with sip-address-incomplete when there is no user, or it is none that a person can
 * have. Characters that no address may have are escaped (RFC 7247 §5).
 */
export function personOf(uri: SipUri | AnyUri): Result<Address> {
  if (isSipUri(uri)) {
    const user = decodedUser(uri);
    const local = user.ok && needsEscape.test(user.value) ? localOfUser(user.value) : user;
    return local.ok ? personAt(local.value, uri.host) : local;
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

/**
 * Parameters that make two URIs different when only one has them (RFC 3261 §19.1.4; transport by its table of
 * examples).
 */
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
