import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Libpurple, type LibpurpleTransport, libpurpleProgram } from "./libpurple.ts";
import { lacking } from "./packages.ts";
import { domain, SipSetting } from "./sip-setting.ts";

const skip = (await lacking("unbound", "slixmpp", "libpurple")) ?? false;
/** As people write: nobody answers in the moment a message is there. */
const apartMs = 200;

describe("libpurple's SIMPLE and Comity", { skip, timeout: 120_000 }, () => {
  let sip: SipSetting;
  let program: string;
  before(async () => {
    sip = await SipSetting.start(["bob", "carol", "erin", "frank"], { autoAuthorise: "local" });
    program = await libpurpleProgram(sip.setting);
  });
  after(() => sip?.close());

  test("over TCP and UDP: presence and messages with XMPP clients", { timeout: 60_000 }, (t) =>
    sip.setting.play(async (signIn, _, take) => {
      const talk = async (transport: LibpurpleTransport, user: string, friend: string) => {
        const address = `${user}@${domain}`;
        const contact = `sip:${friend}@${domain}`;
        const bob = await signIn("slixmpp", sip.account(friend));
        bob.presence({ to: address, type: "subscribe" });
        const purple = take(Libpurple.start(sip, program, user, transport));
        await purple.expect("online");
        await bob.expect({ event: "presence", from: address, type: "available", show: "", status: "" });
        purple.add(friend);

        // What stays behind in its buffer (simple.c reads one message of a piece) is read with the next piece: there is always one.
        const more = setInterval(() => bob.message(address, "by the way"), 2_000);
        t.after(() => clearInterval(more));
        for (const text of ["hello from libpurple", `5 < 6 && "a" > 'b'`, "grüße, 漢字, 🙂"]) {
          purple.im(friend, text);
          await bob.expect({ event: "message", from: address, body: text });
          // Of a 200 and a MESSAGE that come in one piece it reads the 200, and the MESSAGE with the next piece (simple.c).
          await sleep(apartMs);
          bob.message(address, `you wrote: ${text}`);
          await purple.expect("im", contact, "", `you wrote: ${text}`);
        }
        const composing = '<composing xmlns="http://jabber.org/protocol/chatstates"/>';
        bob.raw(`<message to="${address}" type="chat">${composing}</message>`);
        await purple.expect("typing", contact);

        await purple.expect("buddy", contact, "available");
        // Of a contact's presence it shows no more than whether there is some.
        bob.presence({ show: "away", status: "gone to lunch" });
        await purple.expect("buddy", contact, "available");
        bob.presence({ type: "unavailable" });
        await purple.expect("buddy", contact, "offline");
        bob.presence({});
        await purple.expect("buddy", contact, "available");

        clearInterval(more);
        await purple.close();
        await bob.expect({ event: "presence", from: address, type: "unavailable" });
        // It answers NOTIFY with every header that came, the server's own Contact too: nothing may be sent there.
        const notifies = purple.process.lines.filter((line) => line.startsWith("NOTIFY "));
        assert.ok(notifies.length >= 4, `${notifies}`);
        for (const line of notifies) assert.ok(line.startsWith(`NOTIFY sip:${user}@`), line);
      };
      // Both at once: libpurple takes ten seconds to subscribe.
      await Promise.all([talk("tcp", "erin", "bob"), talk("udp", "frank", "carol")]);
    }),
  );
});
