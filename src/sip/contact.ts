import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterQuoted } from "./characters.ts";
import { deltaSeconds } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { parameter } from "./parameters.ts";
import { parseSipUri, type SipUri } from "./uri.ts";

/** One value of Contact in a REGISTER (RFC 3261 §20.10), as far as a registrar must understand it. */
export type Contact = {
  readonly uri: SipUri;
  /** The header's parameters as they were written, beginning with ";", or "": all but those that the registrar answers itself. */
  readonly parameters: string;
  /** Seconds; undefined when it says none. RFC 3261 §10.2.1.1: what cannot be read counts as 3600. */
  readonly expires: number | undefined;
  /** The device (RFC 5626 §4.1), as written: "<urn:uuid:…>"; "" when it does not say. */
  readonly instance: string;
  /** Which of its flows (RFC 5626 §4.2.1); 0 when it does not say, or says it without an instance, which means nothing (§6). */
  readonly regId: number;
};

/** Answered by the registrar in its own words. */
const answered = new Set(["expires", "pub-gruu", "temp-gruu"]);

/** RFC 3261 §10.2.1.1 */
const expiresDefault = 3_600;

const regIdForm = /^[1-9]\d{0,9}$/;
const regIdMax = 2 ** 31 - 1;

/**
 * Reads one value. Only SIP can be spoken to a device, so only sip: and sips: are taken. Fails with sip-malformed,
 * sip-uri-scheme, sip-uri-too-long, and sip-too-large for parameters longer than `textMax` characters.
 */
export function readContact(text: string, textMax: number): Result<Contact> {
  const read = parseNameAddr(text);
  if (!read.ok) return read;
  const uri = parseSipUri(read.value.uri, textMax);
  if (!uri.ok) return uri;
  const parameters = parametersWithout(text, answered);
  if (parameters.length > textMax) return no(fault("sip-too-large", "parameters of a Contact"));
  const list = read.value.parameters;
  const seconds = parameter(list, "expires");
  const instance = parameter(list, "+sip.instance") ?? "";
  const regId = parameter(list, "reg-id");
  if (regId !== undefined && !isRegId(regId)) return no(malformed("a reg-id that is none"));
  return ok({
    uri: uri.value,
    parameters,
    expires: seconds === undefined ? undefined : (deltaSeconds(seconds) ?? expiresDefault),
    instance,
    regId: regId === undefined || instance === "" ? 0 : Number(regId),
  });
}

function isRegId(text: string): boolean {
  return regIdForm.test(text) && Number(text) <= regIdMax;
}

/** The header's parameters of a value that has been read, byte for byte, without the named. */
function parametersWithout(text: string, names: ReadonlySet<string>): string {
  let kept = "";
  let from = parametersAt(text);
  while (from < text.length) {
    const to = pieceEnd(text, from);
    const piece = text.slice(from, to).trim();
    const name = /^;\s*([^\s=;]*)/.exec(piece)?.[1] ?? "";
    if (!names.has(name.toLowerCase())) kept += piece;
    from = to;
  }
  return kept;
}

/** Where the header's parameters begin: behind ">", or without "<>" at the first ";". */
function parametersAt(text: string): number {
  const display = text.charCodeAt(0) === 0x22 ? afterQuoted(text, 0) : 0;
  const open = text.indexOf("<", display);
  const at = text.indexOf(";", open < 0 ? 0 : text.indexOf(">", open));
  return at < 0 ? text.length : at;
}

/** The place of the next ";" behind `at` that is not in quotes. */
function pieceEnd(text: string, at: number): number {
  let position = at + 1;
  while (position < text.length && text.charCodeAt(position) !== 0x3b) {
    const next = text.charCodeAt(position) === 0x22 ? afterQuoted(text, position) : position + 1;
    position = next < 0 ? text.length : next;
  }
  return position;
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
