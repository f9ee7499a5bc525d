import { utf8 } from "../base/bytes.ts";

/** What a MESSAGE carries, whatever wrote it. */
export type SipContent = {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** More header lines that belong to it ("Subject: …\r\n"), each ended; "" when there are none. */
  readonly headers: string;
};

/** RFC 3428 §7: the type every client takes (sip-wire 6.9: baresip, libpurple and linphone take the parameter). */
export const plainTextType = "text/plain;charset=UTF-8";

/** Text as a MESSAGE's content. */
export function plainText(text: string, headers = ""): SipContent {
  return { contentType: plainTextType, body: utf8(text), headers };
}

/**
 * A header line of text that somebody wrote: what would end the line or mean something to a terminal becomes a space, so no
 * text can bring a header of its own (RFC 3261 §25.1 TEXT-UTF8-TRIM). Empty when nothing is left.
 */
export function textHeader(name: string, value: string): string {
  const text = value
    .replace(/\p{Cc}+|[\u2028\u2029]/gu, " ")
    .toWellFormed()
    .trim();
  return text === "" ? "" : `${name}: ${text}\r\n`;
}
