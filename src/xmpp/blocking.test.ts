import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { type Element, el } from "../xml/element.ts";
import { write } from "../xml/writer.ts";
import { blockingPush, blocklist, readBlocking } from "./blocking.ts";
import { ns } from "./ns.ts";
import { errorText, readStanzaError } from "./stanza-error.ts";

const owner = "juliet@capulet.com";
const item = (attrs: Record<string, string>) => el("item", ns.blocking, attrs);
const romeo = item({ jid: "Romeo@Montague.net" });
const ask = (type: "get" | "set", name: string, ...items: Element[]) => {
  const request = readBlocking(type, el(name, ns.blocking, {}, ...items), owner);
  return request.ok ? request.value : request.fault.code;
};

test("XEP-0191 §3.2 to §3.5: the requests", () => {
  assert.deepEqual(ask("get", "blocklist"), { kind: "list" });
  assert.deepEqual(ask("set", "block", romeo), { kind: "block", who: ["romeo@montague.net"] });
  assert.deepEqual(ask("set", "block", romeo, item({ jid: "spam.example" })), {
    kind: "block",
    who: ["romeo@montague.net", "spam.example"],
  });
  assert.deepEqual(ask("set", "block", item({ jid: "Romeo@Montague.net/Orchard" })), {
    kind: "block",
    who: ["romeo@montague.net/Orchard"],
  });
  assert.deepEqual(ask("set", "unblock", romeo), { kind: "unblock", who: ["romeo@montague.net"] });
  assert.deepEqual(ask("set", "unblock"), { kind: "unblock", who: [] });
  // what other namespaces put beside the items is theirs (XEP-0377: why somebody is blocked)
  assert.deepEqual(ask("set", "block", romeo, el("item", "urn:other", {})), {
    kind: "block",
    who: ["romeo@montague.net"],
  });
});

const refused: readonly (readonly [what: string, type: "get" | "set", name: string, items: Element[], code: string])[] =
  [
    ["nobody to block", "set", "block", [], "bad-request"],
    ["an item without address", "set", "block", [item({})], "bad-request"],
    ["an address that is none", "set", "block", [item({ jid: "a b@c.example" })], "jid-malformed"],
    ["a domain that is none", "set", "unblock", [item({ jid: "a..b" })], "domain-malformed"],
    ["a resource of a domain", "set", "block", [item({ jid: "montague.net/orchard" })], "not-acceptable"],
    ["a device of one's own", "set", "block", [item({ jid: `${owner}/balcony` })], "not-allowed"],
    ["oneself", "set", "block", [item({ jid: owner })], "not-allowed"],
    ["a request that is none", "set", "blocklist", [], "service-unavailable"],
    ["a question that is none", "get", "block", [romeo], "service-unavailable"],
  ];
for (const [what, type, name, items, code] of refused) {
  test(`refused: ${what}`, () => assert.equal(ask(type, name, ...items), code));
}

test("XEP-0191 §3.2, §3.3: the list, empty or not, and pushes", () => {
  assert.equal(write(blocklist([])), "<blocklist xmlns='urn:xmpp:blocking'/>");
  assert.equal(
    write(blocklist(["romeo@montague.net", "iago@shakespeare.lit"])),
    "<blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item jid='iago@shakespeare.lit'/></blocklist>",
  );
  assert.equal(
    blockingPush("juliet@capulet.com/chamber", "push1", "block", ["romeo@montague.net"]),
    "<iq to='juliet@capulet.com/chamber' type='set' id='push1'>" +
      "<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/></block></iq>",
  );
});

test("XEP-0191 §3.3: who writes to somebody they have blocked is told so in a way programs know", () => {
  assert.equal(
    errorText(fault("contact-blocked")),
    "<error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>You have blocked that person.</text>" +
      "<blocked xmlns='urn:xmpp:blocking:errors'/></error>",
  );
  const inside = el("blocked", "urn:xmpp:blocking:errors");
  const error = el("error", ns.client, { type: "cancel" }, inside, el("not-acceptable", ns.stanzas));
  assert.equal(readStanzaError(el("message", ns.client, {}, error)).condition, "not-acceptable");
});
