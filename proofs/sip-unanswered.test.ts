import assert from "node:assert/strict";
import { test } from "node:test";
import { simWorld } from "../src/sim/world.ts";
import type { Twin } from "../src/twin/twin.ts";
import { lineOf } from "../src/twin/wire-message.ts";
import { alice, Desk, m1, startOurs, startTheirs } from "./sip-federation-world.ts";

/** What comes there of conversations, as it comes. */
function saidTo(twin: Twin): string[] {
  const said: string[] = [];
  const before = twin.edge.onMessage.bind(twin.edge);
  twin.edge.onMessage = (link, message) => {
    if (["MESSAGE", "INVITE", "BYE"].includes(message.method)) said.push(lineOf(message, "cseq"));
    return before(link, message);
  };
  return said;
}

test("sip-wire 3.7: a session of theirs that is never acknowledged is ended after 32 seconds; one that is stands", async () => {
  for (const noAck of [1, 0]) {
    const world = simWorld(1);
    await world.until(startOurs(world));
    const { twin } = await world.until(startTheirs(world, "lync2010", { negotiate: 0, "no-ack": noAck }));
    const said = saidTo(twin);
    const persona = twin.person("m1");
    assert.ok(persona);
    await new Desk(world).signIn();
    await world.runFor(500);
    twin.say(persona, alice, "hello");
    await world.runFor(31_500);
    assert.deepEqual(said, []);
    await world.runFor(3_000);
    assert.deepEqual(said, noAck === 1 ? ["1 BYE"] : []);
  }
});

test("sip-wire 3.5: a text that is never answered may have been shown: its writer is told, it is not said again, the session stands", async () => {
  const world = simWorld(1);
  await world.until(startOurs(world));
  const { twin } = await world.until(startTheirs(world, "lync2010", { negotiate: 0, "silent-message": 1 }));
  const said = saidTo(twin);
  const desk = new Desk(world);
  await desk.signIn();
  const writes = (id: string) => desk.send(`<message to='${m1}' type='chat' id='${id}'><body>${id}</body></message>`);
  writes("one");
  await world.runFor(31_000);
  assert.deepEqual([...desk.returned], []);
  await world.runFor(3_000);
  assert.deepEqual([...desk.returned], ["one"]);
  assert.deepEqual(said, ["1 INVITE", "2 MESSAGE"]);
  twin.quirks["silent-message"] = 0;
  writes("two");
  await world.runFor(1_000);
  assert.deepEqual(said, ["1 INVITE", "2 MESSAGE", "3 MESSAGE"]);
  assert.deepEqual(
    twin.sessions.heard.map(({ text }) => text),
    ["two"],
  );
  // One that is answered with 408 was not shown: it goes once more, in another session (R18).
  twin.quirks["message-status"] = 408;
  writes("three");
  await world.runFor(1_000);
  assert.deepEqual(said.slice(3), ["4 MESSAGE", "5 BYE", "1 INVITE", "2 MESSAGE"]);
  assert.deepEqual([...desk.returned], ["one", "three"]);
});
