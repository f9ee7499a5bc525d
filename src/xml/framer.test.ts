import assert from "node:assert/strict";
import { test } from "node:test";
import { type Limits, limitsWith } from "../base/limits.ts";
import { Framer, type Stanza, type StreamHeader } from "./framer.ts";

const open = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a.example'>";

/** A framer with its diary; `go` says what the sink answers to each stanza. */
function framer(changes: Partial<Limits> = {}, go: (stanza: Stanza, framer: Framer) => boolean = () => true) {
  const headers: StreamHeader[] = [];
  const stanzas: Stanza[] = [];
  const diary: string[] = [];
  const it = new Framer(
    {
      onOpen(header) {
        headers.push(header);
        diary.push(`open ${header.name}`);
        return true;
      },
      onStanza(stanza) {
        stanzas.push(stanza);
        diary.push(stanza.bytes.toString());
        return go(stanza, it);
      },
      onClose() {
        diary.push("close");
      },
    },
    limitsWith(changes),
  );
  return { it, headers, stanzas, diary, push: (text: string) => it.push(Buffer.from(text))?.code };
}

test("a header says its name, namespaces and attributes", () => {
  const { push, headers } = framer();
  push(
    "<?xml version='1.0'?>\n<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server' xmlns:db='jabber:server:dialback' from='a&amp;b' xml:lang='de' db:x='1'>",
  );
  const [header] = headers;
  assert.equal(header?.name, "stream");
  assert.equal(header?.ns, "http://etherx.jabber.org/streams");
  assert.equal(header?.contentNs, "jabber:server");
  assert.deepEqual({ ...header?.prefixes }, { s: "http://etherx.jabber.org/streams", db: "jabber:server:dialback" });
  assert.deepEqual({ ...header?.attrs }, { from: "a&b", "xml:lang": "de", "{jabber:server:dialback}x": "1" });
});

test("a stanza says its envelope and where its attributes stand", () => {
  const { push, stanzas } = framer();
  push(`${open}<message  from='&lt;a'\n to="b" id='1' type='chat' xmlns='jabber:client'><body from='no'/></message>`);
  const [stanza] = stanzas;
  assert.ok(stanza);
  const { bytes, name, ns, from, to, id, type, plain, empty } = stanza;
  assert.deepEqual(
    { name, ns, from, to, id, type, plain, empty },
    { name: "message", ns: "jabber:client", from: "<a", to: "b", id: "1", type: "chat", plain: true, empty: false },
  );
  const piece = (at: number, end: number): string => bytes.toString("utf8", at, end);
  assert.equal(piece(0, stanza.nameEnd), "<message");
  assert.equal(piece(stanza.fromAt, stanza.fromEnd), "  from='&lt;a'");
  assert.equal(piece(stanza.toAt, stanza.toEnd), '\n to="b"');
  assert.equal(piece(stanza.nsAt, stanza.nsEnd), " xmlns='jabber:client'");
  assert.equal(piece(stanza.headEnd, bytes.length), "<body from='no'/></message>");
});

const plainness: readonly (readonly [boolean, string])[] = [
  [true, "<presence/>"],
  [true, "<message xml:lang='en'><x xmlns='u:x' xmlns:a='u:a'><a:b a:c=''/></x></message>"],
  [true, "<message xmlns:stream='u:s'><stream:x/></message>"],
  [false, "<message xmlns='jabber:server'/>"],
  [false, "<message xmlns=''/>"],
  [false, "<c:message xmlns:c='jabber:client'/>"],
  [false, "<message><x xmlns:c='jabber:client'/></message>"],
  [false, "<message><stream:x/></message>"],
  [false, "<message stream:x=''/>"],
  [false, "<message><f xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></f></message>"],
  [false, "<message><f xmlns='urn:xmpp:forward:0'><x xmlns=''/></f></message>"],
  [false, "<message><f xmlns='u'><x xmlns='jabber&#58;client'/></f></message>"],
];

test("a stanza is plain when its start tag alone ties it to the stream", () => {
  for (const [plain, text] of plainness) {
    const { push, stanzas } = framer();
    assert.equal(push(open + text), undefined);
    assert.equal(stanzas[0]?.plain, plain, text);
  }
});

test("a stanza of one piece is a part of it; one of several is gathered", () => {
  const { it, stanzas } = framer();
  it.push(Buffer.from(open));
  const piece = Buffer.from("<presence/><iq");
  it.push(piece);
  assert.equal(stanzas[0]?.bytes.buffer, piece.buffer);
  assert.equal(stanzas[0]?.bytes.byteOffset, piece.byteOffset);
  it.push(Buffer.from(" id='1'/><presence id='2'/><mess"));
  it.push(Buffer.from("age/>"));
  assert.deepEqual(
    stanzas.map(({ bytes }) => bytes.toString()),
    ["<presence/>", "<iq id='1'/>", "<presence id='2'/>", "<message/>"],
  );
});

test("pending counts the bytes no frame has used; white space is used at once", () => {
  const { it, push } = framer();
  push(`${open} \n`);
  assert.equal(it.pending, 0);
  push("\t<iq");
  assert.equal(it.pending, 3);
  push("/> ");
  assert.equal(it.pending, 0);
});

test("a sink that answers false gets no more until resume; nothing is lost meanwhile", () => {
  const { it, push, diary } = framer({}, ({ id }) => id !== "2");
  push(`${open}<a id='1'/><b id='2'/><c/><d`);
  assert.equal(it.pending, 6);
  push("/> <e>");
  assert.deepEqual(diary, ["open stream", "<a id='1'/>", "<b id='2'/>"]);
  assert.equal(it.resume(), undefined);
  push("</e></stream:stream>");
  assert.deepEqual(diary.slice(3), ["<c/>", "<d/>", "<e></e>", "close"]);
  assert.equal(it.resume(), undefined);
});

test("resume from inside the sink means go on", () => {
  const { push, diary } = framer({}, (_, it) => {
    it.resume();
    return false;
  });
  push(`${open}<a/><b/>`);
  assert.deepEqual(diary, ["open stream", "<a/>", "<b/>"]);
});

test("after restart a new header is next, with a declaration of its own; pending bytes are its beginning", () => {
  const { it, push, diary, headers } = framer({}, (stanza, self) => {
    if (stanza.name === "auth") self.restart();
    return true;
  });
  const second = "<?xml version='1.0'?><s xmlns='u:s' xmlns:n='u:n'>";
  assert.equal(push(`${open}<auth/>\n${second}<n:a/>`), undefined);
  assert.deepEqual(diary, ["open stream", "<auth/>", "open s", "<n:a/>"]);
  assert.equal(headers[1]?.contentNs, "u:s");
  assert.equal(push("<stream:a/>"), "xml-bad-prefix"); // the old header's prefixes are gone
  assert.equal(it.pending, 0);
});

test("a header after restart cannot lean on the prefixes of the one before", () => {
  const { it, push } = framer();
  push(open);
  it.restart();
  assert.equal(push("<stream:stream>"), "xml-bad-prefix");
});

test("restart while the sink has stopped keeps what came after", () => {
  const { it, push, diary } = framer({}, () => false);
  push(`${open}<auth/><s>`);
  assert.equal(it.pending, 3);
  it.restart();
  it.resume();
  assert.deepEqual(diary, ["open stream", "<auth/>", "open s"]);
});

test("the first fault is the last word", () => {
  const { push, diary } = framer();
  assert.equal(push(`${open}<a/><b></c><d/>`), "xml-not-well-formed");
  assert.equal(push("<e/>"), "xml-not-well-formed");
  assert.deepEqual(diary, ["open stream", "<a/>"]);
});

const long = "x".repeat(20);

test("each limit holds to the byte", () => {
  const limits = {
    stanzaBytesUnauthMax: 100,
    xmlDepthMax: 3,
    xmlAttributesMax: 2,
    xmlNameBytesMax: 6,
    xmlPrefixesMax: 2,
  };
  const answer = (text: string): string | undefined => {
    const { it, push } = framer(limits);
    push("<s xmlns='u:s'>");
    it.stanzaBytesMax = 40;
    return push(text);
  };
  assert.equal(answer(`<a>${"x".repeat(33)}</a>`), undefined);
  assert.equal(answer(`<a>${"x".repeat(34)}</a>`), "xml-stanza-too-big");
  assert.equal(answer(`<a>${"x".repeat(37)}`), undefined);
  assert.equal(answer(`<a>${"x".repeat(38)}`), "xml-stanza-too-big");
  assert.equal(answer("<a><b><c/></b></a>"), undefined);
  assert.equal(answer("<a><b><c><d"), "xml-too-deep");
  assert.equal(answer("<a b='' c=''/>"), undefined);
  assert.equal(answer("<a b='' c='' d=''/>"), "xml-too-many-attributes");
  assert.equal(answer("<abcdef/>"), undefined);
  assert.equal(answer("<abcdefg/>"), "xml-name-too-long");
  assert.equal(answer("<abcdefg"), "xml-name-too-long");
  assert.equal(answer("<a abcdefg=''/>"), "xml-name-too-long");
});

test("prefixes in force at once are limited, those of elements that are over are not", () => {
  const { push } = framer({ xmlPrefixesMax: 2 });
  const two = "<x xmlns:a='u:a' xmlns:b='u:b'/>";
  assert.equal(push(`${open}<m>${two}${two}</m>`), undefined);
  assert.equal(
    push("<m xmlns:c='u:c'><x xmlns:a='u:a'/><x xmlns:a='u:a' xmlns:b='u:b'/></m>"),
    "xml-too-many-prefixes",
  );
});

test("a header is held to the limit of the unauthenticated, a stanza to its own", () => {
  assert.equal(framer({ stanzaBytesUnauthMax: 30 }).push(`<s a='${long}'>`), undefined);
  assert.equal(framer({ stanzaBytesUnauthMax: 20 }).push(`<s a='${long}'>`), "xml-stanza-too-big");
  const { it, push } = framer({ stanzaBytesUnauthMax: 20 });
  assert.equal(push("<s>"), undefined);
  it.stanzaBytesMax = 40;
  assert.equal(push(`<a>${long}</a>`), undefined);
});

test("a fault says what stood where, and nothing of what was said", () => {
  const detail = (text: string): string | undefined => framer().it.push(Buffer.from(text))?.detail;
  assert.equal(detail(`${open}<a>secret</b>`), "'b' in an end tag that fits no start tag, at byte 11 of the element");
  assert.equal(detail(`${open}<a>secret\u0001`), "the character U+0001, at byte 9 of the element");
  assert.equal(detail("GET / HTTP/1.1\r\n"), "'G' before the stream header, at byte 0 of the element");
});

test("pushing from inside the sink is a bug", () => {
  const { push } = framer({}, (_, it) => it.push(Buffer.from(" ")) === undefined);
  assert.throws(() => push(`${open}<a/>`), /inside a sink/);
});
