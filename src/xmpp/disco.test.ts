import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../xml/element.ts";
import { write } from "../xml/writer.ts";
import { accountDisco, asksDisco, discoPayload, mayAskAbout, serverDisco } from "./disco.ts";
import { ns } from "./ns.ts";
import { isPing, pingText } from "./ping.ts";
import { serverFeatures } from "./server-features.ts";
import { asksVersion, versionPayload } from "./software-version.ts";
import { newItem } from "./subscription.ts";

const info = el("query", ns.discoInfo);
const items = el("query", ns.discoItems);
const answer = (query: typeof info, about: typeof accountDisco) => {
  const result = discoPayload(query, about);
  return result.ok ? write(result.value) : result.fault.code;
};

test("XEP-0030 §3.1: the server says what it is and can, each feature once and in order", () => {
  assert.equal(
    answer(info, serverDisco("Comity", [ns.ping, ns.carbons, ns.ping])),
    "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' name='Comity'/>" +
      "<feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/>" +
      "<feature var='urn:xmpp:carbons:2'/><feature var='urn:xmpp:ping'/></query>",
  );
});

test("XEP-0030 §8: the server answers for a person", () => {
  assert.match(answer(info, accountDisco), /<identity category='account' type='registered'\/>/);
  assert.equal(answer(items, accountDisco), "<query xmlns='http://jabber.org/protocol/disco#items'/>");
});

test("XEP-0030 §4.1: items", () => {
  const about = serverDisco("Comity", [], [{ jid: "rooms.ours.example", name: "Rooms" }]);
  assert.match(answer(items, about), /#items'><item jid='rooms\.ours\.example' name='Rooms'\/><\/query>$/);
});

test("XEP-0030 §3.2, §4.2: unknown nodes", () => {
  for (const name of [ns.discoInfo, ns.discoItems]) {
    assert.equal(answer(el("query", name, { node: "x" }), accountDisco), "item-not-found");
  }
});

test("who may ask about a person", () => {
  const item = newItem("bob@theirs.example");
  const may = (subscription: "none" | "to" | "from" | "both") =>
    mayAskAbout("bob@theirs.example", "alice@ours.example", { ...item, subscription });
  assert.deepEqual([may("none"), may("to"), may("from"), may("both")], [false, false, true, true]);
  assert.equal(mayAskAbout("alice@ours.example", "alice@ours.example", undefined), true);
  assert.equal(mayAskAbout("bob@theirs.example", "alice@ours.example", undefined), false);
});

test("the questions are told apart", () => {
  assert.deepEqual([info, items, el("query", ns.roster)].map(asksDisco), [true, true, false]);
  assert.deepEqual([el("ping", ns.ping), el("ping", ns.version)].map(isPing), [true, false]);
  assert.deepEqual([el("query", ns.version), info].map(asksVersion), [true, false]);
});

test("XEP-0199 §4, XEP-0092 §3: ping and version", () => {
  assert.equal(
    pingText("ours.example", "alice@ours.example/r", "p1"),
    "<iq from='ours.example' to='alice@ours.example/r' type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>",
  );
  assert.equal(
    write(versionPayload("Comity", "1.0")),
    "<query xmlns='jabber:iq:version'><name>Comity</name><version>1.0</version></query>",
  );
});

test("what the server offers is what its feature files say", () => {
  assert.deepEqual([...serverFeatures].sort(), [
    "jabber:iq:roster",
    "jabber:iq:version",
    "msgoffline",
    "urn:xmpp:blocking",
    "urn:xmpp:carbons:2",
    "urn:xmpp:delay",
    "urn:xmpp:ping",
  ]);
});
