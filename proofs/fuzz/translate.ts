import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import { writeCpim } from "../../src/sip/cpim.ts";
import { writeMultipart } from "../../src/sip/multipart.ts";
import { parseSipUri } from "../../src/sip/uri.ts";
import { jidOf, sipUriOf } from "../../src/translate/address.ts";
import { idOf, messageIdOf } from "../../src/translate/message-id.ts";
import { overlaid, presenceInner, presenceOf } from "../../src/translate/presence.ts";
import { splitText } from "../../src/translate/split-text.ts";
import { callIdOf, threadOfCallId } from "../../src/translate/thread.ts";
import { toSip } from "../../src/translate/to-sip.ts";
import { toXmpp } from "../../src/translate/to-xmpp.ts";
import { readDocument } from "../../src/xml/document.ts";
import { child, type Element, el, textOf } from "../../src/xml/element.ts";
import { write } from "../../src/xml/writer.ts";
import { ns } from "../../src/xmpp/ns.ts";

export const name = "from SIP to XMPP and back";

type Random = (limit: number) => number;

const limits = limitsWith({ stanzaBytesMax: 2_000, mimePartsMax: 4, mimeDepthMax: 3 });
const documents = { bytesMax: 1_000_000, depthMax: 64, attributesMax: 64 };
const faults = new Set(["sip-malformed", "sip-media-type", "sip-too-large"]);

/**
 * Whatever a SIP client sends becomes well-formed XML or a fault; whatever an XMPP client sends becomes header lines and nothing
 * else, and its words come back as they were; addresses that are taken come back as they were.
 */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    fromSip(random);
    fromXmpp(random);
    address(random);
    presence(random);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

const pieces = [
  ..."ab<>&'\"/\\{}=;:%-# \t\r\n\0\x1b",
  "]]>",
  "<script>",
  "</script>",
  "<a href='http://x/?&amp;'>",
  "<!--",
  "-->",
  "&#xD800;",
  "&#0;",
  "&nbsp;",
  "{\\rtf1 ",
  "\\u-10179?",
  "\\'82",
  "\\bin3 ",
  "\\fonttbl",
  "ü",
  "😀",
  "\ud83d",
  "\ufffe",
  "e\u0301",
];

function words(random: Random, most = 12): string {
  return Array.from({ length: random(most) }, () => one(random, pieces)).join("");
}

const types = [
  "text/plain",
  "text/plain;charset=utf-16le",
  "text/plain;charset=windows-1252",
  "text/html",
  "text/rtf",
  "message/cpim",
  "message/imdn+xml",
  "application/im-iscomposing+xml",
  "multipart/mixed;boundary=b",
  "image/gif",
  "",
  ";",
];

type Body = { readonly contentType: string; readonly body: Uint8Array };

function content(random: Random, depth: number): Body {
  const plain = {
    contentType: one(random, types),
    body: Buffer.from(`${random(3) === 0 ? "{\\rtf1 " : ""}${words(random)}`),
  };
  if (depth === 0 || random(2) === 0) return plain;
  if (random(2) === 0) {
    const inside = content(random, depth - 1);
    const subject = words(random);
    return { contentType: "message/cpim", body: writeCpim({ from: "sip:x", to: "sip:y", at: 0, subject, ...inside }) };
  }
  const parts = Array.from({ length: 1 + random(4) }, () => content(random, depth - 1));
  return writeMultipart(one(random, ["mixed", "alternative", "related", "x"]), parts);
}

function fromSip(random: Random): void {
  const body = content(random, 4);
  const headers = `Subject: ${words(random).replace(/[\r\n]/g, " ")}\r\nContent-Language: ${one(random, ["de", "d'e"])}\r\n`;
  const made = toXmpp({ ...body, headers }, limits, words(random).replace(/[\p{Cc}\ufffe\ud83d]/gu, ""));
  if (!made.ok) {
    assert.ok(faults.has(made.fault.code) || made.fault.code.startsWith("xml-"), made.fault.code);
    return;
  }
  if (made.value === undefined) return;
  const { inner, id } = made.value;
  assert.ok(Buffer.byteLength(inner) <= limits.stanzaBytesMax);
  const stanza = document(`<message xmlns='${ns.client}'>${inner}</message>`);
  assert.ok(made.value.kind !== "text" || textOf(child(stanza, "body", ns.client)).trim() !== "", inner);
  assert.ok(id === undefined || (id !== "" && !/\p{Cc}/u.test(id)));
}

function document(text: string): Element {
  const read = readDocument(Buffer.from(text), documents);
  assert.ok(read.ok, text);
  return read.value;
}

const fit = (text: string) => text.replace(/(?![\t\n])\p{Cc}|[\ufffe\ud83d]/gu, "");

function fromXmpp(random: Random): void {
  const body = fit(words(random));
  const id = one(random, [undefined, "", "i1", fit(words(random))]);
  const more = [
    el("subject", ns.client, {}, fit(words(random))),
    el("request", ns.receipts),
    el("received", ns.receipts, { id: fit(words(random)) }),
    el(one(random, ["composing", "paused", "gone", "x"]), ns.chatStates),
    el("displayed", ns.chatMarkers, { id: "x" }),
  ].filter(() => random(3) === 0);
  const attributes = {
    from: "a@x/y",
    to: one(random, ["b@x", "é", undefined]),
    id,
    "xml:lang": one(random, [undefined, "de", "d\ne"]),
  };
  const message = el("message", ns.client, attributes, el("body", ns.client, {}, body), ...more);
  const contents = toSip(message, { now: random(2 ** 40), cpim: random(2) === 0 });
  for (const one of contents) {
    assert.match(one.headers, /^(?:[A-Za-z-]+: [^\p{Cc}\u2028]+\r\n)*$/u);
    assert.match(one.contentType, /^[a-z]+\/[^\s]+$/);
    const back = toXmpp(one, limitsWith());
    assert.ok(back.ok, JSON.stringify(message));
    if (one.kind !== "text" || body.trim() === "" || back.value === undefined) continue;
    const stanza = document(`<message xmlns='${ns.client}'>${back.value.inner}</message>`);
    assert.equal(textOf(child(stanza, "body", ns.client)), body);
  }
  assert.equal(splitText(body, 4 + random(10), one(random, ["bytes", "characters"] as const)).join(""), body);
  assert.equal(idOf(messageIdOf(body)), body);
  named(body);
}

/** A thread that is a Call-ID comes back from it, and nothing else is one of those two. */
function named(thread: string): void {
  const pair = { ours: "a@x", theirs: "b@y" };
  const callId = thread === "" ? undefined : callIdOf(thread, pair, limits);
  if (callId === undefined) return;
  assert.match(callId, /^[!-~]+$/);
  const back = threadOfCallId(callId, pair, limits);
  if (back !== undefined) assert.equal(back, thread);
  else assert.match(thread, /^\s|\s$|[\t\n\p{Cc}\u2028\ufffe\uffff]/u);
}

const userPieces = [
  "a",
  "B",
  "'",
  "&",
  "/",
  "%5C",
  "26",
  "27",
  "5c",
  "2f",
  "%2F",
  "%40",
  "%C3%BC",
  "%FF",
  "%00",
  ";",
  "?",
  "%3B",
  "#",
  ".",
];

function address(random: Random): void {
  const user = Array.from({ length: 1 + random(8) }, () => one(random, userPieces)).join("");
  const device = Array.from({ length: random(5) }, () =>
    one(random, ["a", "%20", "/", "%C3%BC", "%00", ":", "%3b"]),
  ).join("");
  const host = one(random, ["ours.example", "xn--fsq.example", "[2001:db8::1]", "x_y", "192.0.2.1"]);
  const uri = parseSipUri(`sip:${user}@${host}${device === "" ? "" : `;gr=${device}`}`);
  if (!uri.ok) return;
  const jid = jidOf(uri.value);
  if (!jid.ok) return;
  const back = parseSipUri(sipUriOf(jid.value));
  assert.ok(back.ok, sipUriOf(jid.value));
  const again = jidOf(back.value);
  assert.equal(again.ok && again.value.full, jid.value.full, uri.value.text);
}

function presence(random: Random): void {
  const show = one(random, ["", "away", "xa", "dnd", "chat", "x"]);
  const status = fit(words(random));
  const stanza = el("presence", ns.client, {}, el("show", ns.client, {}, show), el("status", ns.client, {}, status));
  const { availability, note, priority } = presenceOf(stanza);
  const inner = presenceInner(availability, words(random), random(400) - 200);
  document(`<presence xmlns='${ns.client}'>${inner}</presence>`);
  const over = document(overlaid(Buffer.from(write(stanza)), "on-the-phone", note).toString());
  assert.equal(presenceOf(over).availability, "on-the-phone");
  assert.equal(priority, 0);
}
