import { test } from "node:test";
import { setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const a = "alice@ours.example";
const b = "bob@ours.example";
const stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
const info = "http://jabber.org/protocol/disco#info";

async function asks(who: Player, to: string, inside: string, answer: string): Promise<void> {
  who.sends(`<iq type='get' id='q' to='${to}'>${inside}</iq>`);
  await who.receives(`<iq type='result' id='q' from='${to}' to='${who.jid}'>${answer}</iq>`);
}

async function asksInVain(who: Player, to: string, inside: string, condition = "service-unavailable", type = "cancel") {
  who.sends(`<iq type='get' id='q' to='${to}'>${inside}</iq>`);
  await who.receives(
    `<iq type='error' id='q' from='${to}' to='${who.jid}'><error type='${type}'><${condition} xmlns='${stanzas}'/>...</error></iq>`,
  );
}

test("XEP-0030: of the server and of people, for those who may know", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  const bob = await stage.present("bob");
  const query = `<query xmlns='${info}'/>`;
  await asks(
    alice,
    "ours.example",
    query,
    `<query xmlns='${info}'><identity category='server' type='im' name='Comity'/><feature var='${info}'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='jabber:iq:roster'/><feature var='jabber:iq:version'/><feature var='msgoffline'/><feature var='urn:xmpp:blocking'/><feature var='urn:xmpp:carbons:2'/><feature var='urn:xmpp:delay'/><feature var='urn:xmpp:ping'/></query>`,
  );
  await asks(
    alice,
    "ours.example",
    "<query xmlns='http://jabber.org/protocol/disco#items'/>",
    "<query xmlns='http://jabber.org/protocol/disco#items'/>",
  );
  await asksInVain(alice, "ours.example", `<query xmlns='${info}' node='no such'/>`, "item-not-found");
  const account = `<query xmlns='${info}'><identity category='account' type='registered'/>...</query>`;
  await asks(alice, a, query, account);
  await asksInVain(alice, b, query);
  await asksInVain(alice, "nobody@ours.example", query);
  // bob lets alice watch: now she may ask
  bob.sends(`<presence to='${a}' type='subscribed'/>`);
  await bob.receivesNothing();
  alice.sends(`<presence to='${b}' type='subscribe'/>`);
  await alice.receives(`<presence from='${b}/desk' to='${a}'/>`);
  await asks(alice, b, query, account);
});

test("XEP-0199, XEP-0092, RFC 6121 §8.5: pings, versions, and what nobody knows", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  const bob = await stage.present("bob");
  const ping = "<ping xmlns='urn:xmpp:ping'/>";
  await asks(alice, "ours.example", ping, "");
  await asks(alice, a, ping, "");
  await asksInVain(alice, b, ping);
  await asksInVain(alice, "nobody@ours.example", ping);
  await asksInVain(alice, `${b}/gone`, ping);
  const version = "<query xmlns='jabber:iq:version'/>";
  await asks(
    alice,
    "ours.example",
    version,
    "<query xmlns='jabber:iq:version'><name>Comity</name><version>0.1.0</version></query>",
  );
  await asksInVain(alice, "ours.example", "<query xmlns='urn:example:unknown'/>");
  await asksInVain(alice, "ours.example", "", "bad-request", "modify");
  await asksInVain(alice, "ours.example", `${ping}${version}`, "bad-request", "modify");
  // from device to device
  alice.sends(`<iq type='get' id='1' to='${b}/desk'>${ping}</iq>`);
  await bob.receives(`<iq type='get' id='1' from='${a}/desk' to='${b}/desk'>${ping}</iq>`);
  bob.sends(`<iq type='result' id='1' to='${a}/desk'/>`);
  await alice.receives(`<iq type='result' id='1' from='${b}/desk' to='${a}/desk'/>`);
  // RFC 6120 §8.2.3: an iq without id, of no type
  const bad = `<error type='modify'><bad-request xmlns='${stanzas}'/>...</error>`;
  alice.sends(`<iq type='get' to='ours.example'>${ping}</iq>`);
  await alice.receives(`<iq type='error' from='ours.example' to='${a}/desk'>${bad}</iq>`);
  alice.sends(`<iq id='2' type='want' to='ours.example'>${ping}</iq>`);
  await alice.receives(`<iq id='2' type='error' from='ours.example' to='${a}/desk'>${bad}</iq>`);
});
