import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import type { SipContent } from "../sip/content.ts";
import { imdnHeaderNs, writeCpim } from "../sip/cpim.ts";
import { imdnHeaders, writeImdn } from "../sip/imdn.ts";
import { writeIsComposing } from "../sip/is-composing.ts";
import { writeMultipart } from "../sip/multipart.ts";
import { el } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import { ns } from "../xmpp/ns.ts";
import { toSip } from "./to-sip.ts";
import { toXmpp, type XmppContent } from "./to-xmpp.ts";

const limits = limitsWith();

function xmpp(contentType: string, body: string | Uint8Array, headers = "", thread?: string): XmppContent | string {
  const content: SipContent = { contentType, body: typeof body === "string" ? utf8(body) : body, headers };
  const made = toXmpp(content, limits, thread);
  return made.ok ? (made.value ?? "nothing") : made.fault.code;
}

/** What is said, or the fault. */
function words(contentType: string, body: string | Uint8Array, headers = ""): string {
  const made = xmpp(contentType, body, headers);
  return typeof made === "string" ? made : (/^<body>([\s\S]*)<\/body>$/.exec(made.inner)?.[1] ?? made.inner);
}

test("RFC 7572 §6: the example", () => {
  const made = xmpp("text/plain", "Neither, fair saint, if either thee dislike.");
  assert.deepEqual(made, {
    kind: "text",
    inner: "<body>Neither, fair saint, if either thee dislike.</body>",
    id: undefined,
  });
});

test("text in any character set, with any line ends, without what XML cannot carry", () => {
  const rows: readonly [contentType: string, body: string | Uint8Array, said: string][] = [
    ["", "hello", "hello"],
    [
      "text/plain; charset=UTF-8;msgr=WAAtAE0",
      "<ü> & 'a' \"b\" ]]>",
      "&lt;ü&gt; &amp; &apos;a&apos; &quot;b&quot; ]]&gt;",
    ],
    ["Text/Plain;charset=iso-8859-1", Uint8Array.of(0x67, 0xfc), "gü"],
    ["text/plain", "a\r\nb\rc\nd", "a\nb\nc\nd"],
    ["text/plain", "a\0\x0bb\ufffe", "ab"],
    ["text/plain;charset=utf-8", Uint8Array.of(0x67, 0xfc), "sip-malformed"],
    ["text/plain;charset=klingon", "a", "sip-media-type"],
    ["text", "a", "sip-malformed"],
    ["text/html; charset=utf-8", "<p>a &lt;b&gt;</p><script>alert(1)</script>", "a &lt;b&gt;"],
    ["text/rtf", "{\\rtf1\\ansi a\\par b}", "a\nb"],
    ["text/rtf", "no rtf", "sip-media-type"],
  ];
  for (const [contentType, body, said] of rows) assert.equal(words(contentType, body), said, `${contentType} ${body}`);
});

test("Y-9: nothing, white space and control characters alone are nothing", () => {
  for (const body of ["", " ", "\r\n", "\0", "\x1b"]) assert.equal(words("text/plain", body), "nothing");
  assert.equal(words("", ""), "nothing");
  assert.equal(words("application/x-unknown", ""), "nothing");
  assert.equal(words("text/html", "<script>alert(1)</script>"), "nothing");
});

test("what cannot be shown is refused, unless it need not be handled", () => {
  const types = [
    "image/gif",
    "text/x-msmsgsinvite",
    "application/x-ms-ink",
    "application/ms-filetransfer+xml",
    "text/calendar",
  ];
  for (const type of types) assert.equal(words(type, "a"), "sip-media-type", type);
  assert.equal(words("image/gif", "a", "Content-Disposition: icon;handling=optional\r\n"), "nothing");
  assert.equal(words("image/gif", "a", "Content-Disposition: icon\r\n"), "sip-media-type");
});

test("subject, language and thread; no text becomes markup", () => {
  const made = xmpp("text/plain", "a", "subject: x <b>\r\nContent-Language: de\r\n", "t'1");
  assert.deepEqual(made, {
    kind: "text",
    inner: "<subject>x &lt;b&gt;</subject><body xml:lang='de'>a</body><thread>t&apos;1</thread>",
    id: undefined,
  });
  assert.equal(words("text/plain", "a", "Content-Language: x'y\r\nSubject:\r\n"), "a");
});

const addresses = { from: "sip:mallory@evil.example", to: "sip:bob@ours.example", at: 0 };

test("CPIM: what is inside counts, who it says it is from does not", () => {
  const wrapped = (contentType: string, body: string, mime = "") =>
    writeCpim({ ...addresses, contentType, mime, body: utf8(body) });
  assert.equal(words("message/cpim", wrapped("text/plain;charset=utf-8", "a")), "a");
  assert.equal(words("Message/CPIM", wrapped("text/html", "<b>a</b>")), "a");
  assert.equal(words("message/cpim", wrapped("text/plain", "YQ==", "Content-Transfer-Encoding: base64\r\n")), "a");
  assert.equal(words("message/cpim", wrapped("text/plain", "a", "Content-Transfer-Encoding: x\r\n")), "sip-media-type");
  assert.equal(words("message/cpim", wrapped("text/plain", "a", "Content-Encoding: deflate\r\n")), "sip-media-type");
  assert.equal(words("message/cpim", wrapped("image/gif", "a")), "sip-media-type");
  assert.equal(words("message/cpim", "nothing of the kind"), "sip-malformed");
  const made = xmpp(
    "message/cpim",
    writeCpim({ ...addresses, subject: "s", contentType: "text/plain", body: utf8("a") }),
  );
  assert.ok(typeof made !== "string");
  assert.equal(made.inner, "<subject>s</subject><body>a</body>");
  assert.doesNotMatch(JSON.stringify(made), /mallory/);
});

test("RFC 3862 §4.7: a header that must be understood", () => {
  const requiring = (name: string) => `From: <sip:a@b.example>\r\nNS: x <urn:x>\r\nRequire: ${name}\r\n\r\n\r\na`;
  assert.equal(words("message/cpim", requiring("x.Vital")), "sip-media-type");
  assert.equal(words("message/cpim", requiring("y.Vital")), "sip-media-type");
  assert.equal(words("message/cpim", requiring("imdn.Message-ID, Subject")), "a");
});

test("RFC 5438: a message that wants to be told of asks for a receipt, and for a marker", () => {
  const rows: readonly [id: string | undefined, delivered: boolean, displayed: boolean, asked: string][] = [
    ["Ab-1", true, false, "<request xmlns='urn:xmpp:receipts'/>"],
    ["Ab-1", false, true, "<markable xmlns='urn:xmpp:chat-markers:0'/>"],
    ["Ab-1", true, true, "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"],
    ["Ab-1", false, false, ""],
    ["a\\u0000", true, true, ""],
  ];
  for (const [id, delivered, displayed, asked] of rows) {
    const wanted = [delivered && "positive-delivery", displayed && "display"].filter(Boolean).join(", ");
    const text = `From: <sip:a@b.example>\r\nNS: imdn <${imdnHeaderNs}>\r\nimdn.Message-ID: ${id}\r\nimdn.Disposition-Notification: ${wanted}\r\n\r\n\r\na`;
    const made = xmpp("message/cpim", text);
    assert.ok(typeof made !== "string");
    assert.equal(made.inner, `<body>a</body>${asked}`);
    assert.equal(made.id, id === "Ab-1" ? id : undefined);
  }
});

test("RFC 3994: is-composing as chat states (sip-wire 7.4)", () => {
  const type = "application/im-iscomposing+xml";
  const made = xmpp(type, writeIsComposing({ state: "active", refreshSeconds: 60 }), "", "t");
  const inner = "<composing xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread>";
  assert.deepEqual(made, { kind: "state", inner, id: undefined });
  const idle = xmpp(type, writeIsComposing({ state: "idle", refreshSeconds: 60 }));
  assert.deepEqual(idle, {
    kind: "state",
    inner: "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    id: undefined,
  });
  assert.equal(words(type, "<a>"), "xml-not-well-formed");
});

test("RFC 5438 §8: notifications as receipts, markers and errors", () => {
  const told = (kind: string, status: string, messageId = "a%20b") =>
    writeImdn({ messageId, dateTime: "", recipientUri: "", kind, status } as Parameters<typeof writeImdn>[0]);
  const delivered = told("delivery-notification", "delivered");
  const receipt: XmppContent = {
    kind: "receipt",
    inner: "<received xmlns='urn:xmpp:receipts' id='a b'/>",
    id: undefined,
  };
  assert.deepEqual(xmpp("message/imdn+xml", delivered, "Content-Disposition: notification\r\n"), receipt);
  const wrapped = { ...addresses, headers: imdnHeaders("other"), contentType: "message/imdn+xml" };
  assert.deepEqual(xmpp("message/cpim", writeCpim({ ...wrapped, body: utf8(delivered) })), receipt);
  assert.deepEqual(xmpp("message/imdn+xml", told("display-notification", "displayed", "a'b")), {
    kind: "receipt",
    inner: "<displayed xmlns='urn:xmpp:chat-markers:0' id='a&apos;b'/>",
    id: undefined,
  });
  for (const [status, condition] of [
    ["failed", "recipient-unavailable"],
    ["forbidden", "forbidden"],
    ["error", "internal-server-error"],
  ] as const) {
    const made = xmpp("message/imdn+xml", told("delivery-notification", status));
    assert.ok(typeof made !== "string");
    assert.deepEqual([made.kind, made.id], ["failure", "a b"]);
    assert.match(made.inner, new RegExp(`^<error type='(?:auth|wait)'><${condition} `));
  }
  assert.equal(words("message/imdn+xml", told("processing-notification", "stored")), "nothing");
  assert.equal(words("message/imdn+xml", told("delivery-notification", "delivered", "%00")), "nothing");
  assert.equal(words("message/imdn+xml", "<imdn/>"), "sip-malformed");
});

test("linphone deflates its notifications", () => {
  const body = writeImdn({
    messageId: "x",
    dateTime: "",
    recipientUri: "",
    kind: "delivery-notification",
    status: "delivered",
  });
  const made = xmpp("message/imdn+xml", deflateSync(body), "Content-Encoding: deflate\r\n");
  assert.ok(typeof made !== "string" && made.kind === "receipt");
  assert.equal(words("text/plain", deflateSync(" ".repeat(300_000)), "Content-Encoding: deflate\r\n"), "sip-too-large");
  assert.equal(words("text/plain", "a", "Content-Encoding: br\r\n"), "sip-media-type");
});

test("I-10: multipart bodies", () => {
  const part = (contentType: string, body: string, id?: string) => ({
    contentType,
    body,
    ...(id === undefined ? {} : { contentId: id }),
  });
  const many = (subtype: string, ...parts: ReturnType<typeof part>[]) => writeMultipart(subtype, parts);
  const related = writeMultipart(
    "related",
    [part("image/gif", "G", "1"), part("text/html", "<b>ink</b>", "2")],
    [["start", "<2>"]],
  );
  const rows: readonly [what: string, written: ReturnType<typeof many>, said: string][] = [
    ["plain wins", many("alternative", part("text/plain", "a"), part("text/html", "<b>b</b>")), "a"],
    ["html when there is no plain", many("alternative", part("image/gif", "G"), part("text/html", "<b>b</b>")), "b"],
    ["an empty plain part", many("alternative", part("text/plain", " "), part("text/html", "<b>b</b>")), "b"],
    ["rtf last", many("alternative", part("text/rtf", "{\\rtf1 c}"), part("text/html", "<b>b</b>")), "b"],
    ["the root", related, "ink"],
    ["another when the root is none", many("related", part("image/gif", "G"), part("text/plain", "a")), "a"],
    [
      "texts below one another",
      many("mixed", part("text/plain", "a"), part("image/gif", "G"), part("text/html", "<i>b</i>")),
      "a\nb",
    ],
    [
      "a kind nobody knows is as mixed",
      many("signed", part("text/plain", "a"), part("application/pkcs7-signature", "S")),
      "a",
    ],
    ["nothing to show", many("mixed", part("image/gif", "G"), part("text/plain", "")), "sip-media-type"],
    ["nothing at all", many("mixed", part("text/plain", ""), part("text/plain", " ")), "nothing"],
  ];
  for (const [what, { contentType, body }, said] of rows) assert.equal(words(contentType, body), said, what);
  const inner = many("alternative", part("text/plain", "a"), part("text/html", "b"));
  const outer = writeMultipart("mixed", [{ contentType: inner.contentType, body: inner.body }]);
  assert.equal(words(outer.contentType, outer.body), "a", "one within another");
  const encoded = writeMultipart("alternative", [
    {
      contentType: "text/plain; charset=utf-8",
      headers: "Content-Transfer-Encoding: quoted-printable\r\n",
      body: "gr=C3=BC=C3=9F",
    },
  ]);
  assert.equal(words(encoded.contentType, encoded.body), "grüß");
});

test("limits: bodies one within another, and how large a stanza may become", () => {
  let body: Uint8Array = utf8("a");
  let contentType = "text/plain";
  for (let depth = 1; depth <= 6; depth++) {
    body = writeCpim({ ...addresses, contentType, body });
    contentType = "message/cpim";
    assert.equal(words(contentType, body), depth <= limits.mimeDepthMax ? "a" : "sip-too-large", String(depth));
  }
  assert.equal(words("text/plain", "'".repeat(60_000)), "sip-too-large");
  assert.equal(words("text/plain", "a".repeat(60_000)).length, 60_000);
});

test("what an XMPP client says comes back to one as it was", () => {
  const body = "a <b> & 'ü' \"😀\"\nc";
  const request = [el("body", ns.client, {}, body), el("request", ns.receipts), el("markable", ns.chatMarkers)];
  for (const cpim of [false, true]) {
    const stanza = el("message", ns.client, { id: "1", from: "a@ours.example/x", to: "b@ours.example" }, ...request);
    const [content] = toSip(stanza, { now: 0, cpim });
    assert.ok(content !== undefined);
    const made = toXmpp(content, limits);
    assert.ok(made.ok && made.value !== undefined);
    const back = read(utf8(`<message>${made.value.inner}</message>`), { contentNs: ns.client, prefixes: {} });
    assert.deepEqual(back.children, cpim ? request : request.slice(0, 1));
    assert.equal(made.value.id, cpim ? "1" : undefined);
  }
});
