import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Emails } from "../../src/admin/emails.ts";
import { Partners } from "../../src/admin/partners.ts";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { emailName } from "../../src/federation/email-names.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

async function named(stage: Stage, address: string, email: string): Promise<void> {
  const emails = new Emails(stage.world, { isLocal: (domain) => domain === "ours.example", isXmpp: () => false });
  const set = await emails.set("cli:0", address, email);
  assert.ok(set.ok, set.ok ? "" : set.fault.code);
  await sleep(50);
}

// EML-10: from one organisation to another, through the edge of theirs, the names are as good with Microsoft as with anybody
for (const profile of ["ocs2007r2", "lync2010", "sfb2019"] as const) {
  test(`EML-01 to EML-05, EML-10 with ${profile}: Alice is her email address in all that they see, and nobody under her own`, async (t) => {
    const stage = await setStage(t, { abroad: { emailAddresses: true } });
    await named(stage, "alice@ours.example", "alice.smith@mail.example");
    const twin = await partnerOf(t, stage, profile, { peerDomains: ["ours.example", "mail.example"] });
    const m1 = person(twin, "m1");
    const alice = await stage.present("alice");
    const state = () => JSON.stringify(twin.state);
    // what she writes comes from her email address
    alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>by mail name</body></message>");
    await until("M1 reads", () => state().includes("by mail name"), twin);
    assert.match(state(), /"with":"alice\.smith@mail\.example"/);
    // what is written there comes to her
    twin.say(m1, "alice.smith@mail.example", "hello Alice");
    await alice.receives(
      "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>hello Alice</body></message>",
    );
    // presence both ways
    twin.subscribe(m1, "alice.smith@mail.example");
    await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
    alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
    await until(
      "M1 sees Alice, and her document names her so",
      () => /alice\.smith@mail\.example[^}]*"available"[^}]*"entity":"sip:alice\.smith@mail\.example"/.test(state()),
      twin,
    );
    alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
    await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
    // EML-04: nobody is there under the address she has here
    const m2 = person(twin, "m2");
    const said = twin.say(m2, "alice@ours.example", "by her other name");
    await until("it is refused", () => said.status === 404, twin);
    await alice.receivesNothing();
    // EML-03: who has no email address is known by the one they have here
    const bob = await stage.present("bob");
    twin.say(m2, "bob@ours.example", "hi Bob");
    await bob.receives(
      "<message type='chat' from='m2@contoso.example' to='bob@ours.example'><body>hi Bob</body><thread>...</thread></message>",
    );
    assert.doesNotMatch(state(), /alice@ours\.example[^}]*"state":"open"/);
  });
}

test("EML-01: without the switch an email address means nothing to others", async (t) => {
  const stage = await setStage(t);
  await named(stage, "alice@ours.example", "alice.smith@mail.example");
  const twin = await partnerOf(t, stage, "lync2010", { peerDomains: ["ours.example", "mail.example"] });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>plain</body></message>");
  await until("M1 reads", () => JSON.stringify(twin.state).includes("plain"), twin);
  assert.match(JSON.stringify(twin.state), /"with":"alice@ours\.example"/);
  const said = twin.say(person(twin, "m1"), "alice.smith@mail.example", "hello?");
  await until("it is refused", () => said.status === 404, twin);
});

test("EML-02: a colleague written to by email address gets it, and one who has none comes back with words", async (t) => {
  const stage = await setStage(t, { abroad: { emailAddresses: true } });
  await named(stage, "bob@ours.example", "bob.jones@mail.example");
  const [alice, bob] = [await stage.present("alice"), await stage.present("bob")];
  alice.sends("<message to='bob.jones@mail.example' type='chat' id='1'><body>in house</body></message>");
  await bob.receives(
    "<message type='chat' id='1' from='alice@ours.example/desk' to='bob@ours.example'><body>in house</body></message>",
  );
  alice.sends("<message to='nobody@mail.example' type='chat' id='2'><body>?</body></message>");
  assert.match(JSON.stringify(await alice.hears()), /service-unavailable/);
});

/** As a reload of the configuration does. */
async function switched(stage: Stage, emailAddresses: boolean): Promise<void> {
  const { settings } = stage;
  const applied = await stage.node.apply({ ...settings, abroad: { ...settings.abroad, emailAddresses } });
  assert.ok(applied.ok, applied.ok ? "" : applied.fault.detail);
}

const [alice, email, m1There] = ["alice@ours.example", "alice.smith@mail.example", "m1@contoso.example"];

/** Alice and M1 see each other by the names they always had; M1 is to be asked about anybody else. */
async function seeingEachOther(t: TestContext, emailAddresses: boolean) {
  const stage = await setStage(t, { abroad: { emailAddresses }, limits: { sipCatchUpMs: 300 } });
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  await stage.world.store.rosters.put(alice, { contact: m1There, subscription: "both", ...item });
  const twin = await partnerOf(t, stage, "lync2010", { peerDomains: ["ours.example", "mail.example"] });
  const m1 = person(twin, "m1");
  const local = await XmppPerson.signsIn(stage, "alice");
  await until("Alice sees M1", () => local.shown(m1There)[0] === "available", twin);
  const sees = (who: string) =>
    `${twin.state.users.m1?.sees[who]?.subscription} ${twin.state.users.m1?.sees[who]?.state}`;
  twin.subscribe(m1, alice);
  await until("M1 sees Alice", () => sees(alice) === "active available", twin);
  twin.consent(m1, "*", "ask");
  twin.consent(m1, alice, "allow");
  const watchers = () => (twin.state.users.m1?.watchers ?? []).map(({ who, consent }) => `${who} ${consent}`).join();
  return { stage, twin, m1, local, sees, watchers };
}

test("EML-06, EML-07: switched on with contacts there already: each is asked about the email address, by clients that know nothing of it", async (t) => {
  const { stage, twin, m1, local, sees, watchers } = await seeingEachOther(t, false);
  await named(stage, alice, email);
  assert.equal(watchers(), `${alice} allow`);
  await switched(stage, true);
  // what M1 reads now is a question about somebody new; of Alice's client nothing was wanted
  await until(
    () => `M1 is asked, not ${watchers()}`,
    () => watchers() === `${email} ask`,
    twin,
  );
  await until("until then she sees nobody", () => local.shown(m1There)[0] === "offline", twin);
  twin.consent(m1, email, "allow");
  await until("Alice sees M1 again", () => local.shown(m1There)[0] === "available", twin);
  // EML-04, EML-06: whom M1 has in the list is nobody any more, until M1 adds the new name
  await until(
    () => `M1 sees nobody under the old name, not ${sees(alice)}`,
    () => !sees(alice).startsWith("active"),
    twin,
  );
  twin.subscribe(m1, email);
  await until("M1 sees her under the new one", () => sees(email) === "active available", twin);
  twin.setState(m1, "away");
  await until("and she M1", () => local.shown(m1There)[0] === "away", twin);
  // and back
  await switched(stage, false);
  await until(
    () => `watched by ${watchers()}`,
    () => watchers() === `${alice} allow`,
    twin,
  );
  await until("M1 sees nobody under the email address", () => !sees(email).startsWith("active"), twin);
  assert.deepEqual(twin.violations, []);
});

test("EML-07: who has an email address since the last stop is asked about under it after the next start", async (t) => {
  const { stage, twin, m1, sees, watchers } = await seeingEachOther(t, true);
  await stage.restart(() =>
    stage.world.store.documents.put("comity", { name: emailName(alice), etag: "1", content: Buffer.from(email) }),
  );
  await until(
    () => `watched by ${watchers()}`,
    () => watchers().split(",").includes(`${email} ask`),
    twin,
  );
  twin.consent(m1, email, "allow");
  const local = await XmppPerson.signsIn(stage, "alice");
  await until("Alice sees M1", () => local.shown(m1There)[0] === "available", twin);
  twin.subscribe(m1, email);
  await until("M1 sees her under the new name", () => sees(email) === "active available", twin);
});

test("EML-02: a conversation that begins after the switch is under the new name, whatever was said before", async (t) => {
  const { stage, twin, local } = await seeingEachOther(t, false);
  await named(stage, alice, email);
  const sessions = () => (twin.state.users.m1?.sessions ?? []).map((session) => session.with);
  await local.says(m1There, "before");
  await until("it is said", () => sessions().includes(alice), twin);
  twin.bye(person(twin, "m1"), alice);
  await switched(stage, true);
  await local.says(m1There, "after");
  await until(
    () => `with ${sessions()}`,
    () => sessions().includes(email),
    twin,
  );
});

test("EML-10, RT-11: through a Microsoft server of our own email addresses are no names: said when it is added, tested and switched on", async (t) => {
  const zone: Record<string, ZoneEntry> = { "lync.mail.example": { A: ["127.0.0.1"] } };
  const stage = await setStage(t, { zone });
  await named(stage, alice, email);
  const twin = await partnerOf(t, stage, "lync2010");
  const rules = { isLocal: () => false, isXmpp: () => false, emailNames: () => ["ours.example"] };
  const partners = new Partners(stage.world, rules);
  const through = { host: "lync.mail.example", port: twin.at.port };
  const put = await partners.put("cli:0", { domain: "fabrikam.example", type: "lync2010", routes: [through] });
  assert.ok(put.ok);
  assert.deepEqual(
    (await partners.doubts(put.value)).map(({ code, detail }) => `${code} ${detail}`),
    ["email-through-microsoft lync.mail.example"],
  );
  const contoso = (await partners.list()).find(({ domain }) => domain === "contoso.example");
  assert.ok(contoso);
  assert.deepEqual(await partners.doubts(contoso), [], "their own edge is another matter");
  await sleep(50);
  const names = async (domain: string) =>
    (await stage.node.testPartner(domain)).steps.filter(({ what }) => what === "names");
  const logged = () => stage.log.lines.filter(({ fields }) => fields.fault === "email-through-microsoft").length;
  assert.deepEqual(await names("fabrikam.example"), []);
  assert.equal(logged(), 0);
  await switched(stage, true);
  assert.equal(logged(), 1);
  assert.deepEqual(stage.node.doubtedPartners, [{ domain: "fabrikam.example", host: "lync.mail.example" }]);
  const [step] = await names("fabrikam.example");
  assert.equal(step?.well, false);
  assert.match(
    step?.words ?? "",
    /Microsoft server of one's own organisation\. \(lync\.mail\.example\).*own Access Edge/,
  );
  assert.deepEqual(await names("contoso.example"), []);
});
