import { type Address, addressFrom } from "../base/address.ts";
import type { Limits } from "../base/limits.ts";

/** What an XCAP path names (RFC 4825 §6): a document, and perhaps a node in it. All of it is decoded once and for all. */
export type XcapPath = {
  readonly auid: string;
  /** Whose tree; undefined: the global one. As written, decoded: "sip:alice@ours.example". */
  readonly xui: string | undefined;
  /** Below that: "index", "oma_status-icon/index". */
  readonly document: string;
  /** The node selector without the "~~/" before it; undefined: the whole document. */
  readonly node: string | undefined;
  /** The path up to the document, as written: what an error's ancestor begins with. */
  readonly documentPath: string;
};

/**
 * Reads a path below the XCAP root, beginning with "/", still percent-encoded. Answers a status when there is no such thing: 414
 * (too long), 400 (not decodable), 404 (names no document). Each segment is decoded once; one that is then "." or "..", empty, or
 * has anything but plain characters names nothing, so there is no way up, and nothing that a second decoding would make one.
 */
export function parseXcapPath(path: string, limits: Pick<Limits, "xcapSelectorBytesMax">): XcapPath | 400 | 404 | 414 {
  if (path.length > limits.xcapSelectorBytesMax) return 414;
  if (!path.startsWith("/")) return 404;
  const raw = path.slice(1).split("/");
  const segments: string[] = [];
  for (const segment of raw) {
    const plain = decoded(segment);
    if (plain === undefined) return 400;
    segments.push(plain);
  }
  // RFC 4825 §6: the first segment that is "~~" ends the document selector
  const separator = segments.indexOf("~~");
  const names = separator < 0 ? segments : segments.slice(0, separator);
  if (!names.every(isName)) return 404;
  const [auid = "", tree, ...below] = names;
  const xui = tree === "users" ? below.shift() : undefined;
  if ((tree !== "users" || xui === undefined) && tree !== "global") return 404;
  if (below.length === 0) return 404;
  const node = separator < 0 ? undefined : segments.slice(separator + 1).join("/");
  const documentPath = `/${raw.slice(0, names.length).join("/")}`;
  return { auid, xui, document: below.join("/"), node, documentPath };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

const nameForm = /^[-A-Za-z0-9._~!$'()*+,;=:@ ]+$/;

/** A name may also hold characters beyond ASCII, as addresses do; a "%" that decoding left over makes it none. */
function isName(segment: string): boolean {
  return (
    segment !== "." &&
    segment !== ".." &&
    nameForm.test(segment.replace(/[\u00a1-\ud7ff\ue000-\ufffc\u{10000}-\u{effff}]/gu, "a"))
  );
}

/**
 * Whether an XUI (RFC 4825 §6.2) is that of `user`: "sip:alice@ours.example" (with "sips:", "pres:", "im:", too), the address
 * alone, or the name alone, in any spelling that is the same address. `contactOf` says who a URI is.
 */
export function isXuiOf(xui: string, user: Address, contactOf: (uri: string) => string | undefined): boolean {
  const [, scheme, rest = ""] = /^(?:(sips?|pres|im):)?(.*)$/is.exec(xui) ?? [];
  if (rest.includes("@")) return contactOf(`${scheme ?? "sip"}:${rest}`) === user.text;
  const named = addressFrom(rest, user.domain);
  return scheme === undefined && named.ok && named.value.text === user.text;
}
