import { type Fault, fault } from "../base/fault.ts";
import { bitsOf } from "./header-names.ts";
import type { HeaderName, SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { isSipUri } from "./uri.ts";

/** Schemes of a Request-URI that mean anything here (RFC 3261 §8.2.2.1). */
const knownSchemes = new Set(["sip", "sips", "im", "pres", "tel"]);

/**
 * Headers a message may have once (RFC 3261 §7.3.1, §20): the same said twice is let pass. Content-Length is looked at
 * in the index.
 */
const single: readonly HeaderName[] = [
  "from",
  "to",
  "call-id",
  "cseq",
  "max-forwards",
  "content-type",
  "expires",
  "event",
];

const singles = bitsOf(single);

/**
 * What every request must have and may not contradict (RFC 3261 §8.1.1, §8.2): the first thing wrong, as sip-malformed,
 * sip-uri-scheme or sip-uri-too-long. Max-Forwards may be missing, as in RFC 2543 (RFC 4475 §3.4.1). Header values that
 * nobody needs to serve the request are not looked at.
 */
export function checkRequest(m: SipMessage): Fault | undefined {
  return m.fault ?? checkUri(m) ?? checkBoth(m) ?? checkNumbers(m) ?? checkContacts(m);
}

/**
 * What every response must have (RFC 3261 §8.2.6): the first thing wrong, as sip-malformed. It is known by Via and CSeq; what
 * From and To say matters to dialogs alone, which read them.
 */
export function checkResponse(m: SipMessage): Fault | undefined {
  const wrong = checkKnownResponse(m);
  if (wrong !== undefined) return wrong;
  if (m.via === undefined) return missing(m, "via");
  return m.cseq === undefined ? missing(m, "cseq") : undefined;
}

/** The same for one whose Via and CSeq are known to be those of a request of ours. */
export function checkKnownResponse(m: SipMessage): Fault | undefined {
  if (m.fault !== undefined) return m.fault;
  if ((m.index.present & copiedBits) !== copiedBits) {
    for (const name of copied) if (!m.has(name)) return missing(m, name);
  }
  return checkSingle(m);
}

const copied: readonly HeaderName[] = ["via", "from", "to", "call-id", "cseq"];
const copiedBits = bitsOf(copied);

/**
 * Whether a message that is wrong can be answered: a request that says where the answer goes. What else a response
 * copies may be missing (RFC 4475 §3.3.1). Never an ACK (RFC 3261 §17.1.1.3) nor a BENOTIFY (R11).
 */
export function mayAnswer(m: SipMessage): boolean {
  return m.isRequest && m.method !== "ACK" && m.method !== "BENOTIFY" && m.header("via") !== undefined;
}

/** Methods whose Contact means something: it is the binding, or where the dialog's later requests go. */
const usesContact = new Set(["REGISTER", "INVITE", "SUBSCRIBE", "NOTIFY", "REFER", "UPDATE"]);

function checkUri(m: SipMessage): Fault | undefined {
  const uri = m.requestUri;
  if (!uri.ok) return uri.fault;
  if (!knownSchemes.has(uri.value.scheme)) return fault("sip-uri-scheme");
  // RFC 3261 §19.1.1: no headers in a Request-URI (RFC 4475 §3.1.2.11).
  if (isSipUri(uri.value) && uri.value.headers !== "") return malformed("headers in the Request-URI");
  return undefined;
}

function checkBoth(m: SipMessage): Fault | undefined {
  if (m.via === undefined) return missing(m, "via");
  if (m.from === undefined) return missing(m, "from");
  if (m.to === undefined) return missing(m, "to");
  const { callId, cseq } = m;
  if (callId === "") return missing(m, "call-id");
  if (callId.includes(" ") || callId.includes("\t")) return malformed("white space in Call-ID");
  if (cseq === undefined) return missing(m, "cseq");
  // RFC 3261 §8.1.1.5 (RFC 4475 §3.1.2.17, §3.1.2.18)
  if (m.isRequest && cseq.method !== m.method) return malformed("CSeq names another method");
  return checkSingle(m);
}

function checkSingle(m: SipMessage): Fault | undefined {
  if ((m.index.repeated & singles) === 0) return undefined;
  for (const name of single) {
    const fields = m.headers(name);
    if (fields.some((value) => value !== fields[0])) return malformed(`more than one ${name}`);
  }
  return undefined;
}

function checkNumbers(m: SipMessage): Fault | undefined {
  // RFC 3261 §20.22: 0 to 255.
  return m.maxForwards === undefined && m.header("max-forwards") !== undefined
    ? malformed("Max-Forwards is no number from 0 to 255")
    : undefined;
}

/**
 * A Contact that cannot be read would make every later request of the dialog or binding go astray (RFC 4475 §3.1.2.13).
 */
function checkContacts(m: SipMessage): Fault | undefined {
  if (!usesContact.has(m.method) || m.contact !== undefined) return undefined;
  for (const value of m.values("contact")) {
    if (value !== "*" && !parseNameAddr(value).ok) return malformed("a Contact that cannot be read");
  }
  return undefined;
}

function missing(m: SipMessage, name: HeaderName): Fault {
  return malformed(m.header(name) === undefined ? `no ${name}` : `${name} cannot be read`);
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
