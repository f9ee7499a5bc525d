import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { type Stage, type StageOptions, setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import type { SipPlayer } from "./sip-player.ts";

async function set(t: TestContext, options: StageOptions = {}) {
  const stage = await setStage(t, options);
  return { stage, witness: await SipWitness.of(stage) };
}

/** Requests of the node's own that have their answer, by method and class. */
const asked = (stage: Stage, method: string, outcome: string) =>
  stage.metrics.value("comity_sip_requests_total", "out", method, outcome);

/** A figure that is published once a second. */
async function reaches(figure: () => number, value: number): Promise<void> {
  const late = Date.now() + 5_000;
  while (figure() < value && Date.now() < late) await setImmediate();
  assert.equal(figure(), value);
}

/** Somebody whose device says that it is where the node itself is, and is gone. */
async function pointsBack(stage: Stage, user: string, contacts: readonly string[]): Promise<void> {
  const before = stage.node.counts.sip.bindings;
  for (const contact of contacts) {
    const player = await stage.sipClient(user, "tcp");
    const registered = await player.asks("REGISTER", {
      to: `To: <${player.aor}>`,
      contact: false,
      headers: [`Contact: <${contact}>`, "Expires: 600"],
    });
    assert.equal(registered.status, 200);
    player.close();
  }
  while (stage.node.counts.sip.connections > 0) await setImmediate();
  assert.equal(stage.node.counts.sip.bindings, before + contacts.length);
}

for (const many of [1, 2, 10]) {
  test(`RFC 5393: ${many} registered Contacts that lead back to the node: 482 to each, and no storm`, async (t) => {
    const { stage, witness } = await set(t);
    const own = (n: number) =>
      n % 2 === 0
        ? `sip:x${n}@127.0.0.1:${stage.port("sip-tcp")};transport=tcp`
        : `sip:x${n}@127.0.0.1:${stage.port("sip-udp")}`;
    await pointsBack(
      stage,
      "alice",
      Array.from({ length: many }, (_, n) => own(n)),
    );
    const bob = await stage.sipPerson("bob", "udp");
    const before = asked(stage, "MESSAGE", "4xx");
    await witness.during(
      "sip-loop",
      async () => assert.equal(await bob.tells("alice@ours.example", "hello"), 202),
      many,
    );
    await reaches(() => asked(stage, "MESSAGE", "4xx"), before + many);
    await witness.nothingIsLeft();
    assert.equal(await stage.world.store.offline.count("alice@ours.example"), 1);
  });
}

test("Contacts of two people that lead to each other by way of the node", async (t) => {
  const { stage, witness } = await set(t);
  const at = `127.0.0.1:${stage.port("sip-tcp")};transport=tcp`;
  await pointsBack(stage, "alice", [`sip:bob@${at}`]);
  await pointsBack(stage, "bob", [`sip:alice@${at}`]);
  const sender = await stage.sipPerson("alice", "udp");
  // One is the message, the other the copy for her own other device.
  await witness.during("sip-loop", async () => assert.equal(await sender.tells("bob@ours.example", "hello"), 202), 2);
  await witness.nothingIsLeft();
});

test("a subscription whose Contact leads back to the node ends at its first news", async (t) => {
  const { stage, witness } = await set(t);
  const alice = await stage.sipClient("alice", "tcp");
  const contact = `Contact: <sip:bob@127.0.0.1:${stage.port("sip-tcp")};transport=tcp>`;
  const headers = ["Event: presence", "Expires: 600", contact];
  const answer = await alice.asks("SUBSCRIBE", { uri: "sip:alice@ours.example", contact: false, headers });
  assert.equal(answer.status, 200);
  await alice.hears("NOTIFY");
  alice.close();
  while (stage.node.counts.sip.connections > 0) await setImmediate();
  await witness.during("sip-loop", async () => {
    const desk = await stage.present("alice");
    while (stage.node.counts.sip.subscriptions > 0) await setImmediate();
    desk.socket.destroy();
  });
  await witness.nothingIsLeft();
});

const subscribe = (player: SipPlayer, target: string, number: number) =>
  player.request("SUBSCRIBE", {
    uri: `sip:${target}@ours.example`,
    callId: `${player.user}-${player.port}-${number}`,
    headers: ["Event: presence", "Accept: application/pidf+xml", "Expires: 600"],
  });

test("RFC 6665 §6.2: subscriptions by the hundred, all at once: as many as are allowed, and nobody else is the worse for it", async (t) => {
  const { stage, witness } = await set(t, { limits: { sipSubscriptionsPerUserMax: 10, sipSubscriptionsMax: 15 } });
  const alice = await stage.sipPerson("alice", "tcp");
  const bob = await stage.sipPerson("bob", "tcp");
  const said: Buffer[] = [];
  for (let number = 0; number < 200; number++) said.push(subscribe(alice, "alice", number));
  alice.says(Buffer.concat(said));
  const statuses: number[] = [];
  for (let number = 0; number < 200; number++) statuses.push((await alice.answered("SUBSCRIBE")).status);
  assert.equal(statuses.filter((status) => status === 200).length, 10);
  assert.equal(statuses.filter((status) => status === 480).length, 190);
  assert.equal(stage.node.counts.sip.subscriptions, 10);
  for (let number = 0; number < 10; number++) bob.says(subscribe(bob, "bob", number));
  const others: number[] = [];
  for (let number = 0; number < 10; number++) others.push((await bob.answered("SUBSCRIBE")).status);
  assert.deepEqual(others.filter((status) => status === 200).length, 5);
  assert.equal(stage.node.counts.sip.subscriptions, 15);
  await witness.conversationGoesOn();
});

test("publications by the hundred: as many as are allowed", async (t) => {
  const { stage, witness } = await set(t, { limits: { sipPublicationsPerUserMax: 5 } });
  const alice = await stage.sipPerson("alice", "tcp");
  const body = `<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:alice@ours.example'><tuple id='t'><status><basic>open</basic></status></tuple></presence>`;
  const headers = ["Event: presence", "Content-Type: application/pidf+xml", "Expires: 600"];
  const said: Buffer[] = [];
  for (let number = 0; number < 200; number++) {
    said.push(alice.request("PUBLISH", { uri: alice.aor, callId: `p${number}`, headers, body }));
  }
  alice.says(Buffer.concat(said));
  for (let number = 0; number < 200; number++) await alice.answered("PUBLISH");
  assert.ok(stage.node.counts.sip.publications <= 5);
  await witness.conversationGoesOn();
});

const pidf = (inside: string) =>
  `<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:alice@ours.example'>${inside}</presence>`;
const open = "<tuple id='t'><status><basic>open</basic></status></tuple>";
const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("");

test("presence documents that are bombs: told so, at the price of reading them once", async (t) => {
  const { stage, witness } = await set(t);
  const alice = await stage.sipPerson("alice", "tcp");
  const rows: readonly (readonly [what: string, body: string | Uint8Array, type?: string])[] = [
    ["entities in entities", `<!DOCTYPE p [<!ENTITY l0 "lol">${laughs}]>${pidf("<note>&l20;</note>")}`],
    ["an entity from a file", `<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>${pidf("<note>&x;</note>")}`],
    ["depth", pidf("<a>".repeat(10_000))],
    ["depth, closed", pidf(`${"<a>".repeat(5_000)}${"</a>".repeat(5_000)}`)],
    ["10,000 tuples", pidf("<tuple/>".repeat(6_000))],
    ["10,000 notes", pidf("<note/>".repeat(7_000))],
    ["10,000 attributes", pidf(`<tuple ${Array.from({ length: 5_000 }, (_, n) => `a${n}=''`).join(" ")}/>`)],
    ["10,000 namespaces", pidf(`<tuple ${Array.from({ length: 3_000 }, (_, n) => `xmlns:a${n}='x'`).join(" ")}/>`)],
    ["an attribute without end", pidf(`<tuple id='${"x".repeat(60_000)}`)],
    ["a name without end", pidf(`<${"x".repeat(60_000)}`)],
    ["a comment without end", pidf(`<!-- ${"x".repeat(60_000)}`)],
    ["not XML", "\u0000".repeat(60_000)],
    ["another document", "<html/>"],
    ["UTF-16", Buffer.from(`\ufeff${pidf(open)}`, "utf16le")],
    ["of an unknown kind", pidf(open), "application/octet-stream"],
  ];
  for (const [what, body, type = "application/pidf+xml"] of rows) {
    await t.test(what, async () => {
      const headers = ["Event: presence", `Content-Type: ${type}`];
      const answer = await alice.asks("PUBLISH", { uri: alice.aor, headers, body });
      assert.ok([400, 413, 415].includes(answer.status), `${answer.status}`);
      await witness.conversationGoesOn();
    });
  }
  assert.equal(stage.node.counts.sip.publications, 0);
  // Who says something sound after all that is heard.
  const headers = ["Event: presence", "Content-Type: application/pidf+xml"];
  assert.equal((await alice.asks("PUBLISH", { uri: alice.aor, headers, body: pidf(open) })).status, 200);
});

/** What becomes large when it is inflated. */
const bombs = [
  ["deflate", deflateSync(Buffer.alloc(40_000_000, "x"))],
  ["deflate", deflateRawSync(Buffer.alloc(40_000_000, "x"))],
  ["gzip", gzipSync(Buffer.alloc(40_000_000, "x"))],
  ["x-gzip", gzipSync(Buffer.alloc(1_000_000, "x"))],
] as const;

test("bodies that inflate to more than anybody wants: no more than the limit is made of them", async (t) => {
  const { witness, stage } = await set(t);
  const alice = await stage.sipPerson("alice", "tcp");
  const before = process.memoryUsage().rss;
  for (const [encoding, body] of bombs) {
    const how = [`Content-Encoding: ${encoding}`];
    const text = ["Content-Type: text/plain", ...how];
    const message = await alice.asks("MESSAGE", { uri: "sip:dave@ours.example", headers: text, body });
    assert.equal(message.status, 413, encoding);
    const headers = ["Event: presence", "Supported: eventlist", "Content-Type: application/resource-lists+xml", ...how];
    const list = await alice.asks("SUBSCRIBE", { uri: alice.aor, headers, body });
    assert.equal(list.status, 413, encoding);
    const published = ["Event: presence", "Content-Type: application/pidf+xml", ...how];
    assert.equal((await alice.asks("PUBLISH", { uri: alice.aor, headers: published, body })).status, 415);
    await witness.conversationGoesOn();
  }
  const damaged = Buffer.concat([deflateSync("hello").subarray(0, 8), Buffer.alloc(100, 0xff)]);
  for (const [encoding, status] of [
    ["deflate", 400],
    ["br", 415],
    ["deflate, deflate", 415],
    ["compress", 415],
  ] as const) {
    const headers = ["Content-Type: text/plain", `Content-Encoding: ${encoding}`];
    const answer = await alice.asks("MESSAGE", { uri: "sip:dave@ours.example", headers, body: damaged });
    assert.equal(answer.status, status, encoding);
  }
  assert.ok(process.memoryUsage().rss - before < 150_000_000, "memory without bound");
  await witness.conversationGoesOn();
});

const cpim = (inside: string) =>
  `From: <im:alice@ours.example>\r\nTo: <im:dave@ours.example>\r\n\r\nContent-Type: message/cpim\r\n\r\n${inside}`;
const mixed = (depth: number): string =>
  depth === 0
    ? "Content-Type: text/plain\r\n\r\ndeep"
    : `Content-Type: multipart/mixed;boundary=b${depth}\r\n\r\n--b${depth}\r\n${mixed(depth - 1)}\r\n--b${depth}--`;
const bodyOf = (part: string) => part.slice(part.indexOf("\r\n\r\n") + 4);

test("bodies in bodies in bodies, and what no XMPP client could read", async (t) => {
  const { witness, stage } = await set(t);
  const alice = await stage.sipPerson("alice", "tcp");
  const bob = await stage.present("bob");
  const rows: readonly (readonly [what: string, type: string, body: string | Uint8Array])[] = [
    ["CPIM in CPIM", "message/cpim", Array.from({ length: 500 }).reduce<string>(cpim, "deep")],
    ["parts in parts", "multipart/mixed;boundary=b300", bodyOf(mixed(300))],
    ["10,000 parts", "multipart/mixed;boundary=b", `${"--b\r\n\r\nx\r\n".repeat(5_000)}--b--`],
    ["a boundary that is empty", 'multipart/mixed;boundary=""', "--\r\n\r\nx\r\n----"],
    ["a boundary without end", `multipart/mixed;boundary=${"b".repeat(5_000)}`, "x"],
    ["a part that never ends", "multipart/mixed;boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nx"],
    ["10,000 header lines in a part", "multipart/mixed;boundary=b", `--b\r\n${"X: y\r\n".repeat(9_000)}\r\nx\r\n--b--`],
    ["10,000 header lines in CPIM", "message/cpim", `${"X: y\r\n".repeat(9_000)}\r\nContent-Type: text/plain\r\n\r\nx`],
    ["IMDN with entities", "message/imdn+xml", `<!DOCTYPE i [<!ENTITY l0 "lol">${laughs}]><imdn>&l20;</imdn>`],
    ["is-composing, deep", "application/im-iscomposing+xml", "<a>".repeat(10_000)],
    ["is-composing that is nothing", "application/im-iscomposing+xml", "<isComposing/>"],
    ["a type that is none", "text", "x"],
    ["a type with 1,000 parameters", `text/plain${";a=b".repeat(1_000)}`, "x"],
    ["an unknown character set", "text/plain;charset=ebcdic", "x"],
    ["characters XML forbids", "text/plain;charset=UTF-8", "a\u0000\u0001\u001b\ufffe]]>&<b/>\u202e"],
    ["half a character", "text/plain;charset=UTF-8", Buffer.from([0x61, 0xf0, 0x9f, 0x61])],
    ["HTML with scripts", "text/html", `<script>alert(1)</script>${"<b>".repeat(5_000)}x`],
  ];
  for (const [what, type, body] of rows) {
    await t.test(what, async () => {
      const headers = [`Content-Type: ${type}`];
      const { status } = await alice.asks("MESSAGE", { uri: "sip:bob@ours.example", headers, body, contact: false });
      assert.ok(status === 200 || (status >= 400 && status < 500), `${what} ${status}`);
      // What was let through came as sound XML, or this would not be answered.
      bob.sends(`<iq type='get' id='${what}' to='ours.example'><ping xmlns='urn:xmpp:ping'/></iq>`);
      for (let next = await bob.hears(); next.name !== "iq"; next = await bob.hears()) {
        assert.equal(next.name, "message");
      }
      await witness.conversationGoesOn();
    });
  }
});

test("a watcher who never reads: no more waits for them than one word of each thing they watch", async (t) => {
  const slow = { outputPauseBytes: 50_000, outputBytesMax: 400_000, slowReaderMs: 1_000 };
  const { stage, witness } = await set(t, { limits: slow });
  const stranger = await stage.sipPerson("alice", "tcp");
  const many = 50;
  for (let number = 0; number < many; number++) stranger.says(subscribe(stranger, "alice", number));
  for (let number = 0; number < many; number++) assert.equal((await stranger.answered("SUBSCRIBE")).status, 200);
  for (let number = 0; number < many; number++) await stranger.hears("NOTIFY");
  stranger.stops();
  const desk = await stage.present("alice");
  const before = process.memoryUsage().rss;
  const note = "x".repeat(500);
  for (let round = 0; round < 300; round++) {
    desk.sends(`<presence><show>${round % 2 === 0 ? "away" : "dnd"}</show><status>${note}${round}</status></presence>`);
    await desk.hears();
    assert.ok(stage.node.counts.sip.transactions <= many + 10);
  }
  assert.ok(process.memoryUsage().rss - before < 150_000_000, "memory without bound");
  await witness.conversationGoesOn();
});

test("a device that never reads: who writes to it waits, then it is cut off, and what it did not take is kept", async (t) => {
  // The systems between them take as much as they like, which may be 40 MB.
  const offlineMessagesMax = 20_000;
  const slow = { outputPauseBytes: 100_000, outputBytesMax: 100_000_000, slowReaderMs: 400, offlineMessagesMax };
  const { stage, witness } = await set(t, { limits: slow });
  const bob = await stage.sipPerson("bob", "tcp");
  bob.stops();
  const alice = await stage.sipPerson("alice", "tcp");
  const piece = "x".repeat(20_000);
  let sent = 0;
  const cutOff = () => stage.log.lines.some(({ what }) => what === "slow reader cut off");
  while (!cutOff() && sent < 20_000) {
    const headers = ["Content-Type: text/plain"];
    alice.says(alice.request("MESSAGE", { uri: "sip:bob@ours.example", headers, body: `${++sent} ${piece}` }));
    while (alice.waiting > 0 && !cutOff()) await setImmediate();
  }
  assert.ok(cutOff(), "never cut off");
  const statuses = new Set<number>();
  for (let count = 0; count < sent; count++) statuses.add((await alice.answered("MESSAGE")).status);
  assert.deepEqual([...statuses], [202]);
  assert.equal(await stage.world.store.offline.count("bob@ours.example"), sent);
  await witness.conversationGoesOn();
  await witness.nothingIsLeft();
});

test("a device that does not read what waited for it holds up nobody else", async (t) => {
  const slow = { outputPauseBytes: 1_000, outputBytesMax: 100_000_000, slowReaderMs: 20_000 };
  const { stage, witness } = await set(t, { limits: slow });
  const stanza = (number: number) =>
    Buffer.from(
      `<message xmlns='jabber:client' from='alice@ours.example' to='bob@ours.example' type='chat'><body>${number} ${"x".repeat(20_000)}</body></message>`,
    );
  for (let number = 0; number < 600; number++) {
    await stage.world.store.offline.push("bob@ours.example", stanza(number), Date.now(), 1_000);
  }
  const alice = await stage.present("alice");
  const bob = await stage.sipClient("bob", "tcp");
  bob.answer = 0;
  await bob.registers();
  bob.stops();
  while (stage.node.counts.sip.transactions < 600) await setImmediate();
  const cutOff = () => stage.log.lines.some(({ what }) => what === "slow reader cut off");
  for (let round = 0; round < 3; round++) await alice.receivesNothing(); // asks, and is answered
  for (let round = 0; round < 3; round++) await witness.conversationGoesOn();
  assert.equal(cutOff(), false, "the conversation waited until it was over");
});
