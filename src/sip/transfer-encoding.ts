import { asBuffer } from "../base/bytes.ts";

/**
 * A body part without its Content-Transfer-Encoding (RFC 2045 §6). SIP carries any bytes, but parts that Outlook's kin made come
 * as quoted-printable or Base64. Undefined for an encoding nobody knows.
 */
export function withoutTransferEncoding(encoding: string, body: Uint8Array): Buffer | undefined {
  switch (encoding.trim().toLowerCase()) {
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return asBuffer(body);
    case "base64":
      // RFC 2045 §6.8: what is not in the alphabet is skipped.
      return Buffer.from(asBuffer(body).toString("latin1"), "base64");
    case "quoted-printable":
      return unquotedPrintable(asBuffer(body));
    default:
      return undefined;
  }
}

/** RFC 2045 §6.7. What is no escape stays as it stands. */
function unquotedPrintable(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number;
    if (byte !== 0x3d) {
      out[length++] = byte;
      continue;
    }
    const softEnd = afterLineEnd(body, at + 1);
    if (softEnd >= 0) {
      at = softEnd - 1;
      continue;
    }
    const value = hexValue(body[at + 1]) * 16 + hexValue(body[at + 2]);
    if (value >= 0) at += 2;
    out[length++] = value >= 0 ? value : byte;
  }
  return out.subarray(0, length);
}

/** The place behind a soft line break: white space and a line end; -1 when it is none. */
function afterLineEnd(body: Buffer, from: number): number {
  let at = from;
  // No encoder pads a soft break with more than a few spaces; a longer run is text.
  while (at < from + 8 && (body[at] === 0x20 || body[at] === 0x09)) at++;
  if (body[at] === 0x0d) at++;
  return body[at] === 0x0a ? at + 1 : -1;
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1000;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1000;
}
