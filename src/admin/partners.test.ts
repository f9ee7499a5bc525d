import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ownStore } from "../../proofs/own-store.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { partnerSubject } from "../federation/sip-partner-record.ts";
import { localBus } from "../world/bus.ts";
import { systemClock } from "../world/clock.ts";
import { Partners } from "./partners.ts";

function setUp(t: TestContext) {
  const store = ownStore(t);
  const bus = localBus("test");
  const told: string[] = [];
  bus.subscribe(partnerSubject, (payload) => told.push(Buffer.from(payload).toString("utf8")));
  const rules = {
    isLocal: (domain: string) => domain === "ours.example",
    isXmpp: (domain: string) => domain === "xmpp.example",
  };
  return { partners: new Partners({ bus, clock: systemClock(), store }, rules), store, told };
}

test("each change of a partner is kept, told to running nodes, and audited", async (t) => {
  const { partners, store, told } = setUp(t);
  assert.ok((await partners.put("cli:7", { domain: "contoso.example", type: "lync2010" })).ok);
  assert.ok((await partners.map("cli:7", "contoso.example", ["out:dnd=dnd", "in:busy=away,Lab"], false)).ok);
  // written anew by somebody who says nothing of the mapping
  assert.ok((await partners.put("cli:7", { domain: "contoso.example", type: "sfb2019" })).ok);
  const [kept] = await partners.list();
  assert.equal(kept?.type, "sfb2019");
  assert.deepEqual(kept?.mapping.out, { every: { dnd: { availability: "dnd", text: "" } } });
  assert.ok((await partners.remove("cli:7", "Contoso.example")).ok);
  assert.deepEqual(await partners.list(), []);
  const audit = await store.audit.list(10);
  assert.deepEqual(
    audit.map(({ actor, action, subject, detail }) => `${actor} ${action} ${subject} ${detail}`.trim()).reverse(),
    [
      "cli:7 partner.put contoso.example lync2010",
      "cli:7 partner.mapping contoso.example in:busy=away,Lab out:dnd=dnd",
      "cli:7 partner.put contoso.example sfb2019",
      "cli:7 partner.remove contoso.example",
    ],
  );
  assert.equal(told.length, 4);
});

const refused: readonly (readonly [what: string, fault: string, given: Partial<Record<keyof SipPartner, unknown>>])[] =
  [
    ["RT-18: a domain of ours", "partner-is-ours", { domain: "ours.example" }],
    ["RT-17: a domain reached over XMPP", "partner-is-xmpp", { domain: "xmpp.example" }],
    ["LIM-03: AOL over TCP", "partner-unreadable", { type: "aol", routes: [{ host: "a", port: 1, transport: "tcp" }] }],
    ["a mapping that is none", "partner-unreadable", { mapping: ["out:dnd=bsy"] }],
  ];
for (const [what, code, given] of refused) {
  test(`refuses ${what}`, async (t) => {
    const { partners, store } = setUp(t);
    const put = await partners.put("cli:7", { domain: "contoso.example", type: "simple", ...given });
    assert.equal(put.ok ? "" : put.fault.code, code);
    assert.deepEqual(await partners.list(), []);
    assert.deepEqual(await store.audit.list(10), []);
  });
}
