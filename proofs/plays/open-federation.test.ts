import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DenyList } from "../../src/admin/deny-list.ts";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import type { TwinOptions } from "../../src/twin/options.ts";
import { addPartner, person, twinFor, until } from "../partner-stage.ts";
import { identityOf, type Stage, type StageOptions, setStage } from "../play-stage.ts";

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
