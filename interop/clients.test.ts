import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ClientKind } from "./clients.ts";
import { befriend, chat, messageAbsent, showPresence } from "./conversation.ts";
import { lacking } from "./packages.ts";
import { domainOf, type ForeignDomain, Partners } from "./partners.ts";
import { startProfanity } from "./profanity.ts";

const foreign: ForeignDomain = { name: "club", server: "prosody", identity: {}, dialback: true };
const skip = (await lacking("unbound", "prosody", "slixmpp", "profanity")) ?? false;

describe("clients of Comity", { skip, timeout: 300_000 }, () => {
  let partners: Partners;
  before(async () => {
    partners = await Partners.start([foreign]);
  });
  after(() => partners?.close());

  const pairs: readonly (readonly [ClientKind, ClientKind, string, string])[] = [
    ["slixmpp", "@xmpp/client", "alice@ours.example", "bob@ours.example"],
    ["@xmpp/client", "slixmpp", "alice@also.example", "bob@ours.example"],
  ];

  for (const [one, other, first, second] of pairs) {
    test(`${one} as ${first} and ${other} as ${second}`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const alice = await signIn(one, partners.account(first));
        const bob = await signIn(other, partners.account(second));
        await befriend(alice, bob);
        await showPresence(alice, bob);
        await chat(alice, bob);
        await messageAbsent(alice, bob, () => signIn(other, partners.account(second)));
      }),
    );
  }

  for (const kind of ["slixmpp", "@xmpp/client"] as const) {
    test(`${kind} with a foreign contact`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const carol = await signIn(kind, partners.account(`carol@${kind === "slixmpp" ? "ours" : "also"}.example`));
        const nurse = await signIn("slixmpp", partners.account(`nurse@${domainOf(foreign)}`));
        await befriend(carol, nurse);
        await showPresence(carol, nurse);
        await chat(carol, nurse);
      }),
    );

    test(`${kind} over direct TLS`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        // The first domain: @xmpp/client sends no SNI.
        const bob = await signIn(kind, { ...partners.account("bob@ours.example"), direct: true });
        bob.message("bob@ours.example", "to myself");
        await bob.expect({ event: "message", from: "bob@ours.example", body: "to myself" });
      }),
    );

    test(`${kind} with a wrong password stays outside`, { timeout: 60_000 }, () =>
      partners.setting.play(async (_, start) => {
        const client = start(kind, { ...partners.account("bob@ours.example"), password: "wrong" });
        await client.expect({ event: "failed" });
        assert.ok(!client.has({ event: "online" }));
      }),
    );
  }

  test("profanity in a terminal: a foreign contact, presence and messages", { timeout: 90_000 }, () =>
    partners.setting.play(async (signIn) => {
      const romeo = await signIn("slixmpp", partners.account(`romeo@${domainOf(foreign)}`));
      const bob = "bob@ours.example";
      const terminal = await startProfanity(partners.setting.network, partners.account(bob));
      try {
        await terminal.line(`/sub request ${romeo.jid}`);
        await romeo.expect({ event: "presence", from: bob, type: "subscribe" });
        romeo.presence({ to: bob, type: "subscribed" });
        romeo.presence({ to: bob, type: "subscribe" });
        await terminal.shows(/[Rr]eceived authorization request from romeo/);
        await terminal.line(`/sub allow ${romeo.jid}`);
        await romeo.expect({ event: "presence", from: bob, type: "available" });
        romeo.presence({ show: "away", status: "at the ball" });
        await terminal.line(`/info ${romeo.jid}`);
        await terminal.shows(/at the ball/);
        await terminal.line(`/msg ${romeo.jid} good evening`);
        await romeo.expect({ event: "message", from: bob, body: "good evening" });
        romeo.message(bob, "and to you, Bob");
        await terminal.shows(/and to you, Bob/);
        await terminal.line('/status set away "gone fishing"');
        await romeo.expect({ event: "presence", from: bob, show: "away", status: "gone fishing" });
        await terminal.line("/quit");
        await romeo.expect({ event: "presence", from: bob, type: "unavailable" });
      } finally {
        await terminal.close();
      }
    }),
  );
});
