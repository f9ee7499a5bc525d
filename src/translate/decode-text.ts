import { isUtf8 } from "node:buffer";
import { asBuffer } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";

const utf8Names = new Set(["utf-8", "utf8", "us-ascii"]);

/**
 * Bytes as text in a character set, by any name the web knows it by; a byte order mark is dropped. US-ASCII is read as UTF-8, for
 * whoever says so and sends more means that. Fails with sip-media-type (nobody knows it) or sip-malformed (bytes that are none).
 */
export function decodeText(bytes: Uint8Array, charset: string): Result<string> {
  const name = charset.trim().toLowerCase();
  if (utf8Names.has(name)) {
    if (!isUtf8(bytes)) return no(fault("sip-malformed", "text that is not UTF-8"));
    const text = asBuffer(bytes).toString("utf8");
    return ok(text.startsWith("\ufeff") ? text.slice(1) : text);
  }
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(name, { fatal: true });
  } catch {
    return no(fault("sip-media-type", "a character set that is not known here"));
  }
  try {
    return ok(decoder.decode(bytes));
  } catch {
    return no(fault("sip-malformed", "text that is not in its character set"));
  }
}
