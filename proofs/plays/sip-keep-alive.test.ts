import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/world/clock.ts";
import { systemNetwork } from "../../src/world/network.ts";
import { addPartner } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import { ScriptedSipServer } from "../scripted-sip-server.ts";

/** RFC 5626 §4.4.1, R9: line ends that keep connections open. */

test("a client's ping is answered by a pong, at once and as often as it comes; a lone line end is none", async (t) => {
  const stage = await setStage(t);
  const socket = connect({ host: "127.0.0.1", port: stage.port("sip-tcp") });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes;
  });
  for (const [said, wanted] of [
    ["\r\n\r\n", "\r\n"],
    ["\r\n", "\r\n"], // nothing more
    ["\r\n\r\n", "\r\n\r\n"],
  ] as const) {
    socket.write(said);
    for (let count = 0; count < 50 && heard !== wanted; count++) await sleep(20);
    await sleep(100);
    assert.equal(heard, wanted);
  }
});

test("a connection of ours that is silent is pinged; one that answers no ping is not given up for it", async (t) => {
  const stage = await setStage(t, { limits: { sipKeepaliveMs: 200 } });
  const server = await ScriptedSipServer.start(t, systemNetwork(systemClock()));
  const routes = [{ host: "127.0.0.1", port: server.port, transport: "tcp" }];
  await addPartner(stage, { domain: "contoso.example", type: "simple", addresses: ["127.0.0.1"], routes });
  const bob = await stage.sipPerson("bob", "tcp");
  assert.equal(await bob.tells("m1@contoso.example", "one"), 200);
  for (let count = 0; count < 100 && server.pings < 3; count++) await sleep(20);
  assert.ok(server.pings >= 3, `${server.pings} pings`);
  assert.equal(await bob.tells("m1@contoso.example", "two"), 200);
  assert.equal(server.connections, 1);
});
