import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import { readCpim, writeCpim } from "./cpim.ts";
import { type Imdn, imdnHeaders, readImdn, readImdnRequest, writeImdn } from "./imdn.ts";

const limits = limitsWith();

test("RFC 5438 §11: notifications, as the RFC and clients write them", () => {
  const about = (what: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<imdn xmlns="urn:ietf:params:xml:ns:imdn">\n <message-id>34jk324j</message-id>\n` +
    ` <datetime>2008-04-04T12:16:49-05:00</datetime>\n <recipient-uri>im:bob@example.com</recipient-uri>\n` +
    ` <original-recipient-uri>im:bob@example.com</original-recipient-uri>\n ${what}\n</imdn>`;
  const rows: readonly [what: string, kind: string, status: string][] = [
    [
      "<delivery-notification><status><delivered/></status></delivery-notification>",
      "delivery-notification",
      "delivered",
    ],
    [
      "<delivery-notification><status>\n<failed/>\n</status></delivery-notification>",
      "delivery-notification",
      "failed",
    ],
    [
      "<delivery-notification><status><forbidden/></status></delivery-notification>",
      "delivery-notification",
      "forbidden",
    ],
    ["<delivery-notification><status><error/></status></delivery-notification>", "delivery-notification", "error"],
    [
      "<processing-notification><status><stored/></status></processing-notification>",
      "processing-notification",
      "stored",
    ],
    ["<display-notification><status><displayed/></status></display-notification>", "display-notification", "displayed"],
    [
      "<x xmlns='urn:other'/><display-notification><status><x xmlns='urn:other'/><displayed/></status></display-notification>",
      "display-notification",
      "displayed",
    ],
  ];
  for (const [what, kind, status] of rows) {
    const notification = readImdn(utf8(about(what)), limits);
    assert.ok(notification.ok, what);
    assert.deepEqual(notification.value, {
      messageId: "34jk324j",
      dateTime: "2008-04-04T12:16:49-05:00",
      recipientUri: "im:bob@example.com",
      kind,
      status,
    });
  }
});

test("what is no notification", () => {
  const ns = "xmlns='urn:ietf:params:xml:ns:imdn'";
  const delivered = "<delivery-notification><status><delivered/></status></delivery-notification>";
  const rows: readonly [text: string, code: string][] = [
    ["", "xml-not-well-formed"],
    ["<imdn", "xml-not-well-formed"],
    [`<!DOCTYPE a [<!ENTITY b "c">]><imdn ${ns}/>`, "xml-restricted"],
    [`<imdn xmlns='urn:other'><message-id>a</message-id>${delivered}</imdn>`, "sip-malformed"],
    [`<other ${ns}/>`, "sip-malformed"],
    [`<imdn ${ns}>${delivered}</imdn>`, "sip-malformed"],
    [`<imdn ${ns}><message-id>a</message-id></imdn>`, "sip-malformed"],
    [`<imdn ${ns}><message-id>a</message-id><delivery-notification/></imdn>`, "sip-malformed"],
    [
      `<imdn ${ns}><message-id>a</message-id><toString><status><delivered/></status></toString></imdn>`,
      "sip-malformed",
    ],
    [
      `<imdn ${ns}><message-id>a</message-id><display-notification><status><delivered/></status></display-notification></imdn>`,
      "sip-malformed",
    ],
    [`<imdn ${ns}>${"<a>".repeat(20)}${"</a>".repeat(20)}</imdn>`, "xml-too-deep"],
    [`<imdn ${ns}>${" ".repeat(20_000)}</imdn>`, "xml-document-too-big"],
  ];
  for (const [text, code] of rows) {
    const notification = readImdn(utf8(text), limits);
    assert.equal(notification.ok ? "" : notification.fault.code, code, text.slice(0, 80));
  }
});

test("what is written is read again", () => {
  const notification: Imdn = {
    messageId: "a<b>&'c'",
    dateTime: "2026-11-26T18:30:00.000Z",
    recipientUri: "sip:o'malley@ours.example",
    kind: "display-notification",
    status: "displayed",
  };
  const read = readImdn(utf8(writeImdn(notification)), limits);
  assert.deepEqual(read, { ok: true, value: notification });
});

test("RFC 5438 §6: a message's id and what its sender asks for", () => {
  const rows: readonly [headers: string, id: string | undefined, asked: string][] = [
    ["", undefined, ""],
    ["imdn.Message-ID: Abc-1\r\n", "Abc-1", ""],
    ["imdn.Message-ID: a\r\nimdn.Disposition-Notification: positive-delivery, display\r\n", "a", "delivered displayed"],
    ["imdn.Message-ID: a\r\nimdn.Disposition-Notification: Negative-Delivery;x=y,processing\r\n", "a", "failed"],
    ["NS: n <urn:ietf:params:imdn>\r\nn.Message-ID: a\r\nn.Disposition-Notification: display\r\n", "a", "displayed"],
    ["imdn.Disposition-Notification: display\r\n", undefined, ""],
    ["Message-ID: a\r\n", undefined, ""],
  ];
  for (const [headers, id, asked] of rows) {
    const message = readCpim(utf8(`From: <sip:a@b.example>\r\n${headers}\r\n\r\n`), limits);
    assert.ok(message.ok, headers);
    const found = readImdnRequest(message.value);
    assert.equal(found.id, id, headers);
    const { delivered, failed, displayed } = found.request;
    const words = [delivered && "delivered", failed && "failed", displayed && "displayed"].filter(
      (word) => word !== false,
    );
    assert.equal(words.join(" "), asked, headers);
  }
});

test("a request that is written is read again", () => {
  const request = { delivered: true, failed: true, displayed: false };
  const addresses = { from: "sip:a@b.example", to: "sip:c@b.example", at: 0 };
  const content = { contentType: "text/plain", body: utf8("hi") };
  const written = writeCpim({ ...addresses, ...content, headers: imdnHeaders("one", request) });
  const message = readCpim(written, limits);
  assert.ok(message.ok);
  assert.deepEqual(readImdnRequest(message.value), { id: "one", request });
  assert.match(written.toString(), /imdn\.Disposition-Notification: positive-delivery, negative-delivery\r\n/);
  const silent = imdnHeaders("one", { delivered: false, failed: false, displayed: false });
  assert.deepEqual(
    silent.map(({ name }) => name),
    ["Message-ID"],
  );
});
