import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dialog, partsIn } from "./dialog.ts";
import { DialogRequests } from "./dialog-requests.ts";
import { endingBytes } from "./message-writer.ts";
import { requestBytes } from "./request.ts";

const dialog: Dialog = {
  callId: "a84b4c76e66710",
  localTag: "314159",
  remoteTag: "1928301774",
  local: "<sip:bob@biloxi.example>;tag=314159",
  remote: '"Alice" <sip:alice@atlanta.example>;tag=1928301774',
  localSeq: 1,
  remoteSeq: 1,
  target: "sip:alice@pc33.atlanta.example",
  routes: [],
  routesMayChange: false,
  confirmed: true,
  secure: false,
};
const via = "SIP/2.0/TCP sip.biloxi.example:5060;branch=z9hG4bK1;alias";
const contact = "<sip:biloxi.example;transport=tcp>";
const event = "Event: presence\r\n";
const state = "Subscription-State: active;expires=3600\r\n";

const dialogs: readonly (readonly [string, Dialog])[] = [
  ["a plain dialog", dialog],
  ["a loose router", { ...dialog, routes: ["<sip:p1.example;lr>", "<sip:p2.example;lr>"] }],
  ["a strict router", { ...dialog, routes: ["<sip:p1.example>", "<sip:p2.example;lr>"] }],
  ["a name beyond ASCII", { ...dialog, remote: '"Ælice 好" <sip:alice@atlanta.example>;tag=1' }],
];
for (const [what, given] of dialogs) {
  for (const body of [undefined, "", "<presence/>", "好", Buffer.from("é", "latin1")]) {
    test(`${what}: the same as a request written from its parts, with the body ${body}`, () => {
      const requests = new DialogRequests(given, "NOTIFY", contact, event);
      const content = body === undefined ? {} : { contentType: "application/pidf+xml", body };
      for (const cseq of [2, 3, 70_000]) {
        const parts = partsIn(given, "NOTIFY", via, cseq);
        assert.equal(
          requests.bytes(via, cseq, endingBytes({ headers: state, ...content })).toString("latin1"),
          requestBytes({ ...parts, contact, headers: event + state, ...content }).toString("latin1"),
        );
      }
    });
  }
}
