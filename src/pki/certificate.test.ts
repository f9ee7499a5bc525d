import assert from "node:assert/strict";
import test from "node:test";
import { getCACertificates } from "node:tls";
import fc from "fast-check";
import { dnsConstraints, make, makeAuthority, makeServer, noon } from "../../proofs/made-certificates.ts";
import { isSignedBy, nameFor, readCertificate, readCertificates } from "./certificate.ts";
import { writeDer } from "./der-writer.ts";
import { toPem } from "./pem.ts";
import { trustStoreFrom } from "./trust-store.ts";

test("reads what was written", async () => {
  const root = await makeAuthority("Root", { authority: { pathLen: 3 }, extensions: [dnsConstraints(["example"])] });
  const { certificate } = await make("ours, the <best>", {
    issuer: root,
    names: {
      dns: ["a.example"],
      srv: ["_xmpp-server.a.example"],
      xmppAddr: ["bücher.example"],
      uri: ["sip:a.example"],
    },
  });
  assert.equal(certificate.version, 3);
  assert.equal(certificate.subject, "CN=ours\\, the \\<best\\>");
  assert.equal(certificate.issuer, "CN=Root");
  assert.equal(certificate.issuerKey, root.certificate.subjectKey);
  assert.equal(certificate.commonName, "ours, the <best>");
  assert.equal(certificate.notBefore, noon - 100 * 86_400_000);
  assert.equal(certificate.notAfter, noon + 100 * 86_400_000);
  assert.deepEqual(certificate.names, {
    dns: ["a.example"],
    srv: ["_xmpp-server.a.example"],
    xmppAddr: ["bücher.example"],
    uri: ["sip:a.example"],
    ip: [],
    email: [],
    other: [],
  });
  assert.deepEqual([certificate.isCa, certificate.pathLen], [false, undefined]);
  assert.deepEqual([root.certificate.isCa, root.certificate.pathLen], [true, 3]);
  assert.deepEqual(certificate.keyUsage, ["digitalSignature"]);
  assert.deepEqual(root.certificate.keyUsage, ["keyCertSign", "cRLSign"]);
  assert.deepEqual(certificate.extendedKeyUsage, ["serverAuth", "clientAuth"]);
  assert.equal(root.certificate.extendedKeyUsage, undefined);
  assert.deepEqual(certificate.signature, { text: "ECDSA with SHA-256", weak: false });
  assert.deepEqual([certificate.keyKind, certificate.keyBits], ["ec", 256]);
  assert.equal(certificate.issuerKeyId, root.certificate.keyId);
  assert.equal(root.certificate.nameConstraints?.permitted[0]?.text, "example");
  assert.equal(isSignedBy(certificate, root.certificate), true);
  assert.equal(isSignedBy(root.certificate, certificate), false);
});

test("reads every authority of the system and of Node, as node:crypto does", () => {
  for (const pem of new Set([...getCACertificates("system"), ...getCACertificates("bundled")])) {
    const read = readCertificates(pem);
    assert.ok(read.ok, pem);
    const [certificate] = read.value;
    assert.ok(certificate);
    const { x509 } = certificate;
    assert.equal(certificate.notBefore, x509.validFromDate.getTime());
    assert.equal(certificate.notAfter, x509.validToDate.getTime());
    assert.equal(certificate.serial.replace(/^0+/, ""), x509.serialNumber.toLowerCase().replace(/^0+/, ""));
    assert.equal(certificate.fingerprint256, x509.fingerprint256.replaceAll(":", "").toLowerCase());
    assert.equal(certificate.isCa, x509.ca);
    assert.deepEqual(certificate.criticalUnknown, []);
  }
});

test("what to call a certificate", async () => {
  assert.equal(nameFor((await make("a.example")).certificate), "a.example");
  assert.equal(nameFor((await make("", { names: { dns: ["b.example"] } })).certificate), "b.example");
  assert.match(nameFor((await make("")).certificate), /^the certificate with serial [0-9a-f]+$/);
  assert.equal(nameFor((await make("x\u202ey")).certificate), "x\\u202ey");
});

const broken: readonly [string, (der: Uint8Array) => Uint8Array, RegExp][] = [
  ["empty", () => new Uint8Array(0), /not a certificate/],
  ["cut short", (der) => der.subarray(0, -1), /not a certificate/],
  ["with something after it", (der) => Buffer.concat([der, Uint8Array.of(0)]), /not a certificate/],
  ["too large", () => new Uint8Array(70_000), /70000 bytes where at most 65536/],
  ["nested without end", () => nested(2_000), /not a certificate/],
];

for (const [what, change, says] of broken) {
  test(`a certificate that is ${what}`, async () => {
    const { certificate } = await make("a.example");
    const read = readCertificate(change(certificate.der));
    assert.ok(!read.ok);
    assert.equal(read.fault.code, "cert-unreadable");
    assert.match(read.fault.detail, says);
  });
}

function nested(depth: number): Uint8Array {
  let der: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < depth; at++) der = writeDer(0x30, der);
  return der;
}

const badExtensions: readonly [string, string, string][] = [
  ["a boolean that is neither true nor false", "2.5.29.19", "30030101aa"],
  ["a negative path length", "2.5.29.19", "30060101ff0201ff"],
  ["something after the path length", "2.5.29.19", "30090101ff020100020100"],
  ["no names in subjectAltName", "2.5.29.17", "3000"],
  ["an otherName without a value", "2.5.29.17", "300ca00a06082b06010505070805"],
  ["a GeneralName nobody defined", "2.5.29.17", "30028900"],
  ["no purposes", "2.5.29.37", "3000"],
  ["a length in more bytes than it needs", "2.5.29.37", "308102"],
  ["key usage that is no bit string", "2.5.29.15", "040101"],
];

for (const [what, oid, value] of badExtensions) {
  test(`an extension with ${what}`, async () => {
    await assert.rejects(
      make("a.example", { extensions: [{ oid, critical: false, value: Buffer.from(value, "hex") }] }),
      /the extension .* is malformed/,
    );
  });
}

test("the same extension twice", async () => {
  const one = { oid: "1.2.3.4", critical: false, value: Buffer.from("0500", "hex") };
  await assert.rejects(make("a.example", { extensions: [one, one] }), /the extension 1\.2\.3\.4 stands there twice/);
});

const edits: readonly [string, string, string, RegExp][] = [
  ["another algorithm outside than inside", "2a8648ce3d04030203", "2a8648ce3d04030303", /two signature algorithms/],
  ["extensions in version 2", "a003020102", "a003020101", /has extensions, but is not of version 3/],
  ["version 4", "a003020102", "a003020103", /its fields are not those/],
];

for (const [what, from, to, says] of edits) {
  test(`a certificate with ${what}`, async () => {
    const hex = Buffer.from((await make("a.example")).certificate.der).toString("hex");
    assert.ok(hex.includes(from));
    const read = readCertificate(Buffer.from(hex.replace(from, to), "hex"));
    assert.ok(!read.ok);
    assert.match(read.fault.detail, says);
  });
}

test("whatever the bytes, reading ends with a certificate or a fault", async () => {
  const root = await makeAuthority("Root", { extensions: [dnsConstraints(["a.example"], ["b.example"])] });
  const names = { dns: ["a.example", "*.a.example"], srv: ["_xmpp-server.a.example"], xmppAddr: ["bücher.example"] };
  const samples = [root.certificate.der, (await makeServer("a.example", root, { names })).certificate.der];
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
  let readable = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), changes, fc.nat({ max: 20 }), (der, edits, cut) => {
      const copy = Uint8Array.from(der).subarray(0, cut === 0 ? der.byteLength - 1 : der.byteLength);
      for (const [at, byte] of edits) copy[at % copy.byteLength] = byte;
      const read = readCertificate(copy);
      if (read.ok) readable++;
      else assert.equal(read.fault.code, "cert-unreadable");
    }),
    { numRuns: 3_000, seed: 7 },
  );
  assert.ok(readable > 100);
});

test("a store takes each certificate once, and reports what it cannot read", async () => {
  const [one, two] = [await makeAuthority("One"), await makeAuthority("Two")];
  const { store, faults } = trustStoreFrom([
    { name: "a.pem", text: `# ours\n${one.pem}${two.pem}\n${one.pem}` },
    { name: "b.pem", text: two.pem.replaceAll("\n", "\r\n") },
    { name: "c.pem", text: toPem(Uint8Array.of(0x30, 0)) + one.pem },
    { name: "d.pem", text: "nothing" },
    { name: "e.pem", text: one.pem.slice(0, 200) },
  ]);
  assert.deepEqual(
    store.certificates.map(({ commonName }) => commonName),
    ["One", "Two"],
  );
  assert.equal(store.has(one.certificate), true);
  assert.equal(store.has((await makeAuthority("One")).certificate), false);
  assert.deepEqual(
    faults.map(({ detail }) => detail),
    [
      "c.pem, certificate 1: it is not a certificate in DER",
      "d.pem: no CERTIFICATE in the file",
      "e.pem: the file is cut short inside CERTIFICATE",
    ],
  );
});
