import type { FaultCode } from "../src/base/fault.ts";

/**
 * One message that implementations have failed at: its name and section in the RFC, what becomes of it in a datagram
 * ("taken", or the fault that answers it), and what a stream does that brings it: it goes on behind it, waits for more
 * of it, or is lost.
 */
export type TortureMessage = readonly [
  name: string,
  section: string,
  verdict: "taken" | FaultCode,
  stream: "goes on" | "waits" | "lost",
  bytes: Buffer,
];

/** A message as text: lines end in CRLF, the first line break does not count. */
export function sip(parts: TemplateStringsArray, ...values: readonly string[]): Buffer {
  const text = parts.map((part, at) => `${part}${values[at] ?? ""}`).join("");
  return Buffer.from(text.slice(1).replaceAll("\n", "\r\n"));
}

/** The session description that RFC 4475 puts into most of its messages. */
export function sdp(address: string, time = "0 0", connection: string = address): string {
  return `v=0
o=mhandley 29739 7272939 IN IP4 ${address}
s=-
c=IN IP4 ${connection}
t=${time}
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC
`;
}
