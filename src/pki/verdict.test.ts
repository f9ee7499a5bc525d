import assert from "node:assert/strict";
import test from "node:test";
import { chainCases } from "../../proofs/chains.ts";
import { make, makeAuthority, makeServer, noon, tampered } from "../../proofs/made-certificates.ts";
import { limitsWith } from "../base/limits.ts";
import { makeKeys } from "../world/issue-certificate.ts";
import type { Certificate } from "./certificate.ts";
import { trustStore } from "./trust-store.ts";
import { judge, judgeRead } from "./verdict.ts";

for (const { what, chain, trust, atMs, faults, says } of await chainCases()) {
  test(`judges a chain: ${what}`, () => {
    const ders = chain.map(({ der }) => der);
    const verdict = judge(ders, trustStore(trust), atMs ?? noon);
    assert.deepEqual(
      verdict.faults.map(({ code }) => code),
      faults,
      JSON.stringify(verdict.faults),
    );
    assert.equal(verdict.trusted, faults.length === 0);
    assert.equal(verdict.path[0]?.fingerprint256, chain[0]?.fingerprint256);
    if (says !== undefined) assert.match(verdict.faults[0]?.detail ?? "", says);
    if (verdict.trusted) assert.ok(trust.some((root) => root.fingerprint256 === verdict.path.at(-1)?.fingerprint256));
  });
}

test("no certificate, and one that cannot be read", async () => {
  assert.equal(judge([], trustStore([]), noon).faults[0]?.code, "cert-missing");
  assert.equal(judge([Uint8Array.of(0x30, 0)], trustStore([]), noon).faults[0]?.code, "cert-unreadable");
  const root = await makeAuthority("Root");
  const leaf = await makeServer("a.example", root);
  const junk = Uint8Array.of(1, 2, 3);
  assert.equal(judge([leaf.certificate.der, junk], trustStore([root.certificate]), noon).trusted, true);
  const codes = judge([leaf.certificate.der, junk], trustStore([]), noon).faults.map(({ code }) => code);
  assert.deepEqual(codes, ["cert-unknown-ca", "cert-unreadable"]);
});

test("a turned bit in the signature", async () => {
  const root = await makeAuthority("Root");
  const leaf = await makeServer("a.example", root);
  const verdict = judge([tampered(leaf.certificate.der)], trustStore([root.certificate]), noon);
  assert.deepEqual(
    verdict.faults.map(({ code }) => code),
    ["cert-bad-signature"],
  );
});

test("names of one issuer in other letters and other string types are the same issuer", async () => {
  const keys = await makeKeys();
  const root = await makeAuthority("ROOT  of all", { keys });
  const twin = await makeAuthority("root of ALL", { keys });
  const leaf = await makeServer("a.example", root);
  assert.equal(judge([leaf.certificate.der], trustStore([twin.certificate]), noon).trusted, true);
});

/** Counts the signature checks of the certificates given to it. */
function counting() {
  let checks = 0;
  const counted = (certificate: Certificate): Certificate => {
    const { x509 } = certificate;
    const verify: typeof x509.verify = (key) => {
      checks++;
      return x509.verify(key);
    };
    return { ...certificate, x509: Object.assign(Object.create(x509), { verify }) };
  };
  return { counted, count: () => checks };
}

test("a maze of cross-signatures costs a bounded number of signature checks", async () => {
  // Six authorities of one name, each key certified by every other one: 5! ways, and none leads out.
  const keys = await Promise.all(Array.from({ length: 6 }, () => makeKeys()));
  const authorities = await Promise.all(keys.map((each) => makeAuthority("Maze", { keys: each })));
  const cross = (
    await Promise.all(
      authorities.flatMap((issuer, by) =>
        keys.map((of, at) => (at === by ? undefined : makeAuthority("Maze", { keys: of, issuer }))),
      ),
    )
  ).flatMap((one) => (one === undefined ? [] : [one.certificate]));
  const [first] = authorities;
  assert.ok(first);
  const leaf = await makeServer("a.example", first);
  const { counted, count } = counting();
  const verdict = judgeRead(counted(leaf.certificate), cross.map(counted), trustStore([]), noon);
  assert.equal(verdict.trusted, false);
  assert.ok(count() <= limitsWith().certificateSignaturesMax, `${count()} checks`);
  assert.ok(count() > 10);
  // Where the one that signed is named by its key, it is tried first.
  const known = counting();
  const roots = trustStore(authorities.toReversed().map(({ certificate }) => certificate));
  assert.equal(judgeRead(known.counted(leaf.certificate), [], roots, noon).trusted, true);
  assert.equal(known.count(), 1);
});

test("a path longer than the limit is refused", async () => {
  let issuer = await makeAuthority("Root");
  const trust = trustStore([issuer.certificate]);
  const authorities: Certificate[] = [];
  for (let depth = 1; depth <= 8; depth++) {
    issuer = await makeAuthority(`Depth ${depth}`, { issuer });
    authorities.unshift(issuer.certificate);
  }
  const ten = await make("a.example", { issuer });
  assert.equal(judgeRead(ten.certificate, authorities, trust, noon).trusted, true);
  issuer = await makeAuthority("Depth 9", { issuer });
  const eleven = await make("a.example", { issuer });
  const verdict = judgeRead(eleven.certificate, [issuer.certificate, ...authorities], trust, noon);
  assert.equal(verdict.faults[0]?.code, "cert-bad-chain");
});
