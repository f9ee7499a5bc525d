import assert from "node:assert/strict";
import { test } from "node:test";
import type { SipMessage } from "../src/sip/message.ts";
import { parseNameAddr } from "../src/sip/name-addr.ts";
import { mayAnswer } from "../src/sip/request-check.ts";
import { responseBytes } from "../src/sip/response.ts";
import { decodedUser, parseSipUri, type SipUri } from "../src/sip/uri.ts";
import { parseVia } from "../src/sip/via.ts";
import { cut, framesOf, verdictOn } from "./sip-frames.ts";
import type { TortureMessage } from "./sip-torture.ts";
import { invalid } from "./sip-torture-invalid.ts";
import { ipv6 } from "./sip-torture-ipv6.ts";
import { semantics } from "./sip-torture-semantics.ts";
import { valid } from "./sip-torture-valid.ts";

const rfc4475: readonly TortureMessage[] = [...valid, ...invalid, ...semantics];
const all: readonly TortureMessage[] = [...rfc4475, ...ipv6];

function messageOf(name: string): SipMessage {
  const found = all.find(([one]) => one === name);
  assert.ok(found, name);
  const { message } = verdictOn(found[4]);
  assert.ok(message, name);
  return message;
}

function uriOf(text: string | undefined): SipUri {
  const uri = parseSipUri(text ?? "");
  assert.ok(uri.ok, text);
  return uri.value;
}

function userOf(text: string | undefined): string {
  const user = decodedUser(uriOf(text));
  assert.ok(user.ok, text);
  return user.value;
}

test("all of the messages of RFC 4475 and RFC 5118 are here", () => {
  assert.equal(new Set(rfc4475.map(([name]) => name)).size, 49);
  assert.equal(ipv6.length, 12);
});

test("in a datagram each gets its verdict", () => {
  for (const [name, section, verdict, , bytes] of all) {
    assert.equal(verdictOn(bytes).code, verdict, `${name}, §${section}`);
  }
});

test("on a stream each is taken, refused, waited for, or the last; where it is cut changes nothing", () => {
  for (const [name, , , stream, bytes] of all) {
    const whole = framesOf([bytes]);
    assert.equal(whole.fault, stream === "lost" ? "sip-framing-lost" : undefined, name);
    assert.equal(whole.pending > 0, stream === "waits", name);
    for (let at = 1; at < bytes.length; at++) assert.deepEqual(framesOf(cut(bytes, at)), whole, `${name} cut at ${at}`);
    assert.deepEqual(framesOf(cut(bytes, ...bytes.keys())), whole, `${name} byte by byte`);
  }
});

test("what goes on takes the next message", () => {
  const next = all[0]?.[4] ?? Buffer.alloc(0);
  for (const [name, , , stream, bytes] of all) {
    if (stream !== "goes on") continue;
    const { found } = framesOf([bytes, next]);
    assert.equal(found.at(-1), `message ${next.toString("latin1")}`, name);
  }
});

test("a request that is refused can be answered, and its answer is a good response", () => {
  for (const [name, , verdict, , bytes] of all) {
    const { message } = verdictOn(bytes);
    if (verdict === "taken" || message?.isRequest !== true) continue;
    assert.ok(mayAnswer(message), name);
    const answer = responseBytes(message, 400, { toTag: "x" }, { address: "192.0.2.1", port: 5060 });
    // What cannot be read goes back as it came; a response's From and To are not looked at.
    const copiesBad = ["badinv01", "insuf", "scalar02"].includes(name);
    assert.equal(verdictOn(answer).code, copiesBad ? "sip-malformed" : "taken", name);
  }
});

test("§3.1.1.1: what is folded and spaced is read as if it were not", () => {
  const m = messageOf("wsinv");
  assert.equal(m.method, "INVITE");
  assert.equal(m.uri, "sip:vivekg@chair-dnrc.example.com;unknownparam");
  assert.deepEqual([m.to?.uri, m.toTag], ["sip:vivekg@chair-dnrc.example.com", "1918181833n"]);
  assert.deepEqual(
    [m.from?.display, m.from?.uri, m.fromTag],
    ['J Rosenberg \\"', "sip:jdrosen@example.com", "98asjd8"],
  );
  assert.deepEqual([m.maxForwards, m.cseq], [68, { number: 9, method: "INVITE" }]);
  assert.deepEqual([m.header("subject"), m.contentLength, m.body.length], ["", 150, 150]);
  assert.equal(m.header("newfangledheader"), "newfangled value continued newfangled value");
  assert.equal(m.header("unknownheaderwithunusualvalue"), ";;,,;;,;");
  const vias = m.values("via").map((text) => parseVia(text));
  assert.deepEqual(
    vias.map((via) => via.ok && [via.value.protocol, via.value.transport, via.value.host, via.value.branch]),
    [
      ["SIP/2.0", "UDP", "192.0.2.2", "390skdjuw"],
      ["SIP/2.0", "TCP", "spindle.example.com", "z9hG4bK9ikj8"],
      ["SIP/2.0", "UDP", "192.168.255.111", "z9hG4bK30239"],
    ],
  );
  const contact = parseNameAddr(m.header("contact") ?? "");
  assert.deepEqual(contact.ok && [contact.value.display, contact.value.parameters], [
    'Quoted string ""',
    [
      ["newparam", "newvalue"],
      ["secondparam", undefined],
      ["q", "0.33"],
    ],
  ]);
});

test("§3.1.1.2: every character that may stand somewhere stands there", () => {
  const m = messageOf("intmeth");
  assert.equal(m.method, "!interesting-Method0123456789_*+`.%indeed'~");
  assert.equal(uriOf(m.uri).user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  assert.equal(uriOf(m.uri).password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  assert.equal(m.to?.display, "BEL:\u0007 NUL:\0 DEL:\u007f");
  assert.equal(m.from?.display, "token1~` token2'+_ token3*%!.-");
  assert.deepEqual(m.from?.parameters, [
    ["fromparam''~+*_!.-%", "работающий"],
    ["tag", "_token~1'+`*%!-."],
  ]);
  assert.equal(m.callId, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
  assert.equal(m.header("extensionheader-!.%*+_`'~"), "\ufeff大停電");
});

test("§3.1.1.3 to §3.1.1.5: escapes are undone once, where they are escapes", () => {
  const escaped = messageOf("esc01");
  assert.equal(userOf(escaped.uri), "sips:user@example.com");
  assert.equal(userOf(escaped.to?.uri), "user");
  assert.equal(userOf(escaped.from?.uri), "I have spaces");
  const nulls = messageOf("escnull");
  assert.equal(userOf(nulls.to?.uri), "null-\0-null");
  const users = nulls.values("contact").map((text) => parseNameAddr(text));
  assert.deepEqual(
    users.map((user) => user.ok && userOf(user.value.uri)),
    ["\0", "\0\0"],
  );
  const none = messageOf("esc02");
  assert.deepEqual([none.method, none.cseq?.method], ["RE%47IST%45R", "RE%47IST%45R"]);
  assert.deepEqual([none.to?.display, none.from?.display], ["%Z%45", "%Z%45"]);
  assert.equal(none.values("contact").length, 2);
  assert.equal(none.header("c%6fntact"), "<sip:alias2@host2.example.com>");
});

test("§3.1.1.7 to §3.1.1.13: the others of the good ones", () => {
  const long = messageOf("longreq");
  assert.equal(long.values("via").length, 34);
  assert.deepEqual([long.fromTag.length, long.via?.host], [155, "sip33.example.com"]);
  assert.equal(messageOf("dblreq").body.length, 0);
  assert.equal(uriOf(messageOf("semiuri").uri).user, "user;par=u%40example.net");
  const transports = messageOf("transports").values("via");
  assert.deepEqual(
    transports.map((text) => {
      const via = parseVia(text);
      return via.ok && via.value.transport;
    }),
    ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"],
  );
  assert.deepEqual([messageOf("mpart01").body.length, messageOf("mpart01").contentType], [553, "multipart/mixed"]);
  assert.equal(messageOf("unreason").reason, "= 2**3 * 5**2 но сто девяносто девять - простое");
  assert.deepEqual([messageOf("noreason").status, messageOf("noreason").reason], [100, ""]);
});

test("§3.3: whose parameters they are, and numbers at their ends", () => {
  const contactOf = (name: string) => parseNameAddr(messageOf(name).header("contact") ?? "");
  const behind = contactOf("cparam01");
  assert.deepEqual(behind.ok && [behind.value.uri, behind.value.parameters], [
    "sip:+19725552222@gw1.example.net",
    [["unknownparam", undefined]],
  ]);
  const inside = contactOf("cparam02");
  assert.deepEqual(inside.ok && [inside.value.uri, inside.value.parameters], [
    "sip:+19725552222@gw1.example.net;unknownparam",
    [],
  ]);
  const headers = contactOf("regescrt");
  assert.equal(headers.ok && uriOf(headers.value.uri).headers, "Route=%3Csip:sip.example.com%3E");
  assert.equal(messageOf("zeromf").maxForwards, 0);
  assert.equal(messageOf("inv2543").maxForwards, undefined);
  assert.equal(messageOf("inv2543").via?.branch, undefined);
  assert.equal(messageOf("inv2543").body.length, 105);
});

test("RFC 5118: hosts and ports", () => {
  const places = ipv6.flatMap(([name, , verdict]) => {
    if (verdict !== "taken") return [];
    const { host, port } = uriOf(messageOf(name).uri);
    return [[name, host, port]];
  });
  assert.deepEqual(places, [
    ["ipv6-good", "[2001:db8::10]", undefined],
    ["port-ambiguous", "[2001:db8::10:5070]", undefined],
    ["port-unambiguous", "[2001:db8::10]", 5070],
    ["via-received-param-with-delim", "[2001:db8::10]", undefined],
    ["via-received-param-no-delim", "[2001:db8::10]", undefined],
    ["ipv6-in-sdp", "[2001:db8::10]", undefined],
    ["mult-ip-in-header", "host.example.net", undefined],
    ["mult-ip-in-sdp", "[2001:db8::10]", undefined],
    ["ipv4-mapped-ipv6", "example.com", undefined],
    ["ipv6-bug-abnf-3-colons", "[2001:db8::192.0.2.1]", undefined],
    ["ipv6-correct-abnf-2-colons", "[2001:db8::192.0.2.1]", undefined],
  ]);
  assert.deepEqual(messageOf("via-received-param-with-delim").via?.parameters[0], ["received", "[2001:db8::9:255]"]);
  assert.deepEqual(messageOf("via-received-param-no-delim").via?.parameters[0], ["received", "2001:db8::9:255"]);
  assert.deepEqual(
    [messageOf("ipv4-mapped-ipv6").via?.host, messageOf("ipv4-mapped-ipv6").via?.port],
    ["[::ffff:192.0.2.10]", 19823],
  );
});
