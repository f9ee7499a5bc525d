import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Baresip } from "./baresip.ts";
import { lacking } from "./packages.ts";
import { pidfComplaints, pidfsIn } from "./pidf.ts";
import { domain, SipSetting } from "./sip-setting.ts";

const skip = (await lacking("unbound", "slixmpp", "baresip", "xmllint")) ?? false;
const dave = `dave@${domain}`;

describe("baresip and Comity", { skip, timeout: 120_000 }, () => {
  let sip: SipSetting;
  before(async () => {
    sip = await SipSetting.start(["bob", "dave"], { autoAuthorise: "local" });
  });
  after(() => sip?.close());

  for (const transport of ["tls", "tcp", "udp"] as const) {
    test(`over ${transport}: presence and messages with an XMPP client`, { timeout: 40_000 }, () =>
      sip.setting.play(async (signIn, _, take) => {
        const bob = await signIn("slixmpp", sip.account("bob"));
        const baresip = take(Baresip.start(sip, { user: "dave", transport, contact: "bob" }));
        await baresip.registered();

        await baresip.sees("bob", "Online");
        bob.presence({ show: "dnd", status: "do not disturb" });
        await baresip.sees("bob", "Busy");
        bob.presence({ type: "unavailable" });
        await baresip.sees("bob", "Offline");
        bob.presence({});
        await baresip.sees("bob", "Online");

        bob.presence({ to: dave, type: "subscribe" });
        await bob.expect({ event: "presence", from: dave, type: "available", show: "" });
        baresip.shows("offline");
        await bob.expect({ event: "presence", from: dave, type: "unavailable" });
        baresip.shows("online");
        await bob.expect({ event: "presence", from: dave, type: "available" });

        for (const text of ["hello from baresip", "grüße, 漢字, 🙂"]) {
          baresip.message(text);
          await bob.expect({ event: "message", from: dave, body: text });
          bob.message(dave, `you wrote: ${text}`);
          await baresip.reads("bob", `you wrote: ${text}`);
        }
        await baresip.close();
        await bob.expect({ event: "presence", from: dave, type: "unavailable" });

        const documents = pidfsIn(baresip.traffic()).filter((document) => document.includes(`sip:bob@${domain}`));
        assert.ok(documents.length >= 3, `${documents.length} documents`);
        assert.deepEqual(pidfComplaints(documents), []);
      }),
    );
  }
});
