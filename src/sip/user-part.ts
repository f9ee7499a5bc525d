import { usernameCaseMapped } from "../base/precis.ts";
import { ok, type Result } from "../base/result.ts";

/**
 * What a SIP user part and a localpart of an address have differently. SIP allows "&", "'" and "/" in a user part, which no
 * localpart may have: there they stand as "\26", "\27" and "\2f" (RFC 7247 §5, XEP-0106). A backslash in front of what
 * would be read as one of those, or as an escaped backslash, becomes "\5c" (XEP-0106 §4.2), so that two users of SIP never
 * become one person: "o'malley" and "o\27malley" are not the same.
 */
const toEscape = /[&'/]|\\(?=(?:5c)*(?:26|27|2f))/g;
const toUnescape = /\\(?:26|27|2f|5c(?=(?:5c)*(?:26|27|2f)))/g;

const escapes: Readonly<Record<string, string>> = { "&": "\\26", "'": "\\27", "/": "\\2f", "\\": "\\5c" };
const plain: Readonly<Record<string, string>> = { "\\26": "&", "\\27": "'", "\\2f": "/", "\\5c": "\\" };

/**
 * The localpart for a user part whose percent escapes are gone, in its canonical form and so in lower case; `localpart` of
 * base/precis.ts has the last word on it. Fails with jid-malformed.
 */
export function localOfUser(user: string): Result<string> {
  // First what PRECIS makes of it: a fullwidth digit must not complete an escape behind our back.
  const name = usernameCaseMapped(user);
  if (!name.ok) return name;
  return ok(name.value.replace(toEscape, (character) => escapes[character] ?? character));
}

/** RFC 3261 §25.1 user, as far as no localpart forbids it, without ";": in a user part that starts user parameters. */
const plainUser = /^[A-Za-z0-9\-_.!~*()=+$,?]+$/;
const notInUser = /[^A-Za-z0-9\-_.!~*'()&=+$,?/]/gu;

/** The user part for a localpart, percent-escaped where SIP wants it (RFC 7247 §5). */
export function userOfLocal(local: string): string {
  if (plainUser.test(local)) return local;
  return local.replace(toUnescape, (written) => plain[written] ?? written).replace(notInUser, percentEscaped);
}

/** RFC 3261 §25.1 pvalue. */
const notInParameter = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/gu;

/** Any text as the value of a URI's parameter, percent-escaped where SIP wants it. */
export function parameterOfText(text: string): string {
  return text.replace(notInParameter, percentEscaped);
}

function percentEscaped(character: string): string {
  const code = character.charCodeAt(0);
  // encodeURIComponent leaves some of ASCII alone, and throws on half a pair.
  if (code < 0x80) return `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
  return encodeURIComponent(character.toWellFormed());
}
