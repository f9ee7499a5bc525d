import { hash } from "node:crypto";

const realm = "ours.example";
let count = 0;

/** The Authorization of a person here, with the password "secret", against a WWW-Authenticate (RFC 7616, MD5). */
export function httpProof(user: string, method: string, target: string, challenge: string): string {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? "";
  const nc = (++count).toString(16).padStart(8, "0");
  const [ha1, ha2] = [hash("md5", `${user}:${realm}:secret`), hash("md5", `${method}:${target}`)];
  const response = hash("md5", `${ha1}:${nonce}:${nc}:cafe:auth:${ha2}`);
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${target}", response="${response}", ` +
    `algorithm=MD5, qop=auth, nc=${nc}, cnonce="cafe"`
  );
}
