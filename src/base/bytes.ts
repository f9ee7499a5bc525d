import { timingSafeEqual } from "node:crypto";

/** No bytes. */
export const empty: Uint8Array = new Uint8Array(0);

/** Text as UTF-8. */
export function utf8(text: string): Buffer {
  return Buffer.from(text, "utf8");
}

/** Any bytes as a Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function hex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("hex");
}

export function base64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Strict Base64 (RFC 4648 §4): no white space, no missing padding. Undefined when it is not. */
export function fromBase64(text: string): Buffer | undefined {
  return base64Form.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** Compares in constant time; unequal lengths are unequal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
