import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import type { ScramKeys } from "../base/store.ts";
import { unbound } from "./sasl-channel-binding.ts";
import * as scram from "./scram.ts";
import { clientFinal, clientFirst, readChallenge } from "./scram-client.ts";
import { clientProof, fakeKeys, keysFrom, type ScramHash } from "./scram-keys.ts";

function salted(hash: ScramHash, password: string, salt: Uint8Array, iterations: number): Buffer {
  return pbkdf2Sync(password, salt, iterations, hash === "SHA-1" ? 20 : 32, hash.replace("-", "").toLowerCase());
}

function keys(hash: ScramHash, salt: string): ScramKeys {
  const bytes = Buffer.from(salt, "base64");
  return keysFrom(hash, salted(hash, "pencil", bytes, 4096), bytes, 4096);
}

const exporter = Buffer.alloc(32, 7);
const endPoint = Buffer.alloc(32, 9);
const channel = { "tls-exporter": exporter, "tls-server-end-point": endPoint };

function terms(hash: ScramHash, nonce: string, more: Partial<scram.Terms> = {}): scram.Terms {
  return { hash, plus: false, plusOffered: false, binding: unbound, nonce, offered: [`SCRAM-${hash}`], ...more };
}

/** Runs the messages; "#keys" stands for the answer of the store. */
function play(about: scram.Terms, found: ScramKeys, known: boolean, ...messages: readonly string[]): scram.Effect[] {
  let state: scram.State = scram.begin;
  const effects: scram.Effect[] = [];
  for (const text of messages) {
    const event: scram.Event = text === "#keys" ? { kind: "keys", keys: found, known } : { kind: "message", text };
    const answer = scram.on(state, event, about);
    state = answer.next;
    effects.push(...answer.effects);
  }
  return effects;
}

/** RFC 5802 §5 and RFC 7677 §3: the messages as printed, but for `h=`, which stands in the challenge and so in the proof. */
const vectors = [
  {
    hash: "SHA-1",
    salt: "QSXCR+Q6sek8bf92",
    client: "fyko+d2lbbFgONRv9qkxdawL",
    server: "3rfcNHYJY1ZVvWVs7j",
    proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    signature: "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  {
    hash: "SHA-256",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    client: "rOprNGfwEbeRWgbNEkqO",
    server: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
] as const;

test("the keys prove the printed exchanges of RFC 5802 §5 and RFC 7677 §3", () => {
  for (const { hash, salt, client, server, proof, signature } of vectors) {
    const state: scram.State = {
      at: "final",
      first: { header: "n,,", bare: `n=user,r=${client}`, nonce: client + server, binding: new Uint8Array() },
      sent: `r=${client}${server},s=${salt},i=4096`,
      keys: keys(hash, salt),
      known: true,
    };
    const text = `c=biws,r=${client}${server},p=${proof}`;
    const { effects } = scram.on(state, { kind: "message", text }, terms(hash, server));
    assert.deepEqual(effects, [{ kind: "accept", text: `v=${signature}` }]);
  }
});

test("a whole exchange, with what the client sends made by a client", () => {
  for (const { hash, salt, client, server } of vectors) {
    const mine = { hash, name: "user", nonce: client, header: "n,," };
    const about = terms(hash, server);
    const [find, challenge] = play(about, keys(hash, salt), true, clientFirst(mine), "#keys");
    assert.deepEqual(find, { kind: "find", name: "user", authzid: "" });
    assert.ok(challenge?.kind === "challenge");
    assert.ok(challenge.text.startsWith(`r=${client}${server},s=${salt},i=4096,h=`));
    const asked = readChallenge(mine, challenge.text);
    assert.ok(asked);
    for (const [password, outcome] of [
      ["pencil", "accept"],
      ["pen", "refuse"],
    ] as const) {
      const proof = salted(hash, password, asked.salt, asked.iterations);
      const { message, expected } = clientFinal(mine, challenge.text, proof);
      const last = play(about, keys(hash, salt), true, clientFirst(mine), "#keys", message).at(-1);
      assert.equal(last?.kind, outcome);
      if (last?.kind === "accept") assert.equal(last.text, expected);
      const nobody = play(about, keys(hash, salt), false, clientFirst(mine), "#keys", message).at(-1);
      assert.equal(nobody?.kind, "refuse", "the right proof of keys that are nobody's");
    }
  }
});

/** First messages: what is asked of us, or why it is refused. */
const firsts: readonly [text: string, more: Partial<scram.Terms>, outcome: string][] = [
  ["n,,n=user,r=abc", {}, "find user"],
  ["y,,n=user,r=abc", {}, "find user"],
  ["n,,n=user,r=abc,x=later", {}, "find user"],
  ["n,a=user@ours.example,n=user,r=abc", {}, "find user as user@ours.example"],
  ["n,,n=a=2Cb=3Dc,r=abc", {}, "find a,b=c"],
  ["n,,n=a=2cb,r=abc", {}, "sasl-malformed"],
  ["n,,n=a=b,r=abc", {}, "sasl-malformed"],
  ["n,,n=,r=abc", {}, "sasl-malformed"],
  ["n,,n=user,r=", {}, "sasl-malformed"],
  ["n,,n=user,r=a\u0080", {}, "sasl-malformed"],
  ["n,,m=must,n=user,r=abc", {}, "sasl-malformed"],
  ["n,,r=abc,n=user", {}, "sasl-malformed"],
  ["n=user,r=abc", {}, "sasl-malformed"],
  ["q,,n=user,r=abc", {}, "sasl-malformed"],
  ["", {}, "sasl-malformed"],
  ["y,,n=user,r=abc", { plusOffered: true }, "sasl-channel-binding"],
  ["n,,n=user,r=abc", { plusOffered: true }, "find user"],
  ["p=tls-exporter,,n=user,r=abc", { binding: channel }, "sasl-malformed"],
  ["p=tls-exporter,,n=user,r=abc", { plus: true, binding: channel }, "find user"],
  ["p=tls-server-end-point,,n=user,r=abc", { plus: true, binding: channel }, "find user"],
  ["p=tls-unique,,n=user,r=abc", { plus: true, binding: channel }, "sasl-channel-binding"],
  ["p=tls-exporter,,n=user,r=abc", { plus: true, binding: unbound }, "sasl-channel-binding"],
  ["n,,n=user,r=abc", { plus: true, binding: channel }, "sasl-malformed"],
  ["y,,n=user,r=abc", { plus: true, binding: channel }, "sasl-malformed"],
];

test("the first message: names, GS2 header, downgrades (RFC 5802 §5.1, §6)", () => {
  for (const [text, more, outcome] of firsts) {
    const [effect] = play(terms("SHA-256", "srv", more), keys("SHA-256", "AAAA"), true, text);
    const said =
      effect?.kind === "find"
        ? `find ${effect.name}${effect.authzid && ` as ${effect.authzid}`}`
        : effect?.kind === "refuse"
          ? effect.fault.code
          : effect?.kind;
    assert.equal(said, outcome, text);
  }
});

test("the final message must fit nonce, channel and form", () => {
  const hash = "SHA-256";
  const about = terms(hash, "srv", { plus: true, plusOffered: true, binding: channel });
  const stored = keys(hash, "c2FsdHNhbHQ=");
  const outcome = (binding: Uint8Array, header: string, change: (message: string) => string): string | undefined => {
    const mine = { hash, name: "user", nonce: "cli", header, binding } as const;
    const start = [clientFirst({ ...mine, header: "p=tls-exporter,," }), "#keys"];
    const challenge = play(about, stored, true, ...start).at(-1);
    assert.ok(challenge?.kind === "challenge");
    const { message } = clientFinal(mine, challenge.text, salted(hash, "pencil", stored.salt, 4096));
    const last = play(about, stored, true, ...start, change(message)).at(-1);
    return last?.kind === "refuse" ? last.fault.code : last?.kind;
  };
  const same = (message: string) => message;
  const header = "p=tls-exporter,,";
  assert.equal(outcome(exporter, header, same), "accept");
  assert.equal(outcome(endPoint, header, same), "sasl-channel-binding", "another channel");
  assert.equal(outcome(endPoint, "p=tls-server-end-point,,", same), "sasl-channel-binding", "another type");
  assert.equal(outcome(new Uint8Array(), "n,,", same), "sasl-channel-binding", "none");
  const changes: readonly [(message: string) => string, string][] = [
    [(text) => text.replace("r=cli", "r=clj"), "sasl-not-authorized"],
    [(text) => text.replace("srv", "sr"), "sasl-not-authorized"],
    [(text) => text.replace(/p=./, (found) => (found === "p=A" ? "p=B" : "p=A")), "sasl-not-authorized"],
    [(text) => text.replace(/p=.*/, "p=AAAA"), "sasl-not-authorized"],
    [(text) => text.replace(/p=.*/, "p=A"), "sasl-malformed"],
    [(text) => text.replace(/,p=.*/, ""), "sasl-malformed"],
    [() => "", "sasl-malformed"],
  ];
  for (const [change, code] of changes) assert.equal(outcome(exporter, header, change), code, String(change));
});

test("a proof made for another nonce than ours is refused, right as it may be", () => {
  const [{ hash, salt, client, server }] = vectors;
  const stored = keys(hash, salt);
  const first = `n=user,r=${client}`;
  const challenge = play(terms(hash, server), stored, true, `n,,${first}`, "#keys").at(-1);
  assert.ok(challenge?.kind === "challenge");
  const withoutProof = `c=biws,r=${client}other`;
  const about = salted(hash, "pencil", stored.salt, 4096);
  const { proof } = clientProof(hash, about, `${first},${challenge.text},${withoutProof}`);
  const message = `${withoutProof},p=${proof.toString("base64")}`;
  const last = play(terms(hash, server), stored, true, `n,,${first}`, "#keys", message).at(-1);
  assert.deepEqual(last, { kind: "refuse", fault: { code: "sasl-not-authorized", detail: "nonce" } });
});

test("the challenge tells what was offered, the example of XEP-0474 §5.3", () => {
  const offered = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"];
  const about = terms("SHA-1", "a09117a6", { offered, plus: true, binding: channel });
  const effects = play(about, keys("SHA-1", "QSXCR+Q6sek8bf92"), true, "p=tls-exporter,,n=user,r=12C4", "#keys");
  assert.deepEqual(effects.at(-1), {
    kind: "challenge",
    text: "r=12C4a09117a6,s=QSXCR+Q6sek8bf92,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=",
  });
});

test("nobody's keys look like somebody's, and stay the same", () => {
  const secret = Buffer.from("a secret of this server");
  const nobody = fakeKeys("SHA-1", "nobody@ours.example", secret, 10_000);
  const somebody = fakeKeys("SHA-1", "somebody@ours.example", secret, 10_000);
  assert.notDeepEqual(somebody.storedKey, nobody.storedKey);
  assert.notDeepEqual(somebody.serverKey, nobody.serverKey);
  assert.deepEqual(fakeKeys("SHA-1", "nobody@ours.example", secret, 10_000), nobody);
  assert.deepEqual([nobody.salt.length, nobody.storedKey.length, nobody.iterations], [16, 20, 10_000]);
  assert.notDeepEqual(somebody.salt, nobody.salt);
  assert.notDeepEqual(fakeKeys("SHA-256", "nobody@ours.example", secret, 10_000).salt, nobody.salt);
  assert.notDeepEqual(fakeKeys("SHA-1", "nobody@ours.example", Buffer.from("another"), 10_000).salt, nobody.salt);
});
