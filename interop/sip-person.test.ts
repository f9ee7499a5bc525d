import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Linphone } from "./linphone.ts";
import { lacking } from "./packages.ts";
import { startProfanity } from "./profanity.ts";
import { domain, SipSetting } from "./sip-setting.ts";
import { addContact, contactList } from "./xcap.ts";

const skip = (await lacking("unbound", "slixmpp", "profanity", "linphone", "curl")) ?? false;
const [alice, bob, carol] = ["alice", "bob", "carol"].map((user) => `${user}@${domain}`) as [string, string, string];

describe("a person on profanity and on linphone at once", { skip, timeout: 120_000 }, () => {
  let sip: SipSetting;
  before(async () => {
    sip = await SipSetting.start(["alice", "bob", "carol", "dave"]);
  });
  after(() => sip?.close());

  test("one roster, one presence, each message on both", { timeout: 90_000 }, () =>
    sip.setting.play(async (signIn, _, take) => {
      const profanity = take(await startProfanity(sip.setting.network, sip.account("alice")));
      await profanity.line("/carbons on");
      const slixmpp = await signIn("slixmpp", sip.account("bob"));
      const linphone = take(Linphone.start(sip, { user: "alice", transport: "tls", friends: ["bob"] }));
      await linphone.registered();

      // Linphone asks to see Bob; he lets it, and the contact is on the one roster.
      await slixmpp.expect({ event: "presence", from: alice, type: "subscribe" });
      slixmpp.presence({ to: alice, type: "subscribed" });
      await linphone.sees("bob", "Online");
      slixmpp.presence({ show: "away", status: "gone to lunch" });
      await linphone.sees("bob", "Away");
      await profanity.line(`/info ${bob}`);
      await profanity.shows(/gone to lunch/);

      // Whoever asks to see Alice is shown to her where she can answer. Carol is on Linphone alone.
      const watcher = take(Linphone.start(sip, { user: "carol", transport: "tcp", friends: ["alice"] }));
      await watcher.registered();
      await profanity.shows(/[Rr]eceived authorization request from carol/);
      await profanity.line(`/sub allow ${carol}`);
      await watcher.sees("alice", "Online");
      // What she says on one device counts, whatever the other shows.
      await profanity.line('/status set dnd "writing"');
      await watcher.sees("alice", "Busy");
      await profanity.line("/status set online");
      await watcher.sees("alice", "Online");

      await profanity.line(`/msg ${bob} from the terminal`);
      await slixmpp.expect({ event: "message", from: alice, body: "from the terminal" });
      await linphone.reads("alice", "from the terminal");
      slixmpp.message(alice, "to both of you");
      await linphone.reads("bob", "to both of you");
      await profanity.shows(/to both of you/);
      linphone.chat("bob", "from the telephone");
      await slixmpp.expect({ event: "message", from: alice, body: "from the telephone" });
      await profanity.shows(/from the telephone/);

      assert.match(await contactList(sip, "alice"), new RegExp(`uri="sip:${bob}"`));
      await profanity.line("/win 1");
      await profanity.line(`/roster add dave@${domain} Davie`);
      await profanity.shows(/Roster item added: dave/);
      assert.match(await contactList(sip, "alice"), /Davie/);
      await addContact(sip, "alice", "erin", "Erin by XCAP");
      await profanity.line(`/roster`);
      await profanity.shows(/Erin by XCAP/);
    }),
  );
});
