import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { addPartner } from "../partner-stage.ts";
import { identityOf, type Stage, setStage } from "../play-stage.ts";

/** Somebody at a partner, on a connection of the partner's own. */
async function partner(stage: Stage) {
  await addPartner(stage, {
    domain: "contoso.example",
    type: "simple",
    mode: "session",
    routes: [{ host: "127.0.0.1", port: 9, transport: "tls" }],
  });
  const server = await stage.sipClient("m1", "tls", await identityOf("contoso.example"));
  const sdp =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain\r\n";
  const says = (method: "INVITE" | "CANCEL", branch: string) => {
    const body = method === "INVITE" ? sdp : "";
    const lines = [
      `${method} sip:alice@ours.example SIP/2.0`,
      `Via: SIP/2.0/TLS contoso.example:5061;branch=z9hG4bK${branch}`,
      "Max-Forwards: 70",
      "From: <sip:m1@contoso.example>;tag=m1",
      "To: <sip:alice@ours.example>",
      `Call-ID: ${branch}`,
      `CSeq: 1 ${method}`,
      "Contact: <sip:m1@contoso.example:5061;transport=tls>",
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
    ];
    server.says(`${lines.join("\r\n")}\r\n\r\n${body}`);
  };
  return { server, says };
}

const bye = (callId: string) =>
  "BYE sip:alice@ours.example SIP/2.0\r\nVia: SIP/2.0/TLS contoso.example:5061;branch=z9hG4bKbye\r\nMax-Forwards: 70\r\n" +
  `From: <sip:m1@contoso.example>;tag=m1\r\nTo: <sip:alice@ours.example>;tag=x\r\nCall-ID: ${callId}\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n`;

test("RFC 3261 §9.2: CANCEL of an INVITE that waits: 200, and 487 to the INVITE; behind its answer it changes nothing", async (t) => {
  const stage = await setStage(t);
  await stage.present("alice");
  const { server, says } = await partner(stage);
  says("INVITE", "answered");
  assert.equal((await server.answered("INVITE")).status, 200);
  says("CANCEL", "answered");
  assert.equal((await server.answered("CANCEL")).status, 200);

  // The store takes its time, and the INVITE waits for it.
  const { accounts } = stage.world.store as { accounts: { find: (address: string) => Promise<unknown> } };
  const find = accounts.find.bind(accounts);
  accounts.find = async (address) => {
    await setTimeout(300);
    return find(address);
  };
  says("INVITE", "waiting");
  await setTimeout(50);
  says("CANCEL", "waiting");
  assert.equal((await server.answered("CANCEL")).status, 200);
  assert.equal((await server.answered("INVITE")).status, 487);
  // and no session is open that nobody wants
  await setTimeout(350);
  server.says(bye("waiting"));
  assert.equal((await server.answered("BYE")).status, 481);
  says("CANCEL", "nothing");
  assert.equal((await server.answered("CANCEL")).status, 481);
  // Nor can somebody on another connection cancel it.
  says("INVITE", "kept");
  const stranger = await stage.sipStranger("tls");
  stranger.says(
    "CANCEL sip:alice@ours.example SIP/2.0\r\nVia: SIP/2.0/TLS contoso.example:5061;branch=z9hG4bKkept\r\n" +
      "From: <sip:m1@contoso.example>;tag=m1\r\nTo: <sip:alice@ours.example>\r\nCall-ID: kept\r\nCSeq: 1 CANCEL\r\n" +
      "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
  );
  assert.equal((await server.answered("INVITE")).status, 200);
});
