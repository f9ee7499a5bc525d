import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { asBuffer } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";

/** The Accept-Encoding of a 415 (RFC 3261 §20.2). */
export const acceptEncoding = "deflate, gzip, identity";

/**
 * A body without its Content-Encoding (RFC 3261 §20.12): none, deflate, or gzip. "deflate" means the zlib format, but clients
 * have always sent the bare one too (RFC 9110 §8.4.1.2), so both are read. What comes out is bounded by sipInflatedBytesMax, and
 * no more memory than that is used to find out. Faults: sip-media-type (another encoding; several at once), sip-too-large,
 * sip-malformed.
 */
export function withoutContentEncoding(
  encoding: string | undefined,
  body: Uint8Array,
  limits: Pick<Limits, "sipInflatedBytesMax">,
): Result<Buffer> {
  switch ((encoding ?? "").trim().toLowerCase()) {
    case "":
    case "identity":
      return ok(asBuffer(body));
    case "deflate":
      return inflated(isZlib(body) ? inflateSync : inflateRawSync, body, limits);
    case "gzip":
    case "x-gzip":
      return inflated(gunzipSync, body, limits);
    default:
      return no(fault("sip-media-type", "a content encoding that is not known here"));
  }
}

function inflated(
  by: (body: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer,
  body: Uint8Array,
  limits: Pick<Limits, "sipInflatedBytesMax">,
): Result<Buffer> {
  try {
    return ok(by(body, { maxOutputLength: limits.sipInflatedBytesMax }));
  } catch (error) {
    const tooLarge = error instanceof RangeError; // ERR_BUFFER_TOO_LARGE; all else is a damaged body
    return no(tooLarge ? fault("sip-too-large", "sipInflatedBytesMax") : fault("sip-malformed", "a deflated body"));
  }
}

/** RFC 1950 §2.2: method 8, and a check that makes the first two bytes a multiple of 31. */
function isZlib(body: Uint8Array): boolean {
  const [method = 0, flags = 0] = body;
  return (method & 0x0f) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0;
}
