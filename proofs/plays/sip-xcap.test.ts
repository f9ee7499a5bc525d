import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setStage } from "../play-stage.ts";
import { xcapOverHttp } from "../xcap-over-http.ts";

/** XCAP over HTTP (RFC 4825), and what it does to XMPP clients: there is one roster. */

const [alice, bob, carol] = ["alice@ours.example", "bob@ours.example", "carol@ours.example"];
const lists = `/xcap-root/resource-lists/users/sip:${alice}/index`;
const services = `/xcap-root/rls-services/users/sip:${alice}/index`;
const elementType = { "content-type": "application/xcap-el+xml" };

/** A stage with XCAP in front of it, and a client of Alice's that knows her password. */
async function set(t: TestContext) {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  const { asAlice: asks } = await xcapOverHttp(t, stage, (error) => assert.fail(String(error)));
  const desk = await stage.person("alice");
  desk.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  await desk.hears();
  return { stage, asks, desk };
}

test("one roster: who is added by XMPP is in the list by XCAP, and the reverse, at once", async (t) => {
  const { asks, desk } = await set(t);
  desk.sends(
    `<iq type='set' id='a'><query xmlns='jabber:iq:roster'><item jid='${bob}' name='Bob'><group>Work</group></item></query></iq>`,
  );
  await desk.hears();
  await desk.hears();
  const before = await asks("GET", lists);
  assert.equal(before.status, 200);
  assert.match(before.text, /<list name="Work">[\s\S]*<entry uri="sip:bob@ours\.example">[\s\S]*Bob/);
  // Carol, by an XCAP client, into the same group: Alice's XMPP client is told.
  const entry = encodeURI(`${lists}/~~/resource-lists/list[@name="Work"]/entry[@uri="sip:${carol}"]`);
  const body = `<entry uri="sip:${carol}"><display-name>Carol</display-name></entry>`;
  assert.equal((await asks("PUT", entry, body, elementType)).status, 201);
  await desk.receives(
    `<iq type='set' id='...' to='${alice}/desk'><query xmlns='jabber:iq:roster' ver='...'><item jid='${carol}' name='Carol' subscription='none'><group>Work</group></item></query></iq>`,
  );
  const after = await asks("GET", lists);
  assert.notEqual(after.etag, before.etag);
  assert.equal((await asks("DELETE", entry)).status, 200);
  await desk.receives(
    `<iq type='set' id='...' to='${alice}/desk'><query xmlns='jabber:iq:roster' ver='...'><item jid='${carol}' subscription='remove'/></query></iq>`,
  );
  assert.equal((await asks("GET", entry)).status, 404);
});

test("RFC 4825 §7.11: conditions keep two clients from writing over each other", async (t) => {
  const { asks, desk } = await set(t);
  const document = (who: string) =>
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="Friends"><entry uri="sip:${who}"/></list></resource-lists>`;
  const whole = { "content-type": "application/resource-lists+xml" };
  const { etag } = await asks("PUT", lists, document(bob), whole);
  await desk.hears();
  const read = await asks("GET", lists);
  assert.equal(read.etag, etag);
  assert.equal((await asks("GET", lists, "", { "if-none-match": etag })).status, 304);
  // The XMPP client changes it: what the XCAP client knows is old.
  desk.sends(`<iq type='set' id='b'><query xmlns='jabber:iq:roster'><item jid='${bob}' name='Robert'/></query></iq>`);
  await desk.hears();
  await desk.hears();
  assert.equal((await asks("PUT", lists, document(carol), { ...whole, "if-match": etag })).status, 412);
  assert.equal((await asks("PUT", lists, document(carol), { ...whole, "if-none-match": "*" })).status, 412);
  const now = await asks("GET", lists);
  assert.match(now.text, /Robert/);
  assert.equal((await asks("PUT", lists, document(carol), { ...whole, "if-match": now.etag })).status, 200);
  assert.doesNotMatch((await asks("GET", lists)).text, /bob@/);
});

test("RFC 4826 §4: a service a client has written is watched by its URI, as one subscription (RFC 4662)", async (t) => {
  const { stage, asks } = await set(t);
  await stage.present("bob");
  const uri = "sip:alice+team@ours.example";
  const service =
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${uri}">` +
    `<list xmlns:rl="urn:ietf:params:xml:ns:resource-lists"><rl:entry uri="sip:${bob}"/><rl:entry uri="sip:${carol}"/></list>` +
    "<packages><package>presence</package></packages></service></rls-services>";
  const put = await asks("PUT", services, service, { "content-type": "application/rls-services+xml" });
  assert.ok(put.status === 200 || put.status === 201, `${put.status} ${put.text}`);
  const phone = await stage.sipPerson("alice", "tcp");
  const answer = await phone.asks("SUBSCRIBE", {
    uri,
    headers: [
      "Event: presence",
      "Expires: 600",
      "Supported: eventlist",
      "Accept: application/pidf+xml, application/rlmi+xml, multipart/related",
    ],
  });
  assert.equal(answer.status, 200);
  assert.match(answer.header("require") ?? "", /eventlist/);
  let seen = "";
  for (let count = 0; count < 6 && !/bob[\s\S]*open/.test(seen); count++) {
    seen += (await phone.hears("NOTIFY")).body.toString("utf8");
  }
  assert.match(seen, /<resource uri="sip:bob@ours\.example"/);
  assert.match(seen, /<resource uri="sip:carol@ours\.example"/);
  assert.match(seen, /<basic>open<\/basic>/);
  // It is written anew while it is watched, by a reference to a group of the roster: so is the subscription.
  const desk = await stage.present("dave");
  const group = encodeURI('/~~/resource-lists/list[@name="Work"]');
  const anew = service.replace(
    /<list[\s\S]*<\/list>/,
    `<resource-list>https://ours.example${lists}${group}</resource-list>`,
  );
  const whole = { "content-type": "application/rls-services+xml" };
  assert.equal((await asks("PUT", services, anew, whole)).status, 200);
  const entry = encodeURI(`${lists}/~~/resource-lists/list[@name="Work"]`);
  const list = '<list name="Work"><entry uri="sip:dave@ours.example"><display-name>Dave</display-name></entry></list>';
  assert.equal((await asks("PUT", entry, list, elementType)).status, 201);
  let last = "";
  for (let count = 0; count < 8 && !/<resource uri="sip:dave@/.test(last); count++) {
    last = (await phone.hears("NOTIFY")).body.toString("utf8");
  }
  assert.match(last, /<resource uri="sip:dave@ours\.example"/);
  assert.doesNotMatch(last, /carol@/);
  await desk.leaves();
  // No such service, and nobody of that name.
  const none = await phone.asks("SUBSCRIBE", { uri: "sip:alice+other@ours.example", headers: ["Event: presence"] });
  assert.equal(none.status, 404);
});

test("RFC 4825 §12: what there is to be written, said to whoever asks", async (t) => {
  const { asks } = await set(t);
  const caps = await asks("GET", "/xcap-root/xcap-caps/global/index");
  assert.equal(caps.status, 200);
  for (const auid of ["resource-lists", "rls-services", "pres-rules", "xcap-caps"]) {
    assert.ok(caps.text.includes(`<auid>${auid}</auid>`), auid);
  }
});
