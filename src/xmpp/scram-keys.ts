import { createHash, createHmac } from "node:crypto";
import { sameBytes } from "../base/bytes.ts";
import type { Derive } from "../base/derive.ts";
import { fault } from "../base/fault.ts";
import { opaqueString } from "../base/precis.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { ScramKeys } from "../base/store.ts";

export type ScramHash = ScramKeys["hash"];

const digests = { "SHA-1": "sha1", "SHA-256": "sha256" } as const;

function hmac(hash: ScramHash, key: Uint8Array, text: string | Uint8Array): Buffer {
  return createHmac(digests[hash], key).update(text).digest();
}

/** H() of RFC 5802 §2.2. */
export function hashOf(hash: ScramHash, text: string | Uint8Array): Buffer {
  return createHash(digests[hash]).update(text).digest();
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
}

/**
 * A password as it is hashed: RFC 8265 §4.2 (OpaqueString), which took the place of the SASLprep that RFC 5802 names and
 * differs from it only in compatibility characters. Fails with password-unacceptable.
 */
export function passwordOf(text: string): Result<string> {
  const password = opaqueString(text);
  return password.ok && Buffer.byteLength(password.value) <= 1023 ? password : no(fault("password-unacceptable"));
}

/** The keys that are kept, from SaltedPassword (RFC 5802 §3). */
export function keysFrom(hash: ScramHash, salted: Uint8Array, salt: Uint8Array, iterations: number): ScramKeys {
  const storedKey = hashOf(hash, hmac(hash, salted, "Client Key"));
  return { hash, iterations, salt, storedKey, serverKey: hmac(hash, salted, "Server Key") };
}

/**
 * Keys of both hashes for a new password. `salts`: one for each, 16 random bytes. Fails with password-unacceptable; what
 * `derive` throws goes through.
 */
export async function newKeys(
  password: string,
  salts: readonly [sha1: Uint8Array, sha256: Uint8Array],
  iterations: number,
  derive: Derive,
): Promise<Result<readonly ScramKeys[]>> {
  const prepared = passwordOf(password);
  if (!prepared.ok) return prepared;
  const hashes = ["SHA-1", "SHA-256"] as const;
  const keys = hashes.map(async (hash, at) => {
    const salt = salts[at] ?? new Uint8Array();
    return keysFrom(hash, await derive.pbkdf2(prepared.value, salt, iterations, hash), salt, iterations);
  });
  return ok(await Promise.all(keys));
}

/**
 * Keys for somebody who does not exist: the same each time for the same address, so that no answer tells whether there is an
 * account (RFC 5802 §9). No password fits them.
 */
export function fakeKeys(hash: ScramHash, address: string, secret: Uint8Array, iterations: number): ScramKeys {
  const about = (what: string) => hmac(hash, secret, `${what} ${hash} ${address}`);
  return {
    hash,
    iterations,
    salt: hmac("SHA-256", secret, `salt ${hash} ${address}`).subarray(0, 16),
    storedKey: about("stored"),
    serverKey: about("server"),
  };
}

/** Whether the client's proof over an exchange is that of the password (RFC 5802 §3). */
export function isProof(keys: ScramKeys, exchange: string, proof: Uint8Array): boolean {
  const signature = hmac(keys.hash, keys.storedKey, exchange);
  if (proof.byteLength !== signature.byteLength) return false;
  return sameBytes(hashOf(keys.hash, xor(proof, signature)), keys.storedKey);
}

/** Whether a SaltedPassword derived from a password with the keys' salt and iterations is the right one. */
export function isSalted(keys: ScramKeys, salted: Uint8Array): boolean {
  return sameBytes(hashOf(keys.hash, hmac(keys.hash, salted, "Client Key")), keys.storedKey);
}

/** What proves us to the client (RFC 5802 §3, ServerSignature). */
export function serverSignature(keys: ScramKeys, exchange: string): Buffer {
  return hmac(keys.hash, keys.serverKey, exchange);
}

/** What a client proves itself with (RFC 5802 §3, ClientProof), and what it expects back. */
export function clientProof(
  hash: ScramHash,
  salted: Uint8Array,
  exchange: string,
): { readonly proof: Buffer; readonly signature: Buffer } {
  const clientKey = hmac(hash, salted, "Client Key");
  const proof = xor(clientKey, hmac(hash, hashOf(hash, clientKey), exchange));
  return { proof, signature: hmac(hash, hmac(hash, salted, "Server Key"), exchange) };
}
