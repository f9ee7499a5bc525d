import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../proofs/partner-stage.ts";
import { setStage } from "../proofs/play-stage.ts";
import { KamailioMsrp } from "./kamailio-msrp.ts";
import { lacking } from "./packages.ts";

const skip = await lacking("kamailio");

test("MSRP through Kamailio's relay: texts in chunks and reports, both ways (RFC 4975, RFC 4976)", {
  skip,
}, async (t) => {
  const relay = await KamailioMsrp.start();
  t.after(() => relay.close());
  const msrp = { host: "127.0.0.1", port: undefined };
  const stage = await setStage(t, { sip: { advertise: "ours.example", msrp } });
  const twin = await partnerOf(
    t,
    stage,
    "simple",
    {
      transport: "tcp",
      peer: { address: "127.0.0.1", port: stage.port("sip-tcp"), host: "ours.example" },
      quirks: { "msrp-setup": 2 },
      msrpRelay: `msrp://127.0.0.1:${relay.port}/relay;tcp`,
    },
    { mode: "msrp", addresses: ["127.0.0.1"] },
  );
  const read = () => twin.sessions.heard.map(({ text }) => text);
  const alice = await stage.present("alice");
  const long = "through a relay ".repeat(500).trim();
  alice.sends(
    `<message to='m1@contoso.example' type='chat' id='1'><body>${long}</body><request xmlns='urn:xmpp:receipts'/></message>`,
  );
  await until(
    () => `M1 reads: ${relay.process.lines.slice(-30).join("\n")}`,
    () => read().includes(long),
    twin,
  );
  // The report came all the way back.
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example/desk'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
  );
  const said = twin.say(person(twin, "m1"), "alice@ours.example", "and back");
  const heard = await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example' id='...'><body>and back</body><request xmlns='urn:xmpp:receipts'/></message>",
  );
  alice.sends(
    `<message to='m1@contoso.example' type='chat'><received xmlns='urn:xmpp:receipts' id='${heard.attrs.id}'/></message>`,
  );
  await until("M1 is reported to", () => said.reported === 200, twin);
  assert.ok(relay.relayed("SEND") >= 5 && relay.relayed("REPORT") >= 2, relay.process.lines.join("\n"));
  assert.equal(read().filter((text) => text === long).length, 1);
  assert.deepEqual(twin.violations, []);
});
