import assert from "node:assert/strict";
import { test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";
import { presenceRules } from "../xcap-asks.ts";

const ns = "xmlns='urn:xmpp:blocking'";
const a = "alice@ours.example";
const b = "bob@ours.example";
const unavailable =
  "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error>";
const blockedError =
  "<error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
  "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>...</text>" +
  "<blocked xmlns='urn:xmpp:blocking:errors'/></error>";

const done = (who: Player, id: string) => `<iq type='result' id='${id}' from='${bareOf(who)}' to='${who.jid}'/>`;
const pushed = (who: Player, inside: string) => `<iq type='set' id='...' to='${who.jid}'>${inside}</iq>`;

function bareOf(who: Player): string {
  return who.jid.replace(/\/.*/, "");
}

/** Asks for the list, which makes the device hear of changes (§3.3). */
async function getsList(who: Player, ...blocked: readonly string[]): Promise<void> {
  who.sends(`<iq type='get' id='list'><blocklist ${ns}/></iq>`);
  const items = blocked.map((jid) => `<item jid='${jid}'/>`).join("");
  await who.receives(
    `<iq type='result' id='list' from='${bareOf(who)}' to='${who.jid}'><blocklist ${ns}>${items}</blocklist></iq>`,
  );
}

async function blocks(who: Player, jid: string): Promise<void> {
  who.sends(`<iq type='set' id='b'><block ${ns}><item jid='${jid}'/></block></iq>`);
  await who.receives(done(who, "b"));
}

/** The same of a device that has asked for the list. */
async function blocksAndIsTold(who: Player, jid: string): Promise<void> {
  who.sends(`<iq type='set' id='b'><block ${ns}><item jid='${jid}'/></block></iq>`);
  await who.receivesAll(pushed(who, `<block ${ns}><item jid='${jid}'/></block>`), done(who, "b"));
}

/** Two people who see each other. */
async function friends(stage: Stage): Promise<{ readonly alice: Player; readonly bob: Player }> {
  for (const [owner, contact] of [
    [a, b],
    [b, a],
  ] as const) {
    const item = { contact, name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
    await stage.world.store.rosters.put(owner, { ...item, subscription: "both" });
  }
  const alice = await stage.present("alice");
  await alice.receives(`<presence from='${b}' to='${a}' type='unavailable'/>`);
  const bob = await stage.present("bob");
  await bob.receives(`<presence from='${alice.jid}' to='${b}'/>`);
  await alice.receives(`<presence from='${bob.jid}' to='${a}'/>`);
  return { alice, bob };
}

test("XEP-0191 §3.1 to §3.5: the list is got, added to and taken from; interested devices are told", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.person("alice");
  const phone = await stage.person("alice", "phone");
  const deaf = await stage.person("alice", "deaf");
  await getsList(desk);
  await getsList(phone);
  desk.sends(
    `<iq type='set' id='1'><block ${ns}><item jid='Spam@Theirs.example'/><item jid='bad.example'/></block></iq>`,
  );
  const block = `<block ${ns}><item jid='spam@theirs.example'/><item jid='bad.example'/></block>`;
  await desk.receivesAll(pushed(desk, block), done(desk, "1"));
  await phone.receives(pushed(phone, block));
  await getsList(phone, "spam@theirs.example", "bad.example");
  phone.sends(`<iq type='set' id='2' to='${a}'><unblock ${ns}><item jid='bad.example'/></unblock></iq>`);
  const unblock = `<unblock ${ns}><item jid='bad.example'/></unblock>`;
  await phone.receivesAll(pushed(phone, unblock), done(phone, "2"));
  await desk.receives(pushed(desk, unblock));
  desk.sends(`<iq type='set' id='3'><unblock ${ns}/></iq>`);
  const all = `<unblock ${ns}><item jid='spam@theirs.example'/></unblock>`;
  await desk.receivesAll(pushed(desk, all), done(desk, "3"));
  await phone.receives(pushed(phone, all));
  await getsList(desk);
  await deaf.receivesNothing();
  assert.deepEqual(await stage.world.store.privacy.load(a), { otherwise: "ask", entries: [] });
});

test("XEP-0191 §3.3: what cannot be blocked; and another's list is nobody's business", async (t) => {
  const stage = await setStage(t, { limits: { privacyEntriesMax: 1 } });
  const alice = await stage.person("alice");
  const cases: readonly (readonly [inside: string, condition: string, type: string])[] = [
    [`<block ${ns}/>`, "bad-request", "modify"],
    [`<block ${ns}><item jid='${a}'/></block>`, "not-allowed", "cancel"],
    [`<block ${ns}><item jid='x.example/desk'/></block>`, "not-acceptable", "modify"],
    [`<block ${ns}><item jid='x.example'/><item jid='y.example'/></block>`, "resource-constraint", "wait"],
  ];
  for (const [inside, condition, type] of cases) {
    alice.sends(`<iq type='set' id='x'>${inside}</iq>`);
    await alice.receives(
      `<iq type='error' id='x' from='${a}' to='${alice.jid}'>
         <error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>`,
    );
  }
  alice.sends(`<iq type='get' id='y' to='${b}'><blocklist ${ns}/></iq>`);
  await alice.receives(`<iq type='error' id='y' from='${b}' to='${alice.jid}'>${unavailable}</iq>`);
});

test("XEP-0191 §3.3, §3.4: the blocked see the blocker leave, get nothing through, and see them again after", async (t) => {
  const stage = await setStage(t);
  const { alice, bob } = await friends(stage);
  await blocks(alice, b);
  await bob.receives(`<presence from='${alice.jid}' to='${b}' type='unavailable'/>`);
  // in: messages and requests, to the person and to the device; never presence's way back
  bob.sends(`<message type='chat' id='m' to='${a}'><body>hello?</body></message>`);
  await bob.receives(`<message type='error' id='m' from='${a}' to='${bob.jid}'>${unavailable}</message>`);
  for (const to of [alice.jid, a]) {
    bob.sends(`<iq type='get' id='q' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`);
    await bob.receives(`<iq type='error' id='q' from='${to}' to='${bob.jid}'>${unavailable}</iq>`);
  }
  bob.sends(`<presence to='${a}' type='subscribe'/>`);
  alice.sends("<presence><show>away</show></presence>");
  await alice.receives(`<presence from='${alice.jid}' to='${a}'><show>away</show></presence>`);
  await bob.receivesNothing();
  // out: nothing that gives (BLK-2)
  alice.sends(`<message type='chat' id='n' to='${bob.jid}'><body>hi</body></message>`);
  await alice.receives(`<message type='error' id='n' from='${bob.jid}' to='${alice.jid}'>${blockedError}</message>`);
  alice.sends(`<iq type='get' id='v' to='${bob.jid}'><query xmlns='jabber:iq:version'/></iq>`);
  await alice.receives(`<iq type='error' id='v' from='${bob.jid}' to='${alice.jid}'>${blockedError}</iq>`);
  alice.sends(`<presence to='${bob.jid}'/>`);
  await alice.receives(`<presence type='error' from='${bob.jid}' to='${alice.jid}'>${blockedError}</presence>`);
  await bob.receivesNothing();
  // the blocker goes on seeing the blocked (BLK-1)
  bob.sends("<presence><show>dnd</show></presence>");
  await bob.receives(`<presence from='${bob.jid}' to='${b}'><show>dnd</show></presence>`);
  await alice.receives(`<presence from='${bob.jid}' to='${a}'><show>dnd</show></presence>`);
  // others are not concerned, nor are the server and one's own devices
  const carol = await stage.present("carol");
  carol.sends(`<message type='chat' to='${a}'><body>hello</body></message>`);
  await alice.receives(`<message type='chat' from='${carol.jid}' to='${a}'><body>hello</body></message>`);
  alice.sends(`<iq type='set' id='u'><unblock ${ns}><item jid='${b}'/></unblock></iq>`);
  await alice.receives(done(alice, "u"));
  await bob.receives(`<presence from='${alice.jid}' to='${b}'><show>away</show></presence>`);
  bob.sends(`<message type='chat' to='${a}'><body>at last</body></message>`);
  await alice.receives(`<message type='chat' from='${bob.jid}' to='${a}'><body>at last</body></message>`);
});

test("a whole domain, one's own, without the server and one's own devices", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  const bob = await stage.present("bob");
  await blocks(alice, "ours.example");
  await alice.receivesNothing(); // the server answers still
  bob.sends(`<message id='m' to='${a}'><body>hello?</body></message>`);
  await bob.receives(`<message type='error' id='m' from='${a}' to='${bob.jid}'>${unavailable}</message>`);
  alice.sends(`<message type='chat' id='o' to='${a}'><body>a note</body></message>`);
  await alice.receives(`<message type='chat' id='o' from='${alice.jid}' to='${a}'><body>a note</body></message>`);
});

test("who is not there has blocked them all the same: nothing is stored", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  await blocks(alice, b);
  await alice.leaves();
  const bob = await stage.present("bob");
  bob.sends(`<message type='chat' id='m' to='${a}'><body>hello?</body></message>`);
  await bob.receives(`<message type='error' id='m' from='${a}' to='${bob.jid}'>${unavailable}</message>`);
  assert.equal(await stage.world.store.offline.count(a), 0);
});

test("BLK-1: between SIP and XMPP the same list; the blocker's SIP client can still write", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  await blocks(alice, b);
  const bobSip = await stage.sipPerson("bob");
  // told no more than of somebody who does not exist
  assert.equal(await bobSip.tells(a, "hello?"), await bobSip.tells("nobody@ours.example", "hello?"));
  await alice.receivesNothing();
  const aliceSip = await stage.sipPerson("alice");
  await alice.receives(`<presence from='${a}/sip' to='${a}'/>`);
  assert.equal(await aliceSip.tells(b, "only this"), 200);
  assert.equal(await bobSip.reads(), "only this");
});

test("BLK-1: somebody at a SIP partner who is blocked is refused, and can still be written to", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const alice = await stage.present("alice");
  await blocks(alice, "m1@contoso.example");
  const refused = twin.say(person(twin, "m1"), a, "hello?");
  await until("M1 is refused", () => refused.status >= 400, twin);
  await alice.receivesNothing();
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>stop it</body></message>");
  await until("M1 reads", () => JSON.stringify(twin.state).includes("stop it"), twin);
  // the next one by name is no matter of theirs
  twin.say(person(twin, "m2"), a, "good morning");
  await alice.receives(
    `<message type='chat' from='m2@contoso.example' to='${a}'><body>good morning</body><thread>...</thread></message>`,
  );
});

test("XEP-0191: one device blocked: nothing from it, nothing to it, and its person's others are not concerned", async (t) => {
  const stage = await setStage(t);
  const { alice, bob } = await friends(stage);
  const phone = await stage.present("bob", "phone");
  await bob.receivesAll(`<presence from='${phone.jid}' to='${b}'/>`, `<presence from='${alice.jid}' to='${b}'/>`);
  await alice.receives(`<presence from='${phone.jid}' to='${a}'/>`);
  await phone.receivesAll(
    `<presence from='${bob.jid}' to='${phone.jid}'/>`,
    `<presence from='${alice.jid}' to='${b}'/>`,
  );
  await getsList(alice);
  await blocksAndIsTold(alice, phone.jid);
  await phone.receives(`<presence from='${alice.jid}' to='${phone.jid}' type='unavailable'/>`);
  phone.sends(`<message type='chat' id='m' to='${a}'><body>hello?</body></message>`);
  await phone.receives(`<message type='error' id='m' from='${a}' to='${phone.jid}'>${unavailable}</message>`);
  alice.sends(`<message type='chat' id='n' to='${phone.jid}'><body>hi</body></message>`);
  await alice.receives(`<message type='error' id='n' from='${phone.jid}' to='${alice.jid}'>${blockedError}</message>`);
  alice.sends("<presence><show>away</show></presence>");
  await alice.receives(`<presence from='${alice.jid}' to='${a}'><show>away</show></presence>`);
  await bob.receives(`<presence from='${alice.jid}' to='${b}'><show>away</show></presence>`);
  bob.sends(`<message type='chat' id='o' to='${a}'><body>hello</body></message>`);
  await alice.receives(`<message type='chat' id='o' from='${bob.jid}' to='${a}'><body>hello</body></message>`);
  await phone.receivesNothing();
  await getsList(alice, phone.jid);
  alice.sends(`<iq type='set' id='u'><unblock ${ns}><item jid='${phone.jid}'/></unblock></iq>`);
  await alice.receivesAll(pushed(alice, `<unblock ${ns}><item jid='${phone.jid}'/></unblock>`), done(alice, "u"));
  await phone.receives(`<presence from='${alice.jid}' to='${phone.jid}'><show>away</show></presence>`);
});

test("XEP-0191 §3.3: presence told directly is taken back when its receiver is blocked, and not told again at the end", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  const bob = await stage.present("bob");
  const carol = await stage.present("carol");
  for (const each of [bob, carol]) {
    alice.sends(`<presence to='${each.jid}'/>`);
    await each.receives(`<presence from='${alice.jid}' to='${each.jid}'/>`);
  }
  await blocks(alice, b);
  await bob.receives(`<presence type='unavailable' from='${alice.jid}' to='${bob.jid}'/>`);
  alice.sends("<presence type='unavailable'/>");
  await carol.receives(`<presence type='unavailable' from='${alice.jid}' to='${carol.jid}'/>`);
  await bob.receivesNothing();
});

test("RFC 5025: a SIP client's rules hide presence, politely, and stop no message; a block stays when they are written", async (t) => {
  const stage = await setStage(t);
  const { alice, bob } = await friends(stage);
  assert.equal(await presenceRules(stage.node, "alice", [], [b]), 200);
  await bob.receives(`<presence from='${alice.jid}' to='${b}' type='unavailable'/>`);
  bob.sends(`<message type='chat' id='m' to='${a}'><body>hello?</body></message>`);
  await alice.receives(`<message type='chat' id='m' from='${bob.jid}' to='${a}'><body>hello?</body></message>`);
  alice.sends(`<message type='chat' id='n' to='${b}'><body>hello!</body></message>`);
  await bob.receives(`<message type='chat' id='n' from='${alice.jid}' to='${b}'><body>hello!</body></message>`);
  await getsList(alice); // nobody is blocked
  // to a SIP watcher: accepted, and offline
  const bobSip = await stage.sipPerson("bob");
  await bob.receives(`<presence from='${b}/sip' to='${b}'/>`);
  await alice.receives(`<presence from='${b}/sip' to='${a}'/>`);
  const answer = await bobSip.asks("SUBSCRIBE", {
    uri: `sip:${a}`,
    headers: ["Event: presence", "Accept: application/pidf+xml", "Expires: 600"],
  });
  assert.equal(answer.status, 200);
  const notify = await bobSip.hears("NOTIFY");
  assert.match(notify.header("subscription-state") ?? "", /^active/);
  assert.match(notify.body.toString("utf8"), /<basic>closed<\/basic>/);
  // the person blocks the sender: now messages are refused, whatever the SIP client writes
  await blocksAndIsTold(alice, b);
  assert.equal(await presenceRules(stage.node, "alice", [], []), 200);
  bob.sends(`<message type='chat' id='o' to='${a}'><body>hello?</body></message>`);
  await bob.receives(`<message type='error' id='o' from='${a}' to='${bob.jid}'>${unavailable}</message>`);
  await alice.receivesNothing();
  // who is allowed by name again is so for both
  assert.equal(await presenceRules(stage.node, "alice", [b], []), 200);
  await alice.receives(pushed(alice, `<unblock ${ns}><item jid='${b}'/></unblock>`));
  bob.sends(`<message type='chat' id='p' to='${a}'><body>at last</body></message>`);
  await bob.receives(`<presence from='${alice.jid}' to='${b}'/>`);
  await alice.receives(`<message type='chat' id='p' from='${bob.jid}' to='${a}'><body>at last</body></message>`);
});
