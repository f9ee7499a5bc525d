import { type Fault, fault } from "./fault.ts";
import { bidiFits, firstBad, isRightToLeft, pointsOf } from "./precis-rules.ts";
import { pointsFromPunycode, punycodeOf } from "./punycode.ts";
import { no, ok, type Result } from "./result.ts";

declare const parsed: unique symbol;

/**
 * A domain in its one canonical form: lower case, NFC, U-labels, no final dot; or an IPv4 address, or an IPv6 address in
 * brackets. U-labels, because RFC 7622 §3.2.1 wants them in every address on the wire, so that a routed stanza needs no
 * change; the ASCII form follows from them at any time (`asciiOf`), for DNS, SNI and certificates.
 */
export type DomainName = string & { readonly [parsed]: true };

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}(?<!\.)$/;
const ipv6 = /^\[[0-9a-f:.]{2,45}\]$/i;
/** UTS 46 §2.3: what separates labels, besides the full stop. */
const dots = /[\u3002\uff0e\uff61]/g;
/** UTS 46 §5, "ignored": but bidirectional controls, tags and what is not assigned are errors. */
const invisible = /(?![\p{Bidi_Control}\p{Cn}\u{e0000}-\u{e007f}])\p{Default_Ignorable_Code_Point}/gu;

/**
 * Reads a domain (RFC 7622 §3.2): names by IDNA2008 after the non-transitional mapping of UTS 46 §4, and IP literals. In the
 * DNS's limits: labels of at most 63 bytes, 253 bytes in all. Fails with domain-malformed.
 */
export function parseDomainName(text: string): Result<DomainName> {
  if (isPlainDomain(text)) return ok(text as DomainName);
  if (text.length > 1023) return no(wrong("longer than 1023 bytes"));
  if (text.startsWith("[")) return literal(text);
  // RFC 7622 §3.2: one final dot says nothing and is dropped.
  const name = text.replace(dots, ".").replace(/\.$/, "");
  const lower = /[^\0-\x7f]/.test(name) ? name.split(".").map(mapped) : name.toLowerCase().split(".");
  // UTS 46 §4: a code point that stands for more than a separator, such as U+2026, makes no separator.
  if (lower.some((label) => label.includes("."))) return no(wrong("a misplaced full stop"));
  const joined = lower.join(".");
  return isPlainDomain(joined) || ipv4.test(joined) ? ok(joined as DomainName) : fromLabels(lower);
}

/** The domain in ASCII: A-labels (RFC 5890 §2.3.2.1), as DNS, SNI and certificates have it. */
export function asciiOf(domain: DomainName): string {
  return /^[\0-\x7f]*$/.test(domain) ? domain : domain.split(".").map(asciiLabel).join(".");
}

function asciiLabel(label: string): string {
  return /^[\0-\x7f]*$/.test(label) ? label : `xn--${punycodeOf(pointsOf(label))}`;
}

/** Whether it is an IP literal, which has no DNS and no SNI. */
export function isIpLiteral(domain: DomainName): boolean {
  return domain.startsWith("[") || ipv4.test(domain);
}

/**
 * Whether a text is a canonical domain of letters, digits and hyphens only, as nearly all are: one pass, no allocation. Says
 * false where a closer look is needed (A-labels, addresses, capitals).
 */
export function isPlainDomain(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > 253) return false;
  let start = 0;
  let letters = false;
  let before = 0x2e;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x61 && code <= 0x7a) letters = true;
    else if (code === 0x2e) {
      if (before === 0x2e || before === 0x2d || at - start > 63) return false;
      start = at + 1;
      letters = false;
    } else if (code === 0x2d) {
      if (at === start) return false;
      if (at === start + 3 && before === 0x2d) return false; // RFC 5891 §4.2.3.1
      letters = true;
    } else if (code < 0x30 || code > 0x39) return false;
    before = code;
  }
  // A last label of digits alone would be an IPv4 address, or a mistyped one (RFC 3696 §2).
  return letters && before !== 0x2e && before !== 0x2d && length - start <= 63;
}

/** An IPv6 address in brackets, in the form of RFC 5952. */
function literal(text: string): Result<DomainName> {
  const url = ipv6.test(text) && URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`) : undefined;
  return url === undefined ? no(wrong("not an IPv6 address")) : ok(url.hostname as DomainName);
}

/** UTS 46 §4 steps 1 and 2: case folded, compatibility forms replaced, invisible code points gone; ß, ς and joiners stay. */
function mapped(label: string): string {
  let text = "";
  for (const part of label.replaceAll("\u1e9e", "ß").split(/([ßς\u200c\u200d])/)) {
    text += /^[ßς\u200c\u200d]$/.test(part) ? part : fold(fold(part.replace(invisible, "")));
  }
  return text.normalize("NFKC");
}

/** Full case folding of compatibility forms. The platform has none, but this comes out the same for all code points. */
function fold(text: string): string {
  let folded = "";
  for (const character of text.normalize("NFKC")) {
    if (character === "ı") folded += character;
    else if (/\p{Script=Cherokee}/u.test(character)) folded += character.toUpperCase();
    else for (const upper of character.toLowerCase().toUpperCase()) folded += upper.toLowerCase();
  }
  return folded;
}

/** RFC 5891 §4.2 and §5.4 for each label, RFC 5893 for all of them. */
function fromLabels(names: readonly string[]): Result<DomainName> {
  const found: string[] = [];
  for (const label of names) {
    const unicode = unicodeLabel(label);
    if (!unicode.ok) return unicode;
    found.push(unicode.value);
  }
  const points = found.map(pointsOf);
  // RFC 5893 §2: one right-to-left label puts the rule on all of them.
  if (points.some(isRightToLeft) && !points.every(bidiFits)) return no(wrong("mixed writing directions"));
  if (/^\d+$/.test(found.at(-1) ?? "")) return no(wrong("not an IPv4 address"));
  const domain = found.join(".") as DomainName;
  if (asciiOf(domain).length > 253) return no(wrong("longer than 253 bytes"));
  return ok(domain);
}

function unicodeLabel(label: string): Result<string> {
  if (label === "") return no(wrong("an empty label"));
  if (!label.startsWith("xn--")) return validLabel(label);
  // RFC 5891 §5.4: an A-label must be what its U-label makes.
  const points = pointsFromPunycode(label.slice(4));
  const unicode = points === undefined ? "" : String.fromCodePoint(...points);
  if (asciiLabel(unicode) !== label) return no(wrong(`no A-label: ${label}`));
  return validLabel(unicode);
}

function validLabel(label: string): Result<string> {
  if (/^-|-$|^..--/u.test(label)) return no(wrong("a misplaced hyphen"));
  if (label.normalize("NFC") !== label || /^\p{M}/u.test(label)) return no(wrong("a misplaced mark"));
  const bad = firstBad(pointsOf(label), "V");
  if (bad !== undefined) return no(wrong(`U+${bad.toString(16).toUpperCase().padStart(4, "0")} is not allowed`));
  // RFC 1035 §2.3.4
  if (asciiLabel(label).length > 63) return no(wrong("a label longer than 63 bytes"));
  return ok(label);
}

function wrong(detail: string): Fault {
  return fault("domain-malformed", detail);
}
