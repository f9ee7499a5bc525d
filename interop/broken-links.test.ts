import assert from "node:assert/strict";
import { execPath } from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Client } from "./clients.ts";
import { chat } from "./conversation.ts";
import { lacking } from "./packages.ts";
import { domainOf, type ForeignDomain, foreignServers, Partners } from "./partners.ts";
import type { Process } from "./process.ts";

const good = { identity: {}, dialback: true } as const;

/** Reached through a cable that the test can cut. */
const cables = foreignServers.map(
  (server, at): ForeignDomain => ({
    name: "cable",
    server,
    ...good,
    records: (domain, _, network) => ({ [domain]: { A: [network.address(40 + at)] } }),
  }),
);
const mortals = foreignServers.map((server): ForeignDomain => ({ name: "mortal", server, ...good }));
const strict = foreignServers.map((server): ForeignDomain => ({ name: "strict", server, ...good, strict: true }));

const skip = (await lacking("unbound", "prosody", "ejabberd", "slixmpp")) ?? false;

describe("Comity and links that break", { skip, timeout: 300_000 }, () => {
  let partners: Partners;
  const relays: Process[] = [];
  before(async () => {
    partners = await Partners.start([...cables, ...mortals, ...strict], {
      limits: { retryFirstMs: 200, retryMostMs: 500, connectMs: 2_000, linkSetupMs: 5_000, dialbackMs: 4_000 },
    });
    const { network } = partners.setting;
    const relay = fileURLToPath(new URL("relay.mjs", import.meta.url));
    for (const [at, { server }] of cables.entries()) {
      const to = network.address(server === "prosody" ? 10 : 20);
      const command = [execPath, relay, network.address(40 + at), "5269", to, "5269"];
      const cable = partners.setting.keep(network.start(`cable to ${server}`, command, { input: true }));
      await cable.line(/up/, 5_000);
      relays.push(cable);
    }
  });
  after(() => partners?.close());

  for (const domain of strict) {
    test(`${domain.server} refuses our expired certificate: the writer is told`, { timeout: 60_000 }, () =>
      partners.setting.play(async (signIn) => {
        // Nobody checks it on the way in.
        const { ca: _, ...account } = partners.account("alice@worn.example");
        const alice = await signIn("slixmpp", account);
        const romeo = await signIn("slixmpp", partners.account(`romeo@${domainOf(domain)}`));
        const id = alice.message(romeo.jid, "with a worn certificate");
        const told = await alice.expect({ event: "message", from: romeo.jid, type: "error", id });
        assert.match(told.error?.text ?? "", /./);
        assert.ok(!romeo.has({ event: "message", from: alice.jid }));
      }),
    );
  }

  for (const [at, domain] of cables.entries()) {
    test(
      `${domain.server}: the cable is cut in the middle of a message; none is lost without a word`,
      { timeout: 60_000 },
      () =>
        partners.setting.play(async (signIn) => {
          const alice = await signIn("slixmpp", partners.account("alice@ours.example"));
          const romeo = await signIn("slixmpp", partners.account(`romeo@${domainOf(domain)}`));
          await chat(alice, romeo);
          const relay = relays[at];
          assert.ok(relay);
          relay.write("cut 20011\n");
          const ids = Array.from({ length: 300 }, (_, n) => alice.message(romeo.jid, `message ${n}`));
          await relay.line(/^cut$/, 20_000);
          await accountedFor(ids, alice, romeo);
          // And the next one finds a new cable.
          alice.message(romeo.jid, "after the cut");
          await romeo.expect({ event: "message", from: alice.jid, body: "after the cut" });
        }),
    );
  }

  for (const domain of mortals) {
    test(
      `${domain.server} hangs and dies: what it did not take comes back; it returns and is found`,
      { timeout: 90_000 },
      () =>
        partners.setting.play(async (signIn) => {
          const server = partners.server(domain);
          const alice = await signIn("slixmpp", partners.account("alice@ours.example"));
          const romeo = await signIn("slixmpp", partners.account(`romeo@${domainOf(domain)}`));
          await chat(alice, romeo);
          server.process.freeze();
          const ids = Array.from({ length: 20 }, (_, n) => alice.message(romeo.jid, `to the dying ${n}`));
          // Its own server has passed them on when it has dealt with what came after them.
          await alice.settle("ours.example");
          await server.process.kill();
          for (const id of ids) {
            const told = await alice.expect({ event: "message", type: "error", id });
            assert.match(told.error?.condition ?? "", /^remote-server-(timeout|not-found)$/);
            assert.match(told.error?.text ?? "", /./);
          }
          await server.again();
          const returned = await signIn("slixmpp", partners.account(`juliet@${domainOf(domain)}`));
          await untilHeard(alice, returned, domain);
        }),
    );
  }
});

/** Waits until every message has arrived or come back with words. */
async function accountedFor(ids: readonly string[], writer: Client, reader: Client): Promise<void> {
  const untilMs = Date.now() + 30_000;
  const open = () =>
    ids.filter(
      (id) =>
        !reader.has({ event: "message", type: "chat", id }) &&
        !writer.has({ event: "message", type: "error", id, error: { text: /./ } }),
    );
  while (open().length > 0 && Date.now() < untilMs) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(open(), [], "neither arrived nor came back");
}

/** A message gets through within a few tries: the pause after a failure has to pass. */
async function untilHeard(writer: Client, reader: Client, domain: ForeignDomain): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    const body = `is ${domainOf(domain)} back? (${attempt})`;
    writer.message(reader.jid, body);
    if (await reader.expect({ event: "message", body }, 500).catch(() => undefined)) return;
  }
  assert.fail(`${domainOf(domain)} was not found again`);
}
