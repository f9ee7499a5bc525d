import assert from "node:assert/strict";
import { execPath } from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { SrvData } from "../src/base/resolver.ts";
import { chat } from "./conversation.ts";
import { addressOnly } from "./dns.ts";
import { lacking } from "./packages.ts";
import { domainOf, type ForeignDomain, foreignServers, Partners } from "./partners.ts";

const srv = (target: string, port: number, priority = 0): SrvData => ({ priority, weight: 0, port, target });
const good = { identity: {}, dialback: true } as const;

/** Domains that are found in unusual ways. */
const bare = foreignServers.map(
  (server): ForeignDomain => ({ name: "bare", server, ...good, records: (domain, at) => addressOnly(domain, at) }),
);
const second = foreignServers.map(
  (server): ForeignDomain => ({
    name: "second",
    server,
    ...good,
    records: (domain, at, network) => ({
      [`_xmpp-server._tcp.${domain}`]: {
        SRV: [srv(`dead.${domain}`, 5269, 1), srv(`nowhere.${domain}`, 5269, 2), srv(`alive.${domain}`, 5269, 3)],
      },
      [`dead.${domain}`]: { A: [network.address(99)] },
      [`nowhere.${domain}`]: { A: [network.nowhere] },
      [`alive.${domain}`]: { A: [at] },
    }),
  }),
);

/** Domains nobody can be reached at, the condition their writers get, and words that must be in it. */
const dead: readonly [name: string, condition: RegExp, words: RegExp][] = [
  ["missing.example", /^remote-server-not-found$/, /does not exist/],
  ["closed.example", /^remote-server-not-found$/, /does not offer/],
  ["hollow.example", /^remote-server-not-found$/, /./],
  ["refused.example", /^remote-server-(not-found|timeout)$/, /refused/],
  ["vanished.example", /^remote-server-(not-found|timeout)$/, /did not answer|refused|could not be found/],
  ["silent.example", /^remote-server-timeout$/, /did not answer/],
];

const skip = (await lacking("unbound", "prosody", "ejabberd", "slixmpp")) ?? false;

describe("Comity and domains that are hard or impossible to reach", { skip, timeout: 300_000 }, () => {
  let partners: Partners;
  before(async () => {
    partners = await Partners.start([...bare, ...second], {
      limits: { connectMs: 1_500, linkSetupMs: 4_000, dialbackMs: 3_000, retryFirstMs: 200, retryMostMs: 500 },
      zone: (network) => ({
        "_xmpp-server._tcp.closed.example": { SRV: [srv(".", 0)] },
        "closed.example": { A: [network.address(10)] },
        "_xmpp-server._tcp.hollow.example": { SRV: [srv("no.hollow.example", 5269)] },
        "_xmpp-server._tcp.refused.example": { SRV: [srv("at.refused.example", 5269)] },
        "at.refused.example": { A: [network.address(99)] },
        "vanished.example": { A: [network.nowhere] },
        "silent.example": { A: [network.address(41)] },
      }),
    });
    const { setting } = partners;
    const relay = fileURLToPath(new URL("relay.mjs", import.meta.url));
    const silent = setting.network.start("silent", [execPath, relay, setting.network.address(41), "5269"], {
      input: true,
    });
    await setting.keep(silent).line(/up/, 5_000);
  });
  after(() => partners?.close());

  for (const domain of bare) {
    test(`${domain.server}: an address and no SRV, on both sides`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", partners.account("alice@also.example"));
        const romeo = await signIn("slixmpp", partners.account(`romeo@${domainOf(domain)}`));
        await chat(alice, romeo);
      }),
    );
  }

  for (const domain of second) {
    test(`${domain.server}: the last of three targets answers`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", partners.account("alice@ours.example"));
        const romeo = await signIn("slixmpp", partners.account(`romeo@${domainOf(domain)}`));
        await chat(alice, romeo);
      }),
    );
  }

  for (const [domain, condition, words] of dead) {
    test(`${domain}: the writer is told in words`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", partners.account("alice@ours.example"));
        const id = alice.message(`romeo@${domain}`, "anybody there?");
        const told = await alice.expect({ event: "message", from: `romeo@${domain}`, type: "error", id });
        assert.match(told.error?.condition ?? "", condition);
        assert.match(told.error?.text ?? "", words);
        // A request for presence is answered the same way.
        alice.presence({ to: `juliet@${domain}`, type: "subscribe" });
        const refused = await alice.expect({ event: "presence", from: `juliet@${domain}`, type: "error" });
        assert.match(refused.error?.text ?? "", words);
      }),
    );
  }
});
