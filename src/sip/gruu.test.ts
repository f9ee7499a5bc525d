import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredBinding } from "../base/store.ts";
import { publicGruu, readGruu, temporaryGruu } from "./gruu.ts";
import { parseSipUri, type SipUri } from "./uri.ts";

const secret = Buffer.alloc(32, 7);
const aor = "sip:callee@example.com";
const urn = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";

const device: StoredBinding = {
  key: "sip:callee@192.0.2.1",
  contact: "sip:callee@192.0.2.1",
  parameters: `;+sip.instance="<${urn}>"`,
  path: [],
  via: "",
  callId: "call",
  cseq: 1,
  userAgent: "",
  registeredAt: 0,
  expiresAt: 1,
};

function uri(text: string | undefined): SipUri {
  const read = parseSipUri(text ?? "");
  assert.ok(read.ok, text);
  return read.value;
}

test("the public GRUU is that of RFC 5627 §3.1.1 and leads to the instance", () => {
  const gruu = publicGruu(aor, `<${urn}>`);
  assert.equal(gruu, `sip:callee@example.com;gr=${urn}`);
  const read = readGruu(uri(gruu), secret);
  assert.equal(read?.user, "callee");
  assert.equal(read?.leadsTo(device), true);
  assert.equal(read?.leadsTo({ ...device, parameters: ';+sip.instance="<urn:uuid:other>"' }), false);
  assert.equal(read?.leadsTo({ ...device, parameters: "" }), false);
});

test("an instance with characters that a URI must escape comes back", () => {
  const instance = '<http://h/?a=b;c="d"%@>';
  const read = readGruu(uri(publicGruu(aor, instance)), secret);
  assert.equal(read?.leadsTo({ ...device, parameters: `;+sip.instance="${instance.replaceAll('"', '\\"')}"` }), true);
});

for (const instance of ["", urn, "<>", "<a<b>", "<a b>", "<ü>", `<${"x".repeat(257)}>`]) {
  test(`${instance.slice(0, 20) || "no instance"} has no GRUU`, () =>
    assert.equal(publicGruu(aor, instance), undefined));
}

test("a temporary GRUU is another one at each refresh, tells nothing, and leads to the device", () => {
  const first = temporaryGruu(aor, device, secret) ?? "";
  const second = temporaryGruu(aor, { ...device, cseq: 2 }, secret) ?? "";
  assert.match(first, /^sip:tgruu\.[0-9a-f]+@example\.com;gr$/);
  assert.notEqual(first.slice(0, 40), second.slice(0, 40));
  assert.doesNotMatch(first, /callee|63616c6c6565/);
  for (const each of [first, second]) {
    const read = readGruu(uri(each), secret);
    assert.equal(read?.user, "callee");
    assert.equal(read?.leadsTo({ ...device, cseq: 9 }), true);
    // RFC 5627 §5.1: another Call-ID ends the old ones.
    assert.equal(read?.leadsTo({ ...device, callId: "other" }), false);
    assert.equal(read?.leadsTo({ ...device, parameters: ';+sip.instance="<urn:uuid:other>"' }), false);
  }
});

test("what is no GRUU of ours leads nowhere", () => {
  const good = temporaryGruu(aor, device, secret) ?? "";
  const rows = [
    aor,
    "sip:example.com;gr",
    "sip:callee@example.com;gr",
    "sip:callee@example.com;gr=%ff",
    "sip:tgruu.@example.com;gr",
    `sip:tgruu.${"0".repeat(80)}@example.com;gr`,
    `sip:tgruu.${"00".repeat(600)}@example.com;gr`,
    good.replace(/;gr$/, ""),
    good.toUpperCase(),
    good.replace(/(tgruu\..{40})(.)/, (_, head, digit) => head + (digit === "0" ? "1" : "0")),
    good.replace(/(tgruu\.)(.)/, (_, head, digit) => head + (digit === "0" ? "1" : "0")),
  ];
  for (const each of rows) assert.equal(readGruu(uri(each), secret), undefined, each);
  assert.equal(readGruu(uri(good), Buffer.alloc(32, 8)), undefined);
});

test("names beyond ASCII go through; names without end have none", () => {
  const long = (length: number) => temporaryGruu(`sip:${"x".repeat(length)}@example.com`, device, secret);
  assert.equal(long(513), undefined);
  assert.equal(readGruu(uri(long(512)), secret)?.user, "x".repeat(512));
  const escaped = temporaryGruu("sip:j%C3%BCrgen@example.com", device, secret);
  assert.equal(readGruu(uri(escaped), secret)?.user, "j%C3%BCrgen");
});
