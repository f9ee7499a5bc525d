import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { limitsWith } from "../base/limits.ts";
import { parseMessage, type SipMessage } from "./message.ts";
import { cancelledKey, isAckOf, isUniqueBranch, mergeKey, serverKey } from "./transaction-key.ts";

type Parts = { method?: string; uri?: string; via?: string; to?: string; from?: string; call?: string; cseq?: string };

const invite: Required<Parts> = {
  method: "INVITE",
  uri: "sip:bob@biloxi.example",
  via: "SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bK776asdhds",
  from: "Alice <sip:alice@atlanta.example>;tag=1928301774",
  to: "Bob <sip:bob@biloxi.example>",
  call: "a84b4c76e66710",
  cseq: "314159 INVITE",
};

function read(start: string, p: Required<Parts>): SipMessage {
  const head = `${start}\r\nVia: ${p.via}\r\nFrom: ${p.from}\r\nTo: ${p.to}\r\nCall-ID: ${p.call}\r\nCSeq: ${p.cseq}\r\n\r\n`;
  const message = parseMessage(Buffer.from(head), limitsWith());
  assert.ok(message.ok);
  return message.value;
}

function request(changes: Parts = {}): SipMessage {
  const method = changes.method ?? "INVITE";
  const parts = { ...invite, cseq: `314159 ${method}`, ...changes };
  return read(`${method} ${parts.uri} SIP/2.0`, parts);
}

/** What is changed, and whether the request still belongs to the INVITE's transaction. */
function matches(table: readonly (readonly [string, Parts, boolean])[], base: Parts): void {
  const key = serverKey(request(base));
  for (const [name, changes, same] of table) {
    assert.equal(isDeepStrictEqual(serverKey(request({ ...base, ...changes })), key), same, name);
  }
}

test("§17.2.3: with a unique branch, branch, sent-by and method decide", () => {
  const host = "SIP/2.0/UDP pc33.atlanta.example";
  matches(
    [
      ["the same again", {}, true],
      ["its ACK", { method: "ACK", to: `${invite.to};tag=a6c85cf` }, true],
      ["another method", { method: "MESSAGE" }, false],
      ["its CANCEL is a transaction of its own", { method: "CANCEL" }, false],
      [
        "everything else differs",
        { uri: "sip:x@y.example", call: "other", cseq: "1 INVITE", from: "<sip:x@y.example>" },
        true,
      ],
      ["another branch", { via: `${host};branch=z9hG4bK776asdhdt` }, false],
      ["the branch in another case", { via: `${host};branch=z9hG4bK776ASDHDS` }, false],
      ["another sender", { via: "SIP/2.0/UDP pc34.atlanta.example;branch=z9hG4bK776asdhds" }, false],
      ["the sender in another case", { via: "SIP/2.0/UDP PC33.Atlanta.example;branch=z9hG4bK776asdhds" }, true],
      ["another port", { via: `${host}:5062;branch=z9hG4bK776asdhds` }, false],
      ["the port that is meant without one", { via: `${host}:5060;branch=z9hG4bK776asdhds` }, true],
      ["other parameters", { via: `${host};received=192.0.2.1;branch=z9hG4bK776asdhds;rport=9` }, true],
      ["another Via below", { via: `${invite.via}, SIP/2.0/UDP below.example;branch=z9hG4bKx` }, true],
    ],
    {},
  );
});

test("§18.1.1: a sender without port means that of its transport", () => {
  const key = (via: string) => serverKey(request({ via: `${via};branch=z9hG4bKa` }));
  assert.deepEqual(key("SIP/2.0/TLS a.example"), key("SIP/2.0/TLS a.example:5061"));
  assert.notDeepEqual(key("SIP/2.0/TLS a.example"), key("SIP/2.0/TLS a.example:5060"));
  assert.deepEqual(key("SIP/2.0/TCP [2001:DB8::1]"), key("SIP/2.0/TCP [2001:db8::1]:5060"));
});

test("§8.1.1.7: what makes a branch unique", () => {
  for (const branch of ["z9hG4bK1", "Z9HG4BKx", "z9hG4bK-524287"]) assert.ok(isUniqueBranch(branch), branch);
  for (const branch of [undefined, "", "1", "z9hG4bK", "z9hG4b", "x-z9hG4bK1"])
    assert.ok(!isUniqueBranch(branch), branch);
});

for (const [name, via] of [
  ["no branch (R1)", "SIP/2.0/TLS 192.0.2.44:1620;ms-received-port=1620;ms-received-cid=1DCEE00"],
  ["a branch without the cookie (R1)", "SIP/2.0/UDP pc33.atlanta.example;branch=1"],
  ["the cookie alone (RFC 4475 §3.2.1)", "SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bK"],
] as const) {
  test(`§17.2.3, the way of RFC 2543, ${name}`, () => {
    matches(
      [
        ["the same again", {}, true],
        ["its ACK", { method: "ACK", to: `${invite.to};tag=a6c85cf` }, true],
        ["another method", { method: "MESSAGE" }, false],
        ["its CANCEL is a transaction of its own", { method: "CANCEL" }, false],
        ["another Request-URI", { uri: "sip:carol@biloxi.example" }, false],
        ["another Call-ID", { call: "A84B4C76E66710" }, false],
        ["another CSeq", { cseq: "314160 INVITE" }, false],
        ["another From tag", { from: "Alice <sip:alice@atlanta.example>;tag=1" }, false],
        ["another display name", { from: "<sip:alice@atlanta.example>;tag=1928301774" }, true],
        ["another top Via", { via: "SIP/2.0/UDP other.example" }, false],
        ["another Via below", { via: `${via}, SIP/2.0/UDP below.example` }, true],
      ],
      { via },
    );
    const ack = request({ via, method: "ACK", to: `${invite.to};tag=a6c85cf` });
    assert.equal(isAckOf(ack, "a6c85cf"), true);
    assert.equal(isAckOf(ack, "another"), false);
    assert.deepEqual(cancelledKey(request({ via, method: "CANCEL" })), serverKey(request({ via })));
  });
}

test("§17.2.3: by its branch an ACK matches whatever its tag says", () => {
  assert.equal(isAckOf(request({ method: "ACK", to: `${invite.to};tag=x` }), "another"), true);
});

test("§9.2: a CANCEL leads to its INVITE and to nothing else", () => {
  const cancel = request({ method: "CANCEL" });
  assert.deepEqual(cancelledKey(cancel), serverKey(request()));
  assert.notDeepEqual(cancelledKey(cancel), serverKey(request({ method: "MESSAGE" })));
  assert.notDeepEqual(serverKey(cancel), serverKey(request()));
});

test("keys of the two kinds are never equal", () => {
  const unique = serverKey(request());
  const forged = serverKey(request({ via: 'SIP/2.0/UDP pc33.atlanta.example;branch="x z9hG4bK776asdhds"' }));
  assert.ok(!unique.kind.includes("\n") && forged.kind.includes("\n"));
});

test("§8.2.2.2: one request by two ways is told by From, its tag, Call-ID and CSeq", () => {
  const other = { via: "SIP/2.0/UDP proxy2.example;branch=z9hG4bKz" };
  assert.deepEqual(mergeKey(request(other)), mergeKey(request()));
  assert.notDeepEqual(mergeKey(request({ cseq: "314160 INVITE" })), mergeKey(request()));
  assert.notDeepEqual(mergeKey(request({ call: "b" })), mergeKey(request()));
  const twin = "<sip:frank@atlanta.example>;tag=1928301774";
  assert.notDeepEqual(
    mergeKey(request({ from: twin })),
    mergeKey(request()),
    "two clients may make the same tag and Call-ID",
  );
  assert.equal(mergeKey(request({ to: `${invite.to};tag=1` })), undefined, "not in a dialog");
});

test("what has no Via that can be read has a key all the same", () => {
  const bare = request({ via: "nonsense" });
  assert.equal(bare.via, undefined);
  assert.deepEqual(serverKey(bare), serverKey(bare));
});
