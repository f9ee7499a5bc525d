import assert from "node:assert/strict";
import { test } from "node:test";
import { type FaultCode, fault, faults, rowOf, wordsFor } from "../base/fault.ts";
import type { StanzaCondition } from "../base/faults/row.ts";
import { el } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import { ns } from "../xmpp/ns.ts";
import { errorText, readStanzaError } from "../xmpp/stanza-error.ts";
import {
  faultOfMsrp,
  faultOfRefusal,
  faultOfStatus,
  movedStatus,
  statusOf,
  statusOfCondition,
  statusOfMsrp,
  statusTable,
} from "./errors.ts";

/** RFC 7247 §6.1, Table 2, written out: condition, status for a full and for a bare address, the same toward a partner. */
const table2: readonly [condition: StanzaCondition, full: number, bare: number, partner: number][] = [
  ["bad-request", 400, 400, 400],
  ["conflict", 400, 400, 400],
  ["feature-not-implemented", 405, 501, 501],
  ["forbidden", 403, 603, 403],
  ["gone", 410, 410, 410],
  ["internal-server-error", 500, 500, 500],
  ["item-not-found", 404, 604, 404],
  ["jid-malformed", 400, 400, 400],
  ["not-acceptable", 406, 606, 406],
  ["not-allowed", 403, 403, 403],
  ["not-authorized", 401, 401, 403],
  ["policy-violation", 403, 403, 403],
  ["recipient-unavailable", 480, 600, 480],
  ["redirect", 302, 302, 302],
  ["registration-required", 407, 407, 403],
  ["remote-server-not-found", 404, 404, 404],
  ["remote-server-timeout", 408, 408, 408],
  ["resource-constraint", 500, 500, 500],
  ["service-unavailable", 403, 403, 403],
  ["subscription-required", 400, 400, 400],
  ["undefined-condition", 400, 400, 400],
  ["unexpected-request", 400, 400, 400],
];

test("K-2, RFC 7247 Table 2: an XMPP error becomes a status, never 503", () => {
  assert.equal(table2.length, Object.keys(statusTable).length);
  for (const [condition, full, bare, partner] of table2) {
    assert.equal(statusOfCondition(condition, true), full, condition);
    assert.equal(statusOfCondition(condition, false), bare, condition);
    assert.equal(statusOfCondition(condition, false, "federation"), partner, condition);
  }
  assert.equal(movedStatus("sip:new@there.example"), 301);
  assert.equal(movedStatus(undefined), 410);
});

test("R19: no fault makes a partner sign in, stop forking, or give up the route", () => {
  for (const code of Object.keys(faults) as FaultCode[]) {
    for (const full of [true, false]) {
      const status = statusOf(fault(code), full, "federation");
      assert.ok(status >= 300 && status < 600 && ![401, 407, 503].includes(status), `${code} ${status}`);
      const own = rowOf(code).sip;
      if (own !== undefined) assert.equal(statusOf(fault(code), full), own, code);
    }
  }
  assert.equal(statusOf(fault("sip-overloaded"), false), 503);
  assert.equal(statusOf(fault("sip-overloaded"), false, "federation"), 500);
  assert.equal(statusOf(fault("resource-conflict"), true), 400, "no status of its own: Table 2");
  assert.equal(statusOf(fault("listen-failed"), true), 500, "nothing a peer is told of");
});

/** RFC 7247 §6.2, Table 3, written out. */
const table3: readonly [condition: StanzaCondition, statuses: readonly number[]][] = [
  ["redirect", [300, 302, 305, 399]],
  ["gone", [301, 410]],
  ["not-acceptable", [380, 406, 415, 416, 421, 482, 483, 488, 505, 606]],
  ["bad-request", [400, 402, 493, 499]],
  ["not-authorized", [401]],
  ["forbidden", [403]],
  ["item-not-found", [404, 481, 484, 485, 604]],
  ["feature-not-implemented", [405, 420, 439, 501]],
  ["registration-required", [407]],
  ["remote-server-timeout", [408, 504]],
  ["policy-violation", [413, 414, 440, 489, 513]],
  ["resource-constraint", [423]],
  ["recipient-unavailable", [430, 480, 486, 487, 600, 603, 699]],
  ["unexpected-request", [491]],
  ["internal-server-error", [500, 503, 599]],
  ["remote-server-not-found", [502]],
];

test("K-9, RFC 7247 Table 3: a SIP answer becomes an XMPP error, with its type", () => {
  for (const [condition, statuses] of table3) {
    for (const status of statuses) {
      const text = errorText(faultOfStatus(status));
      const error = read(Buffer.from(`<message type='error'>${text}</message>`), {
        contentNs: ns.client,
        prefixes: {},
      });
      const said = readStanzaError(error);
      assert.equal(said.condition, condition, String(status));
      assert.match(text, /^<error type='(?:auth|cancel|modify|wait)'>/);
    }
  }
});

test("K-2: what an XMPP server says comes out as a SIP status", () => {
  const stanza = el(
    "message",
    ns.client,
    { type: "error" },
    el("error", ns.client, { type: "cancel" }, el("item-not-found", ns.stanzas)),
  );
  assert.equal(statusOfCondition(readStanzaError(stanza).condition, true), 404);
});

test("Y-5: every answer is told in a sentence, with the status and what the other side says", () => {
  for (let status = 300; status < 700; status++) {
    const words = wordsFor(faultOfStatus(status, "Some Reason"));
    assert.match(words, /^[A-Z][^(]{10,}[.!] \(\d{3} Some Reason\)$/, String(status));
    assert.doesNotMatch(words, /TODO/);
  }
  assert.equal(wordsFor(faultOfStatus(486)), "That person does not want to be disturbed just now. (486)");
  assert.equal(wordsFor(faultOfStatus(404, "Not Found")), "Nobody by that address exists there. (404 Not Found)");
});

test("RFC 4975 §10: what MSRP says, and what is said over it", () => {
  const codes = [400, 403, 408, 413, 415, 423, 481, 501, 506].map((status) => faultOfMsrp(status).code);
  assert.deepEqual(codes, [
    "answered-bad-request",
    "answered-forbidden",
    "sip-timeout",
    "answered-too-large",
    "sip-media-type",
    "answered-too-large",
    "answered-nobody",
    "answered-not-implemented",
    "answered-pending",
  ]);
  const said = [
    "sip-media-type",
    "sip-too-large",
    "sip-malformed",
    "sip-timeout",
    "forbidden",
    "service-unavailable",
  ] as const;
  assert.deepEqual(
    said.map((code) => statusOfMsrp(fault(code))),
    [415, 413, 400, 408, 403, 403],
  );
});

test("what the other side says is kept short and on one line", () => {
  assert.equal(faultOfStatus(403, "a\r\nb\x1b[2J").detail, "403 a b [2J");
  assert.equal(faultOfStatus(403, "a".repeat(5000)).detail.length, 104);
  assert.equal(faultOfStatus(200).code, "answered-server-failed");
  assert.equal(faultOfStatus(0).code, "answered-server-failed");
});

test("sip-wire 4.3: 504 of a Microsoft server means what its diagnostics say, and who asked reads them", () => {
  const shown = (status: number, id?: number) => {
    const { code, detail } = faultOfRefusal(status, id === undefined ? undefined : { id, reason: "because" });
    return `${code}: ${detail}`;
  };
  for (const id of [1005, 1008, 1009, 1010]) {
    assert.equal(shown(504, id), `remote-server-not-found: 504 their server says ${id} because`);
  }
  for (const id of [1001, 1002, 1012])
    assert.equal(shown(504, id), `answered-forbidden: 504 their server says ${id} because`);
  assert.equal(shown(504, 1007), "sip-timeout: 504 their server says 1007 because");
  assert.equal(shown(403, 1005), "answered-forbidden: 403 their server says 1005 because");
  assert.equal(shown(480), "recipient-unavailable: 480");
  // 3.5: a filter of theirs says so by a warning
  assert.equal(faultOfRefusal(606, { id: 16000, reason: "URL" }, 309).code, "answered-content-blocked");
  assert.equal(faultOfRefusal(606, undefined, 304).code, "answered-not-acceptable");
  assert.equal(faultOfRefusal(486, undefined, 309).code, "answered-busy");
});
