import assert from "node:assert/strict";
import { test } from "node:test";
import { xcapClient } from "../../proofs/xcap-client.ts";

const mine = "/resource-lists/users/sip:alice@ours.example";
const index = `${mine}/index`;
const listsType = { contentType: "application/resource-lists+xml" };
const elementType = { contentType: "application/xcap-el+xml" };
const rulesPath = "/pres-rules/users/alice/index";
const rulesType = { contentType: "application/auth-policy+xml" };

const lists = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${inside}</resource-lists>`;
const entry = (who: string, name = "") =>
  `<entry uri="sip:${who}@x.example">${name === "" ? "" : `<display-name>${name}</display-name>`}</entry>`;

/** What of a 409 is the matter. */
const reason = (text: string) => /<xcap-error[^>]*><([-a-z0-9]+)/.exec(text)?.[1];

const ruleset = (inside: string) =>
  `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules" xmlns:ocp="urn:oma:xml:xdm:common-policy">${inside}</ruleset>`;
const rule = (id: string, conditions: string, handling: string) =>
  `<rule id="${id}"><conditions>${conditions}</conditions><actions><pr:sub-handling>${handling}</pr:sub-handling></actions></rule>`;

test("an XMPP contact is in the SIP client's list, and the reverse", async () => {
  const alice = xcapClient();
  alice.add("bob@x.example", "Bob", "Work");
  const first = await alice.ask("GET", index);
  assert.match(
    first.text,
    /<list name="Work">.*<entry uri="sip:bob@x.example"><display-name>Bob<\/display-name><\/entry>/,
  );
  // the SIP client adds one, as RFC 4825 §7.4 has it
  const added = await alice.ask(
    "PUT",
    `${index}/~~/resource-lists/list%5b@name=%22Work%22%5d/entry%5b@uri=%22sip:carol@x.example%22%5d`,
    entry("carol", "Carol"),
    { ...elementType, ifMatch: first.etag },
  );
  assert.equal(added.status, 201);
  assert.deepEqual(alice.contacts, ["bob@x.example Bob [Work]", "carol@x.example Carol [Work]"]);
  // each change of the roster is another tag
  assert.notEqual(added.etag, first.etag);
  assert.equal((await alice.ask("GET", index)).etag, added.etag);
  alice.add("dave@x.example", "");
  const later = await alice.ask("GET", index);
  assert.notEqual(later.etag, added.etag);
  assert.match(later.text, /<list name="contacts">.*<entry uri="sip:dave@x.example"\/>/);
  // and takes one away
  const gone = await alice.ask("DELETE", `${index}/~~/resource-lists/list/entry%5b@uri=%22sip:bob@x.example%22%5d`);
  assert.equal(gone.status, 200);
  assert.deepEqual(alice.contacts, ["carol@x.example Carol [Work]", "dave@x.example  []"]);
});

test("a document that says what the roster says comes back as it was written", async () => {
  const alice = xcapClient();
  const written = lists(
    `<!-- mine --><list name="sipsimple_presence_rls">${entry("bob")}</list><list name="book"><b xmlns="urn:b"/></list>`,
  );
  const put = await alice.ask("PUT", index, written, listsType);
  assert.equal(put.status, 200); // there always is one
  assert.deepEqual(alice.contacts, ["bob@x.example  []"]);
  const read = await alice.ask("GET", index);
  assert.deepEqual([read.text, read.etag], [written, put.etag]);
  // named in XMPP: Blink, which writes no names, takes none away
  alice.add("bob@x.example", "Bob");
  assert.match((await alice.ask("GET", index)).text, /<display-name>Bob<.*<b xmlns="urn:b"\/>/);
  assert.equal((await alice.ask("PUT", index, written, listsType)).status, 200);
  assert.deepEqual(alice.contacts, ["bob@x.example Bob []"]);
  assert.equal((await alice.ask("DELETE", index)).status, 200);
  assert.deepEqual(alice.contacts, []);
});

test("RFC 5025: rules are who may see the person, and the reverse", async () => {
  const alice = xcapClient();
  const one = '<identity><one id="sip:bob@x.example"/></identity>';
  const written = ruleset(rule("a", one, "allow"));
  const put = await alice.ask("PUT", rulesPath, written, rulesType);
  assert.equal(put.status, 200);
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [{ who: "bob@x.example", rule: "allow" }] });
  const read = await alice.ask("GET", rulesPath.replace("pres-rules", "org.openmobilealliance.pres-rules"));
  assert.deepEqual([read.text, read.etag], [written, put.etag]);
  // decided elsewhere: the document says so
  alice.privacy = { otherwise: "allow", entries: [{ who: "eve@x.example", rule: "block" }] };
  const later = await alice.ask("GET", rulesPath);
  assert.match(
    later.text,
    /<one id="sip:eve@x.example"\/>.*polite-block.*<many><except id="sip:eve@x.example"\/><\/many>/,
  );
  // one node of it
  const handling =
    "/~~/cp:ruleset/cp:rule%5b@id=%22otherwise%22%5d/cp:actions/sub-handling?xmlns(cp=urn:ietf:params:xml:ns:common-policy)";
  assert.equal(
    (await alice.ask("PUT", `${rulesPath}${handling}`, "<pr:sub-handling>confirm</pr:sub-handling>", elementType))
      .status,
    200,
  );
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [{ who: "eve@x.example", rule: "block" }] });
  const refused = await alice.ask("PUT", rulesPath, ruleset(rule("a", '<sphere value="x"/>', "allow")), rulesType);
  assert.deepEqual([refused.status, reason(refused.text)], [409, "constraint-failure"]);
  // what was blocked elsewhere is not taken back by rules that do not speak of it, but by those that allow it
  assert.equal((await alice.ask("PUT", rulesPath, written, rulesType)).status, 200);
  const both = [
    { who: "eve@x.example", rule: "block" },
    { who: "bob@x.example", rule: "allow" },
  ];
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: both });
  assert.equal((await alice.ask("GET", rulesPath)).text, written);
  assert.equal((await alice.ask("DELETE", rulesPath)).status, 200);
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [{ who: "eve@x.example", rule: "block" }] });
  const eve = '<identity><one id="sip:eve@x.example"/></identity>';
  assert.equal((await alice.ask("PUT", rulesPath, ruleset(rule("a", eve, "allow")), rulesType)).status, 200);
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [{ who: "eve@x.example", rule: "allow" }] });
  assert.equal((await alice.ask("DELETE", rulesPath)).status, 200);
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [] });
});

test("6.7: Blink's rules name its lists; a change of a list is a change of the rules", async () => {
  const alice = xcapClient();
  const list = (name: string) =>
    `<ocp:external-list><ocp:entry anc="https://elsewhere/xcap${index}/~~/resource-lists/list%5b@name=%22${name}%22%5d"/></ocp:external-list>`;
  const book = (granted: string, blocked: string) =>
    lists(
      `<list name="oma_grantedcontacts">${granted}</list><list name="oma_blockedcontacts">${blocked}</list>` +
        `<list name="sipsimple_presence_rls">${entry("bob")}</list>`,
    );
  await alice.ask("PUT", index, book(entry("bob"), ""), listsType);
  const rules = ruleset(
    rule("wp_prs_grantedcontacts", list("oma_grantedcontacts"), "allow") +
      rule("wp_prs_blockedcontacts", list("oma_blockedcontacts"), "polite-block") +
      rule("wp_prs_unlisted", "<ocp:other-identity/>", "confirm") +
      rule("wp_prs_block_anonymous", "<ocp:anonymous-request/>", "block"),
  );
  assert.equal((await alice.ask("PUT", rulesPath, rules, rulesType)).status, 200);
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [{ who: "bob@x.example", rule: "allow" }] });
  assert.equal((await alice.ask("PUT", index, book("", entry("eve")), listsType)).status, 200);
  assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [{ who: "eve@x.example", rule: "hide" }] });
  assert.equal((await alice.ask("GET", rulesPath)).text, rules);
  // lists of somebody else's, or of no document there is, are nobody's
  for (const [from, to] of [
    ["sip:alice@", "sip:eve@"],
    ["/index/~~", "/other/~~"],
    ["/~~/resource-lists/", "/~~/"],
    ["/~~/resource-lists/list%5b@name=%22oma_blockedcontacts%22%5d", ""],
    ["oma_blockedcontacts%22%5d", "oma_blockedcontacts%22%5d/entry"],
    ["list%5b@name=%22oma_blockedcontacts%22%5d", "list"],
    ["oma_blockedcontacts%22%5d", "oma_blockedcontacts%22%5d/@name"],
  ] as const) {
    const elsewhere = ruleset(rule("a", list("oma_blockedcontacts").replace(from, to), "polite-block"));
    assert.equal((await alice.ask("PUT", rulesPath, elsewhere, rulesType)).status, 200);
    assert.deepEqual(alice.privacy, { otherwise: "ask", entries: [] }, to);
  }
  await alice.ask("PUT", rulesPath, rules, rulesType);
  // decided elsewhere: a later change of a list does not bring back what was
  alice.privacy = { otherwise: "block", entries: [] };
  await alice.ask("PUT", index, book(entry("bob"), ""), listsType);
  assert.deepEqual(alice.privacy, { otherwise: "block", entries: [] });
  assert.deepEqual(alice.contacts, ["bob@x.example  []"]);
});

test("RFC 4826 §4: services, those nobody wrote among them", async () => {
  const alice = xcapClient();
  alice.add("bob@x.example", "Bob");
  const path = "/rls-services/users/alice/index";
  const read = await alice.ask("GET", path);
  assert.match(read.text, /<service uri="sip:alice\+presence@ours.example">.*<rl:entry uri="sip:bob@x.example">/);
  const services = (uri: string) =>
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${uri}"><list/></service></rls-services>`;
  const put = async (uri: string) => {
    const answer = await alice.ask("PUT", path, services(uri), { contentType: "application/rls-services+xml" });
    return answer.status === 409 ? reason(answer.text) : answer.status;
  };
  assert.equal(await put("sip:bob@ours.example"), "constraint-failure");
  assert.equal(await put("sip:alice+friends@ours.example"), 200);
  assert.equal((await alice.ask("GET", path)).text, services("sip:alice+friends@ours.example"));
});

test("documents kept as they are: presence by hand, pictures", async () => {
  const alice = xcapClient();
  const rows: [auid: string, document: string, type: string, text: string][] = [
    [
      "pidf-manipulation",
      "index",
      "application/pidf+xml",
      '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"/>',
    ],
    [
      "org.openmobilealliance.pres-content",
      "oma_status-icon/index",
      "application/vnd.oma.pres-content+xml",
      '<content xmlns="urn:oma:xml:prs:pres-content"><data>AAAA</data></content>',
    ],
  ];
  for (const [auid, document, contentType, text] of rows) {
    const path = `/${auid}/users/alice/${document}`;
    assert.equal((await alice.ask("GET", path)).status, 404);
    assert.equal((await alice.ask("PUT", path, text, { contentType })).status, 201);
    assert.equal((await alice.ask("GET", path)).text, text);
    for (const wrong of ["<x/>", text.replace("urn:", "urn:x:"), '<x xmlns="urn:ietf:params:xml:ns:pidf"/>']) {
      assert.equal(
        reason((await alice.ask("PUT", path, wrong, { contentType })).text),
        "schema-validation-error",
        wrong,
      );
    }
  }
});
