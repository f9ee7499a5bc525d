import assert from "node:assert/strict";
import test from "node:test";
import { make } from "../../proofs/made-certificates.ts";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { writeDer } from "./der-writer.ts";
import { nameFault, provesDomain, readableNames, type XmppService } from "./identity.ts";
import { type ExtensionToWrite, type NamesToWrite, xmppNames } from "./write-extensions.ts";

function domain(text: string): DomainName {
  const parsed = parseDomainName(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

type Row = readonly [names: NamesToWrite, domain: string, proves: boolean, service?: XmppService];

const rows: readonly Row[] = [
  // dNSName, RFC 9525 §6.3
  [{ dns: ["a.example"] }, "a.example", true],
  [{ dns: ["A.Example"] }, "a.example", true],
  [{ dns: ["b.example", "a.example"] }, "A.EXAMPLE", true],
  [{ dns: ["a.example"] }, "b.a.example", false],
  [{ dns: ["a.example"] }, "example", false],
  [{ dns: ["xmpp.a.example"] }, "a.example", false],
  [{ dns: ["a.example\u0000.evil.example"] }, "a.example", false],
  [{ dns: ["a.example."] }, "a.example", false],
  [{ dns: [""] }, "a.example", false],
  [{ dns: ["*.a.example"] }, "b.a.example", true],
  [{ dns: ["*.a.example"] }, "a.example", false],
  [{ dns: ["*.a.example"] }, "c.b.a.example", false],
  [{ dns: ["b*.a.example"] }, "bc.a.example", false],
  [{ dns: ["*b.a.example"] }, "cb.a.example", false],
  [{ dns: ["c.*.example"] }, "c.b.example", false],
  [{ dns: ["*.*.example"] }, "c.b.example", false],
  [{ dns: ["*.example"] }, "a.example", false],
  [{ dns: ["*"] }, "localhost", false],
  [{ dns: ["*."] }, "localhost", false],
  // SRVName, RFC 4985 and RFC 6120 §13.7.1.2.1
  [{ srv: ["_xmpp-server.a.example"] }, "a.example", true],
  [{ srv: ["_XMPP-Server.A.example"] }, "a.example", true],
  [{ srv: ["_xmpp-server.a.example"] }, "a.example", false, "xmpp-client"],
  [{ srv: ["_xmpp-client.a.example"] }, "a.example", true, "xmpp-client"],
  [{ srv: ["_xmpp-client.a.example"] }, "a.example", false],
  [{ srv: ["_sip.a.example"] }, "a.example", false],
  [{ srv: ["_xmpp-server.*.a.example"] }, "b.a.example", true],
  [{ srv: ["_xmpp-server.*.a.example"] }, "a.example", false],
  [{ dns: ["_xmpp-server.a.example"] }, "a.example", false],
  // XmppAddr, RFC 6120 §13.7.1.4
  [{ xmppAddr: ["a.example"] }, "a.example", true],
  [{ xmppAddr: ["a.example"] }, "a.example", true, "xmpp-client"],
  [{ xmppAddr: ["romeo@a.example"] }, "a.example", false],
  [{ xmppAddr: ["a.example/home"] }, "a.example", false],
  [{ xmppAddr: ["*.a.example"] }, "b.a.example", false],
  // Other scripts: A-labels in dNSName and SRVName, either form in XmppAddr
  [{ dns: ["xn--bcher-kva.example"] }, "bücher.example", true],
  [{ dns: ["xn--bcher-kva.example"] }, "xn--bcher-kva.example", true],
  [{ dns: ["XN--BCHER-KVA.example"] }, "BÜCHER.example", true],
  [{ dns: ["*.example.org"] }, "bücher.example.org", true],
  [{ dns: ["*.xn--bcher-kva.example"] }, "chat.bücher.example", true],
  [{ srv: ["_xmpp-server.xn--bcher-kva.example"] }, "bücher.example", true],
  [{ xmppAddr: ["bücher.example"] }, "bücher.example", true],
  [{ xmppAddr: ["bu\u0308cher.example"] }, "bücher.example", true],
  [{ xmppAddr: ["xn--bcher-kva.example"] }, "bücher.example", true],
  [{ dns: ["bücher.example"] }, "bücher.example", false],
  [{ dns: ["xn--bcher-kva.example"] }, "bucher.example", false],
  // URIs and nothing
  [{ uri: ["xmpp:a.example"] }, "a.example", false],
  [{}, "a.example", false],
];

for (const [names, text, proves, service = "xmpp-server"] of rows) {
  test(`${JSON.stringify(names)} ${proves ? "proves" : "does not prove"} ${text} for ${service}`, async () => {
    const { certificate } = await make("Other", Object.keys(names).length === 0 ? {} : { names });
    assert.equal(provesDomain(certificate, domain(text), service), proves);
    assert.equal(nameFault(certificate, domain(text), service)?.code, proves ? undefined : "cert-wrong-name");
  });
}

function addresses(...bytes: readonly (readonly number[])[]): ExtensionToWrite {
  const value = writeDer(0x30, ...bytes.map((each) => writeDer(0x87, Uint8Array.from(each))));
  return { oid: "2.5.29.17", critical: false, value };
}

test("IP literals are proved by iPAddress alone", async () => {
  const six = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a];
  const { certificate } = await make("a", { extensions: [addresses([192, 0, 2, 1], six, [1, 2, 3])] });
  for (const text of ["192.0.2.1", "[2001:db8::1a]", "[2001:DB8:0:0::0:1A]"]) {
    assert.equal(provesDomain(certificate, domain(text), "xmpp-server"), true, text);
  }
  for (const text of ["192.0.2.2", "[2001:db8::1b]", "[::]"]) {
    assert.equal(provesDomain(certificate, domain(text), "xmpp-server"), false, text);
  }
  const dns = await make("192.0.2.1", { names: { dns: ["192.0.2.1"] } });
  assert.equal(provesDomain(dns.certificate, domain("192.0.2.1"), "xmpp-server"), false);
});

test("the common name counts only by the legacy switch, and only where it stands alone", async () => {
  const alone = (await make("a.example")).certificate;
  const wild = (await make("*.a.example")).certificate;
  const beside = (await make("a.example", { names: { dns: ["b.example"] } })).certificate;
  const legacy = { commonName: true };
  assert.equal(provesDomain(alone, domain("a.example"), "xmpp-server"), false);
  assert.equal(provesDomain(alone, domain("a.example"), "xmpp-server", legacy), true);
  assert.equal(provesDomain(wild, domain("b.a.example"), "xmpp-server", legacy), true);
  assert.equal(provesDomain(beside, domain("a.example"), "xmpp-server", legacy), false);
});

test("a wrong name is told with the names there are", async () => {
  const { certificate } = await make("a.example", { names: xmppNames(domain("bücher.example")) });
  assert.deepEqual(readableNames(certificate), [
    "xn--bcher-kva.example",
    "SRVName _xmpp-server.xn--bcher-kva.example",
    "SRVName _xmpp-client.xn--bcher-kva.example",
    "XmppAddr bücher.example",
  ]);
  const detail = nameFault(certificate, domain("c.example"), "xmpp-server")?.detail;
  assert.match(detail ?? "", /^it has xn--bcher-kva\.example, .*; wanted: c\.example$/);
  const bare = nameFault((await make("old.example")).certificate, domain("c.example"), "xmpp-server")?.detail;
  assert.equal(bare, "it has no name but the common name old.example; wanted: c.example");
});

test("what a stranger wrote into a name cannot act in a log", async () => {
  const { certificate } = await make("x", { names: { dns: ["a\u001b[31m.example", "b\r\nERROR"] } });
  assert.deepEqual(readableNames(certificate), ["a\\u001b[31m.example", "b\\u000d\\u000aERROR"]);
});
