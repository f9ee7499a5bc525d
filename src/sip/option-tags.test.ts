import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { parseMessage, type SipMessage } from "./message.ts";
import { refusedOptions, requires, supportedOptions, supports } from "./option-tags.ts";

function subscribe(headers: string, method = "SUBSCRIBE"): SipMessage {
  const lines = headers === "" ? "" : `${headers.trim().replaceAll(/\n\s*/g, "\r\n")}\r\n`;
  const text = `${method} sip:bob@ours.example SIP/2.0\r\nVia: SIP/2.0/TLS a.example;branch=z9hG4bK1\r\n${lines}\r\n`;
  const message = parseMessage(Buffer.from(text), limitsWith());
  assert.ok(message.ok);
  return message.value;
}

/** What stands in the request, and what the 420 lists. */
const table: readonly (readonly [headers: string, refused: string | undefined])[] = [
  ["", undefined],
  ["Require: outbound", undefined],
  ["Require: OutBound , gruu", undefined],
  ["Require: 100rel", "100rel"],
  ["Require: com.microsoft.rtc-multiparty", "com.microsoft.rtc-multiparty"], // sip-wire 3.6
  ["Proxy-Require: ms-benotify", undefined], // R12
  ["Proxy-Require: ms-other", "ms-other"], // R12
  ["Proxy-Require: privacy\nRequire: 100rel, path\nRequire: Foo", "100rel, Foo, privacy"],
  ["Require: 100rel, 100rel", "100rel"],
  [
    "Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: noProxiesSupportThis", // RFC 4475 §3.3.5
    "nothingSupportsThis, nothingSupportsThisEither, noProxiesSupportThis",
  ],
  ["Require:", undefined],
  ["Require: path,", undefined],
  ["Require: a b", "invalid"],
  ["Require: constructor", "constructor"],
  ["Supported: 100rel, foo", undefined],
];

test("§8.2.2.3: what is required and not understood is refused, and listed", () => {
  for (const [headers, refused] of table) assert.equal(refusedOptions(subscribe(headers)), refused, headers);
});

test("§8.2.2.3: in ACK and CANCEL it is ignored", () => {
  for (const method of ["ACK", "CANCEL"]) {
    assert.equal(refusedOptions(subscribe("Require: 100rel\nProxy-Require: foo", method)), undefined);
  }
});

test("what a Microsoft user sends is understood (sip-wire 2.3)", () => {
  const message = subscribe(`
    Supported: com.microsoft.autoextend
    Supported: ms-benotify
    Proxy-Require: ms-benotify
    Supported: ms-piggyback-first-notify`);
  assert.equal(refusedOptions(message), undefined);
  assert.ok(requires(message, "ms-benotify") && supports(message, "ms-piggyback-first-notify"));
  assert.ok(!supports(message, "timer") && !requires(message, "com.microsoft.autoextend"));
});

test("§20.37: Supported may come in several fields, in its short form, in any case", () => {
  const message = subscribe("k: Timer ,path\nSUPPORTED: Gruu\nRequire: outbound");
  for (const tag of ["timer", "path", "gruu", "outbound"]) assert.ok(supports(message, tag), tag);
  assert.ok(!supports(message, "gru") && !supports(subscribe(""), "path"));
});

test("we announce what we serve, and no word of Microsoft's (R11)", () => {
  assert.equal(supportedOptions, "path, outbound, gruu, eventlist, recipient-list-subscribe");
});
