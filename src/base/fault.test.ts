import assert from "node:assert/strict";
import { test } from "node:test";
import { type FaultCode, fault, faults, rowOf, wordsFor } from "./fault.ts";
import { configFaults } from "./faults/config.ts";
import { dnsFaults } from "./faults/dns.ts";
import { linkFaults } from "./faults/link.ts";
import { pkiFaults } from "./faults/pki.ts";
import { sipFaults } from "./faults/sip.ts";
import { sipAnswerFaults } from "./faults/sip-answer.ts";
import { stanzaFaults } from "./faults/stanza.ts";
import { storeFaults } from "./faults/store.ts";
import { streamFaults } from "./faults/stream.ts";
import { xmlFaults } from "./faults/xml.ts";

const codes = Object.keys(faults) as FaultCode[];

test("no part of the table hides a row of another", () => {
  const parts = [
    xmlFaults,
    streamFaults,
    stanzaFaults,
    linkFaults,
    pkiFaults,
    dnsFaults,
    storeFaults,
    configFaults,
    sipFaults,
    sipAnswerFaults,
  ];
  assert.equal(
    codes.length,
    parts.reduce((count, part) => count + Object.keys(part).length, 0),
  );
});

test("every row has words for the user, advice for the operator, and a source", () => {
  for (const code of codes) {
    const row = rowOf(code);
    assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(row.user, /^[A-Z].*[.!]$/, code);
    assert.ok(row.advice.length > 10, code);
    assert.ok(row.cite.length > 3, code);
    if (row.sip !== undefined) assert.ok(row.sip >= 400 && row.sip < 700, code);
  }
});

test("what a user reads has the detail in brackets, when there is one", () => {
  assert.equal(wordsFor(fault("account-unknown")), "There is no such account.");
  assert.equal(wordsFor(fault("account-unknown", "x@y")), "There is no such account. (x@y)");
});
