import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { after, afterSpace, isToken } from "./characters.ts";
import { readHostPort } from "./host.ts";
import { noParameters, type Parameter, parameter, readParameters } from "./parameters.ts";

/** One Via value (RFC 3261 §20.42): a hop the request went over. */
export type Via = {
  /** "SIP/2.0" */
  readonly protocol: string;
  /** "UDP", "TCP", "TLS", "WS", "WSS", or one nobody here knows; upper case. */
  readonly transport: string;
  /** Lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: readonly Parameter[];
  /** Undefined when there is none: an element of RFC 2543 (R1). */
  readonly branch: string | undefined;
  /** The whole value as written. */
  readonly text: string;
};

/** Reads one Via value; white space may stand around "/" and ":". Fails with sip-malformed. */
export function parseVia(text: string): Result<Via> {
  let at = 8;
  let protocol = "SIP/2.0";
  if (!text.startsWith("SIP/2.0/")) {
    const name = part(text, 0);
    const version = name === undefined ? undefined : part(text, name.next);
    if (name === undefined || version === undefined) return no(malformed("a Via without protocol and transport"));
    protocol = `${name.token.toUpperCase()}/${version.token}`;
    at = version.next;
  }
  const from = afterSpace(text, at);
  const to = after(text, from, isToken);
  const start = afterSpace(text, to);
  if (to === from || start === to) return no(malformed("a Via without transport or host"));
  const place = readHostPort(text, start, true);
  if (place === undefined) return no(malformed("a Via whose host or port is none"));
  const parameters = place.end === text.length ? ok(noParameters) : readParameters(text, place.end);
  if (!parameters.ok) return parameters;
  return ok({
    protocol,
    transport: upperCased(text.slice(from, to)),
    host: place.host,
    port: place.port,
    parameters: parameters.value,
    branch: parameter(parameters.value, "branch"),
    text,
  });
}

/** A token and the slash behind it. */
function part(text: string, at: number): { readonly token: string; readonly next: number } | undefined {
  const from = afterSpace(text, at);
  const to = after(text, from, isToken);
  const slash = afterSpace(text, to);
  return to === from || text.charCodeAt(slash) !== 0x2f ? undefined : { token: text.slice(from, to), next: slash + 1 };
}

const transports = ["UDP", "TCP", "TLS", "WS", "WSS"];

function upperCased(transport: string): string {
  return transports.includes(transport) ? transport : transport.toUpperCase();
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
