import assert from "node:assert/strict";
import { test } from "node:test";
import type { SipMessage } from "../src/sip/message.ts";
import { type Stage, setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import type { SipTransport } from "./sip-player.ts";
import { nonceOf, proofFor } from "./sip-proof.ts";
import type { Lines, SipStranger } from "./sip-stranger.ts";

const transports: readonly SipTransport[] = ["udp", "tcp", "tls"];
const registrar = "sip:ours.example";
const alice = "<sip:alice@ours.example>";

/** Over UDP answers are no larger than what was asked: this makes room for a challenge. */
const room = { Subject: "-".repeat(100) };

async function asks(stranger: SipStranger, method: string, lines: Lines, body = ""): Promise<SipMessage> {
  stranger.says(stranger.request(method, { ...room, ...lines }, body));
  const [answer] = await stranger.hears(1);
  assert.ok(answer, `no answer to ${method}`);
  return answer;
}

/** A REGISTER of Alice's, with a proof made by `how` for the challenge. */
function registers(stranger: SipStranger, challenge: SipMessage | undefined, how: object = {}): Promise<SipMessage> {
  const proof = proofFor(challenge, { user: "alice", method: "REGISTER", uri: registrar, ...how });
  return asks(stranger, "REGISTER", { uri: registrar, Expires: "600", Authorization: proof });
}

const isStale = (answer: SipMessage) => /stale=true/i.test(answer.header("www-authenticate") ?? "");
const bindings = (stage: Stage) => stage.node.counts.sip.bindings;

for (const transport of transports) {
  test(`RFC 3261 §22.1: nothing is done unproved, over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    const before = bindings(stage);
    const stranger = await stage.sipStranger(transport);
    const challenge = await asks(stranger, "REGISTER", { uri: registrar, Expires: "600" });
    assert.deepEqual([challenge.status, isStale(challenge)], [401, false]);
    for (const method of ["MESSAGE", "SUBSCRIBE", "PUBLISH"]) {
      assert.equal((await asks(stranger, method, { Event: "presence" })).status, 407);
    }
    assert.deepEqual([bindings(stage), stage.node.counts.sip.subscriptions], [before, 0]);
    await witness.conversationGoesOn();
  });

  test(`a spoofed From, over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    const bob = await stage.sipPerson("bob", transport);
    const stranger = await stage.sipStranger(transport);
    const challenge = await asks(stranger, "REGISTER", { uri: registrar, Expires: "600" });
    assert.equal((await registers(stranger, challenge)).status, 200);
    const uri = "sip:bob@ours.example";
    const says = (from: string, lines: Lines = {}) =>
      asks(stranger, "MESSAGE", { uri, From: `<sip:${from}>;tag=x`, "Content-Type": "text/plain", ...lines }, "hello");
    // Alice is proved, on this connection or by her proof, and is nobody else for that.
    const other = await says("dave@ours.example");
    assert.equal(other.status, 407);
    const proof = proofFor(other, { user: "alice", method: "MESSAGE", uri });
    assert.equal((await says("dave@ours.example", { "Proxy-Authorization": proof })).status, 403);
    assert.equal((await says("dave@theirs.example")).status, 403);
    assert.equal((await says("dave@theirs.example", { "Proxy-Authorization": proof })).status, 403);
    // What others are told of who sent it is the server's word alone.
    const own = transport === "udp" ? await says("alice@ours.example") : undefined;
    const mine =
      own === undefined ? {} : { "Proxy-Authorization": proofFor(own, { user: "alice", method: "MESSAGE", uri }) };
    const asserted = {
      "P-Asserted-Identity": "<sip:dave@ours.example>",
      "P-Preferred-Identity": "<sip:dave@ours.example>",
    };
    assert.equal((await says("alice@ours.example", { ...mine, ...asserted })).status, 200);
    const heard = await bob.hears("MESSAGE");
    assert.equal(heard.from?.uri, "sip:alice@ours.example");
    assert.deepEqual(
      [heard.header("p-asserted-identity"), heard.header("p-preferred-identity")],
      [undefined, undefined],
    );
    assert.deepEqual([heard.header("proxy-authorization"), heard.header("authorization")], [undefined, undefined]);
    await witness.conversationGoesOn();
  });

  test(`REGISTER and PUBLISH for somebody else, over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    const before = bindings(stage);
    const stranger = await stage.sipStranger(transport);
    const lines = { uri: registrar, To: "<sip:bob@ours.example>", Expires: "600" };
    const challenge = await asks(stranger, "REGISTER", lines);
    // In Bob's name, with Alice's password; and as Alice, who only writes To Bob.
    for (const user of ["alice", "bob", "alice@ours.example", "bob@ours.example"]) {
      const proof = proofFor(challenge, { user, password: "wrong", method: "REGISTER", uri: registrar });
      assert.equal((await asks(stranger, "REGISTER", { ...lines, Authorization: proof })).status, 403, user);
    }
    const proof = proofFor(challenge, { user: "alice", method: "REGISTER", uri: registrar });
    assert.equal((await asks(stranger, "REGISTER", { ...lines, Authorization: proof })).status, 403);
    assert.equal(bindings(stage), before);
    const published = { uri: "sip:bob@ours.example", Event: "presence", From: `${alice};tag=x` };
    const asked = await asks(stranger, "PUBLISH", published);
    const publisher = proofFor(asked, { user: "alice", method: "PUBLISH", uri: published.uri });
    assert.equal((await asks(stranger, "PUBLISH", { ...published, "Proxy-Authorization": publisher })).status, 403);
    assert.equal(stage.node.counts.sip.publications, 0);
    await witness.conversationGoesOn();
  });
}

test("RFC 7616 §5.5: a proof that was used is worth nothing: not again, not elsewhere, not for something else", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const before = bindings(stage);
  const owner = await stage.sipStranger("udp");
  const challenge = await asks(owner, "REGISTER", { uri: registrar, Expires: "600" });
  const proof = proofFor(challenge, { user: "alice", method: "REGISTER", uri: registrar });
  const lines = { uri: registrar, Expires: "600", Authorization: proof };
  const once = owner.request("REGISTER", { ...room, ...lines });
  owner.says(once);
  assert.equal((await owner.hears(1))[0]?.status, 200);
  assert.equal(bindings(stage), before + 1);
  // The very same request is met with the same answer (RFC 3261 §17.2.2).
  owner.says(once);
  assert.equal((await owner.hears(1))[0]?.status, 200);
  // Another with the same proof is not, from wherever it comes.
  const thief = await stage.sipStranger("udp", "127.0.0.2");
  const neighbour = await stage.sipStranger("udp");
  const connected = await stage.sipStranger("tcp");
  await witness.during(
    "sip-replay",
    async () => {
      for (const each of [owner, neighbour, connected]) {
        const answer = await asks(each, "REGISTER", { ...lines, Contact: "<sip:thief@127.0.0.2:5060>" });
        assert.deepEqual([answer.status, isStale(answer)], [401, true]);
      }
    },
    3,
  );
  const elsewhere = await asks(thief, "REGISTER", { ...lines, Contact: "<sip:thief@127.0.0.2:5060>" });
  assert.deepEqual([elsewhere.status, isStale(elsewhere)], [401, true]);
  // A nonce is good at the address it was made for, and nowhere else, unused too.
  const fresh = await asks(owner, "REGISTER", { uri: registrar, Expires: "600" });
  const stolen = await registers(thief, fresh);
  assert.deepEqual([stolen.status, isStale(stolen)], [401, true]);
  // Proof of one request proves no other.
  const toRegister = proofFor(fresh, { user: "alice", method: "REGISTER", uri: registrar });
  const other = await asks(owner, "MESSAGE", { uri: registrar, "Proxy-Authorization": toRegister });
  assert.equal(other.status, 403);
  const toBob = proofFor(fresh, { user: "alice", method: "MESSAGE", uri: "sip:bob@ours.example" });
  const toCarol = await asks(owner, "MESSAGE", { uri: "sip:carol@ours.example", "Proxy-Authorization": toBob });
  assert.equal(toCarol.status, 407);
  // Its owner may use it, once for each count, and counts may overtake each other.
  for (const count of [3, 1, 2, 200]) assert.equal((await registers(owner, fresh, { count })).status, 200, `${count}`);
  for (const count of [3, 1, 2, 200, 100]) {
    const answer = await registers(owner, fresh, { count });
    assert.deepEqual([answer.status, isStale(answer)], [401, true], `${count}`);
  }
  assert.equal(bindings(stage), before + 1);
  await witness.conversationGoesOn();
});

test("a nonce that is none, and credentials that are none: the sender is asked again", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const stranger = await stage.sipStranger("udp");
  const challenge = await asks(stranger, "REGISTER", { uri: registrar, Expires: "600" });
  const good = proofFor(challenge, { user: "alice", method: "REGISTER", uri: registrar });
  const nonce = nonceOf(challenge);
  const rows: readonly (readonly [what: string, text: string])[] = [
    ["another nonce", good.replace(nonce, "A".repeat(nonce.length))],
    [
      "a nonce with a bit changed",
      good.replace(
        nonce,
        nonce.replace(/^./, (c) => (c === "A" ? "B" : "A")),
      ),
    ],
    ["a short nonce", good.replace(nonce, nonce.slice(1))],
    ["a long nonce", good.replace(nonce, nonce + "A".repeat(5_000))],
    ["no nonce", good.replace(`nonce="${nonce}", `, "")],
    ["two nonces", `${good}, nonce="x"`],
    ["another realm", good.replace('realm="ours.example"', 'realm="theirs.example"')],
    ["no user", good.replace('username="alice", ', "")],
    ["another scheme", good.replace("Digest", "Basic")],
    ["a scheme alone", "Digest"],
    ["nothing", ""],
    ["an algorithm nobody offered", good.replace("algorithm=MD5", "algorithm=SHA-512-256")],
    ["a session algorithm", good.replace("algorithm=MD5", "algorithm=MD5-sess")],
    ["a count that is none", good.replace("nc=00000001", "nc=now")],
    ["a count without end", good.replace("nc=00000001", `nc=${"0".repeat(1_000)}1`)],
    ["a response too short", good.replace(/response="."?/, 'response="')],
    ["a quote without end", good.replace(/"$/, "")],
    ["1,000 parameters", `${good}${", x=y".repeat(1_000)}, nonce="x"`],
    ["1,000 quotes", `Digest ${'""'.repeat(500)}`],
    ["backslashes", `Digest username="${"\\\\".repeat(2_000)}"`],
  ];
  for (const [what, Authorization] of rows) {
    await t.test(what, async () => {
      const answer = await asks(stranger, "REGISTER", { uri: registrar, Expires: "600", Authorization });
      assert.equal(answer.status, 401);
      await witness.conversationGoesOn();
    });
  }
  assert.equal((await registers(stranger, challenge)).status, 200);
  await witness.nothingIsLeft();
});

test("RFC 8760: nobody learns who has an account", async (t) => {
  const stage = await setStage(t);
  const stranger = await stage.sipStranger("udp");
  const answers = new Set<string>();
  for (const user of ["alice", "nobody", "bob", "somebody"]) {
    const lines = { uri: registrar, To: `<sip:${user}@ours.example>`, From: `${alice};tag=x`, Expires: "600" };
    const challenge = await asks(stranger, "REGISTER", lines);
    const proof = proofFor(challenge, { user, password: "wrong", method: "REGISTER", uri: registrar });
    const refused = await asks(stranger, "REGISTER", { ...lines, Authorization: proof });
    const own = ["via", "to", "call-id", "cseq", "www-authenticate"];
    answers.add(
      [challenge, refused].map((each) => `${each.status} ${each.reason} ${each.rawHeadersExcept(own)}`).join(),
    );
  }
  assert.equal(answers.size, 1);
});

for (const transport of transports) {
  test(`wrong passwords are counted per address, over ${transport}`, async (t) => {
    const stage = await setStage(t, { limits: { saslTriesPerAddressPerMinuteMax: 3 } });
    // Before anybody guesses: she is signed in from the same address.
    const witness = await SipWitness.of(stage);
    const guesser = await stage.sipStranger(transport, "127.0.0.2");
    const challenge = await asks(guesser, "REGISTER", { uri: registrar, Expires: "600" });
    for (let count = 1; count <= 3; count++) {
      assert.equal((await registers(guesser, challenge, { password: `guess ${count}`, count })).status, 403);
    }
    // The right one comes too late, on this connection and on others from there.
    assert.equal((await registers(guesser, challenge, { count: 4 })).status, 403);
    const again = await stage.sipStranger(transport, "127.0.0.2");
    assert.equal((await registers(again, challenge, { count: 5 })).status, 403);
    assert.equal(stage.metrics.value("comity_sign_ins_total", "digest", "sip-digest-failed"), 3);
    assert.equal(stage.metrics.value("comity_sign_ins_total", "digest", "sasl-too-many-tries"), 2);
    // Who comes from elsewhere is none the worse for it.
    const elsewhere = await stage.sipStranger(transport);
    const asked = await asks(elsewhere, "REGISTER", { uri: registrar, Expires: "600" });
    assert.equal((await registers(elsewhere, asked)).status, 200);
    await witness.conversationGoesOn();
  });
}

for (const subject of ["account.changed", "account.removed"]) {
  test(`${subject}: who is connected must prove it anew, and is not reached any more`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    const before = bindings(stage);
    const stranger = await stage.sipStranger("tcp");
    const challenge = await asks(stranger, "REGISTER", { uri: registrar, Expires: "600" });
    assert.equal((await registers(stranger, challenge)).status, 200);
    const says = () => asks(stranger, "MESSAGE", { uri: "sip:dave@ours.example", "Content-Type": "text/plain" }, "");
    assert.equal((await says()).status, 200);
    const { accounts } = stage.world.store;
    if (subject === "account.removed") await accounts.remove("alice@ours.example");
    else await accounts.setKeys("alice@ours.example", [], []);
    stage.world.bus.publish(subject, Buffer.from("alice@ours.example"));
    // The bus brings it in its own time.
    while (bindings(stage) > before) await new Promise(setImmediate);
    assert.equal((await says()).status, 407);
    assert.equal((await registers(stranger, challenge, { count: 2 })).status, 403);
    await witness.conversationGoesOn();
  });
}
