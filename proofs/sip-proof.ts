import { hash } from "node:crypto";
import type { SipMessage } from "../src/sip/message.ts";

export type Prover = {
  readonly user: string;
  readonly password?: string;
  readonly method: string;
  readonly uri: string;
  /** How often the nonce has been used, this time included. */
  readonly count?: number;
};

/** The nonce of a challenge, as 401 and 407 have it; "" when there is none. */
export function nonceOf(challenge: SipMessage | undefined): string {
  return /nonce="([^"]*)"/.exec(textOf(challenge))?.[1] ?? "";
}

/** The value of Authorization or Proxy-Authorization that meets a challenge (RFC 7616 §3.4) with MD5. */
export function proofFor(challenge: SipMessage | undefined, prover: Prover): string {
  const { user, password = "secret", method, uri, count = 1 } = prover;
  const realm = /realm="([^"]*)"/.exec(textOf(challenge))?.[1] ?? "";
  const nonce = nonceOf(challenge);
  const nc = count.toString(16).padStart(8, "0");
  const ha1 = hash("md5", `${user}:${realm}:${password}`);
  const ha2 = hash("md5", `${method}:${uri}`);
  const response = hash("md5", `${ha1}:${nonce}:${nc}:cafe:auth:${ha2}`);
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
    `algorithm=MD5, qop=auth, nc=${nc}, cnonce="cafe"`
  );
}

function textOf(challenge: SipMessage | undefined): string {
  return challenge?.header("www-authenticate") ?? challenge?.header("proxy-authenticate") ?? "";
}
