import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { lacking } from "./packages.ts";
import { SipSetting } from "./sip-setting.ts";
import { receives, type SippRequest, scenario, startSipp, type Transport } from "./sipp.ts";

const skip = (await lacking("unbound", "slixmpp", "sipp", "sipsak")) ?? false;

const register: SippRequest = {
  method: "REGISTER",
  uri: "sip:ours.example",
  headers: ["Expires: 600"],
  challenge: 401,
  answer: 200,
};

const pidf = `<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:carol@ours.example">
<tuple id="a"><status><basic>open</basic></status><note>testing</note></tuple></presence>`;

// Debian's SIPp is built without TLS.
describe("SIP tools against Comity", { skip, timeout: 300_000 }, () => {
  let sip: SipSetting;
  before(async () => {
    sip = await SipSetting.start();
  });
  after(() => sip?.close());

  test("sipsak: OPTIONS is answered, a registration with digest, a wrong password is refused", async () => {
    const { network } = sip.setting;
    const sipsak = async (...args: string[]) => {
      const program = network.start("sipsak", ["/usr/bin/sipsak", ...args], {});
      return { code: await program.ended, text: program.lines.join("\n") };
    };
    const options = await sipsak("-vv", "-s", `sip:ours.example@${sip.server}`);
    assert.equal(options.code, 0, options.text);
    const who = [
      "-U",
      "-i",
      "-u",
      "alice",
      "-x",
      "60",
      "-C",
      `sip:alice@${network.address(40)}:5099`,
      "-p",
      sip.server,
    ];
    const well = await sipsak("-vv", ...who, "-s", "sip:alice@ours.example", "-a", sip.password);
    assert.equal(well.code, 0, well.text);
    const badly = await sipsak("-vv", ...who, "-s", "sip:alice@ours.example", "-a", "wrong");
    assert.notEqual(badly.code, 0, badly.text);
  });

  for (const [transport, host] of [
    ["udp", 41],
    ["tcp", 42],
  ] as readonly (readonly [Transport, number])[]) {
    test(
      `sipp over ${transport}: registers with digest, writes to an XMPP client, and over UDP is written to`,
      { timeout: 60_000 },
      () =>
        sip.setting.play(async (signIn) => {
          const bob = await signIn("slixmpp", sip.account("bob"));
          const message: SippRequest = {
            method: "MESSAGE",
            uri: "sip:bob@ours.example",
            headers: ["Content-Type: text/plain"],
            body: `hello over ${transport}`,
            challenge: 407,
            answer: 200,
          };
          const registers = startSipp(
            sip,
            transport,
            host,
            "ours.example",
            scenario("carol", sip.password, [register]),
          );
          assert.equal(await registers.ended, 0, registers.lines.join("\n"));
          const writes = startSipp(
            sip,
            transport,
            host + 10,
            "bob@ours.example",
            scenario("carol", sip.password, [message]),
          );
          await bob.expect({
            event: "message",
            from: "carol@ours.example",
            body: new RegExp(`^hello over ${transport}\\s*$`),
          });
          assert.equal(await writes.ended, 0, writes.lines.join("\n"));
          if (transport !== "udp") return; // a device over TCP is gone with its connection
          const listens = startSipp(
            sip,
            transport,
            host,
            "",
            scenario("carol", "", [], [receives("MESSAGE", "back to you")]),
          );
          await setTimeout(500); // it says nothing when it is ready
          bob.message("carol@ours.example", "back to you");
          assert.equal(await listens.ended, 0, listens.lines.join("\n"));
        }),
    );
  }

  test("sipp: publishes its presence and watches itself: a NOTIFY with what was published", {
    timeout: 60_000,
  }, async () => {
    const publish: SippRequest = {
      method: "PUBLISH",
      uri: "sip:carol@ours.example",
      headers: ["Event: presence", "Expires: 600", "Content-Type: application/pidf+xml"],
      body: pidf,
      challenge: 407,
      answer: 200,
    };
    const subscribe: SippRequest = {
      method: "SUBSCRIBE",
      uri: "sip:carol@ours.example",
      headers: ["Event: presence", "Expires: 600", "Accept: application/pidf+xml"], // on a connection that is known by now
      answer: 200,
    };
    const text = scenario("carol", sip.password, [publish, subscribe], [receives("NOTIFY", "testing")]);
    const sipp = startSipp(sip, "tcp", 44, "carol@ours.example", text);
    assert.equal(await sipp.ended, 0, sipp.lines.join("\n"));
  });
});
