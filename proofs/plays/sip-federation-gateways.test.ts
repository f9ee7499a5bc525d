import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import { SipClientPerson } from "../sip-client-person.ts";

// What other gateways between XMPP and SIP get wrong (sip-wire 7.6, 7.7), each seen right here.

const [m1, alice] = ["m1@contoso.example", "alice@ours.example"];

test("Y-4: a subscription that is refused is told to who asked; one that only failed is not", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "subscribe-status": 403 } });
  const player = await stage.present("alice");
  player.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"); // answers go to who asked for the roster
  const heard: (string | undefined)[] = [];
  player.onHeard = ({ name, attrs }) => name === "presence" && attrs.from === m1 && heard.push(attrs.type);
  player.sends(`<presence to='${m1}' type='subscribe'/>`);
  await until("Alice is told", () => heard.includes("unsubscribed"), twin);
  twin.quirks["subscribe-status"] = 480;
  const bob = await stage.present("bob");
  bob.sends(`<presence to='${m1}' type='subscribe'/>`);
  await bob.receives(`<presence type='unavailable' from='${m1}/sip' to='bob@ours.example'/>`);
  await bob.receivesNothing();
});

for (const said of ["terminated;reason=deactivated", "terminated ; reason=timeout", "terminated; reason=noresource"]) {
  test(`K-6: "${said}" ends no friendship`, async (t) => {
    const stage = await setStage(t);
    const twin = await partnerOf(t, stage, "lync2010");
    const player = await stage.present("alice");
    player.sends(`<presence to='${m1}' type='subscribe'/>`);
    await player.receives(`<presence from='${m1}/sip' to='${alice}'/>`);
    const [watcher] = twin.watched.of(person(twin, "m1"));
    assert.ok(watcher);
    twin.edge.send({
      method: "NOTIFY",
      dialog: watcher.dialog,
      contact: twin.edge.contact(person(twin, "m1")),
      headers: [
        ["Event", "presence"],
        ["Subscription-State", said],
      ],
    });
    if (said.includes("noresource")) {
      await player.receives(`<presence type='unavailable' from='${m1}/sip' to='${alice}'/>`);
    } else await until("it is begun anew", () => twin.watched.of(person(twin, "m1")).length === 2, twin);
    const heard: string[] = [];
    player.onHeard = ({ attrs }) => heard.push(attrs.type ?? "");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(!heard.includes("unsubscribed"));
    const roster = await stage.world.store.rosters.load(alice);
    assert.equal(roster.items[0]?.subscription, "to");
  });
}

test("R21: a text is answered once, and in time: 202 when no client takes it and the store has it", async (t) => {
  const stage = await setStage(t, { limits: { settleMs: 500 } });
  const twin = await partnerOf(t, stage, "lync2010");
  const player = await stage.sipPerson("alice", "tcp");
  player.answer = 0;
  const said = twin.say(person(twin, "m1"), alice, "anybody?");
  await until("it is answered", () => said.status !== 0, twin);
  assert.equal(said.status, 202);
  assert.equal(await player.reads(), "anybody?");
  assert.deepEqual(twin.violations, []);
});

test("Y-1, Y-2, Y-8: presence goes out, a long text comes whole, once, in the style of Microsoft's sessions", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "ocs2007");
  const local = await SipClientPerson.signsIn(stage, "alice");
  twin.subscribe(person(twin, "m1"), alice);
  await until("Alice is asked", () => local.asked(m1), twin);
  await local.accepts(m1);
  await until("M1 sees Alice", () => twin.state.users.m1?.sees[alice]?.state === "available", twin);
  const long = Array.from({ length: 2_000 }, (_, number) => `word${number}`).join(" ");
  await local.says(m1, long);
  const heard = () => (twin.state.users.m1?.heard ?? []).map(({ text }) => text);
  await until(
    "M1 reads it all",
    () => heard().join("").replaceAll(" ", "").length >= long.replaceAll(" ", "").length,
    twin,
  );
  assert.equal(heard().join("").replaceAll(" ", ""), long.replaceAll(" ", ""));
  assert.ok(heard().length > 1 && heard().every((text) => text.length <= 8_000)); // I-9
  assert.deepEqual(twin.violations, []);
});
