import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import { isTokenText } from "./characters.ts";
import { lowerCased } from "./parameters.ts";

/** A header of a body part: its name in lower case, its value unfolded and trimmed. */
export type MimeHeader = readonly [name: string, value: string];

export type MimeLimits = Pick<Limits, "mimePartsMax" | "mimeDepthMax" | "mimeHeadBytesMax" | "mimeHeadersMax">;

/** The lines of a head, without their ends, and the place where what follows the empty line begins. */
export type Head = { readonly lines: readonly string[]; readonly end: number };

/**
 * Cuts the head that begins at `at` into lines, up to the first empty one or the end of the bytes. CRLF ends a line, and so
 * does LF alone. `ended` is false when the bytes ended first. Fails with sip-too-large.
 */
export function readHead(bytes: Buffer, at: number, limits: MimeLimits): Result<Head & { readonly ended: boolean }> {
  const lines: string[] = [];
  let position = at;
  while (position < bytes.length) {
    const feed = bytes.indexOf(0x0a, position);
    const next = feed < 0 ? bytes.length : feed + 1;
    let end = feed < 0 ? bytes.length : feed;
    if (end > position && bytes[end - 1] === 0x0d) end -= 1;
    if (end === position) return ok({ lines, end: next, ended: true });
    if (next - at > limits.mimeHeadBytesMax) return no(fault("sip-too-large", "mimeHeadBytesMax"));
    if (lines.length >= limits.mimeHeadersMax) return no(fault("sip-too-large", "mimeHeadersMax"));
    lines.push(bytes.toString("utf8", position, end));
    position = next;
  }
  return ok({ lines, end: position, ended: false });
}

/** Reads the headers of a body part (RFC 2045 §3): folded lines joined. Fails with sip-malformed. */
export function readMimeHeaders(lines: readonly string[]): Result<readonly MimeHeader[]> {
  const found: [string, string][] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (last === undefined) return no(fault("sip-malformed", "a body part whose first header line is folded"));
      last[1] = `${last[1]} ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(":");
    const name = lowerCased(line.slice(0, Math.max(colon, 0)).trimEnd());
    if (!isTokenText(name)) return no(fault("sip-malformed", "a body part's header line without a name"));
    found.push([name, line.slice(colon + 1).trim()]);
  }
  return ok(found);
}

/** The first header's value of that (lower-case) name, "" when there is none. */
export function mimeHeader(headers: readonly MimeHeader[], name: string): string {
  for (const [key, value] of headers) if (key === name) return value;
  return "";
}
