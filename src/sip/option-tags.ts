import { isTokenText } from "./characters.ts";
import { bitsOf } from "./header-names.ts";
import type { HeaderName, SipMessage } from "./message.ts";
import { lowerCased } from "./parameters.ts";

/**
 * The extensions a request may require of this server (RFC 3261 §19.2), lower case, with the specification of each and
 * whether our `Supported` names it. What is not announced is understood all the same.
 */
export const optionTags = {
  path: { cite: "RFC 3327", announced: true },
  outbound: { cite: "RFC 5626", announced: true },
  gruu: { cite: "RFC 5627", announced: true },
  eventlist: { cite: "RFC 4662", announced: true },
  "recipient-list-subscribe": { cite: "RFC 5367", announced: true },
  // R12: whoever asks for BENOTIFY takes NOTIFY too, so it is let pass and never echoed
  "ms-benotify": { cite: "R12", announced: false },
  // sip-wire 1.6: dialog.ts follows it; an echo would promise that we use it ourselves
  "ms-dialog-route-set-update": { cite: "sip-wire 1.6", announced: false },
} as const;

export type OptionTag = keyof typeof optionTags;

/** The value of our Supported header. */
export const supportedOptions: string = Object.entries(optionTags)
  .filter(([, { announced }]) => announced)
  .map(([tag]) => tag)
  .join(", ");

/**
 * What a request requires and this server does not have: the value of the 420's Unsupported header (RFC 3261 §8.2.2.3,
 * §16.3 step 5), undefined when nothing is missing. Both Require and Proxy-Require count: we are what the request was sent
 * to and what stands before it. In ACK and CANCEL they mean nothing (§8.2.2.3).
 */
export function refusedOptions(m: SipMessage): string | undefined {
  if ((m.index.present & requiring) === 0 || m.method === "ACK" || m.method === "CANCEL") return undefined;
  const refused = new Set<string>();
  addRefused(m, "require", refused);
  addRefused(m, "proxy-require", refused);
  return refused.size === 0 ? undefined : [...refused].join(", ");
}

const requiring = bitsOf(["require", "proxy-require"]);

function addRefused(m: SipMessage, name: HeaderName, refused: Set<string>): void {
  if (m.header(name) === undefined) return;
  for (const tag of m.values(name)) {
    if (tag === "" || Object.hasOwn(optionTags, lowerCased(tag))) continue;
    // What is no token cannot be said back
    refused.add(isTokenText(tag) ? tag : "invalid");
  }
}

/** Whether the sender says it understands an extension (RFC 3261 §20.37); tags have no case. */
export function supports(m: SipMessage, tag: string): boolean {
  if ((m.index.present & saying) === 0) return false;
  return names(m, "supported", tag) || names(m, "require", tag);
}

const saying = bitsOf(["supported", "require"]);

/** Whether the sender demands it: of us, or of whoever is on the way. */
export function requires(m: SipMessage, tag: string): boolean {
  return names(m, "require", tag) || names(m, "proxy-require", tag);
}

function names(m: SipMessage, name: HeaderName, tag: string): boolean {
  if (m.header(name) === undefined) return false;
  return m.values(name).some((value) => lowerCased(value) === tag);
}
