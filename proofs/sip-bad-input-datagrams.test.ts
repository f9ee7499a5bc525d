import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import { proofFor } from "./sip-proof.ts";
import type { SipStranger } from "./sip-stranger.ts";

const methods = [
  "OPTIONS",
  "REGISTER",
  "MESSAGE",
  "SUBSCRIBE",
  "PUBLISH",
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "NOTIFY",
  "BENOTIFY",
  "INFO",
  "NEGOTIATE",
];

/** The fewest bytes a request can have. */
const tiny = (method: string, more = "") =>
  `${method} sip:ours.example SIP/2.0\r\nv:SIP/2.0/UDP a;rport;branch=z9hG4bK1\r\nf:sip:a@ours.example;tag=1\r\n` +
  `t:sip:a@ours.example\r\ni:1\r\nCSeq:1 ${method}\r\n${more}\r\n`;

/** What is added to it, and what is taken away. */
const forms: readonly (readonly [what: string, of: (method: string) => string])[] = [
  ["tiny", (method) => tiny(method)],
  ["with an extension nobody has", (method) => tiny(method, "Require:x\r\n")],
  ["with many extensions nobody has", (method) => tiny(method, `Require:${"x,".repeat(50)}x\r\n`)],
  ["with an event nobody knows", (method) => tiny(method, "o:x\r\n")],
  ["with a body nobody can read", (method) => tiny(method, "o:presence\r\nc:a/b\r\n").concat("x")],
  ["malformed", (method) => tiny(method, "Max-Forwards:x\r\n")],
  ["without a Call-ID", (method) => tiny(method).replace("i:1\r\n", "")],
  ["without a From", (method) => tiny(method).replace(/f:.*\r\n/, "")],
  ["of another version", (method) => tiny(method).replace("SIP/2.0\r\nv", "SIP/9.0\r\nv")],
  ["with an unknown scheme", (method) => tiny(method).replace("sip:ours.example", "x:y")],
  ["with proof of nothing", (method) => tiny(method, 'Authorization:Digest username="a",realm="ours.example"\r\n')],
  ["with five Vias", (method) => tiny(method).replace("v:", "v:SIP/2.0/UDP b,".repeat(4).concat("v:"))],
  ...[50, 100, 150, 200, 300, 400, 800].map(
    (size) => [`with ${size} bytes more`, (method: string) => tiny(method, `s:${"-".repeat(size)}\r\n`)] as const,
  ),
];

test("over UDP a stranger is answered in one datagram at most, not much larger than what was asked, and once", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  // Both hear what comes to the same address: what one sends is not mixed with the fences of the other.
  const stranger = await stage.sipStranger("udp");
  const fence = await stage.sipStranger("udp");
  for (const [what, of] of forms) {
    for (const method of methods) {
      const text = of(method);
      const [datagrams, bytes] = [stranger.datagrams, stranger.bytes];
      stranger.says(text);
      // The node reads one socket in order: when the fence is answered, so is what came before it.
      await fence.settles();
      const came = stranger.bytes - bytes;
      assert.ok(stranger.datagrams - datagrams <= 1, `${method} ${what}`);
      assert.ok(came <= 1.5 * text.length, `${method} ${what}: ${came} bytes to ${text.length}`);
      if (method === "ACK" || method === "BENOTIFY") assert.equal(came, 0, `${method} ${what}`);
    }
  }
  // Nothing is held that could be sent again.
  await witness.nothingIsLeft();
  await witness.conversationGoesOn();
});

/** Says `count` requests, as fast as they are read. */
async function floods(stranger: SipStranger, count: number, text: (number: number) => string): Promise<void> {
  for (let number = 0; number < count; number++) {
    stranger.says(text(number));
    if (number % 100 === 99) {
      await stranger.settles();
    }
  }
  await stranger.settles();
}

for (const method of ["INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "BYE", "CANCEL"]) {
  test(`a flood of ${method} from strangers over UDP leaves no transaction and no memory behind`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    const before = process.memoryUsage().arrayBuffers;
    for (const address of ["127.0.0.1", "127.0.0.2", "127.0.0.3"]) {
      const stranger = await stage.sipStranger("udp", address);
      await floods(stranger, 2_000, (number) =>
        stranger.request(method, { From: `<sip:u${number}@ours.example>;tag=x`, Event: "presence", Expires: "600" }),
      );
    }
    await witness.nothingIsLeft();
    await witness.conversationGoesOn();
    const { bindings, subscriptions, publications } = stage.node.counts.sip;
    assert.deepEqual([bindings, subscriptions, publications], [1, 0, 0]);
    assert.ok(process.memoryUsage().arrayBuffers - before < 30_000_000, "memory without bound");
  });
}

test("the same request again and again is answered as often as it comes, and held as little", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("udp");
  const text = stranger.request("INVITE");
  for (let count = 0; count < 500; count++) stranger.says(text);
  const answers = await stranger.settles();
  assert.ok(answers.length <= 500);
  // One To tag for all: they are answers to one request (RFC 3261 §8.2.7).
  assert.equal(new Set(answers.map(({ toTag }) => toTag)).size, 1);
  await witness.nothingIsLeft();
  await witness.conversationGoesOn();
});

test("wrong proofs by the hundred: the store is asked a few times, the rest costs two hashes", async (t) => {
  const limits = { saslTriesPerAddressPerMinuteMax: 20, sipTransactionsPerFlowMax: 50 };
  const stage = await setStage(t, { limits });
  const witness = await SipWitness.of(stage);
  let asked = 0;
  const { accounts } = stage.world.store;
  const { find } = accounts;
  accounts.find = (address) => {
    asked++;
    return find.call(accounts, address);
  };
  const stranger = await stage.sipStranger("udp", "127.0.0.2");
  stranger.says(stranger.request("MESSAGE", { Subject: "-".repeat(100) }));
  const [challenge] = await stranger.hears(1);
  const lines = stage.log.lines.length;
  await floods(stranger, 1_000, (number) => {
    const uri = "sip:alice@ours.example";
    const proof = proofFor(challenge, { user: `u${number}`, password: "guess", method: "MESSAGE", uri });
    return stranger.request("MESSAGE", { From: `<sip:u${number}@ours.example>;tag=x`, "Proxy-Authorization": proof });
  });
  assert.ok(asked <= 20 + 50, `${asked} questions to the store`);
  assert.equal(stage.metrics.value("comity_sign_ins_total", "digest", "sip-digest-failed"), asked);
  assert.ok(stage.metrics.value("comity_sign_ins_total", "digest", "sasl-too-many-tries") >= 1_000 - asked - 100);
  // The operator is told, and not a thousand times.
  const told = stage.log.lines.slice(lines).filter(({ level }) => level === "warn");
  assert.ok(told.length <= asked + 1, `${told.length} lines`);
  assert.equal(told.at(-1)?.fields.fault, "sasl-too-many-tries");
  await witness.conversationGoesOn();
  await witness.nothingIsLeft();
});

test("answers to nothing and messages to nobody, by the thousand", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("udp");
  for (const status of [100, 200, 401, 487, 503]) {
    await floods(stranger, 500, () => stranger.request("MESSAGE").replace(/^.*\r\n/, `SIP/2.0 ${status} x\r\n`));
  }
  assert.deepEqual(await stranger.settles(), []);
  await witness.nothingIsLeft();
  await witness.conversationGoesOn();
});

test("RFC 5626 §4.4.2: what is too short to be a message is no message", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("udp");
  for (const bytes of ["", "\r\n", "\r\n\r\n", "\0\0\0\0", "a", "SIP", "\r\n".repeat(5_000), "\0".repeat(60_000)]) {
    stranger.says(bytes);
  }
  assert.deepEqual(await stranger.settles(), []);
  await witness.conversationGoesOn();
});

test("who has much under way over UDP is told to wait, and nobody else is", async (t) => {
  const stage = await setStage(t, { limits: { sipTransactionsPerFlowMax: 10, settleMs: 600 } });
  const witness = await SipWitness.of(stage);
  const bob = await stage.sipPerson("bob", "tcp");
  bob.answer = 0;
  const greedy = await stage.sipStranger("udp", "127.0.0.2");
  greedy.says(greedy.request("MESSAGE", { Subject: "-".repeat(100) }));
  const [challenge] = await greedy.hears(1);
  const uri = "sip:bob@ours.example";
  for (let count = 1; count <= 30; count++) {
    const proof = proofFor(challenge, { user: "alice", method: "MESSAGE", uri, count });
    greedy.says(greedy.request("MESSAGE", { uri, "Proxy-Authorization": proof, "Content-Type": "text/plain" }, "x"));
  }
  const refused = await greedy.settles();
  assert.deepEqual([refused.length, ...new Set(refused.map(({ status }) => status))], [20, 503]);
  assert.equal(refused[0]?.header("retry-after"), "5");
  await witness.conversationGoesOn();
  // The ten have their answer when the store has them; then there is room again.
  const answered = await greedy.hears(10);
  assert.deepEqual([...new Set(answered.map(({ status }) => status))], [202]);
  const proof = proofFor(challenge, { user: "alice", method: "MESSAGE", uri, count: 31 });
  greedy.says(greedy.request("MESSAGE", { uri, "Proxy-Authorization": proof, "Content-Type": "text/plain" }, "x"));
  const [late] = await greedy.hears(1);
  assert.equal(late?.status, 202);
});
