import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";

/** What a session description offers of instant messages (sip-wire 3.1): messages inside the SIP dialog itself. */
export type MessageOffer = {
  /** Types the other side takes; empty when it does not say. */
  readonly acceptTypes: readonly string[];
};

const linesMax = 256;

/**
 * Reads the SDP of an INVITE (RFC 4566) for a `m=message … sip` line, as Microsoft's and Cisco's write it; any port, "null" or a
 * URI. Fails with sip-not-acceptable-here for calls, MSRP and whatever else is no message session, sip-malformed for no SDP.
 */
export function readMessageOffer(body: string): Result<MessageOffer> {
  const lines = body.split(/\r?\n/);
  if (lines.length > linesMax || !lines[0]?.startsWith("v="))
    return no(fault("sip-malformed", "no session description"));
  let inMessage = false;
  let found = false;
  let acceptTypes: readonly string[] = [];
  for (const line of lines) {
    if (line.startsWith("m=")) {
      // OCS 2005 wrote x-ms-message
      inMessage = /^m=(?:x-ms-)?message\s+\d+\s+sip(?:\s|$)/i.test(line);
      found ||= inMessage;
    } else if (inMessage && line.toLowerCase().startsWith("a=accept-types:")) {
      acceptTypes = line.slice("a=accept-types:".length).trim().split(/\s+/).slice(0, 32);
    }
  }
  return found ? ok({ acceptTypes }) : no(fault("sip-not-acceptable-here", "no message session"));
}

/** Writes one: an offer ("null"), or an answer with our own URI. `address` is an IP address, `types` what we render. */
export function writeMessageSdp(address: string, port: number, uri: string, types = "text/plain"): string {
  const family = address.includes(":") ? "IP6" : "IP4";
  return (
    `v=0\r\no=- 0 0 IN ${family} ${address}\r\ns=session\r\nc=IN ${family} ${address}\r\nt=0 0\r\n` +
    `m=message ${port} sip ${uri}\r\na=accept-types:${types}\r\n`
  );
}
