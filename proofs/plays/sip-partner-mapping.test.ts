import assert from "node:assert/strict";
import { test } from "node:test";
import { Partners } from "../../src/admin/partners.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

test("MAP-1, MAP-2, MAP-12: a partner's tables changed by an administrator count at once, both ways", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const partners = new Partners(stage.world, { isLocal: () => false, isXmpp: () => false });
  const m1 = person(twin, "m1");
  const alice = await stage.present("alice", "desk", "<show>dnd</show>");
  twin.subscribe(m1, "alice@ours.example");
  await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
  alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
  const sees = (state: string) => new RegExp(`alice@ours\\.example[^}]*"${state}"`).test(JSON.stringify(twin.state));
  await until("M1 sees Alice busy (MAP-3)", () => sees("busy"), twin);
  twin.setState(m1, "busy");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  const shown = (inner: string) =>
    `<presence from='m1@contoso.example/sip' to='alice@ours.example'>${inner}</presence>`;
  await alice.receives(shown("<show>away</show><status>Busy</status>"));

  assert.ok((await partners.map("cli:0", "contoso.example", ["in:busy=dnd,Do not call", "out:dnd=away"], false)).ok);
  await alice.receives(shown("<show>dnd</show><status>Do not call</status>"));
  await until("M1 sees Alice away", () => sees("away"), twin);

  assert.ok((await partners.map("cli:0", "contoso.example", [], true)).ok);
  await alice.receives(shown("<show>away</show><status>Busy</status>"));
  await until("M1 sees Alice busy again", () => sees("busy"), twin);
  assert.deepEqual(twin.violations, []);
  const offline = await partners.map("cli:0", "contoso.example", ["out:offline=available"], false);
  assert.equal(offline.ok ? "" : offline.fault.code, "partner-unreadable");
});
