import assert from "node:assert/strict";
import { test } from "node:test";
import { Partners } from "../../src/admin/partners.ts";
import { parseAddress } from "../../src/base/address.ts";
import type { RosterItem } from "../../src/base/store.ts";
import type { PresenceSettings } from "../../src/server/settings.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [alice, bob, carol, m1There] = [
  "alice@ours.example",
  "bob@ours.example",
  "carol@ours.example",
  "m1@contoso.example",
];

async function contact(
  stage: Stage,
  owner: string,
  who: string,
  subscription: RosterItem["subscription"],
  more: Partial<RosterItem> = {},
): Promise<void> {
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  await stage.world.store.rosters.put(owner, { contact: who, subscription, ...item, ...more });
}

/** As a reload of the configuration does. */
async function applies(stage: Stage, presence: Partial<PresenceSettings>): Promise<void> {
  const before = stage.settings;
  const applied = await stage.node.apply({ ...before, presence: { ...before.presence, ...presence } });
  assert.ok(applied.ok, applied.ok ? "" : applied.fault.detail);
}

/** Alice, watched by Bob on XMPP, by Carol on SIP and by M1 at a partner; Bob and Carol watch M1 as well. */
async function watched(t: Parameters<typeof setStage>[0], options: Parameters<typeof setStage>[1] = {}) {
  const stage = await setStage(t, options);
  for (const who of [bob, carol, m1There]) await contact(stage, alice, who, "from");
  for (const owner of [bob, carol]) {
    await contact(stage, owner, alice, "to");
    await contact(stage, owner, m1There, "to");
  }
  const twin = await partnerOf(t, stage, "lync2010");
  const desk = await XmppPerson.signsIn(stage, "alice");
  const onXmpp = await XmppPerson.signsIn(stage, "bob");
  const phone = await stage.sipPerson("carol");
  const told = new Map<string, string>();
  phone.onHeard = ({ isRequest, method, from, body }) => {
    const text = Buffer.from(body).toString("utf8");
    if (!isRequest || method !== "NOTIFY") return;
    const [, entity = from?.uri ?? ""] = /entity="(?:sip:)?([^"]+)"/.exec(text) ?? [];
    const [, activity = "available"] = /<rpid:(\w+)\/>/.exec(text) ?? [];
    told.set(entity, /<basic>open/.test(text) ? activity : "offline");
  };
  for (const whom of [alice, m1There]) {
    await phone.asks("SUBSCRIBE", { uri: `sip:${whom}`, headers: ["Event: presence", "Expires: 600"] });
  }
  twin.subscribe(person(twin, "m1"), alice);
  const seen = () => twin.state.users.m1?.sees[alice];
  const look = () =>
    [
      `alice: ${onXmpp.shown(alice)[0]}, ${told.get(alice)}, ${seen()?.state} (${seen()?.subscription})`,
      `m1: ${onXmpp.shown(m1There)[0]}, ${told.get(m1There)}`,
    ].join("; ");
  const shows = (wanted: string) =>
    until(
      () => `shown "${look()}", not "${wanted}"`,
      () => look() === wanted,
      twin,
    );
  return { stage, twin, desk, shows, phone, onXmpp, seen };
}

test("SUB-25: sharing switched off and on in a running node: whoever watches is told, on XMPP, on SIP, at partners", async (t) => {
  const { stage, twin, desk, shows } = await watched(t);
  await shows("alice: available, available, available (active); m1: available, available");
  await applies(stage, { sharing: false });
  await shows("alice: offline, offline, offline (active); m1: offline, offline");
  // what changes meanwhile nobody hears of
  await desk.is("away");
  twin.setState(person(twin, "m1"), "away");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await shows("alice: offline, offline, offline (active); m1: offline, offline");
  await applies(stage, { sharing: true });
  await shows("alice: away, away, away (active); m1: away, away");
  await until("all are told", () => stage.metrics.value("comity_presence_retelling_people") === 0, twin);
  assert.deepEqual(twin.violations, []);
});

test("SUB-25: so many people a second; who leaves before their turn is seen to leave all the same", async (t) => {
  const { stage, twin, desk, shows } = await watched(t, { limits: { presenceRetoldPerSecondMax: 10 } });
  await shows("alice: available, available, available (active); m1: available, available");
  // ten a second are one each tenth of a second
  for (const user of ["dave", "carol"]) await stage.present(user);
  const began = Date.now();
  await applies(stage, { sharing: false });
  const left = () => stage.metrics.value("comity_presence_retelling_people") ?? 0;
  const waiting = left();
  assert.ok(waiting >= 3, String(waiting));
  await desk.is("offline");
  await shows("alice: offline, offline, offline (active); m1: offline, offline");
  await until("all are told", () => left() === 0, twin);
  assert.ok(Date.now() - began >= (waiting - 1) * 100, "paced");
  await applies(stage, { sharing: true });
  await until("all are told", () => left() === 0, twin);
  await shows("alice: offline, offline, offline (active); m1: available, available");
});

test("SUB-25, SUB-07: who is hidden by somebody's list is told nothing by either change", async (t) => {
  const stage = await setStage(t);
  await contact(stage, alice, bob, "from");
  await contact(stage, bob, alice, "to");
  const entries = [{ who: bob, rule: "hide" }] as const;
  assert.ok((await stage.node.privacy.set(alice, { otherwise: "ask", entries })).ok);
  const watcher = await stage.present("bob");
  await watcher.receives(`<presence type='unavailable' from='${alice}' to='${bob}'/>`);
  await stage.present("alice");
  await watcher.receivesNothing();
  await applies(stage, { sharing: false });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await watcher.receivesNothing();
  await applies(stage, { sharing: true });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await watcher.receivesNothing();
});

test("MAP-11: what a calendar's out of office shows is another matter at once", async (t) => {
  const { stage, shows } = await watched(t);
  const who = parseAddress(alice);
  assert.ok(who.ok);
  await stage.node.calendars.tell(who.value, { state: "out-of-office", until: undefined, note: "" });
  await shows("alice: away, away, away (active); m1: available, available");
  await applies(stage, { outOfOffice: "out-of-office" });
  await shows("alice: xa Out of office, away, away (active); m1: available, available");
});

test("SUB-19: who is let in without asking, and what a registration says, count at once too", async (t) => {
  const stage = await setStage(t);
  const dave = "dave@ours.example";
  const request = Buffer.from(`<presence xmlns='jabber:client' type='subscribe' from='${dave}' to='${carol}'/>`);
  await contact(stage, carol, dave, "none", { pendingIn: true, request });
  await contact(stage, dave, carol, "none", { ask: true });
  await stage.sipPerson("carol");
  const watcher = await stage.present("dave");
  await watcher.receivesNothing();
  await applies(stage, { autoAuthorise: "local" });
  await watcher.receives(`<presence from='${carol}/sip' to='${dave}'/>`);
  await applies(stage, { autoAuthorise: "local", registrationCounts: false });
  await watcher.receives(`<presence type='unavailable' from='${carol}/sip' to='${dave}'/>`);
});

test("MAP-12: which clients have columns of their own in the tables is another matter at once, both ways", async (t) => {
  const { stage, twin, shows } = await watched(t);
  const partners = new Partners(stage.world, { isLocal: () => false, isXmpp: () => false });
  assert.ok(
    (await partners.map("cli:0", "contoso.example", ["out/jabber:available=busy", "in/jabber:away=xa"], false)).ok,
  );
  twin.setState(person(twin, "m1"), "away");
  await shows("alice: available, available, available (active); m1: away, away");
  await applies(stage, { clientResources: { cupc: [], jabber: ["des"] } });
  await shows("alice: available, available, busy (active); m1: xa, away");
  await applies(stage, {});
  await shows("alice: available, available, available (active); m1: away, away");
});
