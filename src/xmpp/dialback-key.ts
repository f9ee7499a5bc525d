import { createHash, createHmac } from "node:crypto";
import { hex, sameBytes, utf8 } from "../base/bytes.ts";

/** What a key vouches for: `originating` sends to `receiving` on the stream whose response header carried `id`. */
export type DialbackClaim = { readonly receiving: string; readonly originating: string; readonly id: string };

/** The keyer of one cluster: every node holds the same secret, so that any of them can answer for any other. */
export type DialbackKeyer = {
  /** The key, 64 lower-case hexadecimal digits. */
  readonly keyFor: (claim: DialbackClaim) => string;
  /** Whether this text is that key, compared in constant time; white space around it does not count. */
  readonly confirms: (claim: DialbackClaim, key: string) => boolean;
};

/**
 * Dialback keys that need no memory: whoever holds the secret can say later whether a key is its own. The secret never
 * leaves this closure. XEP-0185 §2.
 */
export function dialbackKeyer(secret: string): DialbackKeyer {
  // XEP-0185 §2: the HMAC is keyed with the hexadecimal text of the hash, not with its bytes.
  const hashed = hex(createHash("sha256").update(utf8(secret)).digest());
  const keyFor = ({ receiving, originating, id }: DialbackClaim): string =>
    createHmac("sha256", hashed).update(`${receiving} ${originating} ${id}`, "utf8").digest("hex");
  return { keyFor, confirms: (claim, key) => sameBytes(utf8(keyFor(claim)), utf8(key.trim())) };
}
