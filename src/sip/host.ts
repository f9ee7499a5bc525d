import { after, afterSpace, charts, decimalIn, isAlpha, isDigit, isHost, isIpv6 } from "./characters.ts";
import { lowerCased } from "./parameters.ts";

/** A host and port as SIP writes them; `end` is the place behind them. */
export type HostPort = { readonly host: string; readonly port: number | undefined; readonly end: number };

/**
 * Reads host [":" port] (RFC 3261 §25.1 hostport) at `at`: a name, an IPv4 address or an IPv6 address in brackets. The host comes
 * out in lower case. `spaced` allows white space around the colon, as in a Via. Undefined when it is none; a port is 1 to 65535.
 */
export function readHostPort(text: string, at: number, spaced = false): HostPort | undefined {
  const end = afterHost(text, at);
  if (end < 0) return undefined;
  const host = lowerCased(text.slice(at, end));
  const colon = spaced ? afterSpace(text, end) : end;
  if (text.charCodeAt(colon) !== 0x3a) return { host, port: undefined, end };
  const start = spaced ? afterSpace(text, colon + 1) : colon + 1;
  const to = after(text, start, isDigit);
  const port = decimalIn(text, start, to);
  return port === undefined || port === 0 || port > 65_535 ? undefined : { host, port, end: to };
}

/** The place behind the host at `at`, -1 when there is none. */
function afterHost(text: string, at: number): number {
  if (text.charCodeAt(at) === 0x5b) {
    const end = after(text, at + 1, isIpv6);
    return text.charCodeAt(end) === 0x5d && isIpv6Text(text.slice(at + 1, end)) ? end + 1 : -1;
  }
  const end = after(text, at, isHost);
  if (end === at || end - at > 255) return -1;
  // RFC 3261 §25.1 hostname: labels begin and end with a letter or digit. Inner ones are not looked at: DNS will tell.
  const first = charts[text.charCodeAt(at)] as number;
  return (first & (isAlpha | isDigit)) !== 0 || text.charCodeAt(at) === 0x5f ? end : -1;
}

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const group = /^[0-9A-Fa-f]{1,4}$/;

export function isIpv4Text(text: string): boolean {
  return ipv4.test(text);
}

/**
 * Whether the text is an IPv6 address without brackets (RFC 4291 §2.2). Three colons before an IPv4 part are taken for two: the
 * grammar of RFC 3261 made some implementations write them (RFC 5118 §4.10, RFC 5954).
 */
export function isIpv6Text(text: string): boolean {
  if (text.length > 46) return false;
  const halves = text.replace(":::", "::").split("::");
  if (halves.length > 2 || !text.includes(":")) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1);
  const dotted = last !== undefined && !text.endsWith("::") && ipv4.test(last);
  const rest = dotted ? groups.slice(0, -1) : groups;
  if (!rest.every((one) => group.test(one))) return false;
  const count = rest.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}
