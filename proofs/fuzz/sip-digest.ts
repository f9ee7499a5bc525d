import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parseAddress } from "../../src/base/address.ts";
import { digestAlgorithms, digestVerifiers, ha1Of } from "../../src/base/digest-verifier.ts";
import { limitsWith } from "../../src/base/limits.ts";
import { readDigest } from "../../src/sip/auth-header.ts";
import { type Credentials, type DigestAlgorithm, isProofOf, readCredentials } from "../../src/sip/digest.ts";
import { Nonces } from "../../src/sip/digest-nonce.ts";
import { parseMessage, type SipMessage } from "../../src/sip/message.ts";

export const name = "SIP digest: credentials, nonces, replay";

type Random = (limit: number) => number;

const limits = limitsWith({ sipNoncesMax: 8 });
const realm = "ours.example";
const password = "secret";

/**
 * Random clients: credentials spelt in any way a client may are read and prove their owner, with one character changed they
 * prove nobody; no request is taken twice, whatever is forgotten meanwhile; and no text at all makes the reader throw.
 */
export function fuzz(random: Random, rounds: number): void {
  const nonces = new Nonces(bytes(random, 32), limits);
  const taken = new Set<string>();
  let now = 1_000_000;
  for (let round = 0; round < rounds; round++) {
    now += random(60_000);
    const nonce = nonces.make(now, { bytes: (count) => bytes(random, count) }, "192.0.2.7");
    for (let use = random(6); use >= 0; use--) proveOnce(random, nonces, nonce, taken, now + random(400_000));
    noise(random, nonces, now);
    assert.ok(nonces.remembered <= limits.sipNoncesMax);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;
const bytes = (random: Random, count: number) => Buffer.from(Array.from({ length: count }, () => random(256)));

const verifiers = ["alice", "bob"].flatMap((user) => {
  const address = parseAddress(`${user}@${realm}`);
  assert.ok(address.ok);
  return digestVerifiers(address.value, password, digestAlgorithms);
});

type Client = Readonly<Record<string, string>> & { readonly algorithm: DigestAlgorithm };

/** What a client says, its response worked out as the RFC writes it. */
function client(random: Random, nonce: string): Client {
  const algorithm = one(random, digestAlgorithms);
  const h = (text: string) =>
    createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  const username = one(random, ["alice", `alice@${realm}`, "bob"]);
  const uri = one(random, [`sip:${realm}`, `sip:${realm};transport=tcp`, `sip:alice@${realm}`]);
  const a1 = ha1Of(algorithm, username, realm, password).toString("hex");
  const a2 = h(`REGISTER:${uri}`);
  const base = { username, realm, nonce, uri, algorithm };
  if (random(3) === 0) return { ...base, response: h(`${a1}:${nonce}:${a2}`) };
  const nc = (1 + random(40)).toString(16).padStart(8, "0");
  const cnonce = one(random, ["c", "a\\\\b", "=,;"]);
  return { ...base, qop: "auth", nc, cnonce, response: h(`${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}`) };
}

/** The header as some client or other writes it. */
function written(random: Random, parameters: Client): string {
  const list = Object.entries(parameters).filter(
    ([key]) => key !== "algorithm" || parameters.algorithm !== "MD5" || random(2) === 0,
  );
  if (random(3) === 0) list.push(["opaque", ""]);
  for (let at = list.length - 1; at > 0; at--) {
    const other = random(at + 1);
    [list[at], list[other]] = [list[other] as [string, string], list[at] as [string, string]];
  }
  const bare = /^[\w.-]+$/;
  const texts = list.map(([key, value]) => {
    const quoted = !bare.test(value) || random(2) === 0;
    const equals = one(random, ["=", "=", " = "]);
    return `${one(random, [key, key.toUpperCase()])}${equals}${quoted ? `"${value}"` : value}`;
  });
  return `${one(random, ["Digest", "digest"])} ${texts.join(one(random, [",", ", ", " ,\r\n\t"]))}`;
}

function request(authorization: string): SipMessage | undefined {
  const text = `REGISTER sip:${realm} SIP/2.0\r\nAuthorization: ${authorization}\r\n\r\n`;
  const message = parseMessage(Buffer.from(text, "utf8"), limits);
  return message.ok ? message.value : undefined;
}

function proveOnce(random: Random, nonces: Nonces, nonce: string, taken: Set<string>, now: number): void {
  const said = client(random, nonce);
  const message = request(written(random, said));
  const credentials = message === undefined ? undefined : readCredentials(message, "www", realm);
  assert.ok(message !== undefined && credentials !== undefined, "credentials were not read");
  assert.ok(proves(credentials, message), "right credentials prove nobody");
  const change = one(random, ["nonce", "response", "username", "uri", "cnonce", "nc"] as const);
  if (credentials[change] !== "") {
    const wrong = { ...credentials, [change]: damaged(random, credentials[change]) };
    assert.ok(!proves(wrong, message), `credentials with another ${change} prove somebody`);
  }
  if (nonces.judge(credentials.nonce, now, "192.0.2.7") !== "good") return;
  const id = `${credentials.nonce} ${credentials.nc} ${credentials.qop === "" ? credentials.response : ""}`;
  const good = nonces.use(credentials, now);
  assert.ok(!good || !taken.has(id), "the same was taken twice");
  if (good) taken.add(id);
}

const proves = (credentials: Credentials, message: SipMessage) =>
  isProofOf(credentials, verifiers, message.method, message.body);

/** One character more, less or another; hexadecimal digits in another case are the same. */
function damaged(random: Random, text: string): string {
  const at = random(text.length);
  const other = text.charAt(at) === "x" ? "y" : "x";
  return one(random, [
    text.slice(0, at) + other + text.slice(at + 1),
    text.slice(0, at) + text.slice(at + 1),
    `${text}x`,
  ]);
}

const pieces = [
  "Digest ",
  "digest\t",
  "realm",
  "nonce",
  "uri",
  "=",
  '"',
  ",",
  " ",
  "\\",
  "nc",
  "qop=auth",
  "ü",
  "username*=UTF-8''%",
  "response=00",
  ";",
  "\u0000",
];

function noise(random: Random, nonces: Nonces, now: number): void {
  const text = `Digest ${Array.from({ length: random(40) }, () => one(random, pieces)).join("")}`;
  const read = readDigest(text);
  for (const [key, value] of read ?? []) assert.ok(text.toLowerCase().includes(key) && typeof value === "string");
  const message = request(text);
  if (message !== undefined) readCredentials(message, "www", realm);
  const forged = bytes(random, 30).toString(one(random, ["base64url", "base64", "hex", "latin1"]));
  assert.equal(nonces.judge(forged, now, "192.0.2.7"), "stale");
}
