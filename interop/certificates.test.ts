import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chat } from "./conversation.ts";
import { lacking } from "./packages.ts";
import { domainOf, foreignServers, Partners } from "./partners.ts";

/** Certificates that prove nothing, and what a sender is told of each where the partner's must prove something. */
const wrongs = {
  expired: { identity: { expired: true }, words: /expired/i },
  misnamed: { identity: { names: ["elsewhere.example"] }, words: /name/i },
  unknown: { identity: { by: "unknown" }, words: /trust|issuer|authority|unknown/i },
} as const;

/** A partner's row in comity.yaml: its certificate must prove it, or may just encrypt. */
const rows = {
  strict: { tls: "required", certificate: "strict", dialback: "fallback" },
  tolerant: { tls: "required", certificate: "encryption-only", dialback: "fallback" },
} as const;

const cases = foreignServers.flatMap((server) =>
  (Object.keys(wrongs) as (keyof typeof wrongs)[]).flatMap((wrong) =>
    (Object.keys(rows) as (keyof typeof rows)[]).map((row) => ({ server, wrong, row, name: `${wrong}-${row}` })),
  ),
);
const skip = (await lacking("unbound", "prosody", "ejabberd", "slixmpp")) ?? false;

describe("Comity and certificates that prove nothing", { skip, timeout: 300_000 }, () => {
  let partners: Partners;
  before(async () => {
    partners = await Partners.start(
      cases.map(({ server, name, wrong, row }) => ({
        name,
        server,
        identity: wrongs[wrong].identity,
        dialback: true,
        row: rows[row],
      })),
    );
  });
  after(() => partners?.close());

  for (const { server, name, wrong, row } of cases) {
    const foreign = domainOf({ name, server });
    const signInBoth = (signIn: Parameters<Parameters<typeof partners.setting.play>[0]>[0]) =>
      Promise.all([
        signIn("slixmpp", partners.account("alice@ours.example")),
        signIn("slixmpp", partners.account(`romeo@${foreign}`)),
      ]);

    if (row === "tolerant") {
      test(`${server}, ${wrong}: encrypts, and dialback proves the domain`, { timeout: 60_000 }, () =>
        partners.setting.play(async (signIn) => {
          const [alice, romeo] = await signInBoth(signIn);
          await chat(alice, romeo);
          const links = await partners.comity.links();
          const proofs = links
            .filter((one) => one.tls !== undefined)
            .flatMap((one) => one.pairs.map((pair) => `${one.direction} ${pair.foreign} ${pair.proof}`));
          for (const direction of ["in", "out"])
            assert.ok(proofs.includes(`${direction} ${foreign} dialback`), `${proofs}`);
        }),
      );
    } else {
      test(`${server}, ${wrong}: refused, and both senders are told`, { timeout: 60_000 }, () =>
        partners.setting.play(async (signIn) => {
          const [alice, romeo] = await signInBoth(signIn);
          alice.message(romeo.jid, "to a server that cannot prove itself");
          const told = await alice.expect({ event: "message", from: romeo.jid, type: "error" });
          assert.equal(told.error?.condition, "not-authorized");
          assert.match(told.error?.text ?? "", /could not prove who it is/);
          assert.match(told.error?.text ?? "", wrongs[wrong].words);
          romeo.message(alice.jid, "from a server that cannot prove itself");
          await romeo.expect({ event: "message", from: alice.jid, type: "error" });
          assert.ok(!romeo.has({ event: "message", from: alice.jid, type: "chat" }));
          assert.ok(!alice.has({ event: "message", from: romeo.jid, type: "chat" }));
        }),
      );
    }
  }
});
