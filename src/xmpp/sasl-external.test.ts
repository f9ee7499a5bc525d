import assert from "node:assert/strict";
import { test } from "node:test";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { externalAuth, readExternal, readExternalResponse } from "./sasl-external.ts";

function domain(text: string): DomainName {
  const found = parseDomainName(text);
  assert.ok(found.ok);
  return found.value;
}

const from = domain("foreign.example");
const base64 = (text: string) => Buffer.from(text).toString("base64");

test("EXTERNAL names a domain, or leaves it to the stream (XEP-0178 §3)", () => {
  const rows: readonly [data: string, from: DomainName | undefined, result: string][] = [
    [base64("foreign.example"), from, "foreign.example"],
    [base64("Foreign.Example"), from, "foreign.example"],
    [base64("foreign.example"), undefined, "foreign.example"],
    ["=", from, "foreign.example"],
    ["=", undefined, "sasl-invalid-authzid"],
    ["", from, "ask"],
    [base64("other.example"), from, "sasl-invalid-authzid"],
    [base64("alice@foreign.example"), from, "sasl-invalid-authzid"],
    ["Zm9yZWlnbi5leGFtcGxl!", from, "sasl-incorrect-encoding"],
    ["Zg", from, "sasl-incorrect-encoding"],
  ];
  for (const [data, header, result] of rows) {
    const found = readExternal(data, header);
    assert.equal(found.ok ? found.value : found.fault.code, result, data);
  }
  assert.deepEqual(readExternalResponse("", from), { ok: true, value: from });
  assert.deepEqual(readExternalResponse(base64("foreign.example"), from), { ok: true, value: from });
  assert.equal(readExternalResponse(base64("other.example"), from).ok, false);
});

test("what we send, we accept", () => {
  const data = />([^<]*)</.exec(externalAuth(from))?.[1] ?? "";
  assert.deepEqual(readExternal(data, from), { ok: true, value: from });
});
