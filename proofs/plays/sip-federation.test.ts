import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

const profiles = ["ocs2007", "ocs2007r2", "lync2010", "sfb2019"] as const;

for (const profile of profiles) {
  test(`system.md 11.4 against ${profile}: presence both ways, messages both ways, blocks`, async (t) => {
    const stage = await setStage(t);
    const twin = await partnerOf(t, stage, profile);
    const m1 = person(twin, "m1");
    const alice = await stage.present("alice");
    // M1 adds Alice, and she is asked
    twin.subscribe(m1, "alice@ours.example");
    await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
    alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
    const sees = () => JSON.stringify(twin.state);
    await until("M1 sees Alice", () => /alice@ours\.example[^}]*"available"/.test(sees()), twin);
    // Alice adds M1
    alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
    await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
    twin.setState(m1, "busy");
    await alice.receives(
      "<presence from='m1@contoso.example/sip' to='alice@ours.example'><show>away</show><status>Busy</status></presence>",
    );
    twin.setState(m1, "available");
    await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
    alice.sends("<presence><show>dnd</show></presence>");
    await alice.hears();
    await until("M1 sees Alice busy", () => /alice@ours\.example[^}]*"busy"/.test(sees()), twin);
    // Alice writes, M1 answers in the same session
    alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>héllo</body></message>");
    await until("M1 reads", () => sees().includes("héllo"), twin);
    twin.say(m1, "alice@ours.example", "hi there");
    await alice.receives(
      "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>hi there</body></message>",
    );
    assert.ok(twin.refresh(m1, "alice@ours.example"));
    assert.ok(twin.type(m1, "alice@ours.example"));
    await alice.receives(
      "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    );
    // M1 opens the window
    const m2 = person(twin, "m2");
    twin.say(m2, "alice@ours.example", "good morning");
    await alice.receives(
      "<message type='chat' from='m2@contoso.example' to='alice@ours.example'><body>good morning</body></message>",
    );
    // both close their windows; the next text opens a session again
    twin.bye(m1, "alice@ours.example");
    alice.sends("<message to='m1@contoso.example' type='chat' id='2'><body>still there?</body></message>");
    await until("M1 reads again", () => sees().includes("still there?"), twin);
    // Alice blocks M1, who sees her leave and reaches her no more (BLK-1)
    alice.sends("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='m1@contoso.example'/></block></iq>");
    await until("M1 sees Alice leave", () => /alice@ours\.example[^}]*"offline"/.test(sees()), twin);
    await alice.hears();
    const refused = twin.say(m1, "alice@ours.example", "hello?");
    await until("M1 is refused", () => refused.status >= 400, twin);
    // M2, who is not watched, blocks Alice (BLK-3): offline to her
    twin.consent(m2, "alice@ours.example", "block");
    alice.sends("<presence to='m2@contoso.example' type='subscribe'/>");
    await alice.receives("<presence type='unavailable' from='m2@contoso.example/sip' to='alice@ours.example'/>");
    assert.deepEqual(twin.violations, []);
  });
}

/** The next NOTIFY: whether it says open, and the activities. */
async function told(player: SipPlayer): Promise<string> {
  const notify = await player.hears("NOTIFY");
  const body = notify.body.toString("utf8");
  const [, basic = "-"] = /<basic>(\w+)<\/basic>/.exec(body) ?? [];
  const activities = [...body.matchAll(/<rpid:(?!activities)([\w-]+)\/>/g)].map(([, name]) => name);
  return [basic, ...activities].join(" ");
}

test("system.md 11.4 with a person here on a SIP client: their presence, messages both ways", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const m1 = person(twin, "m1");
  const alice = await stage.sipPerson("alice");
  const subscribed = await alice.asks("SUBSCRIBE", {
    uri: "sip:m1@contoso.example",
    headers: ["Event: presence", "Expires: 600"],
  });
  assert.ok(subscribed.status < 300);
  while ((await told(alice)) !== "open");
  twin.setState(m1, "busy");
  assert.equal(await told(alice), "open busy");
  assert.equal(await alice.tells("m1@contoso.example", "hello from a phone"), 200);
  await until("M1 reads", () => JSON.stringify(twin.state).includes("hello from a phone"), twin);
  twin.say(m1, "alice@ours.example", "hi phone");
  assert.equal(await alice.reads(), "hi phone");
  assert.deepEqual(twin.violations, []);
});
