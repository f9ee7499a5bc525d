import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type Address, parseAddress } from "../../src/base/address.ts";
import { changedRules } from "../../src/presence/privacy-change.ts";
import { partnerOf } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

function person(text: string): Address {
  const address = parseAddress(text);
  assert.ok(address.ok);
  return address.value;
}

const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => person(`${name}@ours.example`)) as [
  Address,
  Address,
  Address,
];

/** What a call manager publishes of Alice's line while it is off the hook. */
const offHook = `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:alice@ours.example">
 <tuple id="t"><status><basic>closed</basic></status></tuple>
 <dm:person id="p"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person></presence>`;

const trunk = { name: "cm1", addresses: ["127.0.0.1"], tlsSubject: undefined, transport: "tcp" } as const;

async function takesOff(stage: Stage): Promise<SipPlayer> {
  const manager = await stage.sipClient("manager", "tcp");
  const published = await manager.asks("PUBLISH", {
    uri: `sip:${alice.text}`,
    from: "From: <sip:1001@127.0.0.1>;tag=cm",
    headers: ["Event: presence", "Expires: 600", "Content-Type: application/pidf+xml"],
    body: offHook,
    contact: false,
  });
  assert.equal(published.status, 200);
  return manager;
}

const watches = (player: SipPlayer, whom: string) =>
  player.asks("SUBSCRIBE", { uri: `sip:${whom}`, headers: ["Event: presence", "Expires: 600"] });

/** The next NOTIFY: basic status, activities, note. */
async function told(player: SipPlayer): Promise<string> {
  const body = (await player.hears("NOTIFY")).body.toString("utf8");
  const [, basic = "-"] = /<basic>(\w+)<\/basic>/.exec(body) ?? [];
  const activities = [...body.matchAll(/<rpid:(?!activities)([\w-]+)\/>/g)].map(([, name]) => name);
  const [, note = ""] = /<note>([^<]*)<\/note>/.exec(body) ?? [];
  return [basic, ...activities, note].join(" ").trim();
}

test("MAP-11: a calendar shows over XMPP and SIP while a device is on, goes before what the devices say, and ends by itself", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local", outOfOffice: "out-of-office" } });
  const device = await stage.present("alice");
  const watcher = await stage.sipPerson("bob");
  await watches(watcher, alice.text);
  assert.equal(await told(watcher), "open");
  const { calendars } = stage.node;
  const until = stage.world.clock.now() + 500;
  await calendars.tell(alice, { state: "in-a-meeting", until: undefined, note: " Bud\u0000get " });
  assert.equal(await told(watcher), "open busy meeting Budget");
  await device.receives(
    `<presence from='${device.jid}' to='${alice.text}'><show>dnd</show><status>In a meeting: Budget</status></presence>`,
  );
  await calendars.tell(alice, { state: "out-of-office", until, note: "" });
  assert.equal(await told(watcher), "open away");
  await device.receives(
    `<presence from='${device.jid}' to='${alice.text}'><show>xa</show><status>Out of office</status></presence>`,
  );
  // the end of the time
  assert.equal(await told(watcher), "open");
  await device.receives(`<presence from='${device.jid}' to='${alice.text}'/>`);
  // what is free, or over, says nothing
  await calendars.tell(alice, { state: "in-a-meeting", until: undefined, note: "" });
  assert.equal(await told(watcher), "open busy meeting");
  await calendars.tell(alice, { state: "tentative", until: undefined, note: "" });
  assert.equal(await told(watcher), "open");
  await calendars.tell(alice, { state: "in-a-meeting", until: stage.world.clock.now(), note: "" });
  assert.deepEqual(
    (await stage.node.presence.explain(alice)).sources.map(({ kind }) => kind),
    ["xmpp"],
  );
  // nobody is shown by their calendar alone, and it goes with the account
  await calendars.tell(carol, { state: "in-a-meeting", until: undefined, note: "" });
  const { composed } = await stage.node.presence.explain(carol);
  assert.deepEqual([composed.availability, composed.rule], ["offline", "signed-off-with-calendar"]);
  stage.world.bus.publish("account.changed", new TextEncoder().encode(carol.text));
  await setImmediate();
  assert.equal((await stage.node.presence.explain(carol)).sources.length, 1);
  stage.world.bus.publish("account.removed", new TextEncoder().encode(carol.text));
  await setImmediate();
  assert.equal((await stage.node.presence.explain(carol)).sources.length, 0);
});

test("SUB-27: every source, every rule tried, and what each watcher is shown", async (t) => {
  const stage = await setStage(t, { sip: { trunks: [trunk] } });
  const { presence, privacy } = stage.node;
  await stage.present("alice", "desk", "<show>away</show><status>lunch</status>");
  await stage.sipPerson("alice", "udp");
  await takesOff(stage);
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  const edit = (more: object) =>
    stage.world.store.rosters.put(bob.text, { ...item, contact: alice.text, subscription: "none", ...more });
  await edit({ subscription: "from" });
  await edit({ contact: "dave@ours.example", pendingIn: true });

  const mine = await presence.explain(alice);
  assert.deepEqual(
    mine.sources.map(({ kind, availability, note, priority }) => [kind, availability, note, priority]),
    [
      ["xmpp", "away", "lunch", 0],
      ["registration", "available", "", 0],
      ["phone", "on-the-phone", "", -1],
    ],
  );
  assert.deepEqual(
    mine.tried.map(({ rule, applied, result }) => [rule, applied, result]),
    [
      ["bare-registration", true, undefined],
      ["do-not-disturb", false, undefined],
      ["on-the-phone", true, "on-the-phone"],
    ],
  );
  assert.deepEqual([mine.composed.availability, mine.seen], ["on-the-phone", undefined]);

  const seen = async (whose: Address, watcher: string) => {
    const { seen: found } = await presence.explain(whose, person(watcher));
    assert.ok(found);
    const { verdict, why, subscribed, state, xmpp, sip } = found;
    return [verdict, why.slice(0, 6), subscribed, state, xmpp?.map(({ from }) => from), sip?.basic];
  };
  const phone = "on-the-phone";
  const devices = [`${alice.text}/desk`, `${alice.text}/sip`, `${alice.text}/phone`];
  // herself; somebody who is to ask; somebody of a foreign domain, who has no SIP here
  assert.deepEqual(await seen(alice, alice.text), ["allow", "everyb", true, phone, devices, "open"]);
  assert.deepEqual(await seen(alice, carol.text), ["pending", "SUB-04", false, "offline", [], "closed"]);
  assert.deepEqual(await seen(alice, "x@theirs.example"), ["pending", "SUB-20", false, "offline", [], undefined]);
  // let in but not watching yet; watching; blocked
  const change = (who: Address, more: object) => privacy.change(who.text, (rules) => changedRules(rules, more));
  await change(alice, { allow: [carol.text] });
  assert.deepEqual(await seen(alice, carol.text), ["allow", "SUB-03", false, phone, [], "open"]);
  assert.deepEqual(await seen(bob, alice.text), ["allow", "SUB-06", true, "offline", [], "closed"]);
  await change(bob, { block: ["ours.example"] });
  assert.deepEqual(await seen(bob, alice.text), ["polite-block", "SUB-10", true, "offline", [], "closed"]);

  // who watches Bob, in his roster and over SIP
  await change(bob, { clear: ["ours.example"] });
  const watcher = await stage.sipPerson("carol");
  await watches(watcher, bob.text);
  await told(watcher);
  assert.deepEqual(
    (await presence.watchers(bob)).map(({ address, roster, verdict, sip }) => [address, roster, verdict, sip]),
    [
      [alice.text, "from", "allow", []],
      [carol.text, "pending", "pending", ["pending"]],
      ["dave@ours.example", "pending", "pending", []],
    ],
  );
});

test("SUB-01, SUB-02, MAP-4: watchers whose domain may not ask, and those who are told by a table", async (t) => {
  const partners = [{ domain: "theirs.example", allowIn: false }];
  const stage = await setStage(t, { partners, sip: { trunks: [trunk] }, presence: { autoAuthorise: "none" } });
  await partnerOf(t, stage, "lync2010");
  await takesOff(stage);
  await stage.node.privacy.change(alice.text, (rules) => changedRules(rules, { otherwise: "allow" }));
  const seen = async (watcher: string) => {
    const { composed, seen: found } = await stage.node.presence.explain(alice, person(watcher));
    assert.ok(found);
    return [composed.availability, found.verdict, found.state, found.map, found.xmpp, found.sip?.basic];
  };
  assert.deepEqual(await seen("x@theirs.example"), ["on-the-phone", "refuse", "offline", undefined, [], undefined]);
  // on the telephone alone: no message reaches her, so to a partner she is offline
  const [composed, verdict, state, map, xmpp, basic] = await seen("m1@contoso.example");
  assert.deepEqual([composed, verdict, state, xmpp, basic], ["on-the-phone", "allow", "offline", undefined, "closed"]);
  assert.match(String(map), /^MAP-/);
});

test("lines, devices and figures, as the operator sees them", async (t) => {
  const stage = await setStage(t, { sip: { trunks: [trunk] }, limits: { trunkGoneMs: 100 } });
  const { node, metrics } = stage;
  await stage.present("alice");
  const device = await stage.sipPerson("alice");
  await stage.sipPerson("bob", "udp");
  const before = stage.world.clock.now();
  const manager = await takesOff(stage);
  const [line, ...more] = node.phoneLines();
  assert.deepEqual(more, []);
  assert.ok(line);
  assert.deepEqual([line.owner, line.trunk, line.state], [alice.text, "cm1", "off-hook"]);
  assert.ok(line.since >= before && line.toldAt >= line.since);
  assert.deepEqual(
    node.sessions().map(({ address, protocol }) => [address, protocol]),
    [
      ["alice@ours.example/desk", "xmpp"],
      [`alice@ours.example <sip:alice@127.0.0.1:${device.port};transport=tcp>`, "sip"],
      [node.sessions()[2]?.address, "sip"],
    ],
  );
  const { xmppDevices, phoneLines, sip } = node.counts;
  assert.deepEqual([xmppDevices, phoneLines, sip.bindings], [1, 1, 2]);
  const sessions = () => [metrics.value("comity_sessions", "xmpp"), metrics.value("comity_sessions", "sip")];
  assert.deepEqual(sessions(), [1, 2]);
  await device.registers(0);
  assert.deepEqual(sessions(), [1, 1]);
  manager.close();
});

test("MAP-11: what calendars said before a start holds as long as it would have; what is over, or nobody's, is put away", async (t) => {
  const stage = await setStage(t);
  const { store, clock } = stage.world;
  const now = clock.now();
  const word = { state: "in-a-meeting", note: "", since: now - 60_000, until: now + 400 };
  await store.calendars.put(alice.text, word);
  await store.calendars.put(carol.text, { ...word, until: now - 1 });
  await store.calendars.put("bob@ours.example", { ...word, state: "asleep" });
  await store.calendars.put("m1@elsewhere.example", { ...word, until: now + 60_000 });
  await stage.node.calendars.restore();
  const [source] = (await stage.node.presence.explain(alice)).sources;
  assert.deepEqual([source?.kind, source?.since], ["calendar", now - 60_000]);
  assert.deepEqual(
    (await store.calendars.all()).map(([owner]) => owner),
    [alice.text],
  );
  while (clock.now() < now + 2_000 && (await stage.node.presence.explain(alice)).sources.length > 0)
    await setImmediate();
  assert.deepEqual((await stage.node.presence.explain(alice)).sources, []);
  assert.deepEqual(await store.calendars.all(), []);
});
