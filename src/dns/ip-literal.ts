const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const group = /^[0-9a-f]{1,4}$/i;

/** Whether the text is an IP address (no brackets, no port, no zone), and of which family. RFC 3986 §3.2.2, RFC 4291 §2.2. */
export function ipFamily(text: string): 4 | 6 | undefined {
  if (ipv4.test(text)) return 4;
  return isIpv6(text) ? 6 : undefined;
}

function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1);
  // RFC 4291 §2.2 (3): the last 32 bits may be written as IPv4.
  const dotted = last !== undefined && !text.endsWith("::") && ipv4.test(last);
  const rest = dotted ? groups.slice(0, -1) : groups;
  if (!rest.every((one) => group.test(one))) return false;
  const count = rest.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** The address without the brackets of an address with a port: "[::1]" and "::1" are the same. */
export function withoutBrackets(text: string): string {
  return text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
}

/** Whether an address is this machine's own loopback (127.0.0.0/8, ::1, and the former mapped into IPv6). */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./i.test(address) || address === "::1";
}

/** "192.0.2.1:53", "[2001:db8::1]:53", or either without a port. Undefined when it is neither. */
export function endpointFrom(text: string, defaultPort: number): { address: string; port: number } | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const address = parts === null ? text : (parts[1] ?? parts[2] ?? "");
  const port = parts?.[3] === undefined ? defaultPort : Number(parts[3]);
  return ipFamily(address) !== undefined && port > 0 && port < 65_536 ? { address, port } : undefined;
}
