import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Linphone } from "./linphone.ts";
import { lacking } from "./packages.ts";
import { pidfComplaints, pidfsIn } from "./pidf.ts";
import { domain, SipSetting } from "./sip-setting.ts";

const skip = (await lacking("unbound", "slixmpp", "linphone", "xmllint")) ?? false;
const alice = `alice@${domain}`;

describe("Linphone and Comity", { skip, timeout: 120_000 }, () => {
  let sip: SipSetting;
  before(async () => {
    // linphonec cannot ask its user about a watcher.
    sip = await SipSetting.start(["alice", "bob", "carol"], { autoAuthorise: "local" });
  });
  after(() => sip?.close());

  for (const transport of ["tls", "tcp", "udp"] as const) {
    test(`over ${transport}: presence and messages with an XMPP client`, { timeout: 40_000 }, () =>
      sip.setting.play(async (signIn, _, take) => {
        const bob = await signIn("slixmpp", sip.account("bob"));
        const linphone = take(Linphone.start(sip, { user: "alice", transport, friends: ["bob"] }));
        await linphone.registered();

        await linphone.sees("bob", "Online");
        bob.presence({ show: "away", status: "gone to lunch" });
        await linphone.sees("bob", "Away");
        bob.presence({ show: "dnd", status: "do not disturb" });
        await linphone.sees("bob", "Busy");
        bob.presence({ type: "unavailable" });
        await linphone.sees("bob", "Offline");
        bob.presence({});

        bob.presence({ to: alice, type: "subscribe" });
        await bob.expect({ event: "presence", from: alice, type: "available", show: "" });

        for (const text of ["hello from Linphone", `5 < 6 && "a" > 'b'`, "grüße, 漢字, 🙂"]) {
          linphone.chat("bob", text);
          await bob.expect({ event: "message", from: alice, body: text });
          bob.message(alice, `you wrote: ${text}`);
          await linphone.reads("bob", `you wrote: ${text}`);
        }
        bob.raw(
          `<message to="${alice}" type="chat"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`,
        );
        await linphone.logs(/<state>active<\/state>/);

        await linphone.close();
        await bob.expect({ event: "presence", from: alice, type: "unavailable" });
        const documents = pidfsIn(linphone.wire()).filter((document) => document.includes(`sip:bob@${domain}`));
        assert.ok(documents.length >= 4, `${documents.length} documents`);
        assert.deepEqual(pidfComplaints(documents), []);
      }),
    );
  }

  test("a person on Linphone and on an XMPP client: each message on both", { timeout: 40_000 }, () =>
    sip.setting.play(async (signIn, _, take) => {
      const [bob, other] = await Promise.all(["bob", "alice"].map((user) => signIn("slixmpp", sip.account(user))));
      assert.ok(bob !== undefined && other !== undefined);
      other.raw('<iq type="set" id="carbons"><enable xmlns="urn:xmpp:carbons:2"/></iq>');
      await other.expect({ event: "answer", id: "carbons" });
      const linphone = take(Linphone.start(sip, { user: "alice", transport: "tls" }));
      await linphone.registered();

      bob.message(alice, "to both of you");
      await linphone.reads("bob", "to both of you");
      await other.expect({ event: "message", from: bob.jid, body: "to both of you" });
      linphone.chat("bob", "from Linphone");
      await bob.expect({ event: "message", from: alice, body: "from Linphone" });
      await other.process.line(/RECV: .*urn:xmpp:carbons:2.*from Linphone/, 10_000);
      other.message(bob.jid, "from the XMPP client");
      await bob.expect({ event: "message", from: alice, body: "from the XMPP client" });
      await linphone.reads("alice", "from the XMPP client");
    }),
  );

  test("messages to somebody who is not there wait for Linphone", { timeout: 40_000 }, () =>
    sip.setting.play(async (signIn, _, take) => {
      const bob = await signIn("slixmpp", sip.account("bob"));
      bob.message(`carol@${domain}`, "are you there?");
      bob.message(`carol@${domain}`, "write when you are");
      await bob.settle(domain);
      const linphone = take(Linphone.start(sip, { user: "carol", transport: "tcp" }));
      await linphone.reads("bob", "are you there?");
      await linphone.reads("bob", "write when you are");
      linphone.chat("bob", "here I am");
      await bob.expect({ event: "message", from: `carol@${domain}`, body: "here I am" });
    }),
  );

  test("all contacts watched by one subscription, its list deflated", { timeout: 40_000 }, () =>
    sip.setting.play(async (signIn, _, take) => {
      const bob = await signIn("slixmpp", sip.account("bob"));
      const linphone = take(
        Linphone.start(sip, { user: "alice", transport: "tcp", friends: ["bob", "carol"], list: true }),
      );
      await linphone.registered();
      // Linphone 5.1 sends "Event: presence" and looks for "Presence" in what comes: it takes the documents and shows nothing.
      await linphone.logs(/fullState="true"[\s\S]*<basic>open<\/basic>/);
      bob.presence({ show: "away", status: "seen in a list" });
      await linphone.logs(/seen in a list/);
      assert.match(linphone.wire(), /Content-Encoding: deflate/);
      assert.doesNotMatch(linphone.wire(), /^SIP\/2\.0 (4(?!01|07)|5|6)\d\d/m);
      const documents = pidfsIn(linphone.wire()).filter((document) => !document.includes("pidfonline"));
      assert.ok(documents.length >= 2, `${documents.length} documents`);
      assert.deepEqual(pidfComplaints(documents), []);
    }),
  );
});
