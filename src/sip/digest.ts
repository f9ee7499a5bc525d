import { hash } from "node:crypto";
import { hex } from "../base/bytes.ts";
import { digestAlgorithms } from "../base/digest-verifier.ts";
import { Memo } from "../base/memo.ts";
import type { DigestVerifier } from "../base/store.ts";
import { type AuthParameters, readDigestIn } from "./auth-header.ts";
import { quoted } from "./characters.ts";
import { isAbout } from "./digest-uri.ts";
import type { SipMessage } from "./message.ts";
import { unescaped } from "./uri.ts";

export type DigestAlgorithm = DigestVerifier["algorithm"];

export type Challenge = {
  /** The domain: what the verifiers were made for. */
  readonly realm: string;
  readonly nonce: string;
  readonly algorithms: readonly DigestAlgorithm[];
  /** The proof may be right, but its nonce is worn: the client tries again without asking anybody (RFC 7616 §3.3). */
  readonly stale: boolean;
};

/** What a client shows for a challenge (RFC 7616 §3.4). Values as they stand between their quotes: they are hashed so. */
export type Credentials = {
  /** "alice" or "alice@ours.example", Unicode. */
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Of the right length for the algorithm, and hexadecimal if it is right. */
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  /** "": a client of RFC 2069, whose nc and cnonce mean nothing. */
  readonly qop: "" | "auth" | "auth-int";
  /** 1 to 8 hexadecimal digits where there is a qop. */
  readonly nc: string;
  readonly cnonce: string;
};

const hashNames = { MD5: "md5", "SHA-256": "sha256" } as const;
const responseCharacters = { MD5: 32, "SHA-256": 64 } as const;

/**
 * The header lines that ask for a digest, one for each algorithm (RFC 8760 §2.3). MD5 stands first, though RFC 8760 §2.4 has the
 * strongest first: clients in use take the first line, whatever it says, and fail on what they do not know. Those that
 * know both choose by themselves, or are given SHA-256 alone by `accounts.digest`. Only "auth" is offered, since clients
 * take the best of a list and proxies on the way may touch the body that "auth-int" protects. The order and the spaces
 * are those every client has met (libpurple cuts at ", ").
 */
export function challengeHeaders(kind: "www" | "proxy", challenge: Challenge): string {
  const { realm, nonce, algorithms, stale } = challenge;
  const name = kind === "www" ? "WWW-Authenticate" : "Proxy-Authenticate";
  let lines = "";
  for (const algorithm of digestAlgorithms) {
    if (!algorithms.includes(algorithm)) continue;
    const end = stale ? ", stale=true\r\n" : "\r\n";
    lines += `${name}: Digest realm=${quoted(realm)}, nonce="${nonce}", qop="auth", algorithm=${algorithm}${end}`;
  }
  return lines;
}

/**
 * What to offer a client, of the algorithms there are. baresip before 3.12 knows MD5 and gives up for good when another stands
 * beside it, whatever the order: it is asked for MD5 alone, where that is offered at all.
 */
export function offeredTo(userAgent: string, algorithms: readonly DigestAlgorithm[]): readonly DigestAlgorithm[] {
  const [, major, minor] = /^baresip v?(\d{1,4})\.(\d{1,4})/.exec(userAgent) ?? [];
  if (major === undefined || minor === undefined || !algorithms.includes("MD5")) return algorithms;
  const old = Number(major) < 3 || (Number(major) === 3 && Number(minor) < 12);
  return old ? ["MD5"] : algorithms;
}

/**
 * The credentials of a request for that realm, in one of those algorithms. There may be several headers, for other realms on the
 * way (RFC 3261 §22.3); the first that fits is taken. Undefined when there is none, and for those that lack something, say
 * something twice or are about another URI: the sender is challenged anew.
 */
export function readCredentials(
  message: Pick<SipMessage, "each" | "uri">,
  kind: "www" | "proxy",
  realm: string,
  algorithms: readonly DigestAlgorithm[] = digestAlgorithms,
): Credentials | undefined {
  for (const parameters of message.each(kind === "www" ? "authorization" : "proxy-authorization", readDigestIn)) {
    if (parameters === undefined || parameters.get("realm") !== realm) continue;
    const credentials = credentialsOf(parameters, realm);
    if (credentials === undefined || !algorithms.includes(credentials.algorithm)) continue;
    if (isAbout(credentials, message.uri)) return credentials;
  }
  return undefined;
}

const countForm = /^[0-9A-Fa-f]{1,8}$/;

function credentialsOf(parameters: AuthParameters, realm: string): Credentials | undefined {
  const username = usernameOf(parameters);
  const nonce = parameters.get("nonce");
  const uri = parameters.get("uri");
  const response = parameters.get("response");
  const algorithm = algorithmOf(parameters.get("algorithm"));
  if (!username || !nonce || !uri || !response || algorithm === undefined) return undefined;
  // Whoever saw a response pass could add to it what reading it as bytes would ignore, and it would look unused.
  if (response.length !== responseCharacters[algorithm]) return undefined;
  // RFC 7616 §3.4: without qop it is the digest of RFC 2069, and a nc beside it (libpurple) is not hashed.
  const qop = parameters.get("qop") ?? "";
  if (qop === "") return { username, realm, nonce, uri, response, algorithm, qop, nc: "", cnonce: "" };
  const { nc, cnonce } = { nc: parameters.get("nc") ?? "", cnonce: parameters.get("cnonce") ?? "" };
  if ((qop !== "auth" && qop !== "auth-int") || cnonce === "" || !countForm.test(nc)) return undefined;
  return { username, realm, nonce, uri, response, algorithm, qop, nc, cnonce };
}

/** RFC 7616 §3.4: "username", or "username*" (RFC 8187) for names beyond ASCII. A hashed name was not asked for. */
function usernameOf(parameters: AuthParameters): string | undefined {
  const plain = parameters.get("username");
  const extended = parameters.get("username*");
  if (extended === undefined) return lowered(parameters.get("userhash")) === "true" ? undefined : plain;
  const value = plain === undefined ? /^utf-8'[^']*'(.*)$/i.exec(extended)?.[1] : undefined;
  return value === undefined ? undefined : unescaped(value);
}

/** RFC 7616 §3.4: MD5 unless it says otherwise. The "-sess" kinds are not offered. */
function algorithmOf(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined || text === "MD5") return "MD5";
  return digestAlgorithms.find((known) => known === text.toUpperCase());
}

function lowered(text: string | undefined): string | undefined {
  return text?.toLowerCase();
}

/**
 * Whether the response is the one that HA1 leads to (RFC 7616 §3.4.1, RFC 3261 §22.4). `body` counts for "auth-int" only, which
 * is understood though it is not offered. Takes the same time whichever way it fails.
 */
export function isResponseOf(credentials: Credentials, method: string, ha1: Uint8Array, body: Uint8Array): boolean {
  const { algorithm, nonce, nc, cnonce, qop, uri, response } = credentials;
  const h = hashNames[algorithm];
  const a2 = `${method}:${uri}`;
  const ha2 = qop === "auth-int" ? hash(h, `${a2}:${hash(h, body, "hex")}`, "hex") : ha2s[algorithm].get(a2).ha2;
  const a1 = hex(ha1);
  const text = qop === "" ? `${a1}:${nonce}:${ha2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`;
  // As texts: a hash that comes out as bytes costs twice as much.
  return sameText(hash(h, text, "hex"), response.toLowerCase());
}

/** What people do most is the same for hours: REGISTER with their server, MESSAGE to the same few. No secret is in it. */
const ha2sMax = 10_000;

const ha2s = { MD5: ha2Memo("md5"), "SHA-256": ha2Memo("sha256") } as const;

function ha2Memo(name: (typeof hashNames)[DigestAlgorithm]): Memo<{ readonly ha2: string }> {
  return new Memo(ha2sMax, (a2) => ({ ha2: hash(name, a2, "hex") }));
}

/** Compares in a time that tells nothing of where two texts differ; unequal lengths are unequal. */
function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let differing = 0;
  for (let at = 0; at < a.length; at++) differing |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return differing === 0;
}

/**
 * Whether the credentials prove somebody with these verifiers: none for people who do not exist. The same is computed for
 * everybody, so that no answer and no delay tells who has an account.
 */
export function isProofOf(
  credentials: Credentials,
  verifiers: readonly DigestVerifier[],
  method: string,
  body: Uint8Array,
): boolean {
  const own = verifiers.find(
    ({ algorithm, username, realm }) =>
      algorithm === credentials.algorithm && username === credentials.username && realm === credentials.realm,
  );
  const right = isResponseOf(credentials, method, own?.ha1 ?? nobody[credentials.algorithm], body);
  return right && own !== undefined;
}

/** It need not be secret: what matches it proves nobody. */
const nobody = { MD5: new Uint8Array(16), "SHA-256": new Uint8Array(32) };
