import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { keyOf, receivedIn } from "./dialog.ts";
import { confirmedDialog, notifiedDialog, type Sent, uacDialog, uasDialog } from "./dialog-creation.ts";
import { keyOfRequest, keyOfResponse } from "./dialog-key.ts";
import { parseMessage, type SipMessage } from "./message.ts";
import { responseBytes } from "./response.ts";

const limits = limitsWith();

function read(text: string | Buffer): SipMessage {
  const message = parseMessage(Buffer.from(text), limits);
  assert.ok(message.ok);
  return message.value;
}

/** sip-wire 1.4: a SUBSCRIBE as a Microsoft edge sends it. */
const fromEdge = (changes: (text: string) => string = (text) => text) =>
  read(
    changes(
      [
        "SUBSCRIBE sip:bob@ours.example SIP/2.0",
        "Via: SIP/2.0/TLS 203.0.113.9:5061;branch=z9hG4bKAB12.0;branched=FALSE",
        "RECORD-ROUTE: <sip:sipfed.contoso.example:5061;transport=tls;lr;ms-key-info=jA+/=;ms-route-sig=gA==>",
        "RECORD-ROUTE: <sip:pool01.contoso.example:5061;transport=tls;ms-fe=fe1.contoso.example;opaque=state:F:Ci.R5f00;lr>",
        'From: "Alice" <sip:alice@contoso.example>;tag=38209ebf3e;epid=d6277c8671',
        "To: <sip:bob@ours.example>",
        "Call-ID: 23ffb7f278764277871f",
        "CSeq: 1 SUBSCRIBE",
        "Contact: <sip:alice@contoso.example;opaque=user:epid:hQ0SP_5rl16D4JvbBGGtAQAA;gruu>",
        "",
        "",
      ].join("\r\n"),
    ),
  );

const created = {
  callId: "23ffb7f278764277871f",
  localTag: "us1",
  remoteTag: "38209ebf3e",
  local: "<sip:bob@ours.example>;tag=us1",
  remote: '"Alice" <sip:alice@contoso.example>;tag=38209ebf3e;epid=d6277c8671',
  localSeq: 0,
  remoteSeq: 1,
  target: "sip:alice@contoso.example;opaque=user:epid:hQ0SP_5rl16D4JvbBGGtAQAA;gruu",
  routes: [
    "<sip:sipfed.contoso.example:5061;transport=tls;lr;ms-key-info=jA+/=;ms-route-sig=gA==>",
    "<sip:pool01.contoso.example:5061;transport=tls;ms-fe=fe1.contoso.example;opaque=state:F:Ci.R5f00;lr>",
  ],
  routesMayChange: false,
  confirmed: true,
  secure: false,
};

test("§12.1.1: the dialog a request begins, with the routes in order and byte for byte (R3, R5)", () => {
  const dialog = uasDialog(fromEdge(), { tag: "us1" }, limits);
  assert.deepEqual(dialog, { ok: true, value: created });
  assert.deepEqual(JSON.parse(JSON.stringify(created)), created);
});

test("§12.1.1: our From in it is the To of our responses, and has our epid when we have one", () => {
  const answer = read(responseBytes(fromEdge(), 200, { toTag: "us1" }, { address: "203.0.113.9", port: 5061 }));
  assert.equal(answer.to?.text, created.local);
  const dialog = uasDialog(fromEdge(), { tag: "us1", epid: "0123456789ab" }, limits);
  assert.ok(dialog.ok);
  assert.equal(dialog.value.local, `${created.local};epid=0123456789ab`);
});

test("§12.1.1: what a request lacks or has too much of", () => {
  const code = (changes: (text: string) => string) => {
    const dialog = uasDialog(fromEdge(changes), { tag: "us1" }, limits);
    return dialog.ok ? "ok" : dialog.fault.code;
  };
  const route = "RECORD-ROUTE: <sip:r.example;lr>\r\n";
  assert.equal(
    code((text) => text.replace(/Contact.*\r\n/, "")),
    "sip-malformed",
  );
  assert.equal(
    code((text) => text.replace(/Contact.*\r\n/, "Contact: *\r\n")),
    "sip-malformed",
  );
  assert.equal(
    code((text) => text.replace(/Contact.*\r\n/, "Contact: <mailto:alice@contoso.example>\r\n")),
    "sip-malformed",
  );
  assert.equal(
    code((text) => text.replace("opaque=", `x=${"y".repeat(2_048)};opaque=`)),
    "sip-uri-too-long",
  );
  assert.equal(
    code((text) => text.replace("To: <sip:bob@ours.example>", "To: <sip:bob@ours.example>;tag=x")),
    "sip-no-dialog",
  );
  assert.equal(
    code((text) => text.replace("From:", `${route.repeat(18)}From:`)),
    "ok",
  );
  assert.equal(
    code((text) => text.replace("From:", `${route.repeat(19)}From:`)),
    "sip-too-large",
  );
  assert.equal(
    code((text) => text.replace("From:", "Record-Route: <sip:r.example;lr\r\nFrom:")),
    "sip-malformed",
  );
  assert.equal(
    code((text) => text.replace("From:", `Record-Route: <sip:${"r".repeat(2_050)};lr>\r\nFrom:`)),
    "sip-uri-too-long",
  );
});

test("RFC 2543 §6.37: who knows no tags has a dialog all the same", () => {
  const dialog = uasDialog(
    fromEdge((text) => text.replace(";tag=38209ebf3e", "")),
    { tag: "us1" },
    limits,
  );
  assert.ok(dialog.ok);
  assert.equal(dialog.value.remoteTag, "");
});

test("§12.1.1: sips makes it secure, and who says so may change the routes", () => {
  const secure = fromEdge((text) =>
    text.replace("SUBSCRIBE sip:", "SUBSCRIBE SIPS:").replace("From:", "k: ms-dialog-route-set-update\r\nFrom:"),
  );
  const dialog = uasDialog(secure, { tag: "us1" }, limits);
  assert.ok(dialog.ok);
  assert.deepEqual([dialog.value.secure, dialog.value.routesMayChange], [true, true]);
});

const sent: Sent = {
  uri: "sip:alice@contoso.example",
  from: '"Bob" <sip:bob@ours.example>;tag=us1;epid=0123456789ab',
  to: "<sip:alice@contoso.example>",
  callId: "c1",
  cseq: 5,
};

const answer = (status: number, to: string, headers: string) =>
  read(
    `SIP/2.0 ${status} x\r\nVia: SIP/2.0/TLS sip.ours.example;branch=z9hG4bK1\r\nFrom: ${sent.from}\r\nTo: ${to}\r\nCall-ID: c1\r\nCSeq: 5 INVITE\r\n${headers}\r\n`,
  );

const far = "<sip:alice@contoso.example>;tag=t9;epid=d6277c8671";
const recorded =
  "Record-Route: <sip:near.example;lr>, <sip:middle.example;lr>\r\nrecord-route: <sip:far.example;lr;x=%41>\r\n";
const contact = "m: <sip:alice@192.0.2.9:5061;transport=tls>\r\n";

test("§12.1.2: the dialog a response makes, with the routes turned round", () => {
  const dialog = uacDialog(sent, answer(200, far, recorded + contact), limits);
  assert.deepEqual(dialog, {
    ok: true,
    value: {
      callId: "c1",
      localTag: "us1",
      remoteTag: "t9",
      local: sent.from,
      remote: far,
      localSeq: 5,
      remoteSeq: -1,
      target: "sip:alice@192.0.2.9:5061;transport=tls",
      routes: ["<sip:far.example;lr;x=%41>", "<sip:middle.example;lr>", "<sip:near.example;lr>"],
      routesMayChange: false,
      confirmed: true,
      secure: false,
    },
  });
  assert.ok(dialog.ok);
  assert.equal(keyOf(dialog.value), keyOfResponse(answer(200, far, "")));
});

/** Status and To, and what comes of it. */
const answers: readonly (readonly [number, string, string])[] = [
  [100, far, "sip-no-dialog"],
  [180, sent.to, "sip-no-dialog"],
  [101, far, "early"],
  [180, far, "early"],
  [183, far, "early"],
  [200, far, "confirmed"],
  [299, far, "confirmed"],
  [200, sent.to, "confirmed"], // RFC 2543
  [300, far, "sip-no-dialog"],
  [486, far, "sip-no-dialog"],
];

test("§12.1: which responses make a dialog", () => {
  for (const [status, to, outcome] of answers) {
    const dialog = uacDialog(sent, answer(status, to, contact), limits);
    assert.equal(
      dialog.ok ? (dialog.value.confirmed ? "confirmed" : "early") : dialog.fault.code,
      outcome,
      `${status} ${to}`,
    );
  }
});

test("a 2xx without Contact leaves the target where the request went", () => {
  const dialog = uacDialog(sent, answer(200, far, ""), limits);
  assert.ok(dialog.ok);
  assert.equal(dialog.value.target, sent.uri);
});

test("§13.2.2.4: the 2xx of an early dialog decides its routes and target anew", () => {
  const early = uacDialog(sent, answer(180, far, `Record-Route: <sip:old.example;lr>\r\n${contact}`), limits);
  assert.ok(early.ok);
  const moved = "Contact: <sip:alice@192.0.2.10>\r\n";
  const dialog = confirmedDialog(early.value, answer(200, far, recorded + moved), limits);
  assert.ok(dialog.ok);
  const { confirmed, target, routesMayChange } = dialog.value;
  assert.deepEqual([confirmed, target, routesMayChange], [true, "sip:alice@192.0.2.10", false]);
  const says = confirmedDialog(early.value, answer(200, far, "Supported: ms-dialog-route-set-update\r\n"), limits);
  assert.ok(says.ok);
  assert.deepEqual([says.value.target, says.value.routesMayChange], [early.value.target, true]);
  assert.deepEqual(dialog.value.routes, [
    "<sip:far.example;lr;x=%41>",
    "<sip:middle.example;lr>",
    "<sip:near.example;lr>",
  ]);
});

test("RFC 6665 §4.4.1: a NOTIFY that is here before the 200 makes the dialog (R10)", () => {
  const notify = read(
    `NOTIFY sip:sip.ours.example SIP/2.0\r\nVia: SIP/2.0/TLS a.example;branch=z9hG4bK2\r\nFrom: ${far}\r\nTo: ${sent.from}\r\nCall-ID: c1\r\nCSeq: 33 NOTIFY\r\n${recorded}${contact}\r\n`,
  );
  const dialog = notifiedDialog(sent, notify, limits);
  assert.ok(dialog.ok);
  const { routes, remoteSeq, localSeq, remoteTag, remote, confirmed } = dialog.value;
  assert.deepEqual([remoteSeq, localSeq, remoteTag, remote, confirmed], [33, 5, "t9", far, true]);
  // it came to us, so the routes are in order
  assert.deepEqual(routes, ["<sip:near.example;lr>", "<sip:middle.example;lr>", "<sip:far.example;lr;x=%41>"]);
  assert.equal(keyOf(dialog.value), keyOfRequest(notify));
  // the 200 that comes behind names the same dialog
  assert.equal(keyOf(dialog.value), keyOfResponse(answer(200, far, "")));
  assert.equal(receivedIn(dialog.value, notify, limits).ok, false);
});
