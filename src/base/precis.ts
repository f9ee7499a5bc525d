import { type Fault, fault } from "./fault.ts";
import { bidiFits, firstBad, isRightToLeft, pointsOf } from "./precis-rules.ts";
import { no, ok, type Result } from "./result.ts";

const ascii = /^[\x20-\x7e]*$/;
const asciiName = /^[\x21-\x7e]+$/;
/** Fullwidth and halfwidth forms: the only code points with <wide> or <narrow> decompositions, and U+3000. */
const widthForms = /[\u3000\uff01-\uffee]+/g;
const otherSpaces = /(?! )\p{Zs}/gu;
/** RFC 7622 §3.3.1: what a localpart excludes beyond its PRECIS profile. */
const notInLocalpart = /["&'/:<>@]/;

type Profile = {
  readonly map: (text: string) => string;
  /** Kinds of code point (precis-properties.ts) that need no context. */
  readonly allowed: string;
  readonly bidi: boolean;
};

const widths = (text: string) => text.replace(widthForms, (form) => form.normalize("NFKC"));
const caseMapped: Profile = { map: (text) => widths(text).toLowerCase().normalize("NFC"), allowed: "VP", bidi: true };
const casePreserved: Profile = { map: (text) => widths(text).normalize("NFC"), allowed: "VP", bidi: true };
const opaque: Profile = {
  map: (text) => text.replace(otherSpaces, " ").normalize("NFC"),
  allowed: "VPF",
  bidi: false,
};

/**
 * A user name in its canonical form, lower-case (RFC 8265 §3.3): what is stored and compared. Fails with jid-malformed.
 */
export function usernameCaseMapped(text: string): Result<string> {
  return asciiName.test(text) ? ok(text.toLowerCase()) : enforce(text, caseMapped);
}

/** A user name whose case counts (RFC 8265 §3.4). Fails with jid-malformed. */
export function usernameCasePreserved(text: string): Result<string> {
  return asciiName.test(text) ? ok(text) : enforce(text, casePreserved);
}

/** Free text that is compared exactly: passwords, resources (RFC 8265 §4.2). Fails with jid-malformed. */
export function opaqueString(text: string): Result<string> {
  return text !== "" && ascii.test(text) ? ok(text) : enforce(text, opaque);
}

/** The localpart of an address (RFC 7622 §3.3): 1 to 1023 bytes of UTF-8. Fails with jid-malformed. */
export function localpart(text: string): Result<string> {
  const name = usernameCaseMapped(text);
  if (!name.ok) return name;
  if (notInLocalpart.test(name.value)) return no(fault("jid-malformed", "a character that no address may have"));
  return withinBytes(name.value);
}

/** The resourcepart of an address (RFC 7622 §3.4): 1 to 1023 bytes of UTF-8. Fails with jid-malformed. */
export function resourcepart(text: string): Result<string> {
  const resource = opaqueString(text);
  return resource.ok ? withinBytes(resource.value) : resource;
}

/** RFC 7622 §3.1: no part is longer than 1023 bytes. */
function withinBytes(text: string): Result<string> {
  if (text.length <= 341 || Buffer.byteLength(text) <= 1023) return ok(text);
  return no(fault("jid-malformed", "longer than 1023 bytes"));
}

/** RFC 8264 §7: the rules in their order, again until nothing changes, three times at most. */
function enforce(text: string, profile: Profile): Result<string> {
  let mapped = text;
  for (let round = 0; round < 4; round++) {
    const before = mapped;
    mapped = profile.map(before);
    if (mapped === before && round > 0) return judge(mapped, profile);
  }
  return no(fault("jid-malformed", "no stable form"));
}

function judge(text: string, profile: Profile): Result<string> {
  if (text === "") return no(fault("jid-malformed", "empty"));
  const points = pointsOf(text);
  const bad = firstBad(points, profile.allowed);
  if (bad !== undefined) return no(notAllowed(bad));
  // RFC 8265 §3.3.2: the Bidi rule, when there is right-to-left text.
  if (profile.bidi && isRightToLeft(points) && !bidiFits(points)) {
    return no(fault("jid-malformed", "mixed writing directions"));
  }
  return ok(text);
}

/** Names the code point a string may not have, by number: it may not be printable. */
export function notAllowed(point: number): Fault {
  return fault("jid-malformed", `U+${point.toString(16).toUpperCase().padStart(4, "0")} is not allowed`);
}
