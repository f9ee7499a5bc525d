import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import {
  afterIn,
  afterQuotedIn,
  afterSpaceIn,
  beforeSpaceIn,
  charts,
  codesOf,
  isAlpha,
  isScheme,
  isUriText,
  unquoted,
} from "./characters.ts";
import { type Parameter, parameter, readParametersIn } from "./parameters.ts";

/**
 * One value of From, To, Contact, Route, Record-Route, Path and their like: an address with or without a display name.
 */
export type NameAddr = {
  /** Without quotes; "" when there is none. */
  readonly display: string;
  /** As written. */
  readonly uri: string;
  /** The header's parameters, not the URI's. */
  readonly parameters: readonly Parameter[];
  /** The whole value as written. */
  readonly text: string;
};

/**
 * Reads name-addr or addr-spec with parameters (RFC 3261 §25.1). Without "<>" every parameter belongs to the header,
 * and the URI may have no comma and no question mark (§20). The URI itself is only looked at as far as needed to find
 * its end. A display name without quotes may have any characters but separators: tokens only, says the RFC, but
 * people's names have accents. Fails with sip-malformed.
 */
export function parseNameAddr(text: string): Result<NameAddr> {
  return readNameAddrIn(codesOf(text), text, 0, text.length);
}

/** As `parseNameAddr`, of the part of a text from `at` to `end`, whose characters are `codes`. */
export function readNameAddrIn(codes: Uint8Array, text: string, at: number, end: number): Result<NameAddr> {
  let display = "";
  let position = at;
  if (at < end && codes[at] === 0x22) {
    const close = afterQuotedIn(codes, at, end);
    if (close < 0) return no(malformed("a quoted string that does not end"));
    display = unquoted(text.slice(at, close));
    position = afterSpaceIn(codes, close, end);
    if (position === end || codes[position] !== 0x3c) return no(malformed("a display name without <> behind it"));
  } else {
    position = separatorIn(codes, at, end);
    if (position === end || codes[position] === 0x3b) return readAddrSpec(codes, text, at, position, end);
    if (codes[position] !== 0x3c) return no(malformed("a display name that needs quotes"));
    display = text.slice(at, beforeSpaceIn(codes, at, position));
  }
  const uriEnd = afterIn(codes, position + 1, end, isUriText);
  if (uriEnd === end || codes[uriEnd] !== 0x3e || !hasScheme(codes, position + 1, uriEnd)) {
    return no(malformed("no URI between < and >"));
  }
  const uri = text.slice(position + 1, uriEnd);
  const parameters = readParametersIn(codes, text, uriEnd + 1, end);
  return parameters.ok ? ok({ display, uri, parameters: parameters.value, text: text.slice(at, end) }) : parameters;
}

/** The first "<", ";", or what may stand in neither a display name without quotes nor a URI outside of <>. */
function separatorIn(codes: Uint8Array, at: number, end: number): number {
  for (let position = at; position < end; position++) {
    const code = codes[position] as number;
    if (code < 0x40 && (code === 0x3c || code === 0x3b || code === 0x22 || code === 0x2c || code === 0x3e))
      return position;
    if (code === 0x5c) return position;
  }
  return end;
}

/** `semicolon`: where the parameters begin, or the end. */
function readAddrSpec(codes: Uint8Array, text: string, at: number, semicolon: number, end: number): Result<NameAddr> {
  const uriEnd = beforeSpaceIn(codes, at, semicolon);
  if (afterIn(codes, at, uriEnd, isUriText) !== uriEnd || !hasScheme(codes, at, uriEnd)) return no(malformed("no URI"));
  const uri = text.slice(at, uriEnd);
  // RFC 3261 §20: a URI with a comma, question mark or semicolon must stand in <>.
  if (uri.includes("?")) return no(malformed("a URI that needs <> around it"));
  const parameters = readParametersIn(codes, text, semicolon, end);
  return parameters.ok ? ok({ display: "", uri, parameters: parameters.value, text: text.slice(at, end) }) : parameters;
}

/** A letter, more of a scheme, a colon, and something behind it. */
function hasScheme(codes: Uint8Array, at: number, end: number): boolean {
  const colon = afterIn(codes, at, end, isScheme);
  return (
    colon > at && colon + 1 < end && codes[colon] === 0x3a && ((charts[codes[at] as number] as number) & isAlpha) !== 0
  );
}

/** The tag; undefined when there is none. */
export function tagOf(value: NameAddr): string | undefined {
  return parameter(value.parameters, "tag");
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
