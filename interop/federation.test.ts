import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { befriend, chat, messageAbsent, showPresence } from "./conversation.ts";
import { lacking } from "./packages.ts";
import { domainOf, type ForeignDomain, foreignServers, Partners } from "./partners.ts";

/** The three ways of RFC 6120 §13.7, XEP-0178 and XEP-0220 for two servers to know each other. */
const ways = {
  external: {
    identity: {},
    dialback: false,
    row: { tls: "required", certificate: "strict", dialback: "never" },
  },
  dialback: {
    identity: { by: "unknown" },
    dialback: true,
    row: { tls: "required", certificate: "encryption-only", dialback: "always" },
  },
  plain: { dialback: true, row: { tls: "none", dialback: "always" } },
} as const satisfies Readonly<Record<string, Omit<ForeignDomain, "name" | "server">>>;

type Way = keyof typeof ways;

const domains = foreignServers.flatMap((server) =>
  (Object.keys(ways) as Way[]).map((name) => ({ name, server, ...ways[name] })),
);
const skip = (await lacking("unbound", "prosody", "ejabberd", "slixmpp")) ?? false;

describe("Comity with foreign domains", { skip, timeout: 300_000 }, () => {
  let partners: Partners;
  before(async () => {
    partners = await Partners.start(domains);
  });
  after(() => partners?.close());

  for (const { name, server } of domains) {
    const foreign = domainOf({ name, server });

    test(`${server}, ${name}: ours begins`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", partners.account("alice@ours.example"));
        const romeo = await signIn("slixmpp", partners.account(`romeo@${foreign}`));
        await befriend(alice, romeo);
        await showPresence(alice, romeo);
        await chat(alice, romeo);
        await proved("ours.example", foreign, name);
        await messageAbsent(alice, romeo, () => signIn("slixmpp", partners.account(romeo.jid)), true);
      }),
    );

    test(`${server}, ${name}: theirs begins`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const bob = await signIn("slixmpp", partners.account("bob@also.example"));
        const juliet = await signIn("slixmpp", partners.account(`juliet@${foreign}`));
        await befriend(juliet, bob);
        await showPresence(juliet, bob);
        await chat(juliet, bob);
        await proved("also.example", foreign, name);
        await messageAbsent(juliet, bob, () => signIn("slixmpp", partners.account(bob.jid)));
      }),
    );
  }

  /** Both links stand, and each was proved the way it should be. */
  async function proved(local: string, foreign: string, way: Way): Promise<void> {
    const links = await partners.comity.links();
    for (const direction of ["out", "in"] as const) {
      const link = links.find(
        (one) =>
          one.direction === direction &&
          one.pairs.some((pair) => pair.local === local && pair.foreign === foreign && pair.proof !== undefined),
      );
      assert.ok(link, `no proved link ${direction} for ${local} and ${foreign}: ${JSON.stringify(links)}`);
      const pair = link.pairs.find((one) => one.local === local && one.foreign === foreign);
      assert.equal(pair?.proof, way === "external" ? "external" : "dialback", `${direction} ${foreign}`);
      assert.equal(link.tls === undefined, way === "plain", `TLS ${direction} ${foreign}`);
    }
  }
});
