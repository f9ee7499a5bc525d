import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import { SimRandom } from "../src/sim/random.ts";
import { documentLimits } from "../src/sip/xcap-views.ts";
import { readDocument } from "../src/xml/document.ts";
import { xcapClient } from "./xcap-client.ts";

// A client that asks for anything, and an XMPP client that changes the roster meanwhile.

const statuses = new Set([200, 201, 304, 400, 403, 404, 405, 409, 412, 413, 414, 415]);

const documents = [
  "/resource-lists/users/alice/index",
  "/resource-lists/users/sip:alice@ours.example/index",
  "/resource-lists/users/alice/other",
  "/rls-services/users/alice/index",
  "/pres-rules/users/alice/index",
  "/org.openmobilealliance.pres-rules/users/alice/index",
  "/pidf-manipulation/users/alice/index",
  "/xcap-caps/global/index",
  "/resource-lists/users/bob/index",
  "/resource-lists/users/alice/%2e%2e/bob/index",
  "/a/b",
  "",
];
const nodes = [
  "",
  "",
  "/~~/resource-lists",
  "/~~/resource-lists/list",
  "/~~/resource-lists/list%5b1%5d",
  "/~~/resource-lists/list%5b@name=%22Work%22%5d",
  "/~~/resource-lists/list%5b@name=%22Work%22%5d/entry%5b@uri=%22sip:bob@x.example%22%5d",
  "/~~/resource-lists/list%5b2%5d/@name",
  "/~~/resource-lists/*%5b3%5d/entry%5b1%5d/display-name",
  "/~~/resource-lists/namespace::*",
  "/~~/rls-services/service%5b1%5d/@uri",
  "/~~/c:ruleset/c:rule%5b1%5d?xmlns(c=urn:ietf:params:xml:ns:common-policy)",
  "/~~/x:y",
  "/~~/%ff",
];
const rl = "urn:ietf:params:xml:ns:resource-lists";
const bodies = [
  "",
  "Work",
  "<list name='Work'/>",
  `<list name="Work"><entry uri="sip:bob@x.example"><display-name>B</display-name></entry></list>`,
  "<entry uri='sip:bob@x.example'/>",
  "<entry uri='sip:carol@x.example'/>",
  "<display-name>x</display-name>",
  `<resource-lists xmlns="${rl}"/>`,
  `<resource-lists xmlns="${rl}"><list name="Play"><entry uri="sip:dave@x.example"/><b xmlns="urn:b"/></list></resource-lists>`,
  `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="sip:alice+x@ours.example"><list/></service></rls-services>`,
  `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"><rule id="a"/></ruleset>`,
  "<presence xmlns='urn:ietf:params:xml:ns:pidf'/>",
  "<!DOCTYPE x><x/>",
  "\ud800",
];
const types = [
  "application/xcap-el+xml",
  "application/xcap-att+xml",
  "application/resource-lists+xml",
  "application/rls-services+xml",
  "application/auth-policy+xml",
  "application/pidf+xml",
  "",
];
const index = documents[0];
/** Requests that make sense: a path, the body for a PUT there, its type. */
const sound: readonly (readonly [path: string, body: string, type: string])[] = [
  [`${index}`, bodies[8] ?? "", "application/resource-lists+xml"],
  [`${index}`, bodies[7] ?? "", "application/resource-lists+xml"],
  [`${index}/~~/resource-lists/list%5b@name=%22Work%22%5d`, bodies[3] ?? "", "application/xcap-el+xml"],
  [`${index}/~~/resource-lists/list%5b@name=%22Play%22%5d`, "<list name='Play'/>", "application/xcap-el+xml"],
  [
    `${index}/~~/resource-lists/list%5b@name=%22Play%22%5d/entry%5b@uri=%22sip:carol@x.example%22%5d`,
    "<entry uri='sip:carol@x.example'/>",
    "application/xcap-el+xml",
  ],
  [`${index}/~~/resource-lists/list%5b1%5d/@name`, "Fun", "application/xcap-att+xml"],
  ["/resource-lists/users/alice/other", bodies[8] ?? "", "application/resource-lists+xml"],
  ["/rls-services/users/alice/index", bodies[9] ?? "", "application/rls-services+xml"],
  ["/pres-rules/users/alice/index", bodies[10] ?? "", "application/auth-policy+xml"],
  [
    "/pres-rules/users/alice/index/~~/c:ruleset/c:rule%5b@id=%22n%22%5d?xmlns(c=urn:ietf:params:xml:ns:common-policy)",
    "<rule id='n'><conditions><identity><one id='sip:bob@x.example'/></identity></conditions></rule>",
    "application/xcap-el+xml",
  ],
  ["/pidf-manipulation/users/alice/index", bodies[11] ?? "", "application/pidf+xml"],
];
const groups = ["Work", "Play", "contacts", "oma_x"];

test("whatever is asked, the answer is one; what was put is there; a tag is its bytes'", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SimRandom(seed);
    const one = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
    const alice = xcapClient({ xcapDocumentsMax: 3, rosterItemsMax: 5 });
    const texts = new Map<string | undefined, string>();
    let tag: string | undefined;
    for (let round = 0; round < 40; round++) {
      if (random.chance(0.1)) alice.add(one(["bob@x.example", "eve@x.example", "gate"]), one(["", "Bob"]), one(groups));
      if (random.chance(0.05)) alice.privacy = { otherwise: one(["ask", "allow"]), entries: [] };
      const [path, body, contentType] = random.chance(0.5)
        ? one(sound)
        : [`${one(documents)}${one(nodes)}`, one(bodies), one(types)];
      const method = one(["GET", "PUT", "PUT", "PUT", "DELETE", "HEAD", "POST"]);
      const conditions = random.chance(0.3)
        ? { ifMatch: one([undefined, "*", tag]), ifNoneMatch: one([undefined, "*", tag]) }
        : {};
      const answer = await alice.ask(method, path, body, { contentType, ...conditions });
      const seen = `seed ${seed}: ${method} ${path}: ${answer.status}`;
      assert.ok(statuses.has(answer.status), seen);
      const done = answer.status === 200 || answer.status === 201;
      if (method === "PUT" && done) assert.equal((await alice.ask("GET", path)).status, 200, seen);
      if (method === "DELETE" && done && path.includes("~~")) {
        assert.equal((await alice.ask("GET", path)).status, 404, seen);
      }
      if (method === "GET" && done && !path.includes("~~")) {
        assert.ok(readDocument(answer.body, documentLimits(limitsWith())).ok, seen);
        assert.equal(texts.get(answer.etag) ?? answer.text, answer.text, seen);
        texts.set(answer.etag, answer.text);
      }
      tag = answer.etag ?? tag;
    }
  }
});
