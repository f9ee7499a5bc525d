import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { Witness } from "./bad-input-witness.ts";
import { type Stage, setStage } from "./play-stage.ts";

const piece = "x".repeat(20_000);
const blow = (from: string, to: string) =>
  `<message from='${from}' to='${to}' type='chat'><body>${piece}</body></message>`;

/** Sends as long as the node takes it, up to `most` bytes; answers how many went. `stop` ends it. */
async function floods(socket: Socket, text: string, most: number, stop: () => boolean): Promise<number> {
  let sent = 0;
  while (sent < most && !stop() && !socket.destroyed) {
    sent += text.length;
    if (!socket.write(text)) {
      while (socket.writableLength > 0 && !stop() && !socket.destroyed) await setTimeout(2);
    } else await setImmediate();
  }
  return sent;
}

const cutOff = (stage: Stage) => stage.log.lines.some(({ what }) => what === "slow reader cut off");

for (const sm of [false, true]) {
  test(`a reader that never reads, ${sm ? "with" : "without"} acknowledgements: its sender waits, then it is cut off`, async (t) => {
    const stage = await setStage(t, {
      limits: { outputPauseBytes: 100_000, outputBytesMax: 2_000_000, slowReaderMs: 400, resumeMs: 1000 },
    });
    const witness = await Witness.of(stage);
    const alice = await stage.person("alice");
    const bob = await stage.present("bob");
    if (sm) {
      bob.sends("<enable xmlns='urn:xmpp:sm:3'/>");
      await bob.receives("<enabled xmlns='urn:xmpp:sm:3'/>");
    }
    bob.socket.pause();
    const before = process.memoryUsage.rss();
    const most = 200_000_000;
    const sent = await floods(alice.socket, blow(alice.jid, bob.jid), most, () => cutOff(stage));
    assert.ok(cutOff(stage), "never cut off");
    // What the kernel's buffers hold on both connections, and the budget: far from all that there was to send.
    assert.ok(sent < most / 2, `the sender was never held up: ${sent} bytes`);
    assert.ok(process.memoryUsage.rss() - before < 150_000_000, "memory without bound");
    await witness.conversationGoesOn();
    // the sender goes on
    alice.sends("<message to='carol@ours.example/desk' type='headline'><body>still here</body></message>");
    assert.ok(!alice.socket.destroyed);
  });
}

test("who is told off and floods on is not listened to", async (t) => {
  const stage = await setStage(t, { limits: { closeMs: 1000 } });
  const witness = await Witness.of(stage);
  // does not close when the node does
  const socket = connect({ host: "127.0.0.1", port: stage.port(), allowHalfOpen: true }).on("error", () => {});
  t.after(() => socket.destroy());
  socket.resume();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  await witness.during("client", "host-unknown", async () => {
    const ns = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'";
    socket.write(`<stream:stream to='theirs.example' version='1.0' ${ns}><message>`);
    await floods(socket, piece.repeat(100), 2_000_000_000, () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      return false;
    });
    if (!socket.closed) await once(socket, "close");
  });
  assert.ok(most - before < 30_000_000, "memory without bound");
});

test("a flood while an answer is awaited waits in the network", async (t) => {
  const stage = await setStage(t);
  const witness = await Witness.of(stage);
  const stranger = stage.stranger("stranger", "xmpp-client-tls");
  await stranger.secures("xmpp-client");
  stranger.opens();
  await stranger.hears();
  await stranger.hears();
  // a password is derived off the main thread; what comes after it is one giant element
  const said = Buffer.from("\0alice\0wrong").toString("base64");
  stranger.sends(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${said}</auth><message>`);
  await witness.during("client", "xml-stanza-too-big", async () => {
    await floods(stranger.socket, piece, 20_000_000, () =>
      stage.log.lines.some(({ fields }) => fields.fault === "xml-stanza-too-big"),
    );
  });
});

test("RFC 6120 §13.12: many connections that come and go leave nothing behind", async (t) => {
  const stage = await setStage(t);
  const witness = await Witness.of(stage);
  const open = stage.metrics.value("comity_connections", "xmpp-client");
  for (let count = 0; count < 200; count++) {
    const stranger = stage.stranger();
    await once(stranger.socket, "connect");
    if (count % 2 === 0) stranger.opens();
    stranger.socket.resetAndDestroy();
  }
  await witness.conversationGoesOn();
  for (let turns = 0; turns < 1000 && stage.metrics.value("comity_connections", "xmpp-client") > open; turns++)
    await setImmediate();
  assert.equal(stage.metrics.value("comity_connections", "xmpp-client"), open);
});
