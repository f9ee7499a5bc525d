import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parseDomainName } from "../src/base/domain-name.ts";
import type { Certificate } from "../src/pki/certificate.ts";
import { toPem } from "../src/pki/pem.ts";
import { trustStore } from "../src/pki/trust-store.ts";
import { judge } from "../src/pki/verdict.ts";
import { xmppNames } from "../src/pki/write-extensions.ts";
import { makeRequest } from "../src/world/issue-certificate.ts";
import { chainCases } from "./chains.ts";
import { noon } from "./made-certificates.ts";

// A second opinion: OpenSSL judges the same chains. Debian has its command everywhere Node is built for; where it is not
// there, only our own verdicts are compared with the table (src/pki/verdict.test.ts).
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

function pemOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ der }) => toPem(der)).join("");
}

test("our verdicts are those of `openssl verify`, but where the table says why not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "comity-openssl-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  try {
    let compared = 0;
    for (const { what, chain, trust, atMs = noon, unlikeOpenssl } of await chainCases()) {
      const [leaf, ...others] = chain;
      assert.ok(leaf);
      const ours = judge(
        chain.map(({ der }) => der),
        trustStore(trust),
        atMs,
      ).trusted;
      if (!hasOpenssl) continue;
      const args = ["-attime", String(atMs / 1000), "-auth_level", "2", "-no-CApath", "-no-CAstore"];
      const run = spawnSync("openssl", [
        "verify",
        ...args,
        ...(trust.length === 0 ? ["-no-CAfile"] : ["-CAfile", file("trust.pem", pemOf(trust))]),
        ...(others.length === 0 ? [] : ["-untrusted", file("others.pem", pemOf(others))]),
        file("leaf.pem", pemOf([leaf])),
      ]);
      const theirs = run.status === 0;
      assert.equal(ours === theirs, unlikeOpenssl === undefined, `${what}: ${run.stderr} ${run.stdout}`);
      compared++;
    }
    assert.ok(!hasOpenssl || compared > 40);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a request for a certificate carries the names and proves that we have its key", async () => {
  const domain = parseDomainName("bücher.example");
  assert.ok(domain.ok);
  const { request, key } = await makeRequest("bücher.example", xmppNames(domain.value));
  assert.match(request, /^-----BEGIN CERTIFICATE REQUEST-----/);
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  if (!hasOpenssl) return;
  const { stdout, stderr, status } = spawnSync("openssl", ["req", "-verify", "-noout", "-text"], { input: request });
  assert.equal(status, 0, String(stderr));
  assert.match(String(stdout), /DNS:xn--bcher-kva\.example, othername: SRVName::_xmpp-server\.xn--bcher-kva\.example/);
});
