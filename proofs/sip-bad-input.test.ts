import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultCode } from "../src/base/fault.ts";
import { SimRandom } from "../src/sim/random.ts";
import { type Stage, setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import type { SipTransport } from "./sip-player.ts";
import { proofFor } from "./sip-proof.ts";
import type { Lines, SipStranger } from "./sip-stranger.ts";

const transports: readonly SipTransport[] = ["udp", "tcp", "tls"];

/**
 * One message: what is wrong with it, the message, the status that answers it (0: silence), and the fault it is counted
 * under, when it is turned away before anybody looks what it wants.
 */
type Row = readonly [
  what: string,
  says: (stranger: SipStranger) => string,
  status: number,
  code: FaultCode | undefined,
];

const request =
  (method: string, lines: Lines = {}, body = "") =>
  (stranger: SipStranger) =>
    stranger.request(method, lines, body);

/** An OPTIONS, which would be answered 200 to anybody, with one thing made wrong in its text. */
const spoilt = (from: string | RegExp, to: string) => (stranger: SipStranger) =>
  stranger.request("OPTIONS").replace(from, to);

const response = (status: string, lines: Lines = {}) => {
  return (stranger: SipStranger) => stranger.request("OPTIONS", lines).replace(/^.*\r\n/, `SIP/2.0 ${status}\r\n`);
};

/** Wrong in itself, whoever says it. */
const malformed: readonly Row[] = [
  ["no Via", request("OPTIONS", { Via: undefined }), 0, "sip-malformed"],
  ["a Via that cannot be read", request("OPTIONS", { Via: ";;,;" }), 400, "sip-malformed"],
  ["no From", request("OPTIONS", { From: undefined }), 400, "sip-malformed"],
  ["no To", request("OPTIONS", { To: undefined }), 400, "sip-malformed"],
  ["no Call-ID", request("OPTIONS", { "Call-ID": undefined }), 400, "sip-malformed"],
  ["no CSeq", request("OPTIONS", { CSeq: undefined }), 400, "sip-malformed"],
  ["a CSeq for another method", request("OPTIONS", { CSeq: "1 INVITE" }), 400, "sip-malformed"],
  ["a CSeq too large", request("OPTIONS", { CSeq: "36893488147419103232 OPTIONS" }), 400, "sip-malformed"],
  ["two From", request("OPTIONS", { from: "<sip:mallory@ours.example>;tag=m" }), 400, "sip-malformed"],
  ["Max-Forwards beyond 255", request("OPTIONS", { "Max-Forwards": "300" }), 400, "sip-malformed"],
  [
    "a From whose quote never ends",
    request("OPTIONS", { From: '"Alice <sip:alice@ours.example>' }),
    400,
    "sip-malformed",
  ],
  ["an escape that is none", request("OPTIONS", { uri: "sip:%zz%0@ours.example" }), 400, "sip-malformed"],
  ["headers in the Request-URI", request("OPTIONS", { uri: "sip:alice@ours.example?From=x" }), 400, "sip-malformed"],
  ["a URI in angle brackets", request("OPTIONS", { uri: "<sip:alice@ours.example>" }), 400, "sip-malformed"],
  ["an unknown kind of URI", request("OPTIONS", { uri: "nobodyKnowsThis:totallyopaque" }), 416, "sip-uri-scheme"],
  ["a URI without end", request("OPTIONS", { uri: `sip:${"a".repeat(5_000)}@ours.example` }), 414, "sip-uri-too-long"],
  ["another version of SIP", spoilt(" SIP/2.0", " SIP/7.0"), 505, "sip-version"],
  ["a space too many in the start line", spoilt(" SIP/2.0", "  SIP/2.0"), 400, "sip-malformed"],
  ["a line without a colon", spoilt("Max-Forwards:", "Max-Forwards"), 400, "sip-malformed"],
  ["a line without a name", spoilt("Max-Forwards:", ":"), 400, "sip-malformed"],
  ["an LF inside a line", request("OPTIONS", { Subject: "a\nFrom: <sip:mallory@ours.example>" }), 400, "sip-malformed"],
  ["a CR inside a line", request("OPTIONS", { Subject: "a\rb" }), 400, "sip-malformed"],
  ["a NUL", request("OPTIONS", { Subject: "a\0b" }), 400, "sip-malformed"],
  ["129 headers", request("OPTIONS", { "X-A": `1${"\r\nX-A: 1".repeat(128)}` }), 413, "sip-too-large"],
  ["71 Vias", request("OPTIONS", { Via: `SIP/2.0/UDP a${",SIP/2.0/UDP a".repeat(70)}` }), 413, "sip-too-large"],
  ["4,000 Vias", request("OPTIONS", { Via: `SIP/2.0/UDP a${",SIP/2.0/UDP a".repeat(3_999)}` }), 413, "sip-too-large"],
  ["a head too large", request("OPTIONS", { Subject: "x".repeat(20_000) }), 413, "sip-too-large"],
  ["10,000 parameters", request("OPTIONS", { From: `<sip:a@b>${";a".repeat(10_000)}` }), 413, "sip-too-large"],
  ["Content-Length said twice", request("OPTIONS", { "content-length": "0" }), 200, undefined],
  ["a response", response("200 OK"), 0, undefined],
  ["a provisional response", response("100 Trying"), 0, undefined],
  ["a challenge", response("401 Unauthorized", { "WWW-Authenticate": 'Digest realm="x", nonce="y"' }), 0, undefined],
  ["a response with a status beyond all", response("999 Nothing"), 0, undefined],
  ["a response that lacks nearly everything", response("200 OK", { Via: undefined, CSeq: undefined }), 0, undefined],
];

/** Sound, and not for us, or for nobody. */
const misplaced: readonly Row[] = [
  ["an extension nobody has", request("OPTIONS", { Require: "foo" }), 420, undefined],
  ["an unknown method", request("NEGOTIATE"), 405, undefined],
  ["a method without end", request("A".repeat(5_000)), 405, undefined],
  ["a call", request("INVITE"), 488, undefined],
  ["a call that is known", request("INVITE", { To: "<sip:alice@ours.example>;tag=x" }), 481, undefined],
  ["ACK to nobody", request("ACK"), 0, undefined],
  ["ACK to nobody, malformed", request("ACK", { "Max-Forwards": "x" }), 0, undefined],
  ["BENOTIFY to nobody", request("BENOTIFY", { Event: "presence" }), 0, undefined],
  ["BENOTIFY, malformed", request("BENOTIFY", { "Max-Forwards": "x" }), 0, "sip-malformed"],
  ["BENOTIFY with an extension nobody has", request("BENOTIFY", { Require: "foo" }), 0, undefined],
  ["NOTIFY to nobody", request("NOTIFY", { Event: "presence", "Subscription-State": "active" }), 481, undefined],
  ["BYE to nobody", request("BYE", { To: "<sip:alice@ours.example>;tag=x" }), 481, undefined],
  ["CANCEL of nothing", request("CANCEL"), 481, undefined],
  ["CANCEL with an extension nobody has", request("CANCEL", { Require: "foo" }), 481, undefined],
  ["INFO to nobody", request("INFO"), 481, undefined],
  ["UPDATE to nobody", request("UPDATE"), 481, undefined],
  ["PRACK to nobody", request("PRACK"), 481, undefined],
  ["REFER to nobody", request("REFER", { "Refer-To": "<sip:mallory@theirs.example>" }), 481, undefined],
];

/** What its sender has to be known for: as before, and as somebody who is known. */
const beforeSignIn: readonly Row[] = [
  ["REGISTER without proof", request("REGISTER"), 401, undefined],
  ["MESSAGE without proof", request("MESSAGE"), 407, undefined],
  ["SUBSCRIBE without proof", request("SUBSCRIBE", { Event: "presence" }), 407, undefined],
  ["PUBLISH without proof", request("PUBLISH", { Event: "presence" }), 407, undefined],
  ["a sender of another domain", request("MESSAGE", { From: "<sip:a@theirs.example>;tag=x" }), 403, undefined],
  ["a sender without a name", request("MESSAGE", { From: "<sip:ours.example>;tag=x" }), 484, undefined],
  ["a sender who is a telephone", request("MESSAGE", { From: "<tel:+4312345>;tag=x" }), 484, undefined],
];

const afterSignIn: readonly Row[] = [
  ["in another's name", request("MESSAGE", { From: "<sip:carol@ours.example>;tag=x" }), 407, undefined],
  ["to an address that is none", request("MESSAGE", { uri: "sip:%00@ours.example" }), 484, undefined],
  ["to a domain only", request("MESSAGE", { uri: "sip:ours.example" }), 484, undefined],
  ["to nobody by that name", request("MESSAGE", { uri: "sip:nobody@ours.example" }, "x"), 404, undefined],
  ["with nowhere left to go", request("MESSAGE", { "Max-Forwards": "0" }), 483, undefined],
  ["MESSAGE in a dialog that is not", request("MESSAGE", { To: "<sip:alice@ours.example>;tag=x" }), 481, undefined],
  ["SUBSCRIBE in a dialog that is not", request("SUBSCRIBE", { To: "<sip:alice@ours.example>;tag=x" }), 481, undefined],
  ["SUBSCRIBE to no event", request("SUBSCRIBE"), 489, undefined],
  ["SUBSCRIBE to an unknown event", request("SUBSCRIBE", { Event: "dialog" }), 489, undefined],
  ["SUBSCRIBE without Contact", request("SUBSCRIBE", { Event: "presence", Contact: undefined }), 400, undefined],
  ["SUBSCRIBE to nobody", request("SUBSCRIBE", { Event: "presence", uri: "sip:nobody@ours.example" }), 404, undefined],
  ["PUBLISH for another", request("PUBLISH", { Event: "presence", uri: "sip:bob@ours.example" }), 403, undefined],
  ["PUBLISH of no event", request("PUBLISH"), 489, undefined],
  ["PUBLISH of what is not there", request("PUBLISH", { Event: "presence", "SIP-If-Match": "x" }), 412, undefined],
  ["REGISTER of all but for ever", request("REGISTER", { Contact: "*" }), 400, undefined],
  ["a Contact that cannot be read", request("REGISTER", { Contact: "<sip:" }), 400, "sip-malformed"],
];

/** Alice on a connection, proved. */
export async function signedIn(stage: Stage, transport: SipTransport): Promise<SipStranger> {
  const alice = await stage.sipStranger(transport);
  const lines = { uri: "sip:ours.example", Expires: "600" };
  alice.says(alice.request("REGISTER", lines));
  const [challenge] = await alice.hears(1);
  const proof = proofFor(challenge, { user: "alice", method: "REGISTER", uri: lines.uri });
  alice.says(alice.request("REGISTER", { ...lines, Authorization: proof }));
  const [answer] = await alice.hears(1);
  assert.equal(answer?.status, 200);
  return alice;
}

async function isAnswered(stranger: SipStranger, witness: SipWitness, row: Row): Promise<void> {
  const [what, says, status, code] = row;
  const bytes = says(stranger);
  const bad = async () => {
    stranger.says(bytes);
    const answers = await stranger.settles();
    assert.deepEqual(
      answers.map((each) => each.status),
      status === 0 ? [] : [status],
      what,
    );
  };
  if (code === undefined) await bad().then(() => witness.conversationGoesOn());
  else await witness.during(code, bad);
}

for (const transport of transports) {
  test(`bad messages from a stranger over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    for (const row of [...malformed, ...misplaced, ...beforeSignIn]) {
      await t.test(row[0], async () => isAnswered(await stage.sipStranger(transport), witness, row));
    }
    await witness.nothingIsLeft();
  });
}

for (const transport of ["tcp", "tls"] as const) {
  test(`bad messages from somebody who is known, over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    // One connection for all of them: none is the end of it.
    const alice = await signedIn(stage, transport);
    for (const row of [...malformed, ...misplaced, ...afterSignIn]) {
      await t.test(row[0], () => isAnswered(alice, witness, row));
    }
    await witness.nothingIsLeft();
  });
}

const whole = (stranger: SipStranger) => [
  stranger.request("OPTIONS", { Accept: "application/pidf+xml" }),
  stranger.request("REGISTER", { Expires: "600" }),
  stranger.request("MESSAGE", { "Content-Type": "text/plain" }, "hello"),
  stranger.request("SUBSCRIBE", { Event: "presence", Accept: "application/pidf+xml" }),
];

test("messages that end anywhere, as datagrams: one answer at most, and none that says yes", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("udp");
  for (const text of whole(stranger)) {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at++) {
      stranger.says(bytes.subarray(0, at));
      const answers = await stranger.settles();
      assert.ok(answers.length <= 1, `${answers.length} answers to the first ${at} bytes`);
      // OPTIONS whole but for its last bytes is none: the empty line is what ends it.
      for (const { status } of answers) assert.ok(status === 400 || status === 401 || status === 407, `${status}`);
    }
    await witness.conversationGoesOn();
  }
});

for (const transport of ["tcp", "tls"] as const) {
  test(`messages that end anywhere, over ${transport}, and with them the connection`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    const lengths = whole(await stage.sipStranger(transport)).map((text) => text.length);
    for (const [which, length] of lengths.entries()) {
      for (let at = 1; at < length; at += 37) {
        const stranger = await stage.sipStranger(transport);
        stranger.says(whole(stranger)[which]?.slice(0, at) ?? "");
        stranger.stream?.end();
        // Half a message is no message: the node closes its side too, and says nothing.
        assert.deepEqual(await stranger.isTurnedAway(), [], `${at} bytes`);
      }
      await witness.conversationGoesOn();
    }
    await witness.nothingIsLeft();
  });
}

test("messages with some bytes made others: one answer at most, whatever they are", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("udp");
  const random = new SimRandom(1);
  for (let round = 0; round < 3_000; round++) {
    const texts = whole(stranger);
    const bytes = Buffer.from(texts[random.below(texts.length)] ?? "", "latin1");
    for (let many = random.between([1, 4]); many > 0; many--) bytes[random.below(bytes.length)] = random.below(256);
    stranger.says(bytes);
    assert.ok((await stranger.settles()).length <= 1, bytes.toString("latin1"));
  }
  await witness.conversationGoesOn();
  await witness.nothingIsLeft();
});
