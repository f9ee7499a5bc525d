import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [m1Address, alice] = ["m1@contoso.example", "alice@ours.example"];

/** M1 and Alice see each other. */
async function seeingEachOther(t: Parameters<typeof setStage>[0], catchUpMs = 300) {
  const stage = await setStage(t, { limits: { sipCatchUpMs: catchUpMs } });
  const twin = await partnerOf(t, stage, "lync2010");
  const m1 = person(twin, "m1");
  const local = await XmppPerson.signsIn(stage, "alice");
  twin.subscribe(m1, alice);
  await until("Alice is asked", () => local.asked(m1Address), twin);
  await local.accepts(m1Address);
  const seen = () => twin.state.users.m1?.sees[alice];
  await until("M1 sees Alice", () => seen()?.state === "available", twin);
  await local.adds(m1Address);
  await until("Alice sees M1", () => local.shown(m1Address)[0] === "available", twin);
  const watchers = () => twin.state.users.m1?.watchers ?? [];
  return { stage, twin, m1, local, seen, watchers };
}

test("SUB-17, K-10: the node starts again: both subscriptions go on in their dialogs, nobody is blind", async (t) => {
  const { stage, twin, m1, seen, watchers } = await seeingEachOther(t);
  const dialogs = twin.state.dialogs;
  const notifies = seen()?.notifies ?? 0;
  await stage.restart(async () => void twin.setState(m1, "busy")); // nobody is there to be told
  // What M1 was shown last stands until it is known who is on; then Alice's absence is told.
  await until("M1 is told how things stand", () => (seen()?.notifies ?? 0) > notifies, twin);
  assert.equal(seen()?.subscription, "active");
  const local = await XmppPerson.signsIn(stage, "alice");
  await until("M1 sees Alice again", () => seen()?.state === "available", twin);
  await until("Alice sees what M1 became meanwhile", () => local.shown(m1Address)[0] === "away Busy", twin);
  twin.setState(m1, "away");
  await until("and every change", () => local.shown(m1Address)[0] === "away", twin);
  assert.equal(watchers().length, 1, "one subscription for each who watches (SUB-12)");
  assert.equal(twin.state.dialogs, dialogs, "no dialog beside those there were");
  assert.deepEqual(twin.violations, []);
});

test("a client that is back before the watchers are told: they never see its person leave", async (t) => {
  const { stage, twin, seen } = await seeingEachOther(t, 60_000);
  const shown = new Set<string | undefined>();
  await stage.restart();
  const look = setInterval(() => shown.add(seen()?.state), 5);
  t.after(() => clearInterval(look));
  const notifies = seen()?.notifies ?? 0;
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.is("busy");
  await until("M1 sees Alice busy", () => seen()?.state === "busy", twin);
  assert.ok((seen()?.notifies ?? 0) > notifies);
  assert.ok(shown.has("available") && !shown.has("offline"), [...shown].join(" "));
  assert.deepEqual(twin.violations, []);
});

test("both start again: what the partner has forgotten is begun anew, at once", async (t) => {
  const { stage, twin, m1, watchers } = await seeingEachOther(t);
  await stage.restart(async () => {
    twin.restart();
    twin.setState(m1, "busy");
  });
  await until("Alice is a watcher again", () => watchers().length === 1, twin);
  const local = await XmppPerson.signsIn(stage, "alice");
  await until("Alice sees M1", () => local.shown(m1Address)[0] === "away Busy", twin);
  assert.deepEqual(twin.violations, []);
});

test("a text in a session that the node has forgotten is answered 481; the partner opens another, and it arrives once", async (t) => {
  const { stage, twin, m1, local: before } = await seeingEachOther(t);
  twin.say(m1, alice, "before");
  await until("Alice reads", () => before.reads.flat().length === 1, twin);
  const session = twin.state.users.m1?.sessions.findLast(({ state }) => state === "up");
  assert.ok(session);
  await stage.restart();
  const local = await XmppPerson.signsIn(stage, "alice");
  // Our own end of it was told when the node stopped in order.
  await until(
    "the session is over there",
    () => twin.state.users.m1?.sessions.find(({ callId }) => callId === session.callId)?.state === "over",
    twin,
  );
  const said = twin.say(m1, alice, "after");
  await until("it is taken", () => said.status === 200, twin);
  assert.deepEqual(
    local.reads.flat().map(({ text }) => text),
    ["after"],
  );
  assert.deepEqual(twin.violations, []);
});

test("who is blocked, refused or removed while the node is down is treated so when it is up again", async (t) => {
  const { stage, twin, seen, watchers } = await seeingEachOther(t);
  await stage.restart(async () => {
    const entries = [{ who: m1Address, rule: "block" as const }];
    await stage.world.store.privacy.put(alice, { otherwise: "ask", entries });
  });
  await until("M1 sees nobody", () => seen()?.state === "offline", twin);
  const local = await XmppPerson.signsIn(stage, "alice");
  await until("Alice sees M1 all the same (BLK-1)", () => local.shown(m1Address)[0] === "available", twin);
  assert.equal(seen()?.state, "offline");
  // Refused for good is not asked for again by a restart.
  twin.consent(person(twin, "m1"), alice, "refuse");
  await until("Alice is refused", () => watchers().length === 0, twin);
  await stage.restart();
  await XmppPerson.signsIn(stage, "alice");
  await until("her client asks", () => stage.node.counts.xmppDevices === 1, twin);
  assert.equal(watchers().length, 0);
  assert.deepEqual(twin.violations, []);
});

test("PAR-07: many subscriptions are refreshed at the partner's pace, after a restart and when its connections are gone", async (t) => {
  const stage = await setStage(t);
  const users = Array.from({ length: 24 }, (_, number) => `m${number + 1}`);
  const twin = await partnerOf(t, stage, "lync2010", { users });
  const local = await XmppPerson.signsIn(stage, "alice");
  for (const user of users) await local.adds(`${user}@contoso.example`);
  const shows = (word: string) => users.every((user) => local.shown(`${user}@contoso.example`)[0] === word);
  await until("Alice sees them all", () => shows("available"), twin, 15);
  await stage.restart(async () => {
    for (const user of users) twin.setState(person(twin, user), "busy");
  });
  const again = await XmppPerson.signsIn(stage, "alice");
  const sees = (word: string) => users.every((user) => again.shown(`${user}@contoso.example`)[0] === word);
  await until("Alice sees them all again", () => sees("away Busy"), twin, 15);
  twin.drop();
  for (const user of users) twin.setState(person(twin, user), "away");
  await until("and once more", () => sees("away"), twin, 15);
  // The stand-in notes whoever sends over 20 in a second (1.3), and would take one a second from then on.
  assert.deepEqual(twin.violations, []);
});
