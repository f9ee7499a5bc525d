import { afterIn, afterSpaceIn, charts, decimalIn, isAlpha, isDigit, isHost, isIpv6 } from "./characters.ts";
import { lowerIn } from "./parameters.ts";

/** A host and port as SIP writes them; `end` is the place behind them. */
export type HostPort = { readonly host: string; readonly port: number | undefined; readonly end: number };

/**
 * Reads host [":" port] (RFC 3261 §25.1 hostport) at `at`: a name, an IPv4 address or an IPv6 address in brackets. The
 * host comes out in lower case. `spaced` allows white space around the colon, as in a Via. Undefined when it is none; a
 * port is 1 to 65535.
 */
export function readHostPort(
  codes: Uint8Array,
  text: string,
  at: number,
  end: number,
  spaced = false,
): HostPort | undefined {
  const hostEnd = afterHost(codes, text, at, end);
  if (hostEnd < 0) return undefined;
  const name = lowerIn(codes, text, at, hostEnd);
  // RFC 5118 §4.10: three colons are read, two are meant.
  const host = codes[at] === 0x5b && name.includes(":::") ? name.replace(":::", "::") : name;
  const colon = spaced ? afterSpaceIn(codes, hostEnd, end) : hostEnd;
  if (colon >= end || codes[colon] !== 0x3a) return { host, port: undefined, end: hostEnd };
  const start = spaced ? afterSpaceIn(codes, colon + 1, end) : colon + 1;
  const to = afterIn(codes, start, end, isDigit);
  const port = decimalIn(codes, start, to);
  return port === undefined || port === 0 || port > 65_535 ? undefined : { host, port, end: to };
}

/** The place behind the host at `at`, -1 when there is none. */
function afterHost(codes: Uint8Array, text: string, at: number, end: number): number {
  if (at >= end) return -1;
  if (codes[at] === 0x5b) {
    const close = afterIn(codes, at + 1, end, isIpv6);
    return close < end && codes[close] === 0x5d && isIpv6Text(text.slice(at + 1, close)) ? close + 1 : -1;
  }
  const close = afterIn(codes, at, end, isHost);
  if (close === at || close - at > 255) return -1;
  // RFC 3261 §25.1 hostname: labels begin and end with a letter or digit. Inner ones are not looked at: DNS will tell.
  const first = codes[at] as number;
  return ((charts[first] as number) & (isAlpha | isDigit)) !== 0 || first === 0x5f ? close : -1;
}

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const group = /^[0-9A-Fa-f]{1,4}$/;

export function isIpv4Text(text: string): boolean {
  return ipv4.test(text);
}

/**
 * Whether the text is an IPv6 address without brackets (RFC 4291 §2.2). Three colons before an IPv4 part are taken for
 * two: the grammar of RFC 3261 made some implementations write them (RFC 5118 §4.10, RFC 5954).
 */
export function isIpv6Text(text: string): boolean {
  if (text.length > 46) return false;
  const halves = text.replace(/:::(?=[0-9]+\.)/, "::").split("::");
  if (halves.length > 2 || !text.includes(":")) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1);
  const dotted = last !== undefined && !text.endsWith("::") && ipv4.test(last);
  const rest = dotted ? groups.slice(0, -1) : groups;
  if (!rest.every((one) => group.test(one))) return false;
  const count = rest.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}
