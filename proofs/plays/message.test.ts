import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const a = "alice@ours.example";
const b = "bob@ours.example";
const stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";

const says = (to: string, type: string, text: string) =>
  `<message to='${to}'${type === "" ? "" : ` type='${type}'`} id='${text}'><body>${text}</body></message>`;

const hears = (to: string, type: string, text: string) => says(to, type, text).replace(" to=", ` from='${a}/desk' to=`);

const refused = (from: string, id: string) =>
  `<message type='error' id='${id}' from='${from}' to='${a}/desk'>
     <error type='cancel'><service-unavailable xmlns='${stanzas}'/>...</error>
   </message>`;

/** A message of each type that RFC 6121 §5.2.2 knows, and one without. */
async function eachType(alice: Player, to: string, receivers: readonly Player[], got: string, bounced: string) {
  for (const type of ["", "normal", "chat", "headline", "groupchat"]) {
    const name = type === "" ? "none" : type;
    alice.sends(says(to, type, name));
    if (got.split(" ").includes(name)) for (const each of receivers) await each.receives(hears(to, type, name));
    if (bounced.split(" ").includes(name)) await alice.receives(refused(to, name));
  }
  alice.sends(
    `<message to='${to}' type='error' id='e'><error type='cancel'><gone xmlns='${stanzas}'/></error></message>`,
  );
  for (const each of receivers) {
    if (got.includes("error")) await each.hears();
    await each.receivesNothing();
  }
  await alice.receivesNothing();
}

test("RFC 6121 §8.5.2.1.1: to a bare address: every device of non-negative priority", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const desk = await stage.present("bob", "desk", "<priority>5</priority>");
  const phone = await stage.person("bob", "phone");
  phone.sends("<presence/>");
  for (let count = 0; count < 2; count++) await phone.hears();
  await desk.hears();
  const robot = await stage.person("bob", "robot");
  robot.sends("<presence><priority>-1</priority></presence>");
  for (let count = 0; count < 3; count++) await robot.hears();
  for (const each of [desk, phone]) await each.hears();
  const silent = await stage.person("bob", "silent");
  await eachType(alice, b, [desk, phone], "none normal chat headline", "groupchat");
  await robot.receivesNothing();
  await silent.receivesNothing();
});

test("RFC 6121 §8.5.3.1: to a full address whose device is there: everything, whatever its presence", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const silent = await stage.person("bob", "silent");
  await eachType(alice, `${b}/silent`, [silent], "none normal chat headline groupchat error", "");
});

test("RFC 6121 §8.5.3.2.1: to a device that has gone, while another is there", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const bob = await stage.present("bob");
  await eachType(alice, `${b}/gone`, [bob], "chat", "none normal groupchat");
});

test("RFC 6121 §8.5.1: to nobody", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  await eachType(alice, "nobody@ours.example", [], "", "none normal chat groupchat");
  await eachType(alice, "nobody@ours.example/desk", [], "", "none normal chat groupchat");
});

test("RFC 6121 §8.5.2.2.1, XEP-0160, XEP-0203: what waits while nobody takes it", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  await eachType(alice, b, [], "", "groupchat");
  alice.sends(`<message to='${b}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`);
  await alice.receivesNothing();
  // a device that takes no messages does not get them either (§8.5.2.1.1)
  const robot = await stage.person("bob", "robot");
  robot.sends("<presence><priority>-1</priority></presence>");
  await robot.hears();
  await robot.receivesNothing();
  robot.sends("<presence/>");
  await robot.receives(`<presence from='${b}/robot' to='${b}'/>`);
  for (const [type, name] of [
    ["", "none"],
    ["normal", "normal"],
    ["chat", "chat"],
  ] as const) {
    await robot.receives(
      hears(b, type, name).replace(
        "</body>",
        "</body><delay xmlns='urn:xmpp:delay' from='ours.example' stamp='20...Z'/>",
      ),
    );
  }
  await robot.receivesNothing();
  // handed over once
  await robot.leaves();
  const desk = await stage.present("bob");
  await desk.receivesNothing();
  assert.equal(stage.metrics.value("comity_offline_stored_total"), 3);
});

test("XEP-0160: no more than offlineMessagesMax", async (t) => {
  const stage = await setStage(t, { limits: { offlineMessagesMax: 2 } });
  const alice = await stage.person("alice");
  for (const text of ["one", "two", "three"]) alice.sends(says(b, "chat", text));
  await alice.receives(
    `<message type='error' id='three' from='${b}' to='${a}/desk'>
       <error type='wait'><resource-constraint xmlns='${stanzas}'/>...</error>
     </message>`,
  );
  assert.equal(await stage.world.store.offline.count(b), 2);
});

test("RFC 6120 §8.1.1.1, §8.1.2.1: addresses", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const bob = await stage.present("bob");
  // to an address that is none
  alice.sends("<message to='@ours.example' id='m' type='chat'><body>x</body></message>");
  await alice.receives(
    `<message type='error' id='m' from='${a}' to='${a}/desk'>
       <error type='modify'><jid-malformed xmlns='${stanzas}'/>...</error>
     </message>`,
  );
  alice.sends("<iq to='a@b@c' id='i' type='get'><query xmlns='jabber:iq:version'/></iq>");
  await alice.receives(
    `<iq type='error' id='i' from='${a}' to='${a}/desk'>
       <error type='modify'><jid-malformed xmlns='${stanzas}'/>...</error>
     </iq>`,
  );
  // addresses are compared once prepared; the sender's own are stamped over
  alice.sends("<message from='ALICE@Ours.Example' to='BOB@ours.example/desk' type='chat'><body>x</body></message>");
  await bob.receives(`<message from='${a}/desk' to='${b}/desk' type='chat'><body>x</body></message>`);
  // the sender's name forged
  alice.sends(`<message from='carol@ours.example/desk' to='${b}' type='chat'><body>x</body></message>`);
  await alice.isTurnedAway("invalid-from");
  await bob.receivesNothing();
});

test("RFC 6120 §8.1.1: no `to`: to the sender's own account", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.present("alice");
  desk.sends("<message type='chat'><body>note to self</body></message>");
  await desk.receives(`<message from='${a}/desk' to='${a}' type='chat'><body>note to self</body></message>`);
});
