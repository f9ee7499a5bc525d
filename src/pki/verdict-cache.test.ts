import assert from "node:assert/strict";
import test from "node:test";
import { day, makeAuthority, makeServer, noon } from "../../proofs/made-certificates.ts";
import { trustStore } from "./trust-store.ts";
import { rememberingJudge } from "./verdict-cache.ts";

test("a good verdict is kept until the path ends, and not before it begins", async () => {
  const root = await makeAuthority("Root");
  const { certificate } = await makeServer("a.example", root, { notAfter: noon + day });
  const judge = rememberingJudge(trustStore([root.certificate]));
  const first = judge([certificate.der], noon);
  assert.equal(first.trusted, true);
  assert.equal(judge([Uint8Array.from(certificate.der)], noon + day - 1), first);
  assert.equal(judge([certificate.der], noon + day + 1).faults[0]?.code, "cert-expired");
  assert.equal(judge([certificate.der], certificate.notBefore - 1).faults[0]?.code, "cert-not-yet-valid");
  assert.equal(judge([certificate.der], noon).trusted, true);
});

test("a refusal is kept for a minute", async () => {
  const root = await makeAuthority("Root");
  const { certificate } = await makeServer("a.example", root, { notBefore: noon + 30_000 });
  const judge = rememberingJudge(trustStore([root.certificate]));
  const first = judge([certificate.der], noon);
  assert.equal(first.faults[0]?.code, "cert-not-yet-valid");
  assert.equal(judge([certificate.der], noon + 60_000), first);
  assert.equal(judge([certificate.der], noon + 60_001).trusted, true);
});

test("another chain is another question", async () => {
  const root = await makeAuthority("Root");
  const middle = await makeAuthority("Middle", { issuer: root });
  const { certificate } = await makeServer("a.example", middle);
  const judge = rememberingJudge(trustStore([root.certificate]));
  assert.equal(judge([certificate.der], noon).trusted, false);
  assert.equal(judge([certificate.der, middle.certificate.der], noon).trusted, true);
});

test("it remembers so many chains and no more", () => {
  const judge = rememberingJudge(trustStore([]));
  const chain = (at: number) => [Uint8Array.of(at >> 8, at & 0xff)];
  const [first, second] = [judge(chain(0), noon), judge(chain(1), noon)];
  for (let at = 2; at <= 1_000; at++) judge(chain(at), noon);
  assert.equal(judge(chain(1), noon), second);
  assert.notEqual(judge(chain(0), noon), first);
});
