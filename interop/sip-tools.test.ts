import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { befriend } from "./conversation.ts";
import { lacking } from "./packages.ts";
import { pidfComplaints, pidfsIn } from "./pidf.ts";
import { domain, SipSetting, type SipTransport } from "./sip-setting.ts";
import { Sipp } from "./sipp.ts";
import { as, sipsak, sipsakMessage } from "./sipsak.ts";

const skip = (await lacking("unbound", "slixmpp", "sipsak", "sipp", "xmllint")) ?? false;
const transports = ["udp", "tcp", "tls"] as const satisfies readonly SipTransport[];
/** Who watches Alice over which. */
const watchers = { udp: "bob", tcp: "carol", tls: "dave" } as const;

describe("SIP tools and Comity", { skip, timeout: 120_000 }, () => {
  let sip: SipSetting;
  before(async () => {
    // Two seconds, so that a subscription can be seen to run out.
    sip = await SipSetting.start(["alice", "bob", "carol", "dave", "erin"], { limits: { sipSubscribeSecondsMin: 2 } });
  });
  after(() => sip?.close());

  for (const transport of ["udp", "tcp"] as const) {
    test(`sipsak over ${transport}: OPTIONS, REGISTER with digest, MESSAGE`, { timeout: 30_000 }, () =>
      sip.setting.play(async (signIn) => {
        const pinged = await sipsak(sip, transport, `sip:${domain}`, []);
        assert.ok(pinged.some((line) => line.startsWith("Allow: ") && line.includes("PUBLISH")));
        const registered = await sipsak(sip, transport, `sip:bob@${domain}`, [
          ...["-U", "-i", "-x", "60", "-C", `sip:bob@${sip.address}:9`, ...as("bob")],
        ]);
        assert.ok(registered.some((line) => /^Contact: .*;expires=60/.test(line)));
        const [alice] = await Promise.all([signIn("slixmpp", sip.account("alice"))]);
        await sipsakMessage(sip, transport, "bob", "alice", `hello over ${transport}, 漢字`);
        await alice.expect({ event: "message", from: `bob@${domain}`, body: `hello over ${transport}, 漢字` });
        await assert.rejects(
          sipsak(sip, transport, `sip:bob@${domain}`, ["-U", "-i", "-u", "bob", "-a", "wrong"]),
          /403 Forbidden/,
        );
        // What it has registered goes: nobody is there.
        const star = ["-U", "-i", "-x", "0", "-C", "*", ...as("bob")];
        await sipsak(sip, transport, `sip:bob@${domain}`, star);
      }),
    );
  }

  for (const transport of transports) {
    test(`sipp over ${transport}: REGISTER, and MESSAGE both ways`, { timeout: 40_000 }, () =>
      sip.setting.play(async (signIn, _, take) => {
        const [alice, reachable] = await Promise.all([
          signIn("slixmpp", sip.account("alice")),
          Sipp.start(sip, "reachable", { transport, user: "bob", about: domain }).then(take),
        ]);
        await reachable.says("reachable");
        const text = `over ${transport}`;
        alice.message(`bob@${domain}`, text);
        await reachable.says(`read ${text}`);
        const message = take(
          await Sipp.start(sip, "message", { transport, user: "dave", peer: "alice", about: `alice@${domain}` }),
        );
        await alice.expect({
          event: "message",
          from: `dave@${domain}`,
          body: `from dave over ${transport.toUpperCase()}`,
        });
        await message.done();
        await reachable.done();
        const register = take(await Sipp.start(sip, "register", { transport, user: "carol", about: domain }));
        await register.done();
      }),
    );
  }

  test("sipp over all: SUBSCRIBE, NOTIFY, refresh, expiry", { timeout: 40_000 }, () =>
    sip.setting.play(async (signIn, _, take) => {
      const alice = await signIn("slixmpp", sip.account("alice"));
      const watches = await Promise.all(
        transports.map(async (transport) => {
          const user = watchers[transport];
          const watch = take(
            await Sipp.start(sip, "watch", { transport, user, peer: "alice", about: `alice@${domain}` }),
          );
          await alice.expect({ event: "presence", from: `${user}@${domain}`, type: "subscribe" });
          alice.presence({ to: `${user}@${domain}`, type: "subscribed" });
          await watch.says("watches");
          return watch;
        }),
      );
      alice.presence({ show: "away", status: "gone to lunch" });
      for (const watch of watches) {
        await watch.done();
        const documents = pidfsIn(watch.wire());
        assert.ok(documents.length >= 3, `${documents.length} documents`);
        assert.ok(documents.some((document) => document.includes("gone to lunch")));
        assert.deepEqual(pidfComplaints(documents), []);
      }
    }),
  );

  test("sipp: PUBLISH, refresh, change, an old tag, removal, seen by an XMPP contact", { timeout: 60_000 }, () =>
    sip.setting.play(async (signIn, _, take) => {
      const alice = await signIn("slixmpp", sip.account("alice"));
      const erin = await signIn("slixmpp", sip.account("erin"));
      await befriend(alice, erin);
      await erin.close();
      await alice.expect({ event: "presence", from: erin.jid, type: "unavailable" });
      for (const transport of transports) {
        const self = take(await Sipp.start(sip, "self", { transport, user: "dave", about: `dave@${domain}` }));
        await self.done();
        const publish = take(await Sipp.start(sip, "publish", { transport, user: "erin", about: erin.jid }));
        await alice.expect({ event: "presence", from: erin.jid, show: "away", status: "sipp one" });
        await alice.expect({ event: "presence", from: erin.jid, show: "dnd", status: /sipp two$/ });
        await alice.expect({ event: "presence", from: erin.jid, type: "unavailable" });
        await publish.done();
      }
    }),
  );
});
