import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { charsetOf, readContentType } from "../sip/content.ts";
import type { ContentType } from "../sip/content-type.ts";
import { type Cpim, cpimHeader, cpimNs, imdnHeaderNs, readCpim } from "../sip/cpim.ts";
import { type Imdn, type ImdnRequest, type ImLimits, imdnType, readImdn, readImdnRequest } from "../sip/imdn.ts";
import { type IsComposing, isComposingType, readIsComposing } from "../sip/is-composing.ts";
import { type MimeHeader, type MimeLimits, mimeHeader } from "../sip/mime-headers.ts";
import { type Part, readMultipart, rootOf } from "../sip/multipart.ts";
import { withoutTransferEncoding } from "../sip/transfer-encoding.ts";
import { cleanText } from "./clean-text.ts";
import { decodeText } from "./decode-text.ts";
import { textOfHtml } from "./html-text.ts";
import { textOfRtf } from "./rtf-text.ts";

/** What the content of a MESSAGE says, in words of no protocol. */
export type Said =
  | {
      readonly kind: "text";
      /** As XML may carry it. */
      readonly text: string;
      /** In its CPIM; "" when none. */
      readonly subject: string;
      /** "" when it does not say. */
      readonly language: string;
      /** The imdn.Message-ID, undefined without one, and what its sender asks to be told. */
      readonly id: string | undefined;
      readonly request: ImdnRequest;
    }
  | { readonly kind: "state"; readonly composing: IsComposing }
  | { readonly kind: "receipt"; readonly notification: Imdn };

export type SaidLimits = MimeLimits & ImLimits;

const nothingAsked: ImdnRequest = { delivered: false, failed: false, displayed: false };

/** How nearly all clients write it, told without reading it. */
const plainTypes = new Set(
  ["", "text/plain"].concat(
    [";", "; "].flatMap((gap) => ["UTF-8", "utf-8"].map((set) => `text/plain${gap}charset=${set}`)),
  ),
);

/**
 * Reads what a MESSAGE or a part of it carries; undefined for nothing, which is what white space alone is too (Y-9). `depth`
 * counts what it is inside of. Fails with sip-media-type (nothing that can be shown), sip-too-large, sip-malformed, or what is
 * wrong with a document.
 */
export function readSaid(
  contentType: string,
  bytes: Uint8Array,
  limits: SaidLimits,
  depth = 0,
): Result<Said | undefined> {
  if (bytes.length === 0) return ok(undefined);
  if (plainTypes.has(contentType)) {
    const words = decodeText(bytes, "utf-8");
    return words.ok ? ok(saying(words.value)) : words;
  }
  const type = readContentType(contentType || "text/plain");
  if (!type.ok) return type;
  switch (type.value.type) {
    case "text/plain":
      return text(type.value, bytes, (words) => words);
    case "text/html":
      return text(type.value, bytes, textOfHtml);
    case "text/rtf":
    case "application/rtf": {
      const words = textOfRtf(bytes);
      return words === undefined ? no(fault("sip-media-type", "text/rtf that cannot be read")) : ok(saying(words));
    }
    case isComposingType: {
      const composing = readIsComposing(bytes, limits);
      return composing.ok ? ok({ kind: "state", composing: composing.value }) : composing;
    }
    case imdnType: {
      const notification = readImdn(bytes, limits);
      return notification.ok ? ok({ kind: "receipt", notification: notification.value }) : notification;
    }
  }
  const isMultipart = type.value.type.startsWith("multipart/");
  if (!isMultipart && type.value.type !== "message/cpim")
    return no(fault("sip-media-type", type.value.type.slice(0, 80)));
  if (depth >= limits.mimeDepthMax) return no(fault("sip-too-large", "mimeDepthMax"));
  if (!isMultipart) return cpim(bytes, limits, depth + 1);
  const parts = readMultipart(type.value, bytes, limits);
  return parts.ok ? multipart(type.value, parts.value, limits, depth + 1) : parts;
}

function text(type: ContentType, bytes: Uint8Array, flatten: (text: string) => string): Result<Said | undefined> {
  const words = decodeText(bytes, charsetOf(type));
  return words.ok ? ok(saying(flatten(words.value))) : words;
}

function saying(words: string): Said | undefined {
  const clean = cleanText(words);
  if (clean.trim() === "") return undefined;
  return { kind: "text", text: clean, subject: "", language: "", id: undefined, request: nothingAsked };
}

/** Namespaces whose headers are understood here (RFC 3862 §4.7). */
const understood = new Set([cpimNs, imdnHeaderNs]);

/**
 * What is inside a CPIM message. Its From and To are whatever its sender wrote: who it is from was proved before, by other
 * means, and they are not looked at.
 */
function cpim(bytes: Uint8Array, limits: SaidLimits, depth: number): Result<Said | undefined> {
  const message = readCpim(bytes, limits);
  if (!message.ok) return message;
  if (message.value.requires.some(({ ns }) => !understood.has(ns))) {
    return no(fault("sip-media-type", "message/cpim with a header that must be understood and is not known here"));
  }
  const inside = decoded(message.value.mime, message.value.body);
  const said = inside.ok ? readSaid(message.value.contentType, inside.value, limits, depth) : inside;
  return said.ok && said.value?.kind === "text" ? ok({ ...said.value, ...around(message.value) }) : said;
}

function around(message: Cpim): Pick<Said & { kind: "text" }, "subject" | "language" | "id" | "request"> {
  return {
    subject: cpimHeader(message, "Subject") ?? "",
    language: mimeHeader(message.mime, "content-language"),
    ...readImdnRequest(message),
  };
}

/**
 * Without the transfer encoding a part's own headers name. A part that is deflated by itself is refused: many in one body would
 * become more than anybody means to send.
 */
function decoded(headers: readonly MimeHeader[], body: Buffer): Result<Buffer> {
  const encoding = mimeHeader(headers, "content-encoding").toLowerCase();
  if (encoding !== "" && encoding !== "identity") return no(fault("sip-media-type", "an encoded body part"));
  const plain = withoutTransferEncoding(mimeHeader(headers, "content-transfer-encoding"), body);
  return plain === undefined ? no(fault("sip-media-type", "a transfer encoding that is not known here")) : ok(plain);
}

function multipart(
  type: ContentType,
  parts: readonly Part[],
  limits: SaidLimits,
  depth: number,
): Result<Said | undefined> {
  const read = (part: Part) => {
    const body = decoded(part.headers, part.body);
    return body.ok ? readSaid(part.contentType, body.value, limits, depth) : body;
  };
  switch (type.type) {
    case "multipart/alternative":
      return firstReadable(
        parts.toSorted((a, b) => rankOf(a) - rankOf(b)),
        read,
      );
    case "multipart/related": {
      // RFC 2387 §3.2: it is about its root; Lync's ink and emoticons stand beside a text (sip-wire 3.3).
      const root = rootOf(type, parts);
      return firstReadable(root === undefined ? parts : [root, ...parts.filter((part) => part !== root)], read);
    }
    default:
      return together(parts, read); // RFC 2046 §5.1.3: any other is as mixed
  }
}

/** Plain text before others, though RFC 2046 §5.1.4 has the richest last: nothing of it is lost on the way. */
const ranks = ["text/plain", "text/html", "text/rtf"];

function rankOf(part: Part): number {
  const type = readContentType(part.contentType);
  const rank = type.ok ? ranks.indexOf(type.value.type) : -1;
  return rank < 0 ? ranks.length : rank;
}

function firstReadable(
  parts: readonly Part[],
  read: (part: Part) => Result<Said | undefined>,
): Result<Said | undefined> {
  let result: Result<Said | undefined> = ok(undefined);
  for (const part of parts) {
    const said = read(part);
    if (said.ok && said.value !== undefined) return said;
    if (!said.ok && result.ok) result = said;
  }
  return result;
}

/** All texts, one below the other; or the first state or receipt. What cannot be shown is left out while something can. */
function together(parts: readonly Part[], read: (part: Part) => Result<Said | undefined>): Result<Said | undefined> {
  let first: (Said & { kind: "text" }) | undefined;
  let failed: Result<Said | undefined> = ok(undefined);
  const texts: string[] = [];
  for (const part of parts) {
    const said = read(part);
    if (!said.ok) {
      if (failed.ok) failed = said;
      continue;
    }
    if (said.value === undefined) continue;
    if (said.value.kind !== "text") return said;
    first ??= said.value;
    texts.push(said.value.text);
  }
  return first === undefined ? failed : ok({ ...first, text: texts.join("\n") });
}
