import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LyncSetting, lyncDomain } from "./lync-setting.ts";
import { lacking } from "./packages.ts";
import { domain } from "./sip-setting.ts";

const skip = (await lacking("unbound", "slixmpp", "sipe", "curl")) ?? false;
const romeo = `romeo@${lyncDomain}`;

describe("pidgin-sipe at a Lync edge, and Comity", { skip, timeout: 180_000 }, () => {
  let lync: LyncSetting;
  before(async () => {
    lync = await LyncSetting.start(["bob", "carol"], ["romeo", "juliet"]);
  });
  after(() => lync?.close());

  test("with a person on XMPP", { timeout: 90_000 }, () =>
    lync.setting.play(async (signIn, _, take) => {
      const bob = await signIn("slixmpp", lync.account("bob"));
      const contact = `sip:bob@${domain}`;
      const purple = take(lync.sipe("romeo", "tls"));
      await purple.expect("online");
      bob.presence({ to: romeo, type: "subscribe" });
      await purple.expect("asked", contact);
      await bob.expect({ event: "presence", from: romeo, type: "available", show: "" });

      purple.add("bob");
      await bob.expect({ event: "presence", from: romeo, type: "subscribe" });
      bob.presence({ to: romeo, type: "subscribed" });
      await purple.expect("buddy", contact, "available");
      bob.presence({ show: "dnd", status: "writing" });
      await purple.expect("buddy", contact, "busy");
      bob.presence({ show: "away", status: "gone to lunch" });
      await purple.expect("buddy", contact, "away");
      bob.presence({});
      await purple.expect("buddy", contact, "available");

      purple.status("busy");
      await bob.expect({ event: "presence", from: romeo, type: "available", show: "away", status: "Busy" });
      purple.status("away");
      await bob.expect({ event: "presence", from: romeo, type: "available", show: "away", status: "" });
      purple.status("available");
      await bob.expect({ event: "presence", from: romeo, type: "available", show: "" });

      for (const text of ["hello from Lync", `5 < 6 && "a" > 'b'`, "grüße, 漢字, 🙂"]) {
        purple.im("bob", text);
        await bob.expect({ event: "message", from: romeo, body: text });
        bob.message(romeo, `you wrote: ${text}`);
        await purple.expect("im", contact, "", `you wrote: ${text}`);
      }
      purple.types("bob", true);
      await bob.process.line(/<composing /, 10_000);
      const composing = '<composing xmlns="http://jabber.org/protocol/chatstates"/>';
      bob.raw(`<message to="${romeo}" type="chat">${composing}</message>`);
      await purple.expect("typing", contact);

      purple.leave("bob");
      bob.message(romeo, "are you still there?");
      await purple.expect("im", contact, "", "are you still there?");

      await purple.close();
      await bob.expect({ event: "presence", from: romeo, type: "unavailable" });
      const { violations } = await lync.state();
      assert.deepEqual(violations, []);
    }),
  );
});
