import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, twinFor, until } from "../partner-stage.ts";
import { identityOf, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const heardBy = (twin: Awaited<ReturnType<typeof partnerOf>>, text: string) =>
  JSON.stringify(twin.state.users).split(`"${text}"`).length - 1;

const m1Watchers = (twin: Awaited<ReturnType<typeof partnerOf>>) => twin.state.users.m1?.watchers.length;

const says = (text: string, id: string) =>
  `<message to='m1@contoso.example' type='chat' id='${id}'><body>${text}</body></message>`;

test("their edge drops every connection amid a conversation: it goes on over others", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const alice = await stage.present("alice");
  alice.sends(says("one", "1"));
  await until("M1 reads", () => heardBy(twin, "one") === 1, twin);
  assert.ok(twin.drop(true) > 0);
  alice.sends(says("two", "2"));
  await until("M1 reads on", () => heardBy(twin, "two") === 1, twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "three");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>three</body></message>",
  );
});

test("their server starts again and has forgotten every dialog: the text opens another, and arrives once", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const alice = await stage.present("alice");
  alice.sends(says("one", "1"));
  await until("M1 reads", () => heardBy(twin, "one") === 1, twin);
  const m1 = person(twin, "m1");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
  twin.restart();
  twin.setState(m1, "away"); // nobody watches there, who would be told
  alice.sends(says("two", "2"));
  await until("M1 reads on", () => heardBy(twin, "two") === 1, twin);
  // no two hours of blindness: who is watched is asked for again at once
  await until("Alice watches again", () => m1Watchers(twin) === 1, twin);
  await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'><show>away</show></presence>");
});

test("I-13: the connection dies on a text that was not answered: it arrives, or comes back", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "drop-after-messages": 2 } });
  const alice = await stage.present("alice");
  alice.sends(says("one", "1"));
  await until("M1 reads", () => heardBy(twin, "one") >= 1, twin);
  alice.sends(says("two", "2"));
  await until("M1 reads on", () => heardBy(twin, "two") >= 1, twin);
});

test("they refuse a text, or are not there: it comes back with words", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "message-status": 606 } });
  const alice = await stage.present("alice");
  const fails = async (id: string, condition: RegExp) => {
    alice.sends(says("one", id));
    const error = await alice.hears();
    assert.equal(error.attrs.type, "error");
    assert.equal(error.attrs.id, id);
    assert.match(JSON.stringify(error), condition);
    assert.match(JSON.stringify(error), /"text"/);
  };
  await fails("1", /policy-violation|not-acceptable|forbidden/);
  await twin.close();
  await fails("2", /remote-server-timeout|remote-server-not-found/);
});

test("T-4, Y-7, R7: who has another domain's certificate is refused, whatever From says", async (t) => {
  const stage = await setStage(t);
  const identity = await identityOf("theirs.example");
  const twin = await partnerOf(t, stage, "lync2010", {
    identity: { certificate: identity.cert, key: identity.key },
    host: "sip.contoso.example",
  });
  const alice = await stage.present("alice");
  const said = twin.say(person(twin, "m1"), "alice@ours.example", "trust me");
  await until("it is refused", () => said.status === 403, twin);
  await alice.receivesNothing();
});

test("a change is made while no connection stands, and the partner is away: its people hear of it when it is back", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010", { peer: undefined });
  const alice = await stage.present("alice");
  const m1 = person(twin, "m1");
  // The stand-in opens nothing itself here: what Alice writes is what connects.
  alice.sends(says("one", "1"));
  await until("M1 reads", () => heardBy(twin, "one") === 1, twin);
  twin.subscribe(m1, "alice@ours.example");
  await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
  alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
  const seen = () => twin.state.users.m1?.sees["alice@ours.example"]?.state;
  await until("M1 sees Alice", () => seen() === "available", twin);
  twin.drop();
  alice.sends("<presence><show>dnd</show></presence>");
  await until("M1 sees Alice busy", () => seen() === "busy", twin, 10);
  assert.deepEqual(twin.violations, []);
});

test("a partner that was away, and does not connect to us, is looked for: its people are seen again long before a rest is over", async (t) => {
  const stage = await setStage(t);
  const options = { peer: undefined };
  const twin = await partnerOf(t, stage, "lync2010", options);
  const m1 = "m1@contoso.example";
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.adds(m1);
  await until("Alice sees M1", () => local.shown(m1)[0] === "available", twin);
  const { port } = twin.at;
  await twin.close();
  await until("and no more", () => local.shown(m1)[0] === "offline", twin, 6);
  const state = () => stage.node.partnerState("contoso.example");
  await until("it is looked for", () => state().awayMs !== undefined, twin, 6);
  assert.deepEqual(state().connections, { all: 0, ours: 0 });
  assert.ok(stage.log.lines.some(({ what }) => what === "SIP partner is away, and looked for"));
  const back = await twinFor(t, stage, "lync2010", { ...options, port });
  back.setState(person(back, "m1"), "away");
  await until("and again", () => local.shown(m1)[0] === "away", back, 8);
  assert.equal(m1Watchers(back), 1);
  assert.deepEqual([state().awayMs, state().connections], [undefined, { all: 1, ours: 1 }]);
  assert.ok(stage.log.lines.some(({ what }) => what === "SIP partner is back"));
  assert.deepEqual(back.violations, []);
});
