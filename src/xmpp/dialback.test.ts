import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../xml/element.ts";
import { type DialbackCondition, faultOfCondition, readDialback, writeDialback } from "./dialback.ts";
import { ns } from "./ns.ts";

const pair = { from: "capulet.example", to: "montague.example", id: undefined };

test("requests carry the key as text", () => {
  assert.equal(
    writeDialback({ name: "result", ...pair, key: "abc" }),
    "<db:result from='capulet.example' to='montague.example'>abc</db:result>",
  );
  assert.equal(
    writeDialback({ name: "verify", ...pair, id: "417GAF25", key: "abc" }),
    "<db:verify from='capulet.example' to='montague.example' id='417GAF25'>abc</db:verify>",
  );
});

test("answers carry a type, errors a condition", () => {
  assert.equal(
    writeDialback({ name: "verify", ...pair, id: "x", outcome: { type: "invalid" } }),
    "<db:verify from='capulet.example' to='montague.example' id='x' type='invalid'/>",
  );
  assert.equal(
    writeDialback({ name: "result", ...pair, outcome: { type: "error", condition: "item-not-found" } }),
    "<db:result from='capulet.example' to='montague.example' type='error'><error type='cancel'>" +
      "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>",
  );
});

test("reading: key trimmed, missing attributes undefined, unknown types and strangers refused", () => {
  assert.deepEqual(readDialback(el("result", ns.dialback, { from: "a", to: "b" }, "\n key\n")), {
    name: "result",
    from: "a",
    to: "b",
    id: undefined,
    key: "key",
  });
  assert.deepEqual(readDialback(el("verify", ns.dialback, { id: "1", type: "valid" })), {
    name: "verify",
    from: undefined,
    to: undefined,
    id: "1",
    outcome: { type: "valid" },
  });
  assert.equal(readDialback(el("result", ns.dialback, { type: "maybe" })), undefined);
  assert.equal(readDialback(el("result", ns.server)), undefined);
  assert.equal(readDialback(el("check", ns.dialback)), undefined);
});

test("an error without a condition we know how to read is undefined-condition", () => {
  const bare = readDialback(el("result", ns.dialback, { type: "error" }));
  assert.deepEqual(bare && "outcome" in bare && bare.outcome, { type: "error", condition: "undefined-condition" });
  const foreign = el("error", ns.dialback, {}, el("text", ns.stanzas, {}, "no"), el("forbidden", ns.stanzas));
  const read = readDialback(el("result", ns.dialback, { type: "error" }, foreign));
  assert.deepEqual(read && "outcome" in read && read.outcome, { type: "error", condition: "forbidden" });
  const odd = el("result", ns.dialback, { type: "error" }, el("error", ns.server, {}, el("constructor", ns.stanzas)));
  const oddRead = readDialback(odd);
  assert.deepEqual(oddRead && "outcome" in oddRead && oddRead.outcome, {
    type: "error",
    condition: "undefined-condition",
  });
});

/** XEP-0220 §2.5, the table of conditions, as what happens to the stanzas that waited. */
const meanings: readonly (readonly [DialbackCondition, string])[] = [
  ["item-not-found", "remote-server-not-found"],
  ["remote-connection-failed", "dialback-unreachable"],
  ["remote-server-not-found", "dialback-unreachable"],
  ["remote-server-timeout", "dialback-unreachable"],
  ["policy-violation", "remote-refused-us"],
  ["not-authorized", "remote-refused-us"],
  ["forbidden", "remote-refused-us"],
  ["not-acceptable", "remote-refused-us"],
  ["resource-constraint", "remote-server-timeout"],
  ["undefined-condition", "remote-server-timeout"],
];

for (const [condition, fault] of meanings) {
  test(`${condition} means ${fault}`, () => assert.equal(faultOfCondition(condition), fault));
}
