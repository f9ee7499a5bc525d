import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAddress } from "../../src/base/address.ts";
import { partnerOf, person } from "../partner-stage.ts";
import { type Stage, type StageOptions, setStage } from "../play-stage.ts";
import { presenceRules } from "../xcap-asks.ts";

/** SUB-26, SET-103: looks at people who are no contacts, as after a directory search. */

const [a, b, c] = ["alice@ours.example", "bob@ours.example", "carol@ours.example"];
const m1 = "m1@contoso.example";
const adHoc = { enabled: true, activeMax: 10_000, seconds: 1_800 };

const stageWith = (t: TestContext, presence: StageOptions["presence"] = {}, limits: StageOptions["limits"] = {}) =>
  setStage(t, { presence: { autoAuthorise: "local", adHoc, ...presence }, limits });

const probe = (whom: string) => `<presence type='probe' to='${whom}'/>`;
const gone = (from: string, to: string) => `<presence type='unavailable' from='${from}' to='${to}'/>`;
const looks = (stage: Stage) => stage.metrics.value("comity_ad_hoc_looks");

test("a client looks: it is told how somebody is, and what changes; nobody becomes a contact, nobody is asked", async (t) => {
  const stage = await stageWith(t);
  const bob = await stage.present("bob");
  const alice = await stage.present("alice");
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
  bob.sends("<presence><show>away</show></presence>");
  await bob.receives(`<presence from='${b}/desk' to='${b}'><show>away</show></presence>`);
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'><show>away</show></presence>`);
  await bob.receivesNothing();
  assert.deepEqual((await stage.world.store.rosters.load(a)).items, []);
  assert.deepEqual((await stage.world.store.rosters.load(b)).items, []);
  // SUB-27: the administrator sees who looks.
  const who = parseAddress(b);
  assert.ok(who.ok);
  const [watcher] = await stage.node.presence.watchers(who.value);
  assert.deepEqual([watcher?.address, watcher?.roster, watcher?.adHoc], [a, "none", 1]);
  // Telephones and SIP clients of theirs are seen as by a contact.
  const phone = await stage.sipPerson("bob", "tcp");
  await alice.receives(`<presence from='${b}/sip' to='${a}/desk'/>`);
  phone.close();
  await alice.receives(gone(`${b}/sip`, `${a}/desk`));
  await alice.leaves();
  for (let count = 0; count < 100 && looks(stage) !== 0; count++) await sleep(20);
  assert.equal(looks(stage), 0);
});

test("the time is over: no word is said, and another look shows how they are by now", async (t) => {
  const stage = await stageWith(t, { adHoc: { ...adHoc, seconds: 1 } });
  const bob = await stage.present("bob");
  const alice = await stage.present("alice");
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
  await sleep(1_300);
  assert.equal(looks(stage), 0);
  bob.sends("<presence><show>dnd</show></presence>");
  await alice.receivesNothing();
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'><show>dnd</show></presence>`);
});

test("the one decision holds (SUB-07, SUB-20): who is hidden, or would have to ask, is shown nobody, and nobody is asked", async (t) => {
  const stage = await stageWith(t);
  const bob = await stage.present("bob");
  const alice = await stage.present("alice");
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
  // Blocked while she looks: he leaves, for her alone.
  assert.equal(await presenceRules(stage.node, "bob", [], [a]), 200);
  await alice.receives(gone(`${b}/desk`, `${a}/desk`));
  bob.sends("<presence><show>away</show></presence>");
  await alice.receivesNothing();
  alice.sends(probe(b));
  await alice.receives(gone(b, `${a}/desk`));
  assert.equal(looks(stage), 0);
  // Carol is not on; nobody tells whether there is such a person.
  for (const nobody of [c, "zoe@ours.example"]) {
    alice.sends(probe(nobody));
    await alice.receives(gone(nobody, `${a}/desk`));
  }
  // Those who would have to ask see nobody.
  const asking = await stageWith(t, { autoAuthorise: "none" });
  await asking.present("bob");
  const dave = await asking.present("dave");
  dave.sends(probe(b));
  await dave.receives(gone(b, "dave@ours.example/desk"));
});

test("SUB-25: sharing switched off while somebody looks: they leave, and nobody is seen; switched on, a look shows them", async (t) => {
  const stage = await stageWith(t);
  await stage.present("bob");
  const alice = await stage.present("alice");
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
  const sharing = async (on: boolean) => {
    const presence = { ...stage.settings.presence, sharing: on };
    assert.ok((await stage.node.apply({ ...stage.settings, presence })).ok);
  };
  await sharing(false);
  await alice.receives(gone(`${b}/desk`, `${a}/desk`));
  alice.sends(probe(b));
  await alice.receives(gone(b, `${a}/desk`));
  await sharing(true);
  for (let count = 0; count < 50 && stage.metrics.value("comity_presence_retelling_people") > 0; count++)
    await sleep(20);
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
});

test("a SIP client looks by SUBSCRIBE with Expires: 0 (RFC 6665 §4.4.3): one NOTIFY, and no contact is made", async (t) => {
  const stage = await stageWith(t);
  await stage.present("bob");
  const alice = await stage.sipPerson("alice", "udp");
  const look = async () => {
    const answer = await alice.asks("SUBSCRIBE", { uri: `sip:${b}`, headers: ["Event: presence", "Expires: 0"] });
    assert.equal(answer.status, 200);
    const notify = await alice.hears("NOTIFY");
    assert.match(notify.header("subscription-state") ?? "", /^terminated/);
    return /<basic>(\w+)</.exec(notify.body.toString("utf8"))?.[1];
  };
  assert.equal(await look(), "open");
  assert.deepEqual((await stage.world.store.rosters.load(a)).items, []);
  assert.equal(await presenceRules(stage.node, "bob", [], [a]), 200);
  assert.equal(await look(), "closed");
});

test("SUB-14: a look goes to no other domain, by either protocol; who has been added is seen", async (t) => {
  const stage = await stageWith(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const asked: string[] = [];
  const before = twin.edge.onMessage.bind(twin.edge);
  twin.edge.onMessage = (link, message) => {
    if (message.method === "SUBSCRIBE") asked.push(message.method);
    return before(link, message);
  };
  twin.setState(person(twin, "m1"), "busy");
  const alice = await stage.present("alice");
  alice.sends(probe(m1));
  await alice.receives(gone(m1, `${a}/desk`));
  const bob = await stage.sipPerson("bob", "udp");
  await bob.asks("SUBSCRIBE", { uri: `sip:${m1}`, headers: ["Event: presence", "Expires: 0"] });
  const notify = await bob.hears("NOTIFY");
  assert.doesNotMatch(notify.body.toString("utf8"), /<basic>open/);
  await sleep(300);
  assert.deepEqual(asked, []);
  assert.deepEqual(twin.state.users.m1?.watchers, []);
  alice.sends(`<presence type='subscribe' to='${m1}'/>`);
  await alice.receives(`<presence from='${m1}/sip' to='${a}'>...</presence>`);
  assert.deepEqual(asked, ["SUBSCRIBE"]);
  // From now on she asks for what is known of a contact.
  alice.sends(probe(m1));
  await alice.receives(`<presence from='${m1}/sip' to='${a}'>...</presence>`);
});

test("limits: so many at once, and so many of one device; switched off there is none, and those there are end", async (t) => {
  const stage = await stageWith(t, { adHoc: { ...adHoc, activeMax: 3 } }, { adHocPerDeviceMax: 2 });
  await stage.present("bob");
  const alice = await stage.present("alice");
  const dave = await stage.present("dave");
  const stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
  const refused = (whom: string, who: string, condition: string, type: string) =>
    `<presence type='error' from='${whom}' to='${who}'><error type='${type}'><${condition} xmlns='${stanzas}'/>...</error></presence>`;
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
  alice.sends(probe("dave@ours.example"));
  await alice.receives(`<presence from='dave@ours.example/desk' to='${a}/desk'/>`);
  alice.sends(probe(c));
  await alice.receives(refused(c, `${a}/desk`, "resource-constraint", "wait"));
  dave.sends(probe(b));
  await dave.receives(`<presence from='${b}/desk' to='dave@ours.example/desk'/>`);
  dave.sends(probe(a));
  await dave.receives(refused(a, "dave@ours.example/desk", "resource-constraint", "wait"));
  assert.equal(looks(stage), 3);
  // Looking again at the same person is no other look.
  alice.sends(probe(b));
  await alice.receives(`<presence from='${b}/desk' to='${a}/desk'/>`);
  const presence = { ...stage.settings.presence, adHoc: { ...adHoc, enabled: false } };
  assert.ok((await stage.node.apply({ ...stage.settings, presence })).ok);
  await alice.receives(gone(`${b}/desk`, `${a}/desk`));
  await alice.receives(gone("dave@ours.example/desk", `${a}/desk`));
  await dave.receives(gone(`${b}/desk`, "dave@ours.example/desk"));
  assert.equal(looks(stage), 0);
  alice.sends(probe(b));
  await alice.receives(refused(b, `${a}/desk`, "bad-request", "modify"));
});
