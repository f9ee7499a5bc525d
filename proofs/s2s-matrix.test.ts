import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../src/base/domain-name.ts";
import { limitsWith } from "../src/base/limits.ts";
import { decide, type Outcome, type Side } from "../src/federation/decision.ts";
import { openPolicy } from "../src/federation/partner.ts";
import { dialbackKeyer } from "../src/xmpp/dialback-key.ts";
import type { Effect as InEffect, Setup as InSetup } from "../src/xmpp/s2s-in.ts";
import { begin, type Effect as OutEffect, type Setup as OutSetup, type Question } from "../src/xmpp/s2s-out.ts";
import type { Method, Proof, S2sPolicy } from "../src/xmpp/s2s-policy.ts";
import { Actor, domain, pairOf, proofOf } from "./s2s-actor.ts";

/** One organisation's server, as far as the machines ask. */
type Host = { readonly name: DomainName; readonly side: Side; readonly secret: string };

const policyOf = ({ side }: Host): S2sPolicy => ({
  ...openPolicy,
  tls: side.tls,
  certificate: side.strict ? "strict" : "encryption-only",
  dialback: side.dialback ? "fallback" : "never",
});

const proofs: Record<Side["certificate"], Proof> = {
  missing: proofOf("cert-missing"),
  invalid: proofOf("cert-unknown-ca"),
  valid: proofOf("good"),
};

const outSetup = (from: Host, to: Host, withoutTls: boolean): OutSetup => ({
  local: from.name,
  foreign: to.name,
  certificate: from.side.certificate !== "missing",
  withoutTls,
  policyFor: () => policyOf(from),
  keyer: dialbackKeyer(from.secret),
  limits: limitsWith(),
});

const inSetup = (host: Host): InSetup => ({
  serves: (name) => name === host.name,
  fallback: host.name,
  canSecure: () => host.side.certificate !== "missing",
  policyFor: () => policyOf(host),
  keyer: dialbackKeyer(host.secret),
  limits: limitsWith(),
});

/**
 * One connection from one host to the other, text travelling both ways until nobody has anything to say. TLS happens when
 * both have asked for it. `verify` is what the receiving host does with a key.
 */
function connect(
  from: Host,
  to: Host,
  told: {
    readonly questions?: readonly Question[];
    readonly direct?: boolean;
    readonly withoutTls?: boolean;
    readonly out?: (effect: OutEffect) => void;
    readonly verify?: (effect: InEffect & { kind: "verify" }, receiver: Actor) => void;
  } = {},
): { readonly method: Method | undefined; readonly secure: boolean; readonly log: readonly string[] } {
  const turns: (() => void)[] = [];
  const log: string[] = [];
  let method: Method | undefined;
  let secure = false;
  const shake = (): void => {
    // The initiator's <starttls/> was answered; both begin once the clear text has arrived.
    secure = true;
    turns.push(() => b.feed({ kind: "secured" }));
    turns.push(() => a.feed({ kind: "secured" }));
  };
  const wanted = told.questions === undefined ? [{ local: from.name, foreign: to.name }] : [];
  const a: Actor = Actor.initiating(
    begin(wanted, told.questions),
    outSetup(from, to, told.withoutTls === true),
    (effect) => {
      told.out?.(effect as OutEffect);
      if (effect.kind === "send") {
        log.push(`> ${effect.text}`);
        turns.push(() => b.receive(effect.text));
      }
      if (effect.kind === "start-tls") shake();
      if (effect.kind === "judge") a.feed({ kind: "proof", domain: effect.domain, proof: proofs[to.side.certificate] });
      if (effect.kind === "proved") method = effect.method;
    },
  );
  let provedBy: Method | undefined;
  const b: Actor = Actor.receiving(inSetup(to), (effect) => {
    if (effect.kind === "send") {
      log.push(`< ${effect.text}`);
      turns.push(() => a.receive(effect.text));
    }
    if (effect.kind === "judge") b.feed({ kind: "proof", domain: effect.domain, proof: proofs[from.side.certificate] });
    if (effect.kind === "proved") provedBy = effect.method;
    if (effect.kind === "verify") told.verify?.(effect, b);
  });
  if (told.direct === true) {
    secure = true;
    b.feed({ kind: "secured" });
    a.feed({ kind: "secured" });
  } else a.feed({ kind: "connected" });
  for (let turn = turns.shift(), count = 0; turn !== undefined; turn = turns.shift(), count++) {
    assert.ok(count < 200, `they never come to an end: ${log.join("\n")}`);
    turn();
  }
  assert.equal(method === undefined, provedBy === undefined, `both agree whether it is proved: ${log.join("\n")}`);
  assert.equal(method === "external", provedBy === "external");
  return { method, secure, log };
}

/** A key goes back to where it came from, on a connection of its own whose outcome the matrix does not look at. */
function trusting(from: Host): (effect: InEffect & { kind: "verify" }, receiver: Actor) => void {
  return ({ pair, id, key }, receiver) => {
    const claim = { receiving: pair.local, originating: pair.foreign, id };
    const type = dialbackKeyer(from.secret).confirms(claim, key) ? "valid" : "invalid";
    receiver.feed({ kind: "verified", pair, id, outcome: { type } });
  };
}

const outcomeOf = ({ method, secure }: { method: Method | undefined; secure: boolean }): Outcome => {
  if (method === undefined) return "none";
  return method === "external" ? "tls+external" : secure ? "tls+dialback" : "plain+dialback";
};

const all = <T>(...values: T[]): readonly T[] => values;
const sides: readonly Side[] = all<Side["tls"]>("none", "optional", "required").flatMap((tls) =>
  all<Side["certificate"]>("missing", "invalid", "valid").flatMap((certificate) =>
    all(false, true).flatMap((strict) => all(false, true).map((dialback) => ({ tls, certificate, strict, dialback }))),
  ),
);

const host = (name: string, side: Side): Host => ({ name: domain(name), side, secret: `secret of ${name}` });

test("our two sides come to the decision table's outcome in each of its 1296 cells", () => {
  const seen = new Map<Outcome, number>();
  for (const initiator of sides) {
    for (const receiver of sides) {
      const from = host("capulet.example", initiator);
      const to = host("montague.example", receiver);
      const link = connect(from, to, { verify: trusting(from) });
      const expected = decide(initiator, receiver);
      const cell = `${JSON.stringify(initiator)} to ${JSON.stringify(receiver)}`;
      assert.equal(outcomeOf(link), expected.outcome, `${cell}: ${expected.why}\n${link.log.join("\n")}`);
      seen.set(expected.outcome, (seen.get(expected.outcome) ?? 0) + 1);
    }
  }
  assert.deepEqual(Object.fromEntries(seen), {
    none: 1068,
    "plain+dialback": 120,
    "tls+dialback": 44,
    "tls+external": 64,
  });
});

test("direct TLS comes to the same as STARTTLS", () => {
  const side: Side = { tls: "required", certificate: "valid", strict: true, dialback: true };
  const from = host("capulet.example", side);
  assert.equal(outcomeOf(connect(from, host("montague.example", side), { direct: true })), "tls+external");
  const bare = host("capulet.example", { ...side, certificate: "missing" });
  const link = connect(bare, host("montague.example", side), { direct: true, verify: trusting(bare) });
  assert.equal(outcomeOf(link), "tls+dialback");
});

test("dialback whole: the receiver asks the authority on a connection of its own, machines at all four ends", () => {
  for (const tls of all<Side["tls"]>("none", "optional", "required")) {
    const side: Side = { tls, certificate: "invalid", strict: false, dialback: true };
    const from = host("capulet.example", side);
    const to = host("montague.example", side);
    let calls = 0;
    const link = connect(from, to, {
      verify({ pair, id, key }, receiver) {
        calls++;
        const back = connect(to, from, {
          questions: [{ ...pair, id, key }],
          out(effect) {
            if (effect.kind !== "answer") return;
            assert.deepEqual(effect.question, { ...pair, id, key });
            receiver.feed({ kind: "verified", pair, id, outcome: effect.outcome });
          },
        });
        assert.equal(back.secure, tls !== "none");
        assert.equal(back.method, undefined, "a question needs no proof");
      },
    });
    assert.equal(outcomeOf(link), tls === "none" ? "plain+dialback" : "tls+dialback");
    assert.equal(calls, 1);
  }
});

test("an impostor's key is not the authority's", () => {
  const side: Side = { tls: "none", certificate: "missing", strict: false, dialback: true };
  const impostor: Host = { ...host("capulet.example", side), secret: "a guess" };
  const real = host("capulet.example", side);
  const link = connect(impostor, host("montague.example", side), { verify: trusting(real) });
  assert.equal(outcomeOf(link), "none");
  assert.ok(link.log.some((line) => line.includes("type='invalid'")));
});

test("TLS that fails: the next connection goes without, if policy allows", () => {
  const side: Side = { tls: "optional", certificate: "invalid", strict: false, dialback: true };
  const from = host("capulet.example", side);
  const to = host("montague.example", side);
  const link = connect(from, to, { withoutTls: true, verify: trusting(from) });
  assert.equal(outcomeOf(link), "plain+dialback");
  const insisting = host("montague.example", { ...side, tls: "required" });
  assert.equal(outcomeOf(connect(from, insisting, { withoutTls: true, verify: trusting(from) })), "none");
});

test("the pair is the one that was asked for", () => {
  const side: Side = { tls: "none", certificate: "missing", strict: false, dialback: true };
  const from = host("capulet.example", side);
  connect(from, host("montague.example", side), {
    verify: trusting(from),
    out(effect) {
      if (effect.kind === "proved") assert.deepEqual(effect.pair, pairOf("capulet.example", "montague.example"));
    },
  });
});
