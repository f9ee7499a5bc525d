import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Stage, setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

/** One flow of Bob's one device (RFC 5626 §4.2). */
async function flow(stage: Stage, id: number): Promise<SipPlayer> {
  const player = await stage.sipClient("bob", "tcp");
  const contact = `<sip:bob@127.0.0.1:${player.port};transport=tcp;ob>`;
  const answer = await player.asks("REGISTER", {
    to: `To: <${player.aor}>`,
    contact: false,
    callId: "device",
    headers: [
      `Contact: ${contact};reg-id=${id};+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"`,
      "Supported: path, outbound",
      "Expires: 600",
    ],
  });
  assert.equal(answer.status, 200);
  assert.match(answer.header("require") ?? "", /outbound/);
  return player;
}

test("RFC 5626 §5.3: a device with two flows gets each message once, by the newer; by the other when that one fails or is gone", async (t) => {
  const stage = await setStage(t);
  const carol = await stage.sipPerson("carol", "tcp");
  assert.equal(await carol.tells("bob@ours.example", "before"), 202);
  const first = await flow(stage, 1);
  assert.equal(await first.reads(), "before");
  const second = await flow(stage, 2);
  const other = await stage.sipPerson("bob", "udp");
  assert.equal(stage.node.counts.sip.bindings, 4);
  assert.equal(await carol.tells("bob@ours.example", "one"), 200);
  assert.equal(await second.reads(), "one");
  assert.equal(await other.reads(), "one");
  await first.hearsNothing("MESSAGE");
  // 430: the flow has failed
  other.answer = 486;
  second.answer = 430;
  assert.equal(await carol.tells("bob@ours.example", "two"), 200);
  assert.equal(await first.reads(), "two");
  assert.equal(await second.reads(), "two");
  second.answer = 200;
  second.close();
  await setTimeout(100);
  assert.equal(await carol.tells("bob@ours.example", "three"), 200);
  assert.equal(await first.reads(), "three");
  await first.hearsNothing("MESSAGE");
});
