import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DenyList } from "../../src/admin/deny-list.ts";
import { parseDomainName } from "../../src/base/domain-name.ts";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { denialName } from "../../src/federation/denial.ts";
import { keepDiscovered, storedDiscovered } from "../../src/federation/discovered.ts";
import type { TwinOptions } from "../../src/twin/options.ts";
import { addPartner, person, twinFor, until } from "../partner-stage.ts";
import { identityOf, type Stage, type StageOptions, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const srv = (target: string, port: number): ZoneEntry => ({ SRV: [{ priority: 0, weight: 0, port, target }] });
const edge = "edge.far.example";

/** far.example, which nobody configured: a stand-in whose edge DNS names; `records` come beside. */
async function strangers(t: TestContext, options: StageOptions = {}, more: Partial<TwinOptions> = {}) {
  const zone: Record<string, ZoneEntry> = { [edge]: { A: ["127.0.0.1"] }, ...options.zone };
  const stage = await setStage(t, { ...options, abroad: { openSip: true, ...options.abroad }, zone });
  const identity = await identityOf(edge);
  const twin = await twinFor(t, stage, "sfb2019", {
    domain: "far.example",
    host: edge,
    identity: { certificate: identity.cert, key: identity.key },
    ...more,
  });
  zone["_sipfederationtls._tcp.far.example"] = srv(edge, twin.at.port);
  return { stage, twin, zone, heard: () => JSON.stringify(twin.state.users) };
}

const says = (text: string) => `<message to='m1@far.example' type='chat' id='1'><body>${text}</body></message>`;
/** `thread`: what their INVITE makes of a conversation that has no name. */
const heardFrom = (text: string, thread = "") =>
  `<message type='chat' from='m1@far.example' to='alice@ours.example'><body>${text}</body>${thread}</message>`;
const theirs = "<thread>...</thread>";

function known(stage: Stage): string {
  return stage.node.discovered.map(({ domain, protocol, why }) => `${domain} ${protocol} ${why}`).join("; ");
}

test("SET-13, RT-06: a domain nobody configured is met over SIP because DNS says so, and may write back", async (t) => {
  const { stage, twin, heard } = await strangers(t);
  const alice = await stage.present("alice");
  for (const text of ["one", "two", "three"]) alice.sends(says(text));
  await until("M1 reads", () => ["one", "two", "three"].every((text) => heard().includes(text)), twin);
  assert.equal(known(stage), "far.example sip DNS");
  twin.say(person(twin, "m1"), "alice@ours.example", "hello back");
  await alice.receives(heardFrom("hello back"));
  assert.equal(stage.metrics.value("comity_discoveries_total", "sip"), 1);
  assert.equal(stage.metrics.value("comity_discovered_domains", "sip"), 1);
  assert.deepEqual(twin.violations, []);
});

test("SET-13: who comes over SIP first is let in when its certificate is that of a host its SRV record names", async (t) => {
  const { stage, twin, heard } = await strangers(t);
  const alice = await stage.present("alice");
  twin.say(person(twin, "m1"), "alice@ours.example", "good morning");
  await alice.receives(heardFrom("good morning", theirs));
  alice.sends(says("morning"));
  await until("M1 reads", () => heard().includes("morning"), twin);
  assert.match(known(stage), /^far\.example sip/);
});

test("SET-13: who comes over SIP and has no records at all is let in by its own name, and answered on its connection", async (t) => {
  const identity = await identityOf("far.example");
  const { stage, twin, zone, heard } = await strangers(
    t,
    {},
    { host: "far.example", identity: { certificate: identity.cert, key: identity.key } },
  );
  delete zone["_sipfederationtls._tcp.far.example"];
  const alice = await stage.present("alice");
  // asked for before: there was nothing
  alice.sends(says("too early"));
  await alice.hears();
  assert.equal(known(stage), "far.example none DNS");
  twin.say(person(twin, "m1"), "alice@ours.example", "here I am");
  await alice.receives(heardFrom("here I am", theirs));
  assert.equal(known(stage), "far.example sip it came over SIP");
  alice.sends(says("so you are"));
  await until("M1 reads", () => heard().includes("so you are"), twin);
  // a conversation of hers, with somebody who has not written
  alice.sends("<message to='m2@far.example' type='chat' id='2'><body>and you?</body></message>");
  await until("M2 reads", () => heard().includes("and you?"), twin);
});

test("SET-10: it is off by default: over SIP a stranger is refused, and is reached over XMPP alone", async (t) => {
  const { stage, twin } = await strangers(t, { abroad: { openSip: false } });
  const alice = await stage.present("alice");
  const said = twin.say(person(twin, "m1"), "alice@ours.example", "hello?");
  await until("it is refused", () => said.status >= 400, twin);
  alice.sends(says("anyone?"));
  const error = await alice.hears();
  assert.match(JSON.stringify(error), /remote-server-not-found/);
  assert.equal(known(stage), "");
});

test("R7: a stranger with another domain's certificate is refused, and remembered nowhere", async (t) => {
  const identity = await identityOf("elsewhere.example");
  const { stage, twin } = await strangers(t, {}, { identity: { certificate: identity.cert, key: identity.key } });
  const alice = await stage.present("alice");
  const said = twin.say(person(twin, "m1"), "alice@ours.example", "trust me");
  await until("it is refused", () => said.status === 403, twin);
  await alice.receivesNothing();
  const told = stage.log.lines.find(({ what }) => what === "SIP request refused: its sender's domain is not let in");
  assert.equal(told?.fields.fault, "remote-untrusted");
});

test("RT-17: a domain whose DNS names XMPP servers too is not spoken to over SIP", async (t) => {
  const { stage, twin, zone } = await strangers(t);
  zone["_xmpp-server._tcp.far.example"] = srv("xmpp.far.example", 1);
  zone["xmpp.far.example"] = { A: ["127.0.0.1"] };
  const alice = await stage.present("alice");
  alice.sends(says("over XMPP"));
  await alice.hears(); // nobody is there
  assert.equal(known(stage), "far.example xmpp DNS");
  const said = twin.say(person(twin, "m1"), "alice@ours.example", "over SIP");
  await until("it is refused", () => said.status === 403, twin);
});

test("SET-15: the deny list goes before open federation and partners, counts at once, and can be lifted", async (t) => {
  const { stage, twin, heard } = await strangers(t);
  const denyList = new DenyList(stage.world);
  const alice = await stage.present("alice");
  const m1 = person(twin, "m1");
  twin.subscribe(m1, "alice@ours.example");
  await alice.receives("<presence type='subscribe' from='m1@far.example' to='alice@ours.example'/>");
  alice.sends("<presence to='m1@far.example' type='subscribed'/>");
  await until("M1 sees Alice", () => /alice@ours\.example[^}]*"available"/.test(JSON.stringify(twin.state)), twin);
  alice.sends("<presence to='m1@far.example' type='subscribe'/>");
  await alice.receives("<presence from='m1@far.example/sip' to='alice@ours.example'/>");

  assert.ok((await denyList.deny("cli:0", { domain: "*.Far.example" })).ok);
  await alice.receives("<presence type='unavailable' from='m1@far.example/sip' to='alice@ours.example'/>");
  alice.sends(says("still there?"));
  assert.match(JSON.stringify(await alice.hears()), /"forbidden"/);
  const said = twin.say(m1, "alice@ours.example", "hello?");
  await until("they are refused", () => said.status === 403, twin);
  assert.equal(known(stage), "");
  // as a partner somebody added it is denied all the same
  await addPartner(stage, { domain: "far.example", type: "sfb2019" });
  alice.sends(says("a partner now"));
  assert.match(JSON.stringify(await alice.hears()), /"forbidden"/);

  assert.ok((await denyList.allow("cli:0", "*.far.example")).ok);
  await sleep(50);
  alice.sends(says("welcome back"));
  await until("M1 reads", () => heard().includes("welcome back"), twin);
  const audit = await stage.world.store.audit.list(10);
  const actions = audit.map(({ action, subject, detail }) => `${action} ${subject} ${detail}`.trim()).reverse();
  assert.deepEqual(actions, [
    "domain.deny *.far.example both",
    "partner.put far.example sfb2019",
    "domain.allow *.far.example",
  ]);
  const unknown = await denyList.allow("cli:0", "far.example");
  assert.equal(unknown.ok ? "" : unknown.fault.code, "denial-unknown");
});

test("SET-90: one way only: what goes there is refused, what comes from there is not", async (t) => {
  const { stage, twin } = await strangers(t);
  assert.ok((await new DenyList(stage.world).deny("cli:0", { domain: "far.example", direction: "out" })).ok);
  await sleep(50);
  const alice = await stage.present("alice");
  alice.sends(says("out"));
  assert.match(JSON.stringify(await alice.hears()), /"forbidden"/);
  twin.say(person(twin, "m1"), "alice@ours.example", "in");
  await alice.receives(heardFrom("in", theirs));
});

test("what DNS does not answer comes back with words, and is asked again", async (t) => {
  const { stage, twin, zone, heard } = await strangers(t);
  const record = zone["_sipfederationtls._tcp.far.example"] ?? {};
  zone["_sipfederationtls._tcp.far.example"] = { failing: "servfail" };
  const alice = await stage.present("alice");
  alice.sends(says("first"));
  assert.match(JSON.stringify(await alice.hears()), /"text"/);
  zone["_sipfederationtls._tcp.far.example"] = record;
  alice.sends(says("second"));
  await until("M1 reads", () => heard().includes("second"), twin);
  assert.equal(stage.metrics.value("comity_discoveries_total", "failed"), 1);
});

test("what waits for a look-up, and how many there are at once, is bounded", async (t) => {
  const limits = { discoveryWaitingMax: 2, discoveriesAtOnceMax: 1, dnsQueryMs: 200, dnsTriesMax: 1 };
  const silent = { "_sipfederationtls._tcp.slow.example": { failing: "silent" } as const };
  const { stage } = await strangers(t, { limits, zone: silent });
  const alice = await stage.present("alice");
  const to = (domain: string, id: string) =>
    alice.sends(`<message to='a@${domain}' type='chat' id='${id}'><body>x</body></message>`);
  for (const id of ["1", "2", "3"]) to("slow.example", id);
  to("other.example", "4");
  const errors = new Map<string, string>();
  for (let count = 0; count < 4; count++) {
    const error = await alice.hears();
    errors.set(String(error.attrs.id), JSON.stringify(error));
  }
  assert.match(errors.get("3") ?? "", /resource-constraint/);
  assert.match(errors.get("4") ?? "", /resource-constraint/);
  assert.doesNotMatch(errors.get("1") ?? "", /resource-constraint/);
});

test("what is known is forgotten beyond discoveredDomainsMax, and by hand", async (t) => {
  const { stage, twin, heard } = await strangers(t, { limits: { discoveredDomainsMax: 1 } });
  const alice = await stage.present("alice");
  alice.sends("<message to='a@nowhere.example' type='chat' id='1'><body>x</body></message>");
  await alice.hears();
  assert.equal(known(stage), "nowhere.example none DNS");
  alice.sends(says("hello"));
  await until("M1 reads", () => heard().includes("hello"), twin);
  assert.equal(known(stage), "far.example sip DNS");
  assert.ok(stage.node.forgetDiscovered("far.example"));
  assert.equal(known(stage), "");
  assert.ok(!stage.node.forgetDiscovered("far.example"));
});

/** Alice and M1 of far.example, whom nobody configured, see each other. */
async function seeingEachOther(t: TestContext, options: StageOptions = {}) {
  const set = await strangers(t, { limits: { sipCatchUpMs: 300 }, ...options });
  const { stage, twin } = set;
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  await stage.world.store.rosters.put("alice@ours.example", {
    contact: "m1@far.example",
    subscription: "both",
    ...item,
  });
  const alice = await XmppPerson.signsIn(stage, "alice");
  await until("Alice sees M1", () => alice.shown("m1@far.example")[0] === "available", twin);
  const m1 = person(twin, "m1");
  twin.subscribe(m1, "alice@ours.example");
  const seen = () => twin.state.users.m1?.sees["alice@ours.example"];
  await until("M1 sees Alice", () => seen()?.state === "available", twin);
  return { ...set, alice, m1, seen };
}

test("SET-13, SUB-17: what a domain speaks is known over a restart: both subscriptions go on over SIP, DNS unasked", async (t) => {
  const { stage, twin, zone, m1, seen } = await seeingEachOther(t);
  const { dialogs } = twin.state;
  const [before] = stage.node.discovered;
  await stage.restart(async () => {
    twin.setState(m1, "away");
    // who would be asked now would say XMPP
    zone["_xmpp-server._tcp.far.example"] = srv("xmpp.far.example", 1);
    stage.world.resolver.flush();
  });
  assert.deepEqual(stage.node.discovered, [before]);
  const alice = await XmppPerson.signsIn(stage, "alice");
  await until("Alice sees what M1 became", () => alice.shown("m1@far.example")[0] === "away", twin);
  await until("M1 sees Alice again", () => seen()?.state === "available", twin);
  assert.equal(twin.state.dialogs, dialogs, "in the dialogs there were");
  assert.equal(stage.metrics.value("comity_discoveries_total", "xmpp") ?? 0, 0);
  assert.deepEqual(twin.violations, []);
});

test("SET-13: who came over SIP and names no servers is known over a restart too, and when it is looked up again", async (t) => {
  const identity = await identityOf("far.example");
  const { stage, twin, zone } = await strangers(
    t,
    { limits: { discoveryMsMax: 100 } },
    { host: "far.example", identity: { certificate: identity.cert, key: identity.key } },
  );
  delete zone["_sipfederationtls._tcp.far.example"];
  const first = await stage.present("alice");
  twin.say(person(twin, "m1"), "alice@ours.example", "here I am");
  await first.receives(heardFrom("here I am", theirs));
  await stage.restart();
  await sleep(150);
  assert.equal(known(stage), "far.example sip it came over SIP");
  const alice = await stage.present("alice");
  alice.sends(says("nobody to connect to"));
  await sleep(150);
  assert.equal(known(stage), "far.example sip it came over SIP");
  twin.say(person(twin, "m1"), "alice@ours.example", "here I am again");
  for (let heard = ""; !heard.includes("here I am again"); ) heard = JSON.stringify(await alice.hears());
});

test("SET-13: what is older than its records said is looked up again after a restart, and what DNS says then counts", async (t) => {
  const { stage, twin, zone, seen } = await seeingEachOther(t, { limits: { discoveryMsMax: 200, sipCatchUpMs: 300 } });
  await stage.restart(async () => {
    zone["_xmpp-server._tcp.far.example"] = srv("xmpp.far.example", 1);
    zone["xmpp.far.example"] = { A: ["127.0.0.1"] };
    stage.world.resolver.flush();
    await sleep(300);
  });
  await until("it is XMPP's", () => known(stage) === "far.example xmpp DNS", twin);
  await until(
    "nothing of M1's goes on over SIP",
    () => twin.state.users.m1?.watchers.length === 0 || seen()?.subscription !== "active",
    twin,
  );
  await stage.restart();
  assert.equal(known(stage), "far.example xmpp DNS");
});

test("SET-15, SET-13: a domain that was denied meanwhile, or whose time is over, is not known after a restart", async (t) => {
  const { stage } = await seeingEachOther(t);
  await stage.restart(async () => {
    const content = Buffer.from(JSON.stringify({ domain: "far.example", direction: "both" }));
    await stage.world.store.documents.put("comity", { name: denialName("far.example"), etag: "1", content });
  });
  assert.equal(known(stage), "");
  assert.deepEqual(await storedDiscovered(stage.world.store), []);

  const other = await seeingEachOther(t, { limits: { discoveredKeptMs: 100 } });
  await sleep(150);
  await other.stage.restart();
  assert.equal(known(other.stage), "");
  assert.deepEqual(await storedDiscovered(other.stage.world.store), []);
});

test("SET-13: of what is kept no more is taken up than discoveredDomainsMax, the newest; a denial ends it for good", async (t) => {
  const { stage } = await strangers(t, { limits: { discoveredDomainsMax: 2 } });
  const atMs = stage.world.clock.now();
  const names = ["a.example", "b.example", "c.example"].map((name) => parseDomainName(name));
  for (const [at, name] of names.entries()) {
    assert.ok(name.ok);
    const view = { domain: name.value, protocol: "xmpp", type: undefined, why: "DNS" } as const;
    await keepDiscovered(stage.world.store, { ...view, atMs: atMs + at, untilMs: atMs + 60_000 });
  }
  await stage.restart();
  assert.equal(known(stage), "b.example xmpp DNS; c.example xmpp DNS");
  assert.ok((await new DenyList(stage.world).deny("cli:0", { domain: "b.example" })).ok);
  await sleep(100);
  assert.equal(known(stage), "c.example xmpp DNS");
  assert.ok(stage.node.forgetDiscovered("c.example"));
  await sleep(50);
  assert.deepEqual(await storedDiscovered(stage.world.store), []);
});
