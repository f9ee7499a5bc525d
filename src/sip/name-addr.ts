import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterQuoted, afterSpace, unquoted } from "./characters.ts";
import { noParameters, type Parameter, parameter, readParameters } from "./parameters.ts";

/** One value of From, To, Contact, Route, Record-Route, Path and their like: an address with or without a display name. */
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
 * Reads name-addr or addr-spec with parameters (RFC 3261 §25.1). Without "<>" every parameter belongs to the header, and the URI
 * may have no comma and no question mark (§20). The URI itself is only looked at as far as needed to find its end. A display
 * name without quotes may have any characters but separators: tokens only, says the RFC, but people's names have accents.
 * Fails with sip-malformed.
 */
export function parseNameAddr(text: string): Result<NameAddr> {
  let display = "";
  let position = 0;
  if (text.charCodeAt(0) === 0x22) {
    const end = afterQuoted(text, 0);
    if (end < 0) return no(malformed("a quoted string that does not end"));
    display = unquoted(text.slice(0, end));
    position = afterSpace(text, end);
    if (text.charCodeAt(position) !== 0x3c) return no(malformed("a display name without <> behind it"));
  } else {
    const angle = text.indexOf("<");
    if (angle < 0) return addrSpec(text);
    display = text.slice(0, angle).trimEnd();
    if (/[",;>\\]/.test(display)) return no(malformed("a display name that needs quotes"));
    position = angle;
  }
  const close = text.indexOf(">", position);
  if (close < 0) return no(malformed("'<' without '>'"));
  const uri = text.slice(position + 1, close);
  if (!isUriText(uri)) return no(malformed("no URI between < and >"));
  if (close + 1 === text.length) return ok({ display, uri, parameters: noParameters, text });
  const parameters = readParameters(text, close + 1);
  return parameters.ok ? ok({ display, uri, parameters: parameters.value, text }) : parameters;
}

function addrSpec(text: string): Result<NameAddr> {
  const semicolon = text.indexOf(";");
  const uri = semicolon < 0 ? text : text.slice(0, semicolon).trimEnd();
  if (!isUriText(uri)) return no(malformed("no URI"));
  // RFC 3261 §20: a URI with a comma, question mark or semicolon must stand in <>.
  if (/[,?]/.test(uri)) return no(malformed("a URI that needs <> around it"));
  const parameters = semicolon < 0 ? ok(noParameters) : readParameters(text, semicolon);
  return parameters.ok ? ok({ display: "", uri, parameters: parameters.value, text }) : parameters;
}

const uriForm = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-~]+$/;

/** A scheme, a colon, and visible characters that do not end a URI. */
function isUriText(text: string): boolean {
  return uriForm.test(text);
}

/** The tag; undefined when there is none. */
export function tagOf(value: NameAddr): string | undefined {
  return parameter(value.parameters, "tag");
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
