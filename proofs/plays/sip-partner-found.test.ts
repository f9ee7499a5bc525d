import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Partners } from "../../src/admin/partners.ts";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { identityOf, type Stage, setStage } from "../play-stage.ts";

const put = (stage: Stage, partner: Readonly<Record<string, unknown>>) =>
  new Partners(stage.world, { isLocal: (domain) => domain === "ours.example", isXmpp: () => false }).put(
    "cli:0",
    partner,
  );

test("found by _sips._tcp alone; the certificate of the host it names proves the partner, both ways", async (t) => {
  const zone: Record<string, ZoneEntry> = { "edge.contoso.example": { A: ["127.0.0.1"] } };
  const stage = await setStage(t, { zone });
  const { cert, key } = await identityOf("edge.contoso.example");
  const twin = await partnerOf(t, stage, "lync2010", { identity: { certificate: cert, key } });
  zone["_sips._tcp.contoso.example"] = {
    SRV: [{ priority: 0, weight: 0, port: twin.at.port, target: "edge.contoso.example" }],
  };
  stage.world.resolver.flush();
  const found = await put(stage, { domain: "contoso.example", type: "lync2010" });
  assert.ok(found.ok);
  await sleep(50);
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat'><body>found you</body></message>");
  await until("M1 reads", () => JSON.stringify(twin.state.users).includes("found you"), twin);
  twin.drop(true);
  twin.say(person(twin, "m1"), "alice@ours.example", "and I you");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>and I you</body></message>",
  );
});

test("RFC 3261 §8.1.1.8: Contact and Via name where we listen, not the port our own connection has", async (t) => {
  const zone: Record<string, ZoneEntry> = {};
  const stage = await setStage(t, { zone });
  let heard = "";
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("data", (bytes) => {
      heard += bytes;
    });
  }).listen(0, "127.0.0.1");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  // Without a route, and in the clear: whose address is known may be found by _sip._tcp.
  zone["_sip._tcp.contoso.example"] = { SRV: [{ priority: 0, weight: 0, port, target: "front.contoso.example" }] };
  zone["front.contoso.example"] = { A: ["127.0.0.1"] };
  const found = await put(stage, { domain: "contoso.example", type: "simple", addresses: ["127.0.0.1"] });
  assert.ok(found.ok);
  await sleep(50);
  const alice = await stage.present("alice");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  for (let count = 0; count < 250 && !heard.includes("\r\n\r\n"); count++) await sleep(20);
  const place = `127.0.0.1:${stage.port("sip-tcp")}`;
  assert.match(heard, /^SUBSCRIBE sip:m1@contoso\.example SIP/);
  assert.ok(heard.includes(`\r\nContact: <sip:${place};transport=tcp>\r\n`), heard);
  assert.ok(heard.includes(`\r\nVia: SIP/2.0/TCP ${place};branch=`), heard);
});
