import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { SipMessage } from "../../src/sip/message.ts";
import { type Stage, setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

/** Registers a device that has come through a proxy at `port` (RFC 3327). */
async function registersThrough(player: SipPlayer, port: number, transport: string): Promise<SipMessage> {
  return player.registers(600, `Path: <sip:127.0.0.1:${port};transport=${transport};lr>`, "Supported: path");
}

/** Sends a request on as a proxy does: our Via on top, its Route gone, one hop less, and to another address. */
function passedOn(request: SipMessage, uri: string, vias: readonly string[]): string {
  const lines = [
    `${request.method} ${uri} SIP/2.0`,
    ...vias.map((via) => `Via: ${via}`),
    `Max-Forwards: ${(request.maxForwards ?? 70) - 1}`,
    `From: ${request.header("from")}`,
    `To: ${request.header("to")}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.header("cseq")}`,
    `Content-Type: ${request.header("content-type")}`,
    `Content-Length: ${request.body.length}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${request.body.toString("utf8")}`;
}

const viaOf = (by: SipPlayer) =>
  `SIP/2.0/TCP 127.0.0.1:${by.port};branch=z9hG4bKp${Math.random().toString(36).slice(2)}`;

test("RFC 3327: the answer repeats Path, and requests come by Route over it, through a connection that stands or a new one", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice");
  const proxy = await stage.sipClient("bob", "udp"); // where the proxy listens
  const bob = await stage.sipClient("bob", "tcp");
  const answer = await registersThrough(bob, proxy.port, "udp");
  assert.match(answer.header("path") ?? "", new RegExp(`127\\.0\\.0\\.1:${proxy.port}`));
  assert.equal(await alice.tells("bob@ours.example", "one"), 200);
  const one = await bob.hears("MESSAGE");
  assert.match(one.header("route") ?? "", new RegExp(`<sip:127\\.0\\.0\\.1:${proxy.port};transport=udp;lr>`));
  assert.match(one.uri, /^sip:bob@127\.0\.0\.1:/);
  bob.close();
  await setTimeout(100);
  assert.equal(stage.node.counts.sip.bindings, 2);
  assert.equal(await alice.tells("bob@ours.example", "two"), 200);
  const two = await proxy.hears("MESSAGE");
  assert.equal(two.body.toString("utf8"), "two");
  assert.match(two.header("route") ?? "", new RegExp(`127\\.0\\.0\\.1:${proxy.port}`));
});

test("RFC 5393: a Path that leads back to the node: 482, and the message waits", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice");
  const bob = await stage.sipClient("bob", "tcp");
  await registersThrough(bob, stage.port("sip-tcp"), "tcp");
  bob.close();
  await setTimeout(100);
  assert.equal(await alice.tells("bob@ours.example", "hello"), 202);
  assert.equal(stage.metrics.value("comity_sip_rejected_total", "sip-loop"), 1);
  assert.equal(await stage.world.store.offline.count("bob@ours.example"), 1);
});

/** A proxy for Alice and Bob, who has `devices` behind it, that sends what is for Bob back to the node. */
async function circle(stage: Stage, devices: number, keepsVias: boolean, renames = false) {
  const alice = await stage.sipPerson("alice");
  const bob = await stage.sipAccount("bob", alice);
  for (let more = 1; more < devices; more++) {
    await bob.asks("REGISTER", {
      to: `To: <${bob.aor}>`,
      contact: false,
      callId: `device${more}`,
      headers: [`Contact: <sip:device${more}@127.0.0.1:${bob.port};transport=tcp>`, "Expires: 600"],
    });
  }
  let passed = 0;
  bob.answer = (request) => {
    if (request.method !== "MESSAGE") return 200;
    passed++;
    const vias = [viaOf(bob), ...(keepsVias ? request.values("via") : [])];
    const on = passedOn(request, "sip:bob@ours.example", vias);
    bob.says(renames ? on.replace(/^Call-ID: .*$/m, `Call-ID: round${passed}`) : on);
    return 0;
  };
  return { passed: () => passed, alice };
}

test("RFC 5393: a proxy that sends a message round in a circle is told so the first time, however many devices", async (t) => {
  const stage = await setStage(t, { limits: { settleMs: 500 } });
  const { passed, alice } = await circle(stage, 2, true);
  const statuses = [await alice.tells("bob@ours.example", "hello")];
  while (statuses.length < 3) statuses.push((await alice.answered("MESSAGE")).status);
  assert.deepEqual(statuses, [482, 482, 202]);
  assert.equal(passed(), 2);
  assert.equal(stage.metrics.value("comity_sip_rejected_total", "sip-loop"), 2);
});

test("RFC 3261 §8.2.2.2: one that hides where a message has been is told that it is being served already", async (t) => {
  const stage = await setStage(t);
  const { passed, alice } = await circle(stage, 1, false);
  assert.equal(await alice.tells("bob@ours.example", "hello"), 482);
  assert.equal(passed(), 1);
  assert.equal(stage.metrics.value("comity_sip_rejected_total", "sip-merged"), 1);
});

test("RFC 3261 §16.3: one that makes another message of it each time is stopped by Max-Forwards", async (t) => {
  const stage = await setStage(t);
  const { passed, alice } = await circle(stage, 1, false, true);
  assert.equal(await alice.tells("bob@ours.example", "hello"), 483);
  await setTimeout(300);
  // One hop less by the proxy and one by the node, each time round.
  assert.equal(passed(), 35);
});

test("RFC 3263 §4.1, §4.3: the proxy of a Path is found by NAPTR and SRV, and the next target taken where one is not there", async (t) => {
  const zone = {
    "edge.example": {
      NAPTR: [
        { order: 1, preference: 1, flags: "s", services: "SIP+D2T", regexp: "", replacement: "_sip._tcp.edge.example" },
      ],
    },
    "_sip._tcp.edge.example": { SRV: [] as { priority: number; weight: number; port: number; target: string }[] },
    "dead.edge.example": { A: ["127.0.0.9"] },
    "live.edge.example": { A: ["127.0.0.1"] },
  };
  const stage = await setStage(t, { zone });
  const bobPhone = await stage.sipClient("bob", "tcp");
  await bobPhone.registers(600, "Path: <sip:edge.example;lr>", "Supported: path");
  bobPhone.close();
  const heard: string[] = [];
  const proxy = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const text = bytes.toString("utf8");
      heard.push(text);
      const lines = text.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
      socket.write(
        `SIP/2.0 200 OK\r\n${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`.replace(/^(To:.*)$/m, "$1;tag=p"),
      );
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => proxy.close());
  const at = proxy.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  zone["_sip._tcp.edge.example"].SRV.push(
    { priority: 1, weight: 0, port, target: "dead.edge.example" },
    { priority: 2, weight: 0, port, target: "live.edge.example" },
  );
  const carol = await stage.sipPerson("carol", "tcp");
  assert.equal(await carol.tells("bob@ours.example", "by the second"), 200);
  assert.match(heard.join(""), /^Route: <sip:edge\.example;lr>\r\n/m);
  assert.match(heard.join(""), /by the second$/);
});
