import assert from "node:assert/strict";
import test from "node:test";
import { day, make, makeAuthority, makeServer, noon } from "../../proofs/made-certificates.ts";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { bestFor } from "./choice.ts";
import { writeDer, writeOid } from "./der-writer.ts";
import { lint } from "./lint.ts";
import { certificateReport, reportText } from "./report.ts";
import { trustStore } from "./trust-store.ts";
import type { ExtensionToWrite } from "./write-extensions.ts";

function domain(text: string): DomainName {
  const parsed = parseDomainName(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const issuerAt: ExtensionToWrite = {
  oid: "1.3.6.1.5.5.7.1.1",
  critical: false,
  value: writeDer(
    0x30,
    writeDer(0x30, writeOid("1.3.6.1.5.5.7.48.2"), writeDer(0x86, Buffer.from("http://ca.example/middle.cer"))),
  ),
};

test("what is wrong with a chain we show, and nothing where nothing is", async () => {
  const root = await makeAuthority("Root");
  const middle = await makeAuthority("Middle", { issuer: root });
  const leaf = await makeServer("a.example", middle, { extensions: [issuerAt] });
  const soon = await makeServer("a.example", middle, { notAfter: noon + 5 * day + 1 });
  const over = await makeServer("a.example", middle, { notAfter: noon - day });
  const servers = await makeServer("a.example", middle, { purposes: ["1.3.6.1.5.5.7.3.1"] });
  const srvOnly = await make("a.example", {
    issuer: middle,
    names: { srv: ["_xmpp-server.a.example", "_xmpp-client.a.example"] },
  });
  const own = await make("a.example", { names: { dns: ["a.example"] } });
  const rows: readonly [string, (typeof leaf)[], string, string[], RegExp?][] = [
    ["all well", [leaf, middle], "a.example", []],
    ["with the root at the end", [leaf, middle, root], "a.example", []],
    ["the intermediate is lacking", [leaf], "a.example", ["cert-chain-incomplete"], /ca\.example\/middle\.cer/],
    ["self-signed", [own], "a.example", ["cert-self-signed"]],
    ["another name", [leaf, middle], "b.example", ["cert-wrong-name"]],
    ["no DNS name", [srvOnly, middle], "a.example", ["cert-no-dns-name"]],
    ["ends soon", [soon, middle], "a.example", ["cert-expires-soon"], /in 5 days$/],
    ["has ended", [over, middle], "a.example", ["cert-expired"]],
    ["out of order", [leaf, root, middle], "a.example", ["cert-chain-order"], /Root follows a\.example/],
    ["more than the chain", [leaf, middle, root, own], "a.example", ["cert-chain-order"]],
    ["for servers only", [servers, middle], "a.example", ["cert-server-only"]],
  ];
  for (const [what, chain, name, codes, says] of rows) {
    const found = lint(
      chain.map(({ certificate }) => certificate),
      domain(name),
      trustStore([root.certificate]),
      noon,
    );
    assert.deepEqual(
      found.map(({ code }) => code),
      codes,
      `${what}: ${JSON.stringify(found)}`,
    );
    if (says !== undefined) assert.match(found[0]?.detail ?? "", says);
  }
});

test("of several certificates the valid one that lasts longest is shown (C4)", async () => {
  const root = await makeAuthority("Root");
  const of = async (name: string, from: number, to: number) => ({
    leaf: (await makeServer(name, root, { notBefore: noon + from * day, notAfter: noon + to * day })).certificate,
  });
  const expired = await of("a.example", -90, -1);
  const future = await of("a.example", 1, 900);
  const short = await of("a.example", -90, 10);
  const long = await of("a.example", -90, 60);
  const other = await of("b.example", -90, 90);
  const all = [expired, future, short, long, other];
  assert.equal(bestFor(domain("a.example"), all, noon), long);
  assert.equal(bestFor(domain("b.example"), all, noon), other);
  assert.equal(bestFor(domain("c.example"), all, noon), undefined);
  assert.equal(bestFor(domain("a.example"), [expired], noon), expired);
});

test("a report for people and for programs", async () => {
  const own = (await make("a.example", { names: { dns: ["a.example"] }, notAfter: noon + 30.5 * day })).certificate;
  const name = domain("a.example");
  const report = certificateReport(name, "/certs/a.example.pem", [own], lint([own], name, trustStore([]), noon), noon);
  assert.equal(report.daysLeft, 30);
  assert.equal(report.fingerprint, own.x509.fingerprint256);
  assert.equal(report.key, "EC 256, ECDSA with SHA-256");
  assert.deepEqual(
    report.warnings.map(({ code }) => code),
    ["cert-self-signed"],
  );
  const text = reportText([report, report]);
  assert.match(text, /^a\.example\n {2}file {5}\/certs\/a\.example\.pem\n {2}names {4}a\.example\n/);
  assert.match(text, /valid {4}2026-03-07 to 2026-07-16 \(30 days left\)\n/);
  assert.match(text, /warning {2}The certificate vouches only for itself\. \(a\.example\)\n {11}Add it to tls\.trust/);
  assert.match(text, /\n\na\.example\n/);
});
