import { utf8 } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type ContentType, parseContentType } from "./content-type.ts";
import { parameter } from "./parameters.ts";

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

/**
 * Reads the Content-Type of a message or body part. Communicator's `msgr=` without padding is a value like others (I-11), and
 * a ";" at the end is let pass. Fails with sip-malformed.
 */
export function readContentType(text: string): Result<ContentType> {
  const end = text.trimEnd();
  const type = parseContentType(end.endsWith(";") ? end.slice(0, -1) : end);
  return type === undefined ? no(fault("sip-malformed", "not a media type")) : ok(type);
}

/** The character set a text says it has; UTF-8 when it says nothing (RFC 3428 §7, sip-wire 3.3). */
export function charsetOf(type: ContentType): string {
  return parameter(type.parameters, "charset") || "utf-8";
}
