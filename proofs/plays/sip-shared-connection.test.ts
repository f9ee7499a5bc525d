import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setStage } from "../play-stage.ts";

for (const transport of ["tcp", "tls"] as const) {
  test(`two accounts on one ${transport} connection: each is reached, and both are gone with it`, async (t) => {
    const stage = await setStage(t);
    const alice = await stage.sipPerson("alice", transport);
    const bob = await stage.sipAccount("bob", alice);
    const carol = await stage.sipPerson("carol");
    assert.equal(await carol.tells("alice@ours.example", "to alice"), 200);
    assert.equal(await alice.reads(), "to alice");
    assert.equal(await carol.tells("bob@ours.example", "to bob"), 200);
    assert.equal(await bob.reads(), "to bob");
    assert.equal(stage.node.counts.sip.bindings, 3);
    alice.close();
    for (let tries = 0; stage.node.counts.sip.bindings > 1 && tries < 50; tries++) await setTimeout(20);
    assert.equal(stage.node.counts.sip.bindings, 1);
    assert.equal(await carol.tells("alice@ours.example", "later"), 202);
    assert.equal(await carol.tells("bob@ours.example", "later"), 202);
  });
}

test("two accounts on one connection take turns without being asked again, and without speaking for anybody else", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice");
  const bob = await stage.sipAccount("bob", alice);
  const carol = await stage.sipPerson("carol");
  const answered = async (user: string, by: typeof alice) => {
    const lines = [`Via: SIP/2.0/TCP 127.0.0.1:${by.port};branch=z9hG4bKplain${user}${Math.random()}`];
    const head = [
      "MESSAGE sip:carol@ours.example SIP/2.0",
      ...lines,
      "Max-Forwards: 70",
      `From: <sip:${user}@ours.example>;tag=x`,
      "To: <sip:carol@ours.example>",
      `Call-ID: ${user}${Math.random()}`,
      "CSeq: 1 MESSAGE",
      "Content-Type: text/plain",
      "Content-Length: 2",
      "",
      "hi",
    ];
    by.says(head.join("\r\n"));
    return (await by.answered("MESSAGE")).status;
  };
  assert.equal(await answered("alice", alice), 200);
  assert.equal(await answered("bob", bob), 200);
  assert.equal(await answered("alice", alice), 200);
  assert.equal(await carol.reads(), "hi");
  const dave = await stage.sipAccount("dave", alice);
  assert.equal(await answered("dave", dave), 200);
  stage.world.bus.publish("account.changed", new TextEncoder().encode("alice@ours.example"));
  await setTimeout(50);
  assert.equal(await answered("alice", alice), 407);
  assert.equal(await answered("bob", bob), 200);
});

test("sipPeoplePerConnectionMax: who proved themselves first is asked again", async (t) => {
  const stage = await setStage(t, { limits: { sipPeoplePerConnectionMax: 2 } });
  const alice = await stage.sipPerson("alice");
  await stage.sipAccount("bob", alice);
  await stage.sipAccount("carol", alice);
  const status = async (user: string, by: typeof alice) => {
    by.says(
      `REGISTER sip:ours.example SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:${by.port};branch=z9hG4bKagain${user}\r\n` +
        `From: <sip:${user}@ours.example>;tag=x\r\nTo: <sip:${user}@ours.example>\r\nCall-ID: again${user}\r\n` +
        "CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
    );
    return (await by.answered("REGISTER")).status;
  };
  assert.equal(await status("alice", alice), 401);
});
