import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseAddress } from "../base/address.ts";
import { utf8 } from "../base/bytes.ts";
import { digestAlgorithms, digestVerifiers, ha1Of } from "../base/digest-verifier.ts";
import { limitsWith } from "../base/limits.ts";
import { type Credentials, challengeHeaders, isProofOf, isResponseOf, offeredTo, readCredentials } from "./digest.ts";
import { parseMessage, type SipMessage } from "./message.ts";

const nothing = new Uint8Array();

// The examples of the RFCs are of HTTP; digest is the same.
const mufasa: Credentials = {
  username: "Mufasa",
  realm: "http-auth@example.org",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  uri: "/dir/index.html",
  response: "8ca523f5e9506fed4657c9700eebdbec",
  algorithm: "MD5",
  qop: "auth",
  nc: "00000001",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};
const ofHost = { realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093" };

const examples: readonly (readonly [string, Credentials, string])[] = [
  ["RFC 7616 §3.9.1, MD5", mufasa, "Circle of Life"],
  [
    "RFC 7616 §3.9.1, SHA-256",
    {
      ...mufasa,
      algorithm: "SHA-256",
      response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    },
    "Circle of Life",
  ],
  [
    "RFC 2617 §3.5",
    { ...mufasa, ...ofHost, cnonce: "0a4f113b", response: "6629fae49393a05397450978507c4ef1" },
    "Circle Of Life",
  ],
  [
    "RFC 2069 §2.4 as its erratum 749 has it",
    { ...mufasa, ...ofHost, qop: "", nc: "", cnonce: "", response: "1949323746fe6a43ef61f9606e7febea" },
    "CircleOfLife",
  ],
];
for (const [what, credentials, password] of examples) {
  const { algorithm, username, realm, response } = credentials;
  const ha1 = ha1Of(algorithm, username, realm, password);
  test(`the response of ${what}`, () => {
    assert.equal(isResponseOf(credentials, "GET", ha1, nothing), true);
    assert.equal(isResponseOf({ ...credentials, response: response.toUpperCase() }, "GET", ha1, nothing), true);
    assert.equal(isResponseOf(credentials, "PUT", ha1, nothing), false);
    assert.equal(isResponseOf(credentials, "GET", ha1Of(algorithm, username, realm, "x"), nothing), false);
    for (const change of [
      { nonce: `${credentials.nonce}x` },
      { uri: "/" },
      { response: response.slice(2) },
      { response: "" },
      { response: "ü" },
    ]) {
      assert.equal(isResponseOf({ ...credentials, ...change }, "GET", ha1, nothing), false, JSON.stringify(change));
    }
  });
}

test("auth-int covers the body", () => {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const ha1 = ha1Of("MD5", "alice", "ours.example", "secret");
  const tail = `n:00000001:c:auth-int:${md5(`MESSAGE:sip:bob@ours.example:${md5("Hi")}`)}`;
  const response = md5(`${ha1.toString("hex")}:${tail}`);
  const credentials: Credentials = {
    ...mufasa,
    uri: "sip:bob@ours.example",
    nonce: "n",
    cnonce: "c",
    qop: "auth-int",
    response,
  };
  assert.equal(isResponseOf(credentials, "MESSAGE", ha1, utf8("Hi")), true);
  assert.equal(isResponseOf(credentials, "MESSAGE", ha1, utf8("Ho")), false);
});

test("one challenge a line, MD5 first, and stale only when it is", () => {
  const challenge = { realm: "ours.example", nonce: "abc", algorithms: digestAlgorithms, stale: false };
  assert.equal(
    challengeHeaders("www", challenge),
    'WWW-Authenticate: Digest realm="ours.example", nonce="abc", qop="auth", algorithm=MD5\r\n' +
      'WWW-Authenticate: Digest realm="ours.example", nonce="abc", qop="auth", algorithm=SHA-256\r\n',
  );
  assert.equal(
    challengeHeaders("proxy", { ...challenge, algorithms: ["SHA-256"], stale: true }),
    'Proxy-Authenticate: Digest realm="ours.example", nonce="abc", qop="auth", algorithm=SHA-256, stale=true\r\n',
  );
});

test("baresip before 3.12 is asked for MD5 alone", () => {
  const rows: readonly (readonly [userAgent: string, offered: string])[] = [
    ["baresip v1.0.0 (x86_64/linux)", "MD5"],
    ["baresip v0.6.5", "MD5"],
    ["baresip v3.11.0 (x86_64/Linux)", "MD5"],
    ["baresip v3.12.0 (x86_64/Linux)", "MD5 SHA-256"],
    ["baresip v4.9.0", "MD5 SHA-256"],
    ["Linphonec/5.1.65", "MD5 SHA-256"],
    ["", "MD5 SHA-256"],
  ];
  for (const [userAgent, offered] of rows)
    assert.equal(offeredTo(userAgent, digestAlgorithms).join(" "), offered, userAgent);
  assert.deepEqual(offeredTo("baresip v1.0.0", ["SHA-256"]), ["SHA-256"]);
});

function request(...headers: string[]): SipMessage {
  const lines = ["REGISTER sip:ours.example SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1", ...headers, "", ""];
  const parsed = parseMessage(utf8(lines.join("\r\n")), limitsWith());
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.fault.detail);
  return parsed.value;
}

const right = `nonce="n1", uri="sip:ours.example", response="${"0123456789abcdef".repeat(2)}"`;
const counted = 'qop=auth, nc=00000001, cnonce="c"';
const told = ({ username, algorithm, qop, nc, cnonce }: Credentials) =>
  [username, algorithm, qop, nc, cnonce].join(" ");

const read: readonly (readonly [string, string, string])[] = [
  ["as RFC 3261 has it", `username="alice", realm="ours.example", ${right}, ${counted}`, "alice MD5 auth 00000001 c"],
  [
    "with everything quoted",
    `username="alice", realm="ours.example", ${right}, qop="auth", nc="00000001", cnonce="c", algorithm="md5"`,
    "alice MD5 auth 00000001 c",
  ],
  ["of RFC 2069", `username="alice", realm="ours.example", ${right}`, "alice MD5   "],
  [
    "of libpurple, with a count that means nothing",
    `username="alice", realm="ours.example", ${right}, nc="3"`,
    "alice MD5   ",
  ],
  [
    "of SHA-256",
    `username="alice@ours.example", realm="ours.example", ${right.replace(/response="(.*)"/, 'response="$1$1"')}, algorithm=SHA-256, ${counted}`,
    "alice@ours.example SHA-256 auth 00000001 c",
  ],
  ["with a name in UTF-8", `username="jürgen", realm="ours.example", ${right}`, "jürgen MD5   "],
  ["with a name of RFC 8187", `username*=UTF-8''j%C3%BCrgen, realm="ours.example", ${right}`, "jürgen MD5   "],
  [
    "with a backslash in the name",
    `username="d\\\\27artagnan", realm="ours.example", ${right}`,
    "d\\27artagnan MD5   ",
  ],
];
for (const [what, text, expected] of read) {
  test(`credentials ${what} are read`, () => {
    const found = readCredentials(request(`Authorization: Digest ${text}`), "www", "ours.example");
    assert.ok(found);
    assert.equal(told(found), expected);
    assert.equal(readCredentials(request(`Authorization: Digest ${text}`), "proxy", "ours.example"), undefined);
    assert.ok(readCredentials(request(`Proxy-Authorization: Digest ${text}`), "proxy", "ours.example"));
  });
}

const refused: readonly (readonly [string, string])[] = [
  ["for another realm", `username="alice", realm="theirs.example", ${right}`],
  ["without a name", `realm="ours.example", ${right}`],
  ["with an empty name", `username="", realm="ours.example", ${right}`],
  ["with two names", `username="a", username*=UTF-8''b, realm="ours.example", ${right}`],
  ["with a name in escapes that are none", `username*=UTF-8''%ff, realm="ours.example", ${right}`],
  ["with a hashed name", `username="alice", userhash=true, realm="ours.example", ${right}`],
  ["without response", 'username="alice", realm="ours.example", nonce="n", uri="sip:ours.example"'],
  [
    "with a response too long",
    `username="alice", realm="ours.example", ${right.replace('response="', 'response="00')}`,
  ],
  ["of a session algorithm", `username="alice", realm="ours.example", algorithm=MD5-sess, ${right}, ${counted}`],
  ["of an unknown qop", `username="alice", realm="ours.example", ${right}, qop=auth-conf, nc=00000001, cnonce="c"`],
  ["without cnonce", `username="alice", realm="ours.example", ${right}, qop=auth, nc=00000001`],
  ["with a count that is none", `username="alice", realm="ours.example", ${right}, qop=auth, nc=0000000g, cnonce="c"`],
  ["over another URI", `username="alice", realm="ours.example", ${right.replace("sip:ours", "sip:theirs")}`],
];
for (const [what, text] of refused) {
  test(`credentials ${what} are none`, () => {
    assert.equal(readCredentials(request(`Authorization: Digest ${text}`), "www", "ours.example"), undefined);
  });
}

test("of several credentials those of the realm are taken, and of an algorithm that is asked for", () => {
  const message = request(
    'Authorization: NTLM realm="ours.example"',
    `Authorization: Digest username="x", realm="theirs.example", ${right}`,
    `Authorization: Digest username="alice", realm="ours.example", ${right}`,
    `Authorization: Digest username="bob", realm="ours.example", ${right}`,
  );
  assert.equal(readCredentials(message, "www", "ours.example")?.username, "alice");
  assert.equal(readCredentials(message, "www", "theirs.example")?.username, "x");
  assert.equal(readCredentials(message, "www", "ours.example", ["SHA-256"]), undefined);
});

test("credentials prove a person by the verifier of their algorithm, name and realm, and nobody who has none", () => {
  const alice = parseAddress("alice@ours.example");
  assert.ok(alice.ok);
  const verifiers = digestVerifiers(alice.value, "secret", digestAlgorithms);
  const responseTo = (ha1: Uint8Array, name: "md5" | "sha256") => {
    const h = (text: string) => createHash(name).update(text).digest("hex");
    return h(`${Buffer.from(ha1).toString("hex")}:n:${h("REGISTER:sip:ours.example")}`);
  };
  for (const username of ["alice", "alice@ours.example"]) {
    for (const algorithm of digestAlgorithms) {
      const ha1 = ha1Of(algorithm, username, "ours.example", "secret");
      const credentials: Credentials = {
        username,
        realm: "ours.example",
        nonce: "n",
        uri: "sip:ours.example",
        response: responseTo(ha1, algorithm === "MD5" ? "md5" : "sha256"),
        algorithm,
        qop: "",
        nc: "",
        cnonce: "",
      };
      assert.equal(isProofOf(credentials, verifiers, "REGISTER", nothing), true, `${username} ${algorithm}`);
      assert.equal(isProofOf(credentials, verifiers, "MESSAGE", nothing), false);
      assert.equal(isProofOf(credentials, [], "REGISTER", nothing), false);
      assert.equal(isProofOf({ ...credentials, username: "Alice" }, verifiers, "REGISTER", nothing), false);
      const guessed = responseTo(new Uint8Array(ha1.length), algorithm === "MD5" ? "md5" : "sha256");
      assert.equal(isProofOf({ ...credentials, response: guessed }, [], "REGISTER", nothing), false);
    }
  }
});
