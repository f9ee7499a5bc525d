import assert from "node:assert/strict";
import { test } from "node:test";
import type { RosterItem } from "../../src/base/store.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";
import { presenceRules } from "../xcap-asks.ts";

const alice = "alice@ours.example";
const bob = "bob@ours.example";

function contact(stage: Stage, owner: string, who: string, subscription: RosterItem["subscription"]): Promise<number> {
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  return stage.world.store.rosters.put(owner, { contact: who, subscription, ...item });
}

const watches = (player: SipPlayer, whom: string, ...headers: readonly string[]) =>
  player.asks("SUBSCRIBE", { uri: `sip:${whom}`, headers: ["Event: presence", "Expires: 600", ...headers] });

/** The next NOTIFY about somebody's presence: Subscription-State and basic status. */
async function told(player: SipPlayer): Promise<string> {
  const notify = await player.hears("NOTIFY");
  const [state = ""] = (notify.header("subscription-state") ?? "").split(";");
  const [, basic = "-"] = /<basic>(\w+)<\/basic>/.exec(notify.body.toString("utf8")) ?? [];
  return `${state} ${basic}`;
}

test("SUB-04, SUB-05: a request is shown on every client that is on, SIP and XMPP, and answered on any of them", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.present("alice");
  const phone = await stage.sipPerson("alice", "tcp");
  await desk.receives(`<presence from='${alice}/sip' to='${alice}'/>`);
  const info = await phone.asks("SUBSCRIBE", {
    uri: `sip:${alice}`,
    headers: ["Event: presence.winfo", "Expires: 600"],
  });
  assert.equal(info.status, 200);
  await phone.hears("NOTIFY");
  const watcher = await stage.sipPerson("bob", "udp");
  assert.equal((await watches(watcher, alice)).status, 200);
  assert.equal(await told(watcher), "pending closed");
  // both clients show who asks
  await desk.receives(`<presence type='subscribe' from='${bob}' to='${alice}'/>`);
  const shown = await phone.hears("NOTIFY");
  assert.match(shown.body.toString("utf8"), /<watcher [^>]*status="pending"[^>]*>sip:bob@ours\.example<\/watcher>/);
  // the SIP client lets him in (SUB-06), and the XMPP client has it in its roster from then on
  desk.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  await desk.hears();
  assert.equal(await presenceRules(stage.node, "alice", [bob], []), 200);
  assert.equal(await told(watcher), "active open");
  await desk.receives(
    `<iq type='set' id='...' to='${desk.jid}'><query xmlns='jabber:iq:roster' ver='...'><item jid='${bob}' subscription='from'/></query></iq>`,
  );
});

test("SUB-05: who asked while nobody was on is shown when the first client comes, whichever it is", async (t) => {
  const stage = await setStage(t);
  const watcher = await stage.sipPerson("bob", "udp");
  assert.equal((await watches(watcher, alice)).status, 200);
  assert.equal(await told(watcher), "pending closed");
  const phone = await stage.sipPerson("alice", "tcp");
  await phone.asks("SUBSCRIBE", { uri: `sip:${alice}`, headers: ["Event: presence.winfo", "Expires: 600"] });
  assert.match((await phone.hears("NOTIFY")).body.toString("utf8"), /status="pending"[^>]*>sip:bob@/);
  const desk = await stage.person("alice");
  desk.sends("<presence/>");
  const seen = [await desk.hears(), await desk.hears(), await desk.hears()];
  assert.ok(seen.some(({ attrs }) => attrs.type === "subscribe" && attrs.from === bob));
  desk.sends(`<presence to='${bob}' type='subscribed'/>`);
  assert.match(await told(watcher), /^active/);
});

test("SUB-07, RFC 5025: a polite block shows offline to SIP, XMPP and partner alike, with no error; it ends as quietly", async (t) => {
  const stage = await setStage(t);
  for (const who of [bob, "carol@ours.example", "m1@contoso.example"]) await contact(stage, alice, who, "from");
  for (const owner of [bob, "carol@ours.example"]) await contact(stage, owner, alice, "to");
  const twin = await partnerOf(t, stage, "lync2010");
  const desk = await stage.present("alice");
  const watcher = await stage.sipPerson("bob", "udp");
  await watches(watcher, alice);
  assert.equal(await told(watcher), "active open");
  const carol = await stage.present("carol");
  await carol.receives(`<presence from='${desk.jid}' to='carol@ours.example'/>`);
  const sees = () => twin.state.users.m1?.sees[alice]?.state;
  twin.subscribe(person(twin, "m1"), alice);
  await until("M1 sees Alice", () => sees() === "available", twin);
  const everybody = [bob, "carol@ours.example", "m1@contoso.example"];
  assert.equal(await presenceRules(stage.node, "alice", [], everybody), 200);
  assert.equal(await told(watcher), "active closed");
  await carol.receives(`<presence from='${desk.jid}' to='carol@ours.example' type='unavailable'/>`);
  await until("M1 sees her offline", () => sees() === "offline", twin);
  assert.equal(twin.state.users.m1?.sees[alice]?.subscription, "active");
  assert.equal(await watcher.tells(alice, "are you there?"), 200); // presence alone
  await desk.hears();
  assert.equal(await presenceRules(stage.node, "alice", [], []), 200);
  assert.equal(await told(watcher), "active open");
  await carol.receives(`<presence from='${desk.jid}' to='carol@ours.example'/>`);
  await until("M1 sees her again", () => sees() === "available", twin);
});

test("SUB-25: with sharing off nobody sees anybody, here or elsewhere, by any protocol", async (t) => {
  const stage = await setStage(t, { presence: { sharing: false } });
  await contact(stage, alice, "m1@contoso.example", "both");
  await contact(stage, alice, bob, "both");
  await contact(stage, bob, alice, "both");
  await contact(stage, bob, "m1@contoso.example", "both");
  const twin = await partnerOf(t, stage, "lync2010");
  const desk = await stage.present("alice");
  await desk.receives(`<presence type='unavailable' from='${bob}' to='${alice}'/>`);
  const watcher = await stage.sipPerson("bob", "udp");
  await watches(watcher, alice);
  assert.match(await told(watcher), /closed$/);
  await watches(watcher, "m1@contoso.example");
  assert.match(await told(watcher), /closed$/);
  await until("M1 is watched", () => (twin.state.users.m1?.watchers.length ?? 0) > 0, twin);
  twin.subscribe(person(twin, "m1"), alice);
  await until("M1 sees Alice offline", () => twin.state.users.m1?.sees[alice]?.state === "offline", twin);
  twin.setState(person(twin, "m1"), "busy");
  await watcher.hearsNothing("NOTIFY");
  await desk.receivesNothing();
  // messages are another matter
  assert.equal(await watcher.tells(alice, "hello"), 200);
});

test("SUB-24: whose list is full is not asked for more people, and the asker waits", async (t) => {
  const stage = await setStage(t, { limits: { rosterItemsMax: 1 } });
  await contact(stage, alice, "carol@ours.example", "none");
  const desk = await stage.present("alice");
  const watcher = await stage.sipPerson("bob", "udp");
  assert.equal((await watches(watcher, alice)).status, 200);
  assert.equal(await told(watcher), "pending closed");
  await desk.receivesNothing();
  assert.equal((await stage.world.store.rosters.load(alice)).items.length, 1);
});

test("RFC 5839: a refresh by somebody who has the newest document is answered 204, and sends none", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  await stage.present("alice");
  const watcher = await stage.sipPerson("bob", "tcp");
  const first = await watches(watcher, alice);
  const notify = await watcher.hears("NOTIFY");
  const etag = notify.header("sip-etag") ?? "";
  assert.notEqual(etag, "");
  const dialog = { to: `To: <sip:${alice}>;tag=${first.toTag}`, cseq: 50 };
  const refreshed = await watches2(watcher, dialog, `Suppress-If-Match: ${etag}`);
  assert.equal(refreshed.status, 204);
  await watcher.hearsNothing("NOTIFY");
  const other = await watches2(watcher, { ...dialog, cseq: 51 }, 'Suppress-If-Match: "another"');
  assert.equal(other.status, 200);
  assert.equal(await told(watcher), "active open");
});

function watches2(player: SipPlayer, dialog: { readonly to: string; readonly cseq: number }, header: string) {
  return player.asks("SUBSCRIBE", {
    uri: `sip:${alice}`,
    ...dialog,
    headers: ["Event: presence", "Expires: 600", header],
  });
}
