import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { partnerOf, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";

/** What is seen of messages on their way, and what is not. */

const [alice, bob] = ["alice@ours.example", "bob@ours.example"];

const seen = (stage: Stage, name: string) => {
  const news = stage.node.tracer.read(name, 0);
  assert.ok(news);
  return news.lines.map(({ stage: at, protocol, with: by, head }) => `${at} ${protocol} ${by} ${head.split("\n")[0]}`);
};

const begin = (stage: Stage, about: string, seconds = 60): string => {
  const begun = stage.node.tracer.begin(about, seconds, "test:play");
  assert.ok(begun.ok);
  return begun.value;
};

const fits = (lines: readonly string[], patterns: readonly RegExp[]): void => {
  let at = 0;
  for (const pattern of patterns) {
    const found = lines.findIndex((line, place) => place >= at && pattern.test(line));
    assert.ok(found >= 0, `${pattern} behind line ${at} of\n${lines.join("\n")}`);
    at = found + 1;
  }
};

for (const transport of ["udp", "tcp", "tls"] as const) {
  test(`a message from SIP over ${transport} to XMPP and back, at each stage; nobody else's, no words, no proofs`, async (t) => {
    const stage = await setStage(t);
    const phone = await stage.sipPerson("bob", transport);
    const desk = await stage.present("alice");
    const carol = await stage.present("carol");
    const name = begin(stage, bob);
    assert.equal(await phone.tells(alice, "a secret word"), 200);
    await desk.hears();
    desk.sends(`<message to='${bob}' type='chat' id='m1'><body>another secret word</body></message>`);
    assert.equal(await phone.reads(), "another secret word");
    carol.sends(`<message to='${alice}' type='chat'><body>not Bob's</body></message>`);
    await desk.hears();
    await sleep(100);
    const lines = seen(stage, name);
    fits(lines, [
      new RegExp(`^received sip from ${transport} 127.0.0.1:\\d+ MESSAGE sip:alice@ours.example SIP/2.0$`),
      /^sent xmpp to alice@ours.example\/desk <message /,
      new RegExp(`^answered sip to ${transport} 127.0.0.1:\\d+ SIP/2.0 200 OK$`),
      /^received xmpp from alice@ours.example\/desk <message .*id='m1'/,
      new RegExp(`^sent sip to ${transport} 127.0.0.1:\\d+ MESSAGE sip:bob@127`),
      new RegExp(`^answered sip from ${transport} 127.0.0.1:\\d+ SIP/2.0 200 OK$`),
    ]);
    const whole = JSON.stringify(stage.node.tracer.read(name, 0));
    assert.doesNotMatch(whole, /secret word|carol|response=/);
    assert.match(whole, /Call-ID: /);
    assert.ok(stage.log.lines.some(({ what, fields }) => what === "trace begun" && fields?.actor === "test:play"));
  });
}

test("of a domain: a partner's messages, what comes back and why; of somebody who is not there, that it waits", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "message-status": 606 } });
  const desk = await stage.present("alice");
  const name = begin(stage, "contoso.example");
  desk.sends("<message to='m1@contoso.example' type='chat' id='m2'><body>hello</body></message>");
  await desk.hears();
  await until("it is refused", () => seen(stage, name).some((line) => line.includes(" 606 ")), twin);
  fits(seen(stage, name), [
    /^received xmpp from alice@ours.example\/desk <message .*m1@contoso.example/,
    /^sent sip to tls 127.0.0.1:\d+ INVITE sip:m1@contoso.example/,
    /^answered sip from tls 127.0.0.1:\d+ SIP\/2.0 200 /,
    /^sent sip to tls 127.0.0.1:\d+ MESSAGE /,
    /^answered sip from tls 127.0.0.1:\d+ SIP\/2.0 606 /,
    /^done xmpp to alice@ours.example\/desk <message .*returned: answered-content-blocked/,
  ]);
  const other = begin(stage, bob);
  desk.sends(`<message to='${bob}' type='chat' id='m3'><body>later</body></message>`);
  for (let count = 0; count < 100 && seen(stage, other).length < 2; count++) await sleep(20);
  fits(seen(stage, other), [/^received xmpp from /, /^queued xmpp the store <message /]);
});

test("texts in headers are not shown either: a subject, and the first text of a conversation (sip-wire I-1)", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "first-text-in-invite": 1 } });
  const desk = await stage.present("alice");
  const phone = await stage.sipPerson("bob", "udp");
  const name = begin(stage, alice);
  await phone.asks("MESSAGE", {
    uri: `sip:${alice}`,
    headers: ["Subject: a\r\n secret word", "Content-Type: text/plain"],
    body: "hello",
  });
  await desk.hears();
  const m1 = twin.person("m1");
  assert.ok(m1);
  twin.say(m1, alice, "a secret word");
  await desk.hears();
  const whole = JSON.stringify(stage.node.tracer.read(name, 0));
  assert.match(whole, /Subject: \(not shown\)/);
  assert.match(whole, /ms-text-format: \(not shown\)/i);
  assert.doesNotMatch(whole, /secret word|ms-body/);
});

test("limits: so many traces, so many lines, so long; an address that only looks alike is another", async (t) => {
  const stage = await setStage(t, { limits: { tracesMax: 2, traceLinesMax: 3, traceMs: 1_500 } });
  const desk = await stage.present("alice");
  const name = begin(stage, bob);
  begin(stage, "b@ours.example");
  assert.equal(stage.node.tracer.begin("carol@ours.example", 5, "test:play").ok, false);
  const phone = await stage.sipPerson("bob", "udp");
  for (let count = 0; count < 5; count++) await phone.tells(alice, `${count}`);
  const news = stage.node.tracer.read(name, 0);
  assert.equal(news?.lines.length, 3);
  assert.ok((news?.missed ?? 0) > 5);
  assert.deepEqual(stage.node.tracer.read(name, (news?.missed ?? 0) + 3)?.lines, []);
  assert.deepEqual(stage.node.tracer.read("t2", 0)?.lines, []);
  await sleep(1_800);
  assert.equal(stage.node.tracer.on, false);
  assert.equal(stage.node.tracer.read(name, 0)?.over, true);
  assert.ok(stage.node.tracer.end(name));
  assert.equal(stage.node.tracer.read(name, 0), undefined);
  await desk.hears();
});
