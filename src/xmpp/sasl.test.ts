import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import type { Account } from "../base/store.ts";
import * as sasl from "./sasl.ts";
import { unbound } from "./sasl-channel-binding.ts";
import { clientFinal, clientFirst, readChallenge } from "./scram-client.ts";
import { keysFrom, type ScramHash } from "./scram-keys.ts";

const found = parseDomainName("ours.example");
assert.ok(found.ok);
const domain: DomainName = found.value;
const salt = Buffer.from("salt of juliet !");
const iterations = 4096;

function salted(hash: ScramHash, password: string, withSalt: Uint8Array = salt): Buffer {
  return pbkdf2Sync(password, withSalt, iterations, hash === "SHA-1" ? 20 : 32, hash.replace("-", "").toLowerCase());
}

const hashes = ["SHA-1", "SHA-256"] as const;
const juliet: Account = {
  address: "juliet@ours.example",
  keys: hashes.map((hash) => keysFrom(hash, salted(hash, "pencil"), salt, iterations)),
  digests: [],
  createdAt: 0,
};
const binding = { ...unbound, "tls-exporter": Buffer.alloc(32, 7) };
const terms: sasl.Terms = {
  domain,
  secure: true,
  tlsFirst: false,
  plusTried: false,
  offered: sasl.offeredMechanisms(sasl.allMechanisms, true, binding),
  binding,
  fakeSecret: Buffer.from("secret"),
  iterations,
};
const clear: sasl.Terms = {
  ...terms,
  secure: false,
  binding: unbound,
  offered: sasl.offeredMechanisms(sasl.allMechanisms, false, unbound),
};

const base64 = (text: string) => Buffer.from(text).toString("base64");
const auth = (mechanism: string, data: string): sasl.Event => ({ kind: "auth", mechanism, data, nonce: "srv" });
const response = (data: string): sasl.Event => ({ kind: "response", data });
const account = (who: Account | undefined): sasl.Event => ({ kind: "account", account: who });
const plain = (...parts: readonly string[]) => auth("PLAIN", base64(parts.join("\0")));

/** Plays the events; what came out as short words. */
function play(about: sasl.Terms, ...events: readonly sasl.Event[]): string[] {
  let state: sasl.State = sasl.begin;
  return events.flatMap((event) => {
    const answer = sasl.on(state, event, about);
    state = answer.next;
    return answer.effects.map(said);
  });
}

function said(effect: sasl.Effect): string {
  switch (effect.kind) {
    case "send":
      return effect.text.replace(/ xmlns='[^']*'/, "").replace(/<text.*<\/text>/, "");
    case "find-account":
      return `find ${effect.address}`;
    case "derive":
      return `derive ${effect.hash} ${Buffer.from(effect.salt).toString()} ${effect.iterations}`;
    case "signed-in":
      return `signed in ${effect.address.text} ${effect.mechanism}`;
    case "sign-in-failed":
      return `failed ${effect.fault.code} ${effect.mechanism} ${effect.address}`.trimEnd();
  }
}

const notAuthorized = "<failure><not-authorized/></failure>";

test("what can be offered depends on TLS and on what there is to bind to", () => {
  const offered = (secure: boolean, bound: typeof unbound) =>
    sasl.offeredMechanisms(sasl.allMechanisms, secure, bound).join(" ");
  assert.equal(offered(false, unbound), "SCRAM-SHA-256 SCRAM-SHA-1");
  assert.equal(offered(true, unbound), "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN");
  assert.equal(offered(true, binding), "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN");
  assert.deepEqual(sasl.offeredMechanisms(["PLAIN"], false, unbound), []);
});

test("PLAIN is judged by the stored keys (RFC 4616)", () => {
  const asked = ["find juliet@ours.example", `derive SHA-256 ${salt} 4096`];
  const derived = (password: string): sasl.Event => ({ kind: "derived", salted: salted("SHA-256", password) });
  const good = [...asked, "<success/>", "signed in juliet@ours.example PLAIN"];
  const bad = [...asked, notAuthorized, "failed sasl-not-authorized PLAIN juliet@ours.example"];
  assert.deepEqual(play(terms, plain("", "juliet", "pencil"), account(juliet), derived("pencil")), good);
  assert.deepEqual(play(terms, plain("", "Juliet", "pencil"), account(juliet), derived("pencil")), good);
  assert.deepEqual(
    play(terms, plain("juliet@ours.example", "juliet", "pencil"), account(juliet), derived("pencil")),
    good,
  );
  assert.deepEqual(play(terms, plain("", "juliet", "pen"), account(juliet), derived("pen")), bad);
});

test("PLAIN for nobody takes the same way and fails", () => {
  const derived: sasl.Event = { kind: "derived", salted: salted("SHA-256", "pencil") };
  const [find, derive, ...rest] = play(terms, plain("", "romeo", "pencil"), account(undefined), derived);
  assert.equal(find, "find romeo@ours.example");
  assert.match(derive ?? "", /^derive SHA-256 .* 4096$/s);
  assert.deepEqual(rest, [notAuthorized, "failed sasl-not-authorized PLAIN romeo@ours.example"]);
});

test("an account with keys of SHA-1 alone can use PLAIN, and not SCRAM-SHA-256", () => {
  const old = { ...juliet, keys: juliet.keys.slice(0, 1) };
  const derived: sasl.Event = { kind: "derived", salted: salted("SHA-1", "pencil") };
  const said = play(terms, plain("", "juliet", "pencil"), account(old), derived);
  assert.deepEqual(said.slice(1), [`derive SHA-1 ${salt} 4096`, "<success/>", "signed in juliet@ours.example PLAIN"]);
  const mine = { hash: "SHA-256", name: "juliet", nonce: "cli", header: "n,," } as const;
  const challenge = play(terms, auth("SCRAM-SHA-256", base64(clientFirst(mine))), account(old))[1] ?? "";
  assert.ok(challenge.startsWith("<challenge>"), "a challenge all the same");
  assert.equal(Buffer.from(challenge.slice(11, -12), "base64").includes(salt.toString("base64")), false);
});

/** Signs in as a client does, and answers what came out. */
function scramPlay(
  about: sasl.Terms,
  mechanism: string,
  header: string,
  options: { who?: Account | undefined; password?: string; bound?: Uint8Array; initial?: boolean } = {},
): string[] {
  const { who = juliet, password = "pencil", bound = new Uint8Array(), initial = true } = options;
  const hash = mechanism.includes("256") ? "SHA-256" : "SHA-1";
  const mine = { hash, name: "juliet", nonce: "cli", header, binding: bound } as const;
  const first = base64(clientFirst(mine));
  const begun = initial ? [auth(mechanism, first)] : [auth(mechanism, ""), response(first)];
  const challenge = /^<challenge>(.+)<\/challenge>$/.exec(play(about, ...begun, account(who)).at(-1) ?? "")?.[1];
  if (challenge === undefined) return play(about, ...begun, account(who));
  const text = Buffer.from(challenge, "base64").toString();
  const { message, expected } = clientFinal(mine, text, salted(hash, password, readChallenge(mine, text)?.salt));
  const out = play(about, ...begun, account(who), response(base64(message)));
  return out.map((each) => each.replace(challenge, "…").replace(base64(expected), "v"));
}

test("SCRAM signs in, with and without channel binding", () => {
  const find = ["find juliet@ours.example", "<challenge>…</challenge>"];
  const exporter = binding["tls-exporter"];
  const plus = "p=tls-exporter,,";
  for (const hash of hashes) {
    const name = `SCRAM-${hash}`;
    const good = (mechanism: string) => [...find, "<success>v</success>", `signed in juliet@ours.example ${mechanism}`];
    const bad = [...find, notAuthorized, `failed sasl-not-authorized ${name} juliet@ours.example`];
    assert.deepEqual(scramPlay(terms, name, "n,,"), good(name));
    assert.deepEqual(scramPlay(clear, name, "y,,"), good(name), "y, and indeed we cannot");
    assert.deepEqual(scramPlay(terms, name, "n,a=juliet@ours.example,"), good(name));
    assert.deepEqual(scramPlay(terms, name, "n,,", { initial: false }), ["<challenge/>", ...good(name)]);
    assert.deepEqual(scramPlay(terms, `${name}-PLUS`, plus, { bound: exporter }), good(`${name}-PLUS`));
    assert.deepEqual(scramPlay(terms, name, "n,,", { password: "pen" }), bad);
    const nobody = { ...juliet, keys: [] };
    assert.deepEqual(scramPlay(terms, name, "n,,", { who: nobody }), bad);
    assert.deepEqual(scramPlay(terms, name, "y,,"), [notAuthorized, `failed sasl-channel-binding ${name}`]);
    assert.deepEqual(scramPlay(terms, `${name}-PLUS`, plus, { bound: Buffer.alloc(32) }), [
      ...find,
      notAuthorized,
      `failed sasl-channel-binding ${name}-PLUS juliet@ours.example`,
    ]);
  }
});

test("every other ending has its condition (RFC 6120 §6.5)", () => {
  const failure = (condition: string) => `<failure><${condition}/></failure>`;
  const scramFirst = auth("SCRAM-SHA-1", base64("n,,n=juliet,r=cli"));
  const find = "find juliet@ours.example";
  const rows: readonly [about: sasl.Terms, events: readonly sasl.Event[], ...said: readonly string[]][] = [
    [terms, [auth("DIGEST-MD5", "")], failure("invalid-mechanism"), "failed sasl-invalid-mechanism unknown"],
    [terms, [auth("", "")], failure("invalid-mechanism"), "failed sasl-invalid-mechanism unknown"],
    [clear, [plain("", "juliet", "pencil")], failure("encryption-required"), "failed tls-required PLAIN"],
    [
      { ...clear, offered: [], tlsFirst: true },
      [scramFirst],
      failure("encryption-required"),
      "failed tls-required SCRAM-SHA-1",
    ],
    [
      { ...terms, offered: ["SCRAM-SHA-256"] },
      [plain("", "juliet", "pencil")],
      failure("invalid-mechanism"),
      "failed sasl-invalid-mechanism PLAIN",
    ],
    [terms, [auth("PLAIN", "not base64!")], failure("incorrect-encoding"), "failed sasl-incorrect-encoding PLAIN"],
    [terms, [auth("PLAIN", "AAA")], failure("incorrect-encoding"), "failed sasl-incorrect-encoding PLAIN"],
    [terms, [auth("PLAIN", "=")], failure("malformed-request"), "failed sasl-malformed PLAIN"],
    [terms, [auth("PLAIN", "/w==")], failure("malformed-request"), "failed sasl-malformed PLAIN"],
    [terms, [plain("juliet", "pencil")], failure("malformed-request"), "failed sasl-malformed PLAIN"],
    [terms, [plain("", "juliet", "")], failure("malformed-request"), "failed sasl-malformed PLAIN"],
    [terms, [plain("", "", "pencil")], failure("malformed-request"), "failed sasl-malformed PLAIN"],
    [terms, [plain("", "juliet", "a", "b")], failure("malformed-request"), "failed sasl-malformed PLAIN"],
    [terms, [plain("", "juliet", "a\tb")], notAuthorized, "failed sasl-not-authorized PLAIN"],
    [terms, [plain("", "ju liet", "pencil")], notAuthorized, "failed sasl-not-authorized PLAIN"],
    [
      terms,
      [plain("romeo@ours.example", "juliet", "pencil")],
      failure("invalid-authzid"),
      "failed sasl-invalid-authzid PLAIN",
    ],
    [terms, [plain("juliet", "juliet", "pencil")], failure("invalid-authzid"), "failed sasl-invalid-authzid PLAIN"],
    [
      terms,
      [auth("SCRAM-SHA-1", base64("n,a=romeo@ours.example,n=juliet,r=cli"))],
      failure("invalid-authzid"),
      "failed sasl-invalid-authzid SCRAM-SHA-1",
    ],
    [terms, [auth("PLAIN", ""), { kind: "abort" }], "<challenge/>", failure("aborted"), "failed sasl-aborted PLAIN"],
    [terms, [{ kind: "abort" }], failure("aborted"), "failed sasl-aborted unknown"],
    [terms, [response("=")], failure("malformed-request"), "failed sasl-malformed unknown"],
    [
      terms,
      [auth("PLAIN", ""), auth("PLAIN", "")],
      "<challenge/>",
      failure("malformed-request"),
      "failed sasl-malformed PLAIN",
    ],
    [
      terms,
      [scramFirst, { kind: "failed", fault: fault("store-unavailable") }],
      find,
      failure("temporary-auth-failure"),
      "failed store-unavailable SCRAM-SHA-1 juliet@ours.example",
    ],
    [terms, [{ kind: "failed", fault: fault("store-unavailable") }]],
    [terms, [account(juliet)]],
  ];
  for (const [about, events, ...said] of rows) assert.deepEqual(play(about, ...events), said, JSON.stringify(events));
});

test("a failure says the user's words and no detail", () => {
  assert.equal(
    sasl.failureText(fault("sasl-not-authorized", "nonce")),
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/>" +
      "<text xml:lang='en'>The address or the password is wrong.</text></failure>",
  );
});

test("no element may come while an answer is awaited", () => {
  const begun = sasl.on(sasl.begin, plain("", "juliet", "pencil"), terms).next;
  assert.equal(sasl.waits(sasl.begin), false);
  assert.equal(sasl.waits(begun), true);
  const deriving = sasl.on(begun, account(juliet), terms).next;
  assert.equal(sasl.waits(deriving), true);
});

test('"y" is refused as a downgrade, but not after a -PLUS with a binding there is none of', () => {
  const first = auth("SCRAM-SHA-256", base64("y,,n=juliet,r=abc"));
  assert.deepEqual(play(terms, first), [
    "<failure><not-authorized/></failure>",
    "failed sasl-channel-binding SCRAM-SHA-256",
  ]);
  assert.deepEqual(play({ ...terms, plusTried: true }, first), ["find juliet@ours.example"]);
});
