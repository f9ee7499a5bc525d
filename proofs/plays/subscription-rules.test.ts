import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { systemClock } from "../../src/world/clock.ts";
import { systemNetwork } from "../../src/world/network.ts";
import { addPartner, partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import { ScriptedSipServer } from "../scripted-sip-server.ts";
import type { SipPlayer } from "../sip-player.ts";

/** The rows of SUB-09 to SUB-18 that are seen on the wire, each with a watcher on XMPP and one on SIP. */

const [alice, bob, carol] = ["alice@ours.example", "bob@ours.example", "carol@ours.example"];
const m1 = "m1@contoso.example";
const network = systemNetwork(systemClock());

const subscribes = (player: SipPlayer, whom: string, expires = 600) =>
  player.asks("SUBSCRIBE", { uri: `sip:${whom}`, headers: ["Event: presence", `Expires: ${expires}`] });

/** The next NOTIFY about somebody's presence: Subscription-State and basic status. */
async function told(player: SipPlayer): Promise<string> {
  const notify = await player.hears("NOTIFY");
  const [state = ""] = (notify.header("subscription-state") ?? "").split(";");
  const [, basic = "-"] = /<basic>(\w+)<\/basic>/.exec(notify.body.toString("utf8")) ?? [];
  return `${state} ${basic}`;
}

async function eventually(what: string, is: () => boolean, seconds = 5): Promise<void> {
  for (let count = 0; count < seconds * 50 && !is(); count++) await sleep(20);
  assert.ok(is(), what);
}

const inRoster = async (stage: Stage, owner: string, contact: string) =>
  (await stage.world.store.rosters.load(owner)).items.find((item) => item.contact === contact);

/** A partner in the clear whose server does as it is told. */
async function scripted(t: TestContext, stage: Stage, more: object = {}): Promise<ScriptedSipServer> {
  const server = await ScriptedSipServer.start(t, network);
  const route = { host: "127.0.0.1", port: server.port, transport: "tcp" };
  await addPartner(stage, {
    domain: "contoso.example",
    type: "simple",
    addresses: ["127.0.0.1"],
    routes: [route],
    ...more,
  });
  return server;
}

const accepts = (server: ScriptedSipServer, seconds: number) => {
  const headers = `Contact: <sip:127.0.0.1:${server.port};transport=tcp>\r\nExpires: ${seconds}\r\n`;
  server.conduct = { status: 200, headers };
};

test("SUB-09, SUB-06: an XMPP client only accepts, and writes no list; what it accepted holds for watchers on XMPP, SIP and at a partner", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const desk = await stage.present("alice");
  const onXmpp = await stage.present("bob");
  const onSip = await stage.sipPerson("carol", "udp");
  onXmpp.sends(`<presence type='subscribe' to='${alice}'/>`);
  await desk.receives(`<presence type='subscribe' from='${bob}' to='${alice}'/>`);
  await subscribes(onSip, alice);
  assert.equal(await told(onSip), "pending closed");
  await desk.receives(`<presence type='subscribe' from='${carol}' to='${alice}'/>`);
  twin.subscribe(person(twin, "m1"), alice);
  await desk.receives(`<presence type='subscribe' from='${m1}' to='${alice}'>...</presence>`);
  for (const who of [bob, carol, m1]) desk.sends(`<presence type='subscribed' to='${who}'/>`);
  await onXmpp.receives(`<presence from='${alice}/desk' to='${bob}'/>`);
  assert.equal(await told(onSip), "active open");
  const sees = () => twin.state.users.m1?.sees[alice]?.state;
  await until("M1 sees Alice", () => sees() === "available", twin);
  assert.equal(await stage.world.store.privacy.load(alice), undefined);
  for (const who of [bob, carol, m1]) assert.equal((await inRoster(stage, alice, who))?.subscription, "from");
});

test("SUB-11: every subscription to a partner leaves through its edge, whatever DNS says, by whatever client it was asked for", async (t) => {
  const zone: Record<string, ZoneEntry> = { "elsewhere.contoso.example": { A: ["127.0.0.1"] } };
  const stage = await setStage(t, { zone });
  const elsewhere = await ScriptedSipServer.start(t, network);
  zone["_sip._tcp.contoso.example"] = {
    SRV: [{ priority: 0, weight: 0, port: elsewhere.port, target: "elsewhere.contoso.example" }],
  };
  const edge = await scripted(t, stage);
  accepts(edge, 600);
  const onXmpp = await stage.present("alice");
  const onSip = await stage.sipPerson("bob", "tcp");
  onXmpp.sends(`<presence type='subscribe' to='${m1}'/>`);
  await subscribes(onSip, m1);
  assert.equal(await told(onSip), "pending closed");
  await eventually("both leave", () => edge.of("SUBSCRIBE").length === 2);
  const from = edge.of("SUBSCRIBE").map(({ from }) => from?.uri);
  // SUB-12: one for each who watches.
  assert.deepEqual(new Set(from), new Set([`sip:${alice}`, `sip:${bob}`]));
  // What follows in their dialogs goes the same way.
  onXmpp.sends(`<presence type='unsubscribe' to='${m1}'/>`);
  await eventually("she leaves", () => edge.of("SUBSCRIBE").some(({ expires }) => expires === 0));
  assert.deepEqual(elsewhere.heard, []);
});

test("SUB-13: a contact elsewhere is added by the whole address; a name alone is one of ours, and nobody there is asked", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const onXmpp = await stage.present("alice");
  const onSip = await stage.sipPerson("bob", "tcp");
  // "m1" without a domain is taken for somebody of the client's own domain.
  assert.equal((await subscribes(onSip, "m1@ours.example")).status, 404);
  onXmpp.sends("<presence type='subscribe' to='m1@ours.example'/>");
  await sleep(300);
  assert.deepEqual(twin.state.users.m1?.watchers, []);
  onXmpp.sends(`<presence type='subscribe' to='${m1}'/>`);
  await subscribes(onSip, m1);
  await until("both watch", () => twin.state.users.m1?.watchers.length === 2, twin);
  await eventually("she sees", () => JSON.stringify(stage.script).includes(`${m1}/sip`));
  for (const owner of [alice, bob]) assert.equal((await inRoster(stage, owner, m1))?.subscription, "to");
});

test("SUB-15: consent at a Microsoft partner is for good: removed and added again, their person is seen and is not asked", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const theirs = person(twin, "m1");
  twin.consent(theirs, "*", "ask");
  const onXmpp = await stage.present("alice");
  const onSip = await stage.sipPerson("bob", "tcp");
  onXmpp.sends(`<presence type='subscribe' to='${m1}'/>`);
  await subscribes(onSip, m1);
  assert.equal(await told(onSip), "pending closed");
  await until("both wait", () => twin.state.users.m1?.watchers.length === 2, twin);
  for (const who of [alice, bob]) twin.consent(theirs, who, "allow");
  await onXmpp.receives(`<presence from='${m1}/sip' to='${alice}'/>`);
  assert.equal(await told(onSip), "active open");
  // Both remove them, each in the client they have.
  onXmpp.sends(
    `<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${m1}' subscription='remove'/></query></iq>`,
  );
  const elsewhere = await stage.present("bob");
  elsewhere.sends(
    `<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${m1}' subscription='remove'/></query></iq>`,
  );
  await until("nobody watches", () => twin.state.users.m1?.watchers.length === 0, twin);
  while ((await onXmpp.hears()).name !== "iq");
  onXmpp.sends(`<presence type='subscribe' to='${m1}'/>`);
  const again = await stage.sipPerson("bob", "udp");
  await subscribes(again, m1);
  await until("both watch again", () => twin.state.users.m1?.watchers.length === 2, twin);
  // Their server does not ask, and never tells that anything is pending.
  const consents = twin.state.users.m1?.watchers.map(({ consent }) => consent);
  assert.deepEqual(consents, ["allow", "allow"]);
  await eventually("she sees them", () =>
    /<presence[^>]*m1@contoso\.example\/sip/.test(stage.script.slice(-12).join("\n")),
  );
  let last = await told(again);
  if (last.startsWith("pending")) last = await told(again); // before their first NOTIFY nothing is known
  assert.equal(last, "active open");
});

test("SUB-16: what they ask for is granted, so that a refresh each 1 h 45 min is in time; ours comes before the time is over", async (t) => {
  const watched = async (stage: Stage) => {
    const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
    await stage.world.store.rosters.put(alice, { contact: m1, subscription: "from", ...item });
    return partnerOf(t, stage, "lync2010");
  };
  const asking = await watched(await setStage(t));
  const headers = [
    ["Event", "presence"],
    ["Accept", "application/pidf+xml"],
    ["Expires", "7446"],
  ] as const;
  const asked = await asking.probe(person(asking, "m1"), { method: "SUBSCRIBE", to: alice, headers });
  const granted = asked.headers.find(([name]) => name.toLowerCase() === "expires")?.[1];
  assert.deepEqual([asked.status, granted], [200, "7446"]);

  // The same in seconds: their server refreshes, and is told how she is each time.
  const brief = await setStage(t, { limits: { sipSubscribeSecondsMin: 1, sipSubscribeSecondsMax: 3 } });
  const twin = await watched(brief);
  await brief.present("alice");
  twin.subscribe(person(twin, "m1"), alice);
  const sees = () => twin.state.users.m1?.sees[alice];
  await until("M1 sees her", () => sees()?.state === "available", twin);
  await until("refreshed twice", () => (sees()?.notifies ?? 0) >= 3, twin, 10);
  assert.equal(sees()?.subscription, "active");

  // Ours: for a person on XMPP and one on SIP, granted five seconds.
  const other = await setStage(t);
  const edge = await scripted(t, other);
  accepts(edge, 5);
  const onXmpp = await other.present("alice");
  const onSip = await other.sipPerson("bob", "tcp");
  onXmpp.sends(`<presence type='subscribe' to='${m1}'/>`);
  await subscribes(onSip, m1);
  await eventually("both are refreshed", () => edge.of("SUBSCRIBE").length >= 4, 8);
  for (const who of [alice, bob]) {
    const own = edge.of("SUBSCRIBE").filter(({ from }) => from?.uri === `sip:${who}`);
    const [first, second] = own;
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(second.callId, first.callId);
    assert.equal(second.toTag, "scripted");
    assert.equal(second.cseq?.number, (first.cseq?.number ?? 0) + 1);
    assert.equal(second.expires, first.expires);
  }
});

test("SUB-18: until there is an answer: 'asked' in our roster, pending on SIP, unknown to them; then it is seen", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const theirs = person(twin, "m1");
  twin.consent(theirs, "*", "ask");
  const onXmpp = await stage.present("alice");
  const onSip = await stage.sipPerson("bob", "tcp");
  onXmpp.sends("<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>");
  await onXmpp.hears();
  // Ours: XMPP clients show a contact with ask='subscribe' as waiting, SIP clients a subscription that is pending.
  onXmpp.sends(`<presence type='subscribe' to='${m1}'/>`);
  await onXmpp.receives(
    `<iq type='set' id='...' to='${alice}/desk'><query xmlns='jabber:iq:roster' ver='...'><item jid='${m1}' subscription='none' ask='subscribe'/></query></iq>`,
  );
  await subscribes(onSip, m1);
  assert.equal(await told(onSip), "pending closed");
  await until("both wait", () => twin.state.users.m1?.watchers.length === 2, twin);
  await onXmpp.receivesNothing();
  // Theirs: 200 and a NOTIFY that is pending, of which a Microsoft client makes "Presence unknown".
  twin.subscribe(theirs, alice);
  const sees = () => twin.state.users.m1?.sees[alice];
  await until("M1 waits", () => sees()?.subscription === "pending", twin);
  assert.notEqual(sees()?.state, "available");
  await onXmpp.receives(`<presence type='subscribe' from='${m1}' to='${alice}'>...</presence>`);
  onXmpp.sends(`<presence type='subscribed' to='${m1}'/>`);
  await until("M1 sees her", () => sees()?.state === "available" && sees()?.subscription === "active", twin);
  for (const who of [alice, bob]) twin.consent(theirs, who, "allow");
  assert.equal(await told(onSip), "active open");
  await eventually("she sees them", () => stage.script.join("\n").includes(`from='${m1}/sip'`));
});
