import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptance } from "../acceptance-script.ts";
import type { LocalPerson } from "../local-person.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { PersonOnBoth } from "../person-on-both.ts";
import { setStage } from "../play-stage.ts";
import { SipClientPerson } from "../sip-client-person.ts";
import { XmppPerson } from "../xmpp-person.ts";

const profiles = ["ocs2007", "ocs2007r2", "lync2010", "sfb2019", "aol"] as const;
const kinds = [
  { on: "XMPP", who: XmppPerson, clients: ["xmpp"] },
  { on: "SIP", who: SipClientPerson, clients: ["sip"] },
  { on: "XMPP and SIP at once", who: PersonOnBoth, clients: ["xmpp", "sip"] },
] as const;

for (const profile of profiles) {
  for (const { on, who, clients } of kinds) {
    test(`system.md 11.4, all thirteen steps: ${profile} with a person here on ${on}`, async (t) => {
      const stage = await setStage(t);
      const twin = await partnerOf(t, stage, profile);
      const local = await who.signsIn(stage, "alice");
      const { steps } = await acceptance(local, clients, twin, profile);
      assert.equal(steps.length, 13);
      assert.deepEqual(twin.violations, []);
    });
  }
}

for (const mode of ["page", "session", "msrp"]) {
  for (const { on, who, clients } of kinds) {
    test(`system.md 11.4 with any SIMPLE domain, --mode ${mode}, and a person here on ${on}`, async (t) => {
      const stage = await setStage(t);
      const quirks = { "page-mode": mode === "page" ? 1 : 0 };
      const twin = await partnerOf(t, stage, "simple", { quirks }, { mode });
      const local = await who.signsIn(stage, "alice");
      const { steps } = await acceptance(local, clients, twin, "simple", mode !== "page");
      assert.equal(steps.length, 13);
      assert.deepEqual(twin.violations, []);
    });
  }
}

test("one person on XMPP and SIP at once: what a partner sees is composed of both, and either may be left", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const alice = await PersonOnBoth.signsIn(stage, "alice");
  const [xmpp, sip] = alice.each;
  const m1 = person(twin, "m1");
  const sees = (state: string) =>
    until(`M1 sees ${state}`, () => twin.state.users.m1?.sees[alice.address]?.state === state, twin);
  twin.subscribe(m1, alice.address);
  await until("Alice is asked on both", () => alice.asked("m1@contoso.example"), twin);
  await sip.accepts("m1@contoso.example");
  await sees("available");
  await xmpp.is("away");
  await sip.is("busy");
  await sees("busy");
  await sip.is("available");
  await sees("available");
  await sip.is("offline");
  await sees("away");
  const onBoth = twin.say(m1, alice.address, "are you there?");
  await until("it is read where she is", () => alice.reads.flat().some(({ text }) => text === "are you there?"), twin);
  await until("and M1 knows", () => onBoth.status === 200, twin);
  await xmpp.is("offline");
  await sees("offline");
  // Nobody is on: it is kept, and M1 is told that it was taken (202).
  const kept = twin.say(m1, alice.address, "for later");
  await until("it is kept", () => kept.status === 202, twin);
  await sip.is("available");
  await sees("available");
  const texts = (of: LocalPerson) => of.reads.flat().map(({ text }) => text);
  await until("and read on the client that comes first", () => texts(sip).includes("for later"), twin);
  assert.deepEqual(twin.violations, []);
});
