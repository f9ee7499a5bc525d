import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { advanced, answeredIn, type Dialog, keyOf, partsIn, receivedIn, routeOf } from "./dialog.ts";
import { dialogKey, keyOfRequest, keyOfResponse } from "./dialog-key.ts";
import { parseMessage, type SipMessage } from "./message.ts";
import { requestBytes } from "./request.ts";

const limits = limitsWith();
const via = "SIP/2.0/TLS sip.ours.example:5061;branch=z9hG4bK1";

const dialog: Dialog = {
  callId: "23ffb7f278764277871f",
  localTag: "us1",
  remoteTag: "38209ebf3e",
  local: "<sip:bob@ours.example>;tag=us1",
  remote: '"Alice" <sip:alice@contoso.example>;tag=38209ebf3e;epid=d6277c8671',
  localSeq: 4,
  remoteSeq: 7,
  target: "sip:alice@contoso.example;opaque=user:epid:hQ0SP;gruu",
  routes: ["<sip:sipfed.contoso.example:5061;transport=tls;lr;ms-route-sig=gA==>"],
  routesMayChange: false,
  confirmed: true,
  secure: false,
};

function read(text: string): SipMessage {
  const message = parseMessage(Buffer.from(text), limits);
  assert.ok(message.ok);
  return message.value;
}

/** A request of the other side in the dialog. */
function request(method: string, cseq: number, headers = ""): SipMessage {
  const head = `${method} sip:sip.ours.example SIP/2.0\r\nVia: ${via}\r\nFrom: ${dialog.remote}\r\nTo: ${dialog.local}\r\n`;
  return read(`${head}Call-ID: ${dialog.callId}\r\nCSeq: ${cseq} ${method}\r\n${headers}\r\n`);
}

function response(status: number, method: string, headers = ""): SipMessage {
  const head = `SIP/2.0 ${status} x\r\nVia: ${via}\r\nFrom: ${dialog.local}\r\nTo: ${dialog.remote}\r\n`;
  return read(`${head}Call-ID: ${dialog.callId}\r\nCSeq: 5 ${method}\r\n${headers}\r\n`);
}

function after(from: Dialog, m: SipMessage): Dialog {
  const next = receivedIn(from, m, limits);
  assert.ok(next.ok);
  return next.value;
}

const code = (from: Dialog, m: SipMessage) => {
  const next = receivedIn(from, m, limits);
  return next.ok ? "ok" : next.fault.code;
};

test("§12: a dialog is found by Call-ID and tags, each side seeing them its own way", () => {
  assert.equal(keyOf(dialog), keyOfRequest(request("NOTIFY", 8)));
  assert.equal(keyOf(dialog), keyOfResponse(response(200, "SUBSCRIBE")));
  assert.notEqual(keyOf(dialog), dialogKey(dialog.callId, dialog.remoteTag, dialog.localTag));
  assert.notEqual(dialogKey("a", "b", ""), dialogKey("a", "", "b"));
});

test("a dialog survives JSON", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(dialog)), dialog);
});

/** CSeq of a request when 7 was the last, and what becomes of it. */
const sequence: readonly (readonly [string, number, string])[] = [
  ["NOTIFY", 8, "ok"],
  ["NOTIFY", 700, "ok"], // gaps mean nothing
  ["NOTIFY", 2_147_483_647, "ok"],
  ["NOTIFY", 7, "sip-out-of-order"],
  ["NOTIFY", 6, "sip-out-of-order"],
  ["BENOTIFY", 0, "sip-out-of-order"],
  ["ACK", 7, "ok"],
  ["CANCEL", 7, "ok"],
];

test("§12.2.2: what was overtaken or comes again is refused, what leaves a gap is not", () => {
  for (const [method, number, outcome] of sequence) {
    assert.equal(code(dialog, request(method, number)), outcome, `${method} ${number}`);
  }
  assert.equal(after(dialog, request("NOTIFY", 700)).remoteSeq, 700);
  assert.equal(after(dialog, request("ACK", 700)), dialog);
  assert.equal(after({ ...dialog, remoteSeq: -1 }, request("NOTIFY", 0)).remoteSeq, 0);
});

test("§12.2.2: some requests say where the other side is from now on", () => {
  const contact = "Contact: <sip:alice@192.0.2.9:1620;ms-opaque=x>;proxy=replace\r\n";
  for (const method of ["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "BENOTIFY"]) {
    assert.equal(after(dialog, request(method, 8, contact)).target, "sip:alice@192.0.2.9:1620;ms-opaque=x", method);
    assert.equal(after(dialog, request(method, 8)).target, dialog.target, method);
  }
  for (const method of ["MESSAGE", "INFO", "BYE", "ACK"]) {
    assert.equal(after(dialog, request(method, 8, contact)).target, dialog.target, method);
  }
});

test("§12.2.2: a Contact nothing can be sent to is refused, and the dialog stays as it was", () => {
  for (const contact of ["*", "<tel:+15550100>", "<sip:>", "nonsense", `<sip:${"a".repeat(3_000)}@b.example>`]) {
    assert.notEqual(code(dialog, request("NOTIFY", 8, `Contact: ${contact}\r\n`)), "ok", contact);
  }
});

test("§12.2: the routes of a dialog stay, but for those who said they change them (sip-wire 1.6)", () => {
  const moved = "Record-Route: <sip:new.contoso.example;lr>, <sip:pool.contoso.example;lr;ms-fe=fe2>\r\n";
  const newRoutes = ["<sip:new.contoso.example;lr>", "<sip:pool.contoso.example;lr;ms-fe=fe2>"];
  assert.deepEqual(after(dialog, request("NOTIFY", 8, moved)).routes, dialog.routes);
  assert.deepEqual(after({ ...dialog, routesMayChange: true }, request("INFO", 8, moved)).routes, newRoutes);
  const said = after(dialog, request("NOTIFY", 8, `${moved}Supported: timer, MS-Dialog-Route-Set-Update\r\n`));
  assert.deepEqual([said.routes, said.routesMayChange], [newRoutes, true]);
  // one that records nothing changes nothing
  assert.deepEqual(after(said, request("NOTIFY", 9)).routes, newRoutes);
  const many = `Record-Route: ${Array.from({ length: 21 }, () => "<sip:a.example;lr>").join()}\r\n`;
  assert.equal(code(said, request("NOTIFY", 9, many)), "sip-too-large");
  assert.equal(code(said, request("NOTIFY", 9, "Record-Route: nonsense\r\n")), "sip-malformed");
});

test("R5: an epid that comes later is echoed, and only the first", () => {
  const plain = { ...dialog, remote: "<sip:alice@contoso.example>;tag=38209ebf3e" };
  assert.equal(after(plain, request("NOTIFY", 8)).remote, `${plain.remote};epid=d6277c8671`);
  const without = read(request("NOTIFY", 8).bytes.toString().replace(";epid=d6277c8671", ""));
  assert.equal(after(plain, without).remote, plain.remote);
  const other = { ...dialog, remote: `${plain.remote};EPID=1` };
  assert.equal(after(other, request("NOTIFY", 8)).remote, other.remote);
});

test("§12.2.1.2: the 2xx of a refreshing request says where the other side is from now on", () => {
  const contact = "Contact: <sip:alice@192.0.2.9>\r\n";
  const target = (status: number, method: string, headers = contact) => {
    const next = answeredIn(dialog, response(status, method, headers), limits, "<sip:bob@192.0.2.1>");
    return next.ok ? next.value.target : next.fault.code;
  };
  assert.equal(target(200, "SUBSCRIBE"), "sip:alice@192.0.2.9");
  assert.equal(target(299, "NOTIFY"), "sip:alice@192.0.2.9");
  assert.equal(target(200, "SUBSCRIBE", ""), dialog.target);
  // libpurple answers with every header of the request, our Contact among them.
  assert.equal(target(200, "NOTIFY", "Contact: <sip:bob@192.0.2.1>\r\n"), dialog.target);
  for (const [status, method] of [
    [180, "INVITE"],
    [300, "INVITE"],
    [481, "NOTIFY"],
    [200, "MESSAGE"],
  ] as const) {
    assert.equal(target(status, method), dialog.target, `${status} ${method}`);
  }
  assert.equal(target(200, "SUBSCRIBE", "Contact: <sip:>\r\n"), "sip-malformed");
});

test("§12.2.1.1: a request of ours has the dialog's identity, the next CSeq, and its way", () => {
  const next = advanced(dialog);
  assert.deepEqual(partsIn(next, "MESSAGE", via), {
    method: "MESSAGE",
    uri: dialog.target,
    via,
    from: dialog.local,
    to: dialog.remote,
    callId: dialog.callId,
    cseq: 5,
    routes: dialog.routes,
  });
  assert.equal(partsIn(next, "ACK", via, 3).cseq, 3);
  const bytes = requestBytes({ ...partsIn(next, "MESSAGE", via), body: "hello" }).toString();
  for (const line of [`To: ${dialog.remote}`, `Route: ${dialog.routes[0]}`, `MESSAGE ${dialog.target} SIP/2.0`]) {
    assert.ok(bytes.includes(`${line}\r\n`), line);
  }
});

test("R4: strict routing toward a first route without lr", () => {
  const strict = { ...dialog, routes: ["<sip:old.contoso.example:5061>", "<sip:pool.contoso.example;lr>"] };
  assert.deepEqual(routeOf(strict), {
    uri: "sip:old.contoso.example:5061",
    routes: ["<sip:pool.contoso.example;lr>", `<${dialog.target}>`],
  });
});
