import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Baresip } from "./baresip.ts";
import type { Client } from "./clients.ts";
import type { Kamailio } from "./kamailio.ts";
import { type KamailioName, KamailioPartners } from "./kamailio-partners.ts";
import { Linphone } from "./linphone.ts";
import { lacking } from "./packages.ts";
import { Sipp } from "./sipp.ts";

const skip = (await lacking("unbound", "kamailio", "slixmpp", "baresip", "linphone", "sipp")) ?? false;

describe("a Kamailio domain as partner", { skip, timeout: 300_000 }, () => {
  let partners: KamailioPartners;
  before(async () => {
    partners = await KamailioPartners.start(["theirs", "routed", "clear"]);
  });
  after(() => partners?.close());

  const ways = {
    theirs: "found by _sips._tcp, proved by the certificate of the host it names",
    routed: "by a static route",
    clear: "found by _sip._tcp, in the clear, proved by its address",
  };
  for (const [name, how] of Object.entries(ways) as [KamailioName, string][]) {
    test(`${how}: a person on XMPP and one on baresip`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn, _, take) => {
        const theirs = partners.of(name);
        const romeo = `romeo@${theirs.domain}`;
        const tested = await partners.comity.command("partner", "test", theirs.domain);
        assert.match(tested.join("\n"), /^(ok .*\n)*ok +sign of life: answered 200/);
        const alice = await signIn("slixmpp", partners.account("alice"));
        const baresip = take(clientOf(theirs, "romeo", alice.jid));
        await baresip.registered();

        await alice.expect({ event: "presence", from: romeo, type: "subscribe" });
        await baresip.sees(alice.jid, "Offline");
        alice.presence({ to: romeo, type: "subscribed" });
        await baresip.sees(alice.jid, "Online");
        alice.presence({ show: "dnd", status: "do not disturb" });
        await baresip.sees(alice.jid, "Busy");
        alice.presence({ type: "unavailable" });
        await baresip.sees(alice.jid, "Offline");
        alice.presence({});
        await baresip.sees(alice.jid, "Online");

        alice.presence({ to: romeo, type: "subscribe" });
        await alice.expect({ event: "presence", from: romeo, type: "subscribed" });
        await alice.expect({ event: "presence", from: romeo, type: "unavailable" });
        take(await showsStates(theirs, "romeo", alice));

        for (const text of [`hello from ${name}`, "grüße, 漢字, 🙂"]) {
          baresip.message(text);
          await alice.expect({ event: "message", from: romeo, body: text });
          alice.message(romeo, `you wrote: ${text}`);
          await baresip.reads(alice.jid, `you wrote: ${text}`);
        }
      }),
    );
  }

  test("a person on Linphone here and one on Linphone there", { timeout: 60_000 }, () =>
    partners.setting.play(async (_, __, take) => {
      const theirs = partners.of("theirs");
      const [bob, juliet] = [`bob@${partners.domain}`, `juliet@${theirs.domain}`];
      // linphonec cannot ask its user about a watcher.
      await partners.comity.command("user", "privacy", bob, "--allow", theirs.domain);
      const here = take(Linphone.start(partners, { user: "bob", transport: "tls", friends: [juliet] }));
      await here.registered();
      const there = take(Linphone.start(theirs, { user: "juliet", transport: "tcp", friends: [bob] }));
      await there.registered();
      await there.sees(bob, "Online");
      await here.sees(juliet, "Online");
      for (const text of ["hello", `5 < 6 && "a" > 'b'`, "grüße, 漢字, 🙂"]) {
        here.chat(juliet, text);
        await there.reads(bob, text);
        there.chat(bob, `you wrote: ${text}`);
        await here.reads(juliet, `you wrote: ${text}`);
      }
      await there.close();
      await here.sees(juliet, "Offline");
    }),
  );

  test("who is away, and who does not exist", { timeout: 60_000 }, () =>
    partners.setting.play(async (signIn, _, take) => {
      const theirs = partners.of("theirs");
      const dave = await signIn("slixmpp", partners.account("dave"));
      await returned(dave, `romeo@${theirs.domain}`, "recipient-unavailable", /offline just now/);
      await returned(dave, `nobody@${theirs.domain}`, "item-not-found", /Nobody by that address exists there/);
      // She has a mailbox: it waits for her there.
      const nurse = `nurse@${theirs.domain}`;
      dave.message(nurse, "read it when you are back");
      await dave.settle(partners.domain);

      const carol = `carol@${partners.domain}`;
      const baresip = take(clientOf(theirs, "nurse", carol));
      await baresip.registered();
      await baresip.reads(dave.jid, "read it when you are back");
      assert.equal(dave.has({ event: "message", from: nurse, type: "error" }), false);
      baresip.message("for when you are back");
      await baresip.close();
      const returns = await signIn("slixmpp", partners.account("carol"));
      const waited = await returns.expect({ event: "message", from: nurse, body: "for when you are back" });
      assert.equal(waited.delayed, true);

      const lost = take(
        Baresip.start(theirs, { user: "romeo", transport: "tcp", contact: `ghost@${partners.domain}` }),
      );
      await lost.registered();
      lost.message("is anybody there?");
      await lost.process.line(/404/, 10_000);
    }),
  );

  test("Kamailio restarted: what is said meanwhile comes back, and all goes on", { timeout: 90_000 }, () =>
    partners.setting.play(async (signIn, _, take) => {
      const theirs = partners.of("routed");
      const juliet = `juliet@${theirs.domain}`;
      const carol = await signIn("slixmpp", partners.account("carol"));
      const before = take(clientOf(theirs, "juliet", carol.jid));
      await before.registered();
      await carol.expect({ event: "presence", from: juliet, type: "subscribe" });
      carol.presence({ to: juliet, type: "subscribed" });
      await before.sees(carol.jid, "Online");
      carol.presence({ to: juliet, type: "subscribe" });
      await carol.expect({ event: "presence", from: juliet, type: "subscribed" });
      take(await showsStates(theirs, "juliet", carol));
      before.message("before");
      await carol.expect({ event: "message", from: juliet, body: "before" });

      await theirs.process.stop();
      await returned(carol, juliet, /remote-server/, /other organisation/);
      await theirs.restart();
      await before.process.kill();
      const again = take(clientOf(theirs, "juliet", carol.jid));
      await again.registered();
      await again.sees(carol.jid, "Online");
      take(await showsStates(theirs, "juliet", carol));
      carol.message(juliet, "after");
      await again.reads(carol.jid, "after");
      again.message("after");
      await carol.expect({ event: "message", from: juliet, body: "after" });
    }),
  );
});

describe("a Kamailio domain whose certificate is wrong", { skip, timeout: 120_000 }, () => {
  let partners: KamailioPartners;
  before(async () => {
    partners = await KamailioPartners.start(["wrong", "worn"]);
  });
  after(() => partners?.close());

  const faults = {
    wrong: { what: "another's", words: /could not be verified|trusted|certificate/i, log: /elsewhere\.example/ },
    worn: { what: "expired", words: /certificate|expired|trusted/i, log: /cert-expired/ },
  } as const;
  for (const [name, { what, words, log }] of Object.entries(faults)) {
    test(`${what}: nothing goes there, nothing is taken from there`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn, _, take) => {
        const theirs = partners.of(name as KamailioName);
        const alice = await signIn("slixmpp", partners.account("alice"));
        await returned(alice, `romeo@${theirs.domain}`, /./, words);
        const baresip = take(clientOf(theirs, "romeo", alice.jid));
        await baresip.registered();
        baresip.message("let me in");
        await baresip.process.line(/403/, 10_000);
        await partners.comity.process.line(
          (line) => /refused: its sender's domain/.test(line) && log.test(line),
          5_000,
        );
        assert.equal(alice.has({ event: "message", from: `romeo@${theirs.domain}`, body: "let me in" }), false);
        await assert.rejects(partners.comity.command("partner", "test", theirs.domain), /FAIL +connection/);
      }),
    );
  }
});

/** A client of a Kamailio's, whose presence another one publishes. */
function clientOf(theirs: Kamailio, user: string, contact: string): Baresip {
  return Baresip.start(theirs, { user, transport: "tcp", contact, publishes: false });
}

/** Somebody publishes, changes, and takes away how they are; a watcher sees each. */
async function showsStates(theirs: Kamailio, user: string, watcher: Client): Promise<Sipp> {
  const from = `${user}@${theirs.domain}`;
  const published = await Sipp.start(theirs, "publish", { transport: "tcp", user, about: from });
  await watcher.expect({ event: "presence", from, type: "available", show: "away", status: "sipp one" });
  await watcher.expect({ event: "presence", from, type: "available", show: "dnd", status: /sipp two$/ });
  await watcher.expect({ event: "presence", from, type: "unavailable" });
  await published.done();
  return published;
}

/** What somebody writes comes back, with words that say why. */
async function returned(sender: Client, to: string, condition: RegExp | string, words: RegExp): Promise<void> {
  const id = sender.message(to, "is anybody there?");
  const { error } = await sender.expect({ event: "message", from: to, type: "error", id, error: { text: words } });
  assert.match(error?.condition ?? "", new RegExp(condition));
}
