import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addPartner } from "../partner-stage.ts";
import { identityOf, type Stage, setStage } from "../play-stage.ts";

/** RFC 5923: one connection between two servers, for the requests of both, where the one that opened it says so. */

/** Where a partner listens; counts who connects, and says nothing. */
async function door(t: TestContext) {
  let came = 0;
  const server = createServer((socket) => {
    came++;
    socket.on("error", () => {});
    setTimeout(() => socket.destroy(), 300);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  return { port, came: () => came };
}

/** A server of contoso.example, or of whom its certificate says, opens a connection and has sent something for Alice. */
async function connects(stage: Stage, port: number, via: string, domain = "contoso.example") {
  const server = await stage.sipClient("m1", "tls", await identityOf(domain));
  server.says(
    [
      "MESSAGE sip:alice@ours.example SIP/2.0",
      `Via: SIP/2.0/TLS 127.0.0.1:${port};branch=z9hG4bK${domain}${port}${via}`,
      "Max-Forwards: 70",
      `From: <sip:m1@${domain}>;tag=1`,
      "To: <sip:alice@ours.example>",
      `Call-ID: ${domain}${port}`,
      "CSeq: 1 MESSAGE",
      "Content-Type: text/plain",
      "Content-Length: 5",
      "",
      "hello",
    ].join("\r\n"),
  );
  const answer = await server.answered("MESSAGE");
  return { server, status: answer.status };
}

async function set(t: TestContext) {
  const stage = await setStage(t);
  const listens = await door(t);
  const routes = [{ host: "127.0.0.1", port: listens.port }];
  await addPartner(stage, { domain: "contoso.example", type: "simple", routes });
  const alice = await stage.present("alice");
  const writes = (text: string) =>
    alice.sends(`<message to='m1@contoso.example' type='chat'><body>${text}</body></message>`);
  return { stage, listens, alice, writes };
}

test("alias in the Via of who has proved to be the partner: what we have for them goes over the connection they opened", async (t) => {
  const { stage, listens, alice, writes } = await set(t);
  const { server, status } = await connects(stage, listens.port, ";alias");
  assert.equal(status, 200);
  await alice.hears();
  writes("back the same way");
  const message = await server.hears("MESSAGE");
  assert.equal(message.body.toString("utf8"), "back the same way");
  // §8.1: they may use ours as well.
  assert.match(message.via?.text ?? "", /;alias/);
  assert.equal(listens.came(), 0);
  // When it is gone, a connection of our own is opened.
  server.close();
  await sleep(100);
  writes("another way");
  for (let count = 0; count < 100 && listens.came() === 0; count++) await sleep(20);
  assert.equal(listens.came(), 1);
});

test("without alias, or of somebody else who comes from the same address, a connection of our own is opened", async (t) => {
  const { stage, listens, alice, writes } = await set(t);
  const { server, status } = await connects(stage, listens.port, "");
  assert.equal(status, 200);
  await alice.hears();
  await addPartner(stage, { domain: "fabrikam.example", type: "simple", routes: [{ host: "127.0.0.1", port: 9 }] });
  // Fabrikam says that it listens where Contoso does.
  const other = await connects(stage, listens.port, ";alias", "fabrikam.example");
  assert.equal(other.status, 200);
  await alice.hears();
  writes("to Contoso alone");
  for (let count = 0; count < 100 && listens.came() === 0; count++) await sleep(20);
  assert.equal(listens.came(), 1);
  await server.hearsNothing("MESSAGE");
  await other.server.hearsNothing("MESSAGE");
});
