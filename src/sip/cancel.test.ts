import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { ackParts, cancelAnswer, cancelParts } from "./cancel.ts";
import { parseMessage } from "./message.ts";
import { type RequestParts, requestBytes } from "./request.ts";
import { responseBytes } from "./response.ts";
import { cancelledKey, serverKey } from "./transaction-key.ts";

const invite: RequestParts = {
  method: "INVITE",
  uri: "sip:bob@192.0.2.4;Unknown=1",
  via: "SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bK776asdhds",
  from: '"Alice" <sip:alice@atlanta.example>;tag=1928301774;epid=d6277c8671',
  to: "Bob <sip:bob@biloxi.example>",
  callId: "a84b4c76e66710",
  cseq: 314159,
  contact: "<sip:alice@pc33.atlanta.example>",
  routes: ["<sip:p1.example;lr;ms-route-sig=x>", "<sip:p2.example;lr>"],
  headers: "Require: gruu\r\nSupported: timer\r\n",
  contentType: "application/sdp",
  body: "v=0\r\n",
};

function read(bytes: Buffer) {
  const message = parseMessage(bytes, limitsWith());
  assert.ok(message.ok);
  return message.value;
}

const identity = {
  uri: invite.uri,
  via: invite.via,
  from: invite.from,
  to: invite.to,
  callId: invite.callId,
  cseq: invite.cseq,
  routes: invite.routes,
};

test("§9.1: a CANCEL has the identity of its INVITE, and nothing else of it", () => {
  assert.deepEqual(cancelParts(invite), { ...identity, method: "CANCEL" });
  const { routes, ...direct } = invite;
  assert.ok(routes !== undefined && !("routes" in cancelParts(direct)));
});

test("§9.2: the other side finds the INVITE by it", () => {
  for (const via of [invite.via, "SIP/2.0/UDP pc33.atlanta.example"]) {
    const [asked, cancel] = [
      read(requestBytes({ ...invite, via })),
      read(requestBytes(cancelParts({ ...invite, via }))),
    ];
    assert.deepEqual(cancelledKey(cancel), serverKey(asked));
  }
});

test("§17.1.1.3: an ACK has the identity of its INVITE, and the To of the response", () => {
  const source = { address: "192.0.2.1", port: 5060 };
  const response = read(responseBytes(read(requestBytes(invite)), 486, { toTag: "8321234356" }, source));
  const ack = ackParts(invite, response);
  assert.deepEqual(ack, { ...identity, method: "ACK", to: "Bob <sip:bob@biloxi.example>;tag=8321234356" });
  assert.deepEqual(serverKey(read(requestBytes(ack))), serverKey(read(requestBytes(invite))));
});

test("§9.2: what a CANCEL does depends on where its INVITE stands", () => {
  assert.deepEqual(cancelAnswer(undefined), { status: 481, ends: false });
  assert.deepEqual(cancelAnswer({ at: "terminated" }), { status: 481, ends: false });
  for (const answered of [false, true]) {
    assert.deepEqual(cancelAnswer({ at: "proceeding", answered }), { status: 200, ends: true });
  }
  for (const at of ["accepted", "confirmed"] as const) {
    assert.deepEqual(cancelAnswer({ at }), { status: 200, ends: false });
  }
  assert.deepEqual(cancelAnswer({ at: "completed", retryMs: 500 }), { status: 200, ends: false });
});
