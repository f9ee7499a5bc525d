import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

const accept = "Accept: multipart/related, application/pidf+xml, application/rlmi+xml";
const given = (...uris: readonly string[]) =>
  `<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${uris
    .map((uri) => `<entry uri="${uri}"/>`)
    .join("")}</list></resource-lists>`;

/** The next NOTIFY of a list: version, full or not, and each resource with its state and basic status. */
async function told(player: SipPlayer): Promise<string> {
  const notify = await player.hears("NOTIFY");
  assert.match(notify.header("content-type") ?? "", /^multipart\/related/);
  assert.equal(notify.header("require"), "eventlist");
  const body = notify.body.toString("utf8");
  const [, version = "", full = ""] = /<list[^>]* version="(\d+)" fullState="(\w+)"/.exec(body) ?? [];
  const resources = [...body.matchAll(/<resource uri="sip:([^@"]+)@[^"]*">(.*?)<\/resource>/gs)].map(
    ([, who, inside = ""]) => {
      const [, state = "-"] = /state="(\w+)"/.exec(inside) ?? [];
      const [, cid = ""] = /cid="([^"]+)"/.exec(inside) ?? [];
      const part = cid === "" ? "" : (body.split(`Content-ID: <${cid}>`)[1] ?? "");
      const [, basic = "-"] = /<basic>(\w+)<\/basic>/.exec(part) ?? [];
      return `${who} ${state} ${basic}`;
    },
  );
  return [`${version} ${full}`, ...resources].join(", ");
}

/** Waits, for at most five NOTIFYs, until one says that. */
async function until(player: SipPlayer, pattern: RegExp): Promise<void> {
  let seen = "";
  for (let count = 0; count < 5 && !pattern.test(seen); count++) seen = await told(player);
  assert.match(seen, pattern);
}

test("RFC 5367, RFC 4662: a list in the SUBSCRIBE, deflated as Linphone sends it; then only what changes", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  const bob = await stage.sipPerson("bob", "tcp");
  await stage.present("alice");
  const answer = await bob.asks("SUBSCRIBE", {
    uri: "sip:rls@ours.example",
    headers: [
      "Event: presence",
      "Expires: 600",
      "Require: recipient-list-subscribe",
      "Supported: eventlist",
      accept,
      "Content-Type: application/resource-lists+xml",
      "Content-Disposition: recipient-list",
      "Content-Encoding: deflate",
    ],
    body: deflateSync(given("sip:alice@ours.example", "sip:carol@ours.example", "tel:+15550100")),
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.header("require"), "eventlist");
  const first = await told(bob);
  assert.match(first, /^0 true/);
  await until(bob, /alice active open/);
  const carol = await stage.present("carol");
  await until(bob, /^\d+ false, carol active open$/);
  carol.sends("<presence type='unavailable'/>");
  await until(bob, /^\d+ false, carol active closed$/);
});

test("a person's own contacts as one list: who is added in an XMPP client is on it", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  const xmpp = await stage.present("bob");
  const add = (user: string) =>
    xmpp.sends(
      `<iq type='set' id='${user}'><query xmlns='jabber:iq:roster'><item jid='${user}@ours.example' name='${user}'/></query></iq>`,
    );
  add("alice");
  await xmpp.receives("<iq type='result' id='alice' from='bob@ours.example' to='bob@ours.example/desk'/>");
  const sip = await stage.sipPerson("bob", "udp");
  await stage.present("carol");
  const answer = await sip.asks("SUBSCRIBE", {
    uri: "sip:bob+presence@ours.example",
    headers: ["Event: presence", "Supported: eventlist", accept],
  });
  assert.equal(answer.status, 200);
  assert.match(await told(sip), /^0 true, alice/);
  add("carol");
  await until(sip, /carol active open/);
});

test("sipListLooksAtOnceMax: of a list of a thousand so many are looked for at once, and others are served between", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" }, limits: { sipListLooksAtOnceMax: 20 } });
  const bob = await stage.sipPerson("bob", "tcp");
  const alice = await stage.sipPerson("alice", "tcp");
  await stage.present("carol");
  const { accounts } = stage.world.store as { accounts: { find: (address: string) => Promise<unknown> } };
  const find = accounts.find.bind(accounts);
  let [underWay, most, asked, servedAfter] = [0, 0, 0, -1];
  accounts.find = async (address) => {
    asked++;
    if (!address.startsWith("nobody")) return find(address); // what becoming a contact asks
    most = Math.max(most, ++underWay);
    await setImmediate();
    underWay--;
    return find(address);
  };
  const others = Array.from({ length: 998 }, (_, n) => `sip:nobody${n}@ours.example`);
  const served = alice.asks("OPTIONS").then(() => {
    servedAfter = asked;
  });
  const headers = [
    "Event: presence",
    "Expires: 600",
    "Require: recipient-list-subscribe",
    "Supported: eventlist",
    accept,
  ];
  const answer = await bob.asks("SUBSCRIBE", {
    uri: "sip:rls@ours.example",
    headers: [...headers, "Content-Type: application/resource-lists+xml", "Content-Disposition: recipient-list"],
    body: given("sip:carol@ours.example", ...others, "sip:alice@ours.example"),
  });
  assert.equal(answer.status, 200);
  await served;
  let seen = "";
  for (let count = 0; count < 60 && !/alice active/.test(seen); count++) seen = await told(bob);
  assert.match(seen, /alice active/);
  assert.ok(asked >= 1_000);
  assert.equal(most, 20);
  assert.ok(servedAfter < 500, `somebody else waited for ${servedAfter} looks`);
});
