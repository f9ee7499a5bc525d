import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { answeredMedia, type Offered } from "./sdp-answer.ts";

/** What a session description offers of instant messages (sip-wire 3.1): messages inside the SIP dialog itself. */
export type MessageOffer = Offered & {
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
  const media: string[] = [];
  let inMessage = false;
  let at = -1;
  let acceptTypes: readonly string[] = [];
  for (const line of lines) {
    if (line.startsWith("m=")) {
      // OCS 2005 wrote x-ms-message
      inMessage = at < 0 && /^m=(?:x-ms-)?message\s+\d+\s+sip(?:\s|$)/i.test(line);
      if (inMessage) at = media.length;
      media.push(line.slice(2));
    } else if (inMessage && line.toLowerCase().startsWith("a=accept-types:")) {
      acceptTypes = line.slice("a=accept-types:".length).trim().split(/\s+/).slice(0, 32);
    }
  }
  return at >= 0 ? ok({ acceptTypes, media, at }) : no(fault("sip-not-acceptable-here", "no message session"));
}

/** Writes one: an offer ("null"), or with our own URI the answer to `answers`. `address` is an IP address. */
export function writeMessageSdp(address: string, port: number, uri: string, answers?: Offered): string {
  const kind = /^\S+/.exec(answers?.media[answers.at] ?? "")?.[0] ?? "message";
  const ours = `m=${kind} ${port} sip ${uri}\r\na=accept-types:text/plain\r\n`;
  const family = address.includes(":") ? "IP6" : "IP4";
  return (
    `v=0\r\no=- 0 0 IN ${family} ${address}\r\ns=session\r\nc=IN ${family} ${address}\r\nt=0 0\r\n` +
    answeredMedia(ours, answers)
  );
}
