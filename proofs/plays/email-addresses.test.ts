import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Emails } from "../../src/admin/emails.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";

async function named(stage: Stage, address: string, email: string): Promise<void> {
  const emails = new Emails(stage.world, { isLocal: (domain) => domain === "ours.example", isXmpp: () => false });
  const set = await emails.set("cli:0", address, email);
  assert.ok(set.ok, set.ok ? "" : set.fault.code);
  await sleep(50);
}

test("EML-01 to EML-05 with a SIP partner: Alice is her email address in all that they see, and nobody under her own", async (t) => {
  const stage = await setStage(t, { abroad: { emailAddresses: true } });
  await named(stage, "alice@ours.example", "alice.smith@mail.example");
  const twin = await partnerOf(t, stage, "lync2010", { peerDomains: ["ours.example", "mail.example"] });
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
