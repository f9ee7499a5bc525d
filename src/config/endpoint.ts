const octet = /^(?:0|[1-9]\d{0,2})$/;

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => octet.test(part) && Number(part) < 256);
}

/** RFC 4291 §2.2, with a zone index (RFC 4007 §11) allowed: "::", "fe80::1%eth0", "::ffff:192.0.2.1". */
function isIpv6(text: string): boolean {
  const [address = "", zone, ...rest] = text.split("%");
  if (rest.length > 0 || zone === "" || !/^[0-9a-fA-F:.]+$/.test(address)) return false;
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const withIpv4 = last.includes(".");
  if (withIpv4 && !(isIpv4(last) && address.endsWith(last))) return false;
  const hexadecimal = withIpv4 ? groups.slice(0, -1) : groups;
  if (!hexadecimal.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = hexadecimal.length + (withIpv4 ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

/** Whether the text is an IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

export type HostPort = { readonly host: string; readonly port: number };

/**
 * "host:port" or "[v6]:port"; without a port, `portDefault`. Undefined when it is neither. The host may be a name.
 */
export function parseHostPort(text: string, portDefault: number): HostPort | undefined {
  const match =
    /^\[(?<v6>[^\]]+)\](?::(?<port6>\d{1,5}))?$/.exec(text) ?? /^(?<name>[^:[\]\s]+)(?::(?<port>\d{1,5}))?$/.exec(text);
  const { v6, name, port6, port } = match?.groups ?? {};
  const host = v6 ?? name ?? (isIpv6(text) ? text : undefined);
  if (host === undefined || (v6 !== undefined && !isIpv6(v6))) return undefined;
  const written = port6 ?? port;
  const number = written === undefined ? portDefault : Number(written);
  return number >= 1 && number <= 65_535 ? { host, port: number } : undefined;
}
