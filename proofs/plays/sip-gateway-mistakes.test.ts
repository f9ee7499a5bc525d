import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ProfileName } from "../../src/twin/profile.ts";
import type { Quirks } from "../../src/twin/quirk.ts";
import { lineOf } from "../../src/twin/wire-message.ts";
import { addPartner, partnerOf, person, twinFor, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

// What other gateways between SIP and XMPP are known to get wrong (sip-wire 7.6, 7.7), each shown not to happen here.

async function set(t: TestContext, profile: ProfileName = "lync2010", quirks: Partial<Quirks> = {}) {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, profile, { quirks });
  const subscribes: string[] = [];
  const before = twin.edge.onMessage.bind(twin.edge);
  twin.edge.onMessage = (link, message) => {
    if (message.method === "SUBSCRIBE") subscribes.push(lineOf(message, "expires"));
    return before(link, message);
  };
  return { stage, twin, alice: await stage.present("alice"), m1: person(twin, "m1"), subscribes };
}

const subscribe = "<presence to='m1@contoso.example' type='subscribe'/>";
const seen = "<presence from='m1@contoso.example/sip' to='alice@ours.example'/>";
const gone = "<presence type='unavailable' from='m1@contoso.example/sip' to='alice@ours.example'/>";

test("K-2: a failure is told in both directions, by type and condition", async (t) => {
  const { twin, alice, m1 } = await set(t, "lync2010", { "message-status": 486 });
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>x</body></message>");
  await alice.receives(
    "<message type='error' from='m1@contoso.example' to='alice@ours.example/desk' id='1'>...<error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></message>",
  );
  alice.sends("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='m1@contoso.example'/></block></iq>");
  await alice.hears();
  const refused = twin.say(m1, "alice@ours.example", "hello?");
  await until("M1 is told", () => refused.status >= 400 && refused.status < 500, twin);
});

test("K-5: 200 to SUBSCRIBE is no consent: subscribed comes with the first NOTIFY that is active", async (t) => {
  const { twin, alice, m1, subscribes } = await set(t);
  twin.consent(m1, "alice@ours.example", "ask");
  alice.sends(subscribe);
  await until("it was taken", () => subscribes.length === 1 && twin.watched.of(m1).length === 1, twin);
  await alice.receivesNothing();
  twin.consent(m1, "alice@ours.example", "allow");
  await alice.receives(seen);
});

test("K-6: deactivated and noresource, and space behind the semicolon: none of them is a refusal", async (t) => {
  const { stage, twin, alice, m1, subscribes } = await set(t);
  alice.sends(subscribe);
  await alice.receives(seen);
  const ends = (reason: string) => {
    const [watcher] = twin.watched.of(m1).slice(-1);
    assert.ok(watcher);
    const headers = [
      ["Event", "presence"],
      ["Subscription-State", `terminated;  reason=${reason}`],
    ] as const;
    twin.edge.send({ method: "NOTIFY", dialog: watcher.dialog, contact: twin.edge.contact(m1), headers });
  };
  ends("deactivated");
  await until("it is asked for anew", () => subscribes.length === 2, twin);
  await alice.receives(seen);
  ends("noresource");
  await alice.receives(gone);
  const { items } = await stage.world.store.rosters.load("alice@ours.example");
  assert.equal(items[0]?.subscription, "to");
});

test("Y-1: presence goes out: what the partner reads is what she is", async (t) => {
  const { twin, alice, m1 } = await set(t);
  twin.subscribe(m1, "alice@ours.example");
  await alice.hears();
  alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
  await until("M1 sees her", () => twin.watching.of(m1)[0]?.shown?.basic === "open", twin);
  alice.sends("<presence><show>away</show><status>tea</status></presence>");
  await until("and that she is away", () => twin.watching.of(m1)[0]?.shown?.note === "tea", twin);
});

test("Y-2: a text too long for one message goes in pieces, each once, all of it", async (t) => {
  const { twin, alice } = await set(t);
  const text = Array.from({ length: 3_000 }, (_, at) => `word${at}`).join(" ");
  alice.sends(`<message to='m1@contoso.example' type='chat' id='1'><body>${text}</body></message>`);
  const heard = () => twin.sessions.heard.map((each) => each.text);
  await until("M1 has it all", () => heard().join("").length >= text.length, twin);
  assert.equal(heard().join(""), text);
  assert.ok(heard().length >= 3 && heard().every((piece) => piece.length <= 8_000));
});

test("Y-4: a SUBSCRIBE that fails is told; nothing but one SUBSCRIBE is sent for one wish", async (t) => {
  const { alice, subscribes } = await set(t, "lync2010", { "subscribe-status": 500 });
  alice.sends(subscribe);
  await alice.receives(gone);
  await alice.receivesNothing();
  assert.deepEqual(subscribes, ["3600"]);
});

test("Y-8: one partner has its texts in the dialog, another over MSRP, and both are answered in their own way", async (t) => {
  const { stage, twin, alice, m1 } = await set(t);
  const other = await twinFor(t, stage, "simple", { domain: "fabrikam.example" });
  await addPartner(stage, {
    domain: "fabrikam.example",
    type: "simple",
    mode: "msrp",
    routes: [{ host: "127.0.0.1", port: other.at.port }],
  });
  twin.say(m1, "alice@ours.example", "in the dialog");
  assert.match(JSON.stringify(await alice.hears()), /in the dialog/);
  other.say(person(other, "m1"), "alice@ours.example", "over MSRP");
  assert.match(JSON.stringify(await alice.hears()), /over MSRP/);
  alice.sends("<message to='m1@contoso.example' type='chat'><body>one</body></message>");
  alice.sends("<message to='m1@fabrikam.example' type='chat'><body>two</body></message>");
  await until("the one reads", () => twin.sessions.heard[0]?.text === "one", twin);
  await until("the other reads", () => other.sessions.heard[0]?.text === "two", other);
  assert.deepEqual(
    [twin.sessions.list[0]?.msrp === undefined, other.sessions.list[0]?.msrp === undefined],
    [true, false],
  );
});
