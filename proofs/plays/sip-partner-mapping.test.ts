import assert from "node:assert/strict";
import { test } from "node:test";
import { Partners } from "../../src/admin/partners.ts";
import { parseAddress } from "../../src/base/address.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { publishes } from "../phone-trunk.ts";
import { type Stage, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [aliceHere, m1There] = ["alice@ours.example", "m1@contoso.example"];

/** Alice and M1 may see each other already. */
async function seeingEachOther(stage: Stage): Promise<void> {
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  await stage.world.store.rosters.put(aliceHere, { contact: m1There, subscription: "both", ...item });
}

async function mapped(stage: Stage, ...changes: readonly string[]): Promise<void> {
  const partners = new Partners(stage.world, { isLocal: () => false, isXmpp: () => false });
  const done = await partners.map("cli:0", "contoso.example", changes, false);
  assert.ok(done.ok, done.ok ? "" : done.fault.detail);
}

/** What a SIP client is told of somebody, in words: the activities, and the note. */
function toldIn(body: Buffer): string {
  const text = body.toString("utf8");
  const activities = [...text.matchAll(/<rpid:([a-z-]+)\/>/g)].map(([, name]) => name);
  const [, note = ""] = /<note>([^<]*)<\/note>/.exec(text) ?? [];
  const basic = /<basic>open/.test(text) ? activities.join("+") || "open" : "closed";
  return `${basic} ${note}`.trim();
}

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

test("MAP-1, MAP-12: a row for one class of client is shown to that class, and on the same person's others nothing changes", async (t) => {
  const stage = await setStage(t);
  await seeingEachOther(stage);
  const twin = await partnerOf(t, stage, "lync2010");
  twin.setState(person(twin, "m1"), "busy");
  const desk = await XmppPerson.from(await stage.person("alice"));
  const jabber = await XmppPerson.from(await stage.person("alice", "jabber_17"));
  const phone = await stage.sipPerson("alice");
  let told = "";
  phone.onHeard = ({ isRequest, method, body }) => {
    if (isRequest && method === "NOTIFY") told = toldIn(Buffer.from(body));
  };
  await phone.asks("SUBSCRIBE", { uri: `sip:${m1There}`, headers: ["Event: presence", "Expires: 600"] });
  /** On the desk's third-party client, on Jabber, on the SIP telephone. */
  const show = (wanted: string) => {
    const now = () => [desk.shown(m1There)[0], jabber.shown(m1There)[0], told].join(", ");
    return until(
      () => `shown ${now()}, not ${wanted}`,
      () => now() === wanted,
      twin,
    );
  };
  await show("away Busy, dnd Busy, busy"); // MAP-1, each column
  await mapped(stage, "in/jabber:busy=xa,Not now");
  await show("away Busy, xa Not now, busy");
  await mapped(stage, "in/cupc:busy=on-the-phone");
  await show("away Busy, xa Not now, busy+on-the-phone");
  await mapped(stage, "in/xmpp3:busy=offline");
  await show("offline, xa Not now, busy+on-the-phone");
  // a device that comes now is shown its own class's
  const later = await XmppPerson.from(await stage.person("alice", "jabber_18"));
  await until("Jabber on another device", () => later.shown(m1There)[0] === "xa Not now", twin);
  await mapped(stage, "in/jabber:busy", "in/cupc:busy", "in/xmpp3:busy");
  await show("away Busy, dnd Busy, busy");
  assert.deepEqual(twin.violations, []);
});

test("MAP-2, MAP-3, MAP-12: a row for one class of client is what partners are told by that class alone", async (t) => {
  const stage = await setStage(t);
  await seeingEachOther(stage);
  const twin = await partnerOf(t, stage, "lync2010");
  await mapped(stage, "out/jabber:dnd=away");
  const desk = await XmppPerson.from(await stage.person("alice"));
  const jabber = await XmppPerson.from(await stage.person("alice", "jabber_17"));
  twin.subscribe(person(twin, "m1"), aliceHere);
  const seen = () => twin.state.users.m1?.sees[aliceHere];
  const sees = (state: string) =>
    until(
      () => `M1 sees ${seen()?.state}, not ${state}`,
      () => seen()?.state === state,
      twin,
    );
  await sees("available");
  await desk.is("busy"); // <show>dnd</show>
  await sees("busy");
  // the device that said it last is the one that counts, though nobody here sees a difference
  await jabber.is("busy");
  await sees("away");
  const notifies = seen()?.notifies;
  await mapped(stage, "in:away=xa"); // nothing to do with what M1 is told
  await desk.is("available");
  await jabber.is("available");
  await sees("available");
  assert.equal(seen()?.notifies, (notifies ?? 0) + 1, "told once of one change");
  assert.deepEqual(twin.violations, []);
});

test("MAP-11, MAP-12: what a telephone and a calendar say is told by rows of its own, and in the middle of it", async (t) => {
  const trunks = [{ name: "cm1", addresses: ["127.0.0.1"], tlsSubject: undefined, transport: "tcp" }] as const;
  const stage = await setStage(t, { sip: { trunks } });
  await seeingEachOther(stage);
  const twin = await partnerOf(t, stage, "lync2010");
  await stage.present("alice");
  twin.subscribe(person(twin, "m1"), aliceHere);
  const seen = () => `${twin.state.users.m1?.sees[aliceHere]?.state} ${twin.state.users.m1?.sees[aliceHere]?.note}`;
  const sees = (what: string) =>
    until(
      () => `M1 sees ${seen()}, not ${what}`,
      () => seen() === what,
      twin,
    );
  await sees("available ");
  const manager = await stage.sipClient("manager", "tcp");
  assert.equal(await publishes(manager, "alice", true), 200);
  await sees("busy "); // the name of a state is not written as a note (sip-wire 6.9)
  await mapped(stage, "out/phone:on-the-phone=away,Speaking");
  await sees("away Speaking");
  await mapped(stage, "out/phone:on-the-phone");
  await sees("busy ");
  assert.equal(await publishes(manager, "alice", false), 200);
  await sees("available ");
  const alice = parseAddress(aliceHere);
  assert.ok(alice.ok);
  await stage.node.calendars.tell(alice.value, { state: "out-of-office", until: undefined, note: "" });
  await sees("away ");
  await mapped(stage, "out/calendar:out-of-office=busy,Travelling");
  await sees("busy Travelling");
  assert.deepEqual(twin.violations, []);
});

test("MAP-10, MAP-12: numbers of enhanced presence by their bands, and by an administrator's", async (t) => {
  const stage = await setStage(t);
  await seeingEachOther(stage);
  const twin = await partnerOf(t, stage, "lync2010", { quirks: { "enhanced-presence": 9_500 } });
  const desk = await XmppPerson.from(await stage.person("alice"));
  const shows = (wanted: string) =>
    until(
      () => `shown ${desk.shown(m1There)[0]}, not ${wanted}`,
      () => desk.shown(m1There)[0] === wanted,
      twin,
    );
  await shows("away Busy"); // do not disturb, by MAP-1
  await mapped(stage, "number:9000=brb");
  await shows("away");
  await mapped(stage, "number:9000", "number:9400=available");
  await shows("available");
  await mapped(stage, "number:9400");
  await shows("away Busy");
  assert.deepEqual(twin.violations, []);
});

test("rows as they were kept before they could be for one class hold for every class, over a restart too", async (t) => {
  const stage = await setStage(t);
  await seeingEachOther(stage);
  const twin = await partnerOf(t, stage, "lync2010");
  const [kept] = (await stage.world.store.documents.list("comity")).filter(({ name }) =>
    name.startsWith("sip-partner/"),
  );
  assert.ok(kept);
  const before = JSON.parse(new TextDecoder().decode(kept.content));
  const content = Buffer.from(JSON.stringify({ ...before, mapping: ["in:busy=dnd,Do not call"] }));
  twin.setState(person(twin, "m1"), "busy");
  const shows = async () => {
    const desk = await XmppPerson.from(await stage.person("alice"));
    const jabber = await XmppPerson.from(await stage.person("alice", "jabber_17"));
    return (wanted: string) =>
      until(
        () => `shown ${desk.shown(m1There)[0]}, ${jabber.shown(m1There)[0]}, not ${wanted}`,
        () => `${desk.shown(m1There)[0]}, ${jabber.shown(m1There)[0]}` === wanted,
        twin,
      );
  };
  await stage.restart(async () => void (await stage.world.store.documents.put("comity", { ...kept, content })));
  await (await shows())("dnd Do not call, dnd Do not call");
  await mapped(stage, "in/jabber:busy=xa");
  await stage.restart();
  await (await shows())("dnd Do not call, xa");
});
