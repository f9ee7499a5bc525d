import { hash } from "node:crypto";
import type { Address } from "./address.ts";
import type { DigestVerifier } from "./store.ts";

/** The algorithms of digest a verifier can be made for: MD5 for clients of before 2020 (RFC 8760), SHA-256 for the others. */
export const digestAlgorithms = ["MD5", "SHA-256"] as const satisfies readonly DigestVerifier["algorithm"][];

const names = { MD5: "md5", "SHA-256": "sha256" } as const;

/** H(username:realm:password), RFC 7616 §3.4.2. */
export function ha1Of(
  algorithm: DigestVerifier["algorithm"],
  username: string,
  realm: string,
  password: string,
): Buffer {
  return hash(names[algorithm], `${username}:${realm}:${password}`, "buffer");
}

/**
 * What is kept of a password for SIP's digest: one verifier per algorithm and way to write the user name, since the name is
 * hashed with the password and clients send either "alice" or "alice@ours.example". `password` is prepared already
 * (RFC 8265 §4.2), so that one password opens the account whatever the protocol.
 */
export function digestVerifiers(
  who: Address,
  password: string,
  algorithms: readonly DigestVerifier["algorithm"][],
): readonly DigestVerifier[] {
  return algorithms.flatMap((algorithm) =>
    [who.local, who.text].map((username) => ({
      algorithm,
      username,
      realm: who.domain,
      ha1: ha1Of(algorithm, username, who.domain, password),
    })),
  );
}
