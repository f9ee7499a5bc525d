/**
 * The headers known by number (the first ones' repetitions are watched: see `HeadIndex.repeated`), in lower case, and
 * as they are written (RFC 3261 §20 and the IANA registry).
 */
export const headerNames = {
  via: "Via",
  from: "From",
  to: "To",
  "call-id": "Call-ID",
  cseq: "CSeq",
  "max-forwards": "Max-Forwards",
  contact: "Contact",
  "content-length": "Content-Length",
  "content-type": "Content-Type",
  expires: "Expires",
  event: "Event",
  route: "Route",
  "record-route": "Record-Route",
  authorization: "Authorization",
  "proxy-authorization": "Proxy-Authorization",
  "www-authenticate": "WWW-Authenticate",
  "proxy-authenticate": "Proxy-Authenticate",
  "authentication-info": "Authentication-Info",
  "proxy-authentication-info": "Proxy-Authentication-Info",
  "allow-events": "Allow-Events",
  "subscription-state": "Subscription-State",
  "sip-etag": "SIP-ETag",
  "sip-if-match": "SIP-If-Match",
  "suppress-if-match": "Suppress-If-Match",
  require: "Require",
  "proxy-require": "Proxy-Require",
  supported: "Supported",
  path: "Path",
  accept: "Accept",
  "accept-contact": "Accept-Contact",
  "accept-encoding": "Accept-Encoding",
  "accept-language": "Accept-Language",
  "alert-info": "Alert-Info",
  allow: "Allow",
  "call-info": "Call-Info",
  "content-disposition": "Content-Disposition",
  "content-encoding": "Content-Encoding",
  "content-language": "Content-Language",
  date: "Date",
  "error-info": "Error-Info",
  "flow-timer": "Flow-Timer",
  "history-info": "History-Info",
  identity: "Identity",
  "identity-info": "Identity-Info",
  "in-reply-to": "In-Reply-To",
  join: "Join",
  "max-breadth": "Max-Breadth",
  "mime-version": "MIME-Version",
  "min-expires": "Min-Expires",
  "min-se": "Min-SE",
  organization: "Organization",
  "p-asserted-identity": "P-Asserted-Identity",
  "p-preferred-identity": "P-Preferred-Identity",
  priority: "Priority",
  privacy: "Privacy",
  rack: "RAck",
  reason: "Reason",
  "refer-to": "Refer-To",
  "referred-by": "Referred-By",
  "reject-contact": "Reject-Contact",
  replaces: "Replaces",
  "reply-to": "Reply-To",
  "request-disposition": "Request-Disposition",
  "retry-after": "Retry-After",
  rseq: "RSeq",
  "security-client": "Security-Client",
  "security-server": "Security-Server",
  "security-verify": "Security-Verify",
  server: "Server",
  "service-route": "Service-Route",
  "session-expires": "Session-Expires",
  subject: "Subject",
  timestamp: "Timestamp",
  unsupported: "Unsupported",
  "user-agent": "User-Agent",
  warning: "Warning",
} as const;

/** A header's name in lower case, in its long form; others than the known ones are names too. */
export type HeaderName = keyof typeof headerNames | (string & {});

/** Names of one letter (RFC 3261 §7.3.3 and the IANA registry): read, never written. */
const compactForms: Readonly<Record<string, keyof typeof headerNames>> = {
  a: "accept-contact", // RFC 3841 §9.2
  b: "referred-by", // RFC 3892 §3
  c: "content-type",
  d: "request-disposition", // RFC 3841 §9.1
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact", // RFC 3841 §9.3
  k: "supported",
  l: "content-length",
  m: "contact",
  n: "identity-info", // RFC 4474 §9
  o: "event", // RFC 6665 §8.2.1
  r: "refer-to", // RFC 3515 §2.1
  s: "subject",
  t: "to",
  u: "allow-events", // RFC 6665 §8.2.2
  v: "via",
  x: "session-expires", // RFC 4028 §4
  y: "identity", // RFC 8224 §4
};

/** A number for each known header; 0 is one that is not known. */
const ids = new Map<string, number>(Object.keys(headerNames).map((name, at) => [name, at + 1]));

export function idOfName(name: HeaderName): number {
  return ids.get(name) ?? 0;
}

export const viaId: number = idOfName("via");
export const fromId: number = idOfName("from");
export const toId: number = idOfName("to");
export const callIdId: number = idOfName("call-id");
export const cseqId: number = idOfName("cseq");
export const maxForwardsId: number = idOfName("max-forwards");
export const contactId: number = idOfName("contact");
export const contentLengthId: number = idOfName("content-length");
export const contentTypeId: number = idOfName("content-type");
export const expiresId: number = idOfName("expires");
export const timestampId: number = idOfName("timestamp");

/** The bits of headers with numbers below 32, as `HeadIndex.present` and `repeated` have them. */
export function bitsOf(names: readonly HeaderName[]): number {
  return names.reduce((bits, name) => bits | (1 << idOfName(name)), 0);
}

/** Of each number the name as it is written, with its colon: "Via: ". */
export const written: readonly string[] = ["", ...Object.values(headerNames).map((name) => `${name}: `)];

/** What a name of some length and first letter may be: a handful of slots hold more than one. */
type Candidate = { readonly name: Uint8Array; readonly form: Uint8Array; readonly id: number };

const longest = 31;
const slots: (readonly Candidate[] | undefined)[] = Array.from({ length: (longest + 1) * 32 }, () => undefined);

for (const [name, id] of ids) add(name, id);
for (const [name, long] of Object.entries(compactForms)) add(name, idOfName(long));

function add(name: string, id: number): void {
  const slot = name.length * 32 + (name.charCodeAt(0) & 31);
  const form = name.length === 1 ? name : (written[id] as string).slice(0, -2);
  slots[slot] = [...(slots[slot] ?? []), { name: Buffer.from(name), form: Buffer.from(form), id }];
}

/** Lower case of ASCII letters. */
const lower = Uint8Array.from({ length: 256 }, (_, code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code));

/**
 * The number of the header whose name stands from `at` to `end`, in any case, long or compact; 0 for others. Looks only
 * at names of that length and first letter, and makes no string.
 */
export function idOfBytes(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (length > longest || length <= 0) return 0;
  const candidates = slots[length * 32 + ((bytes[at] as number) & 31)];
  if (candidates === undefined) return 0;
  for (let one = 0; one < candidates.length; one++) {
    const { name, form, id } = candidates[one] as Candidate;
    let position = 0;
    for (; position < length; position++) {
      const c = bytes[at + position] as number;
      if (c !== form[position] && lower[c] !== name[position]) break;
    }
    if (position === length) return id;
  }
  return 0;
}
