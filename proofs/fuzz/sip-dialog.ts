import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import { advanced, answeredIn, type Dialog, partsIn, receivedIn } from "../../src/sip/dialog.ts";
import { confirmedDialog, notifiedDialog, type Sent, uacDialog, uasDialog } from "../../src/sip/dialog-creation.ts";
import { isLoose, uriOf, wayFrom } from "../../src/sip/dialog-route.ts";
import { parseMessage, type SipMessage } from "../../src/sip/message.ts";
import { refusedOptions, requires, supports } from "../../src/sip/option-tags.ts";
import { requestBytes } from "../../src/sip/request.ts";
import { cancelledKey, isAckOf, mergeKey, serverKey } from "../../src/sip/transaction-key.ts";

export const name = "SIP dialogs, routes and transaction keys";

type Random = (limit: number) => number;

const limits = limitsWith();
const ourVia = "SIP/2.0/TLS sip.ours.example:5061;branch=z9hG4bKours";
const sent: Sent = {
  uri: "sip:alice@contoso.example",
  from: '"Bob" <sip:bob@ours.example>;tag=us1',
  to: "<sip:alice@contoso.example>",
  callId: "c1",
  cseq: 5,
};

/**
 * Random dialogs: whole ones keep every route byte for byte through all that happens in them, and write requests that read
 * back as what they were made of; damaged ones never throw, and never write more than one request.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const routes = Array.from({ length: random(6) }, () => route(random));
    whole(random, routes);
    damaged(random, routes);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const uriText = "abcXYZ019-_.!~*'()%41%3b&=+$/:[]";
/** Characters a URI's parameter may have, escapes whole. */
function run(random: Random): string {
  const pieces = uriText.match(/%..|./g) ?? [];
  return Array.from({ length: 1 + random(12) }, () =>
    one(
      random,
      pieces.filter((piece) => !"&=".includes(piece)),
    ),
  ).join("");
}

function uri(random: Random, lr: boolean): string {
  const parameters = [
    "transport=tls",
    "ms-fe=fe1.example",
    "opaque=state:F:Ci.R5f00",
    `ms-route-sig=${run(random)}`,
    `x${random(9)}`,
  ];
  const list = parameters.filter(() => random(2) === 0);
  if (lr) list.splice(random(list.length + 1), 0, one(random, ["lr", "LR", "lr=on"]));
  const user = one(random, ["", "u@", "a;lr@", "p%40q@", "s?t@"]);
  const host = one(random, ["edge.example", "Edge.Example:5061", "192.0.2.7", "[2001:db8::1]:5061"]);
  return `${one(random, ["sip:", "SIP:", "sips:"])}${user}${host}${list.map((each) => `;${each}`).join("")}`;
}

function route(random: Random): string {
  const display = one(random, ["", "", '"a, <b> \\" ;lr" ', "Edge "]);
  return `${display}<${uri(random, random(4) > 0)}>${one(random, ["", "", ";q=1", ';x="a,b"'])}`;
}

/** One or several fields, in any spelling, with the values in order. */
function recorded(random: Random, routes: readonly string[]): string {
  let text = "";
  for (let at = 0; at < routes.length; ) {
    const some = routes.slice(at, at + 1 + random(3));
    at += some.length;
    text += `${one(random, ["Record-Route", "RECORD-ROUTE", "record-route"])}: ${some.join(one(random, [",", ", ", " ,\r\n "]))}\r\n`;
  }
  return text;
}

const methods = ["INVITE", "SUBSCRIBE", "NOTIFY", "BENOTIFY", "MESSAGE", "INFO", "BYE", "UPDATE", "ACK", "CANCEL"];

function requestText(random: Random, headers: string, toTag: string, cseq: number): string {
  const method = one(random, methods);
  const via = one(random, [
    "SIP/2.0/TLS 203.0.113.9:5061;branch=z9hG4bKAB12.0",
    'SIP/2.0/TLS 10.1.1.5:50123;ms-internal-info="a;,b"',
  ]);
  const contact = `Contact: ${one(random, ["", "Alice "])}<${uri(random, false)}>\r\n`;
  const more = one(random, [
    "",
    "k: ms-dialog-route-set-update\r\n",
    "Require: foo, 100rel\r\n",
    "Max-Forwards: 0\r\n",
  ]);
  const from = `From: "Alice" <sip:alice@contoso.example>;tag=t9${one(random, ["", ";epid=d6277c8671"])}`;
  return `${method} sip:bob@ours.example SIP/2.0\r\nVia: ${via}\r\n${from}\r\nTo: <sip:bob@ours.example>${toTag}\r\nCall-ID: c1\r\nCSeq: ${cseq} ${method}\r\n${contact}${more}${headers}\r\n`;
}

function responseText(random: Random, headers: string): string {
  const status = one(random, [100, 180, 200, 202, 302, 404]);
  const contact = `m: <${uri(random, false)}>\r\n`;
  return `SIP/2.0 ${status} x\r\nVia: ${ourVia}\r\nFrom: ${sent.from}\r\nTo: ${sent.to};tag=t9\r\nCall-ID: c1\r\nCSeq: 5 ${one(random, methods)}\r\n${contact}${headers}\r\n`;
}

function read(text: string): SipMessage | undefined {
  const message = parseMessage(Buffer.from(text, "latin1"), limits);
  return message.ok ? message.value : undefined;
}

function whole(random: Random, routes: readonly string[]): void {
  const headers = recorded(random, routes);
  const request = read(requestText(random, headers, "", 1));
  assert.ok(request !== undefined, "a whole request was not read");
  const begun = uasDialog(request, { tag: "us1" }, limits);
  assert.ok(begun.ok, "a whole request begins a dialog");
  assert.deepEqual(begun.value.routes, routes);
  let dialog = begun.value;
  for (let turn = random(6); turn > 0; turn--) {
    const later = read(requestText(random, random(2) === 0 ? headers : "", ";tag=us1", random(12)));
    assert.ok(later !== undefined);
    const next = receivedIn(dialog, later, limits);
    assert.ok(next.ok || next.fault.code === "sip-out-of-order");
    if (next.ok) {
      assert.ok(next.value.remoteSeq >= dialog.remoteSeq);
      dialog = next.value;
    }
    assert.deepEqual(dialog.routes, routes);
    writes(advanced(dialog), routes);
  }
  const response = read(responseText(random, headers));
  assert.ok(response !== undefined);
  const made = uacDialog(sent, response, limits);
  if (made.ok) writes(made.value, routes.toReversed());
}

/** A request of ours reads back: over loose routers with all routes, over a strict one turned as R4 has it. */
function writes(dialog: Dialog, routes: readonly string[]): void {
  assert.deepEqual(JSON.parse(JSON.stringify(dialog)), dialog);
  const written = read(requestBytes(partsIn(dialog, "MESSAGE", ourVia)).toString("latin1"));
  assert.ok(written !== undefined, "what we write was not read");
  const [first] = routes;
  const router = first === undefined ? undefined : uriOf(first);
  if (router === undefined || isLoose(router)) {
    assert.deepEqual([written.uri, written.values("route")], [dialog.target, routes]);
  } else {
    assert.deepEqual([written.uri, written.values("route")], [router, [...routes.slice(1), `<${dialog.target}>`]]);
  }
  assert.deepEqual([written.to?.text, written.from?.text], [dialog.remote, dialog.local]);
}

/** Some of it replaced, doubled or cut away. */
function spoilt(random: Random, text: string): string {
  let spoiled = text;
  for (let hits = 1 + random(6); hits > 0; hits--) {
    const at = random(spoiled.length);
    const to = at + random(8);
    const put = one(random, [
      "",
      "\r\n",
      " ",
      "<",
      ">",
      ";",
      ",",
      '"',
      "@",
      "?",
      "\\",
      "%",
      ":",
      "\0",
      "\xe9",
      String.fromCharCode(random(256)),
      spoiled.slice(at, to + 40),
    ]);
    spoiled = spoiled.slice(0, at) + put + spoiled.slice(to);
  }
  return spoiled;
}

function damaged(random: Random, routes: readonly string[]): void {
  const headers = recorded(random, routes);
  const message = read(
    spoilt(random, random(2) === 0 ? requestText(random, headers, "", 1) : responseText(random, headers)),
  );
  if (message === undefined) return;
  for (const known of [serverKey(message), cancelledKey(message), mergeKey(message)]) {
    assert.ok(known === undefined || !`${known.kind}${known.key}`.includes("\r"));
  }
  isAckOf(message, "x");
  const refused = refusedOptions(message);
  assert.ok(refused === undefined || /^[!-~]+(?:, [!-~]+)*$/.test(refused), "Unsupported is no list of tokens");
  supports(message, "x");
  requires(message, "x");
  wayFrom(message, (text) => text.includes("edge"));
  const dialogs = [
    uasDialog(message, { tag: "us1" }, limits),
    uacDialog(sent, message, limits),
    notifiedDialog(sent, message, limits),
  ];
  for (const made of dialogs) {
    if (!made.ok) continue;
    const text = requestBytes(partsIn(made.value, "BYE", ourVia)).toString("latin1");
    assert.equal(text.indexOf("\r\n\r\n"), text.length - 4, "more than one request was written");
    for (const change of [confirmedDialog, receivedIn, answeredIn]) {
      const next = change(made.value, message, limits);
      if (next.ok) assert.deepEqual(JSON.parse(JSON.stringify(next.value)), next.value);
    }
  }
}
