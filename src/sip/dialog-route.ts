import type { SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";

/** Where a request goes: its Request-URI, and the values of its Route headers, in order. */
export type Way = { readonly uri: string; readonly routes: readonly string[] };

/**
 * The way of a request to a target over a route set (RFC 3261 §12.2.1.1). A first route with ";lr" is a loose router: the
 * target is the Request-URI. Without it is a strict one, which takes the Request-URI's place and finds the target last
 * (R4). Every value stays byte for byte what it was (R3), but for what a Request-URI may not have (§19.1.1 table 1).
 */
export function wayTo(target: string, routes: readonly string[]): Way {
  const [first] = routes;
  const router = first === undefined ? undefined : uriOf(first);
  if (router === undefined || isLoose(router)) return { uri: target, routes };
  return { uri: forRequest(router), routes: [...routes.slice(1), `<${target}>`] };
}

/** The URI of a Route value; undefined when it cannot be read. */
export function uriOf(route: string): string | undefined {
  const read = parseNameAddr(route);
  return read.ok ? read.value.uri : undefined;
}

/** Whether a router's URI has the parameter "lr", with or without a value, in any case (RFC 3261 §19.1.1). */
export function isLoose(uri: string): boolean {
  return hostPart(uri).some((piece) => nameOf(piece) === "lr");
}

/** The URI without headers and the parameter "method". */
function forRequest(uri: string): string {
  const user = uri.slice(0, uri.lastIndexOf("@") + 1);
  const kept = hostPart(uri).filter((piece) => nameOf(piece) !== "method");
  return user + kept.join(";");
}

/** Scheme, host and port, then each parameter. A user part may have semicolons and question marks of its own. */
function hostPart(uri: string): readonly string[] {
  const start = uri.lastIndexOf("@") + 1;
  const question = uri.indexOf("?", start);
  return uri.slice(start, question < 0 ? uri.length : question).split(";");
}

function nameOf(piece: string): string {
  const equals = piece.indexOf("=");
  return (equals < 0 ? piece : piece.slice(0, equals)).toLowerCase();
}

/**
 * The way a request still has to go, when it is here (RFC 3261 §16.4). `isOurs` tells the URIs we put into Record-Route. A
 * strict router before us has made ours the Request-URI and the target the last Route: that is undone. Then what is left
 * of us on top is taken off; a server that records itself once for each of two transports is there twice (RFC 5658).
 */
export function wayFrom(m: SipMessage, isOurs: (uri: string) => boolean): Way {
  const routes = m.values("route");
  const last = routes.at(-1);
  const isRewritten = last !== undefined && isOurs(m.uri);
  const left = isRewritten ? routes.slice(0, -1) : routes;
  const passed = left.findIndex((route) => !isOurs(uriOf(route) ?? ""));
  return {
    uri: isRewritten ? (uriOf(last) ?? m.uri) : m.uri,
    routes: passed < 0 ? [] : left.slice(passed),
  };
}
