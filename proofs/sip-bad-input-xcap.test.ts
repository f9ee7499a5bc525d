import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import { xcapOverHttp } from "./xcap-over-http.ts";

async function set(t: TestContext) {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const failed: unknown[] = [];
  const { asks, asAlice } = await xcapOverHttp(t, stage, (error) => failed.push(error));
  return { stage, witness, asks, asAlice, failed };
}

const root = "/xcap-root";
const mine = `${root}/pidf-manipulation/users/sip:alice@ours.example/index`;
const bobs = `${root}/resource-lists/users/sip:bob@ours.example/index`;
const document = "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:alice@ours.example'/>";

/** Ways that are to lead to what is Bob's, or out of the tree. */
const tricks: readonly string[] = [
  bobs,
  `${root}/resource-lists/users/sip:alice@ours.example/../sip:bob@ours.example/index`,
  `${root}/resource-lists/users/sip:alice@ours.example/%2e%2e/sip:bob@ours.example/index`,
  `${root}/resource-lists/users/sip:alice@ours.example/%252e%252e/sip:bob@ours.example/index`,
  `${root}/resource-lists/users/sip:alice@ours.example%2f..%2fsip:bob@ours.example/index`,
  `${root}/resource-lists/users/sip:alice@ours.example\\..\\sip:bob@ours.example/index`,
  `${root}/resource-lists/users/SIP:BOB@OURS.EXAMPLE/index`,
  `${root}/resource-lists/users/sip%3abob%40ours.example/index`,
  `${root}/resource-lists/users/bob/index`,
  `${root}/resource-lists/users/bob%40ours.example/index`,
  `${root}/resource-lists/users/sip:bob@ours.example;user=ip/index`,
  `${root}/resource-lists/users/sip:alice@ours.example@ours.example/index`,
  `${root}/resource-lists/users/sip:alice%00@ours.example/index`,
  `${root}/resource-lists/users/sip:alice@theirs.example/index`,
  `${root}/resource-lists/users//index`,
  `${root}/resource-lists/users/./index`,
  `${root}/resource-lists/users/*/index`,
  `${root}/resource-lists/global/index`,
  `${root}/resource-lists/global/../users/sip:bob@ours.example/index`,
  `${root}//resource-lists/users/sip:bob@ours.example/index`,
  `${root}/../etc/passwd`,
  `${root}/..%2f..%2f..%2fetc%2fpasswd`,
  `${root}/x/../../../../etc/passwd`,
  `${root}/`,
  `${root}/%`,
  `${root}/%zz/users/sip:alice@ours.example/index`,
  `${root}/%c0%ae%c0%ae/users/sip:alice@ours.example/index`,
  `${root}/nothing-of-that-name/users/sip:alice@ours.example/index`,
  `${root}/resource-lists/users/sip:alice@ours.example/${"a/".repeat(300)}index`,
  `${root}/resource-lists/users/sip:alice@ours.example/${"a".repeat(5_000)}`,
  `${mine}/~~/../../index`,
  `${mine}/~~/presence/~~/presence`,
  `${mine}/~~/${"*/".repeat(400)}*`,
  `${mine}/~~/presence%5b1%5d%5b1%5d%5b1%5d`,
  `${mine}/~~/presence%5b@a=%22%5d`,
  `${mine}/~~/presence%5b99999999999999999999%5d`,
  `${mine}/~~/namespace::*`,
  `${mine}/~~/document("file:///etc/passwd")`.replaceAll('"', "%22"),
];

test("XCAP paths that lead elsewhere: nobody's documents are seen or changed but one's own", async (t) => {
  const { witness, asks, asAlice, failed } = await set(t);
  for (const path of tricks) {
    await t.test(path.slice(0, 100), async () => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const unproved = await asks(method, path, method === "PUT" ? document : "");
        assert.ok([400, 401, 404].includes(unproved.status), `${method} unproved ${unproved.status}`);
        const { status, text } = await asAlice(method, path, method === "PUT" ? document : "");
        assert.ok(status >= 400 && status < 500, `${method} ${status} ${text}`);
        assert.doesNotMatch(text, /root:|bob/i);
      }
    });
  }
  await witness.conversationGoesOn();
  assert.deepEqual(failed, []);
});

const lists = `${root}/resource-lists/users/sip:alice@ours.example/index`;
const xml = { "content-type": "application/resource-lists+xml" };
const listed = (inside: string) =>
  `<resource-lists xmlns='urn:ietf:params:xml:ns:resource-lists'>${inside}</resource-lists>`;
const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("");

test("XCAP documents that are bombs", async (t) => {
  const { witness, asAlice, failed } = await set(t);
  const rows: readonly (readonly [what: string, body: string | Uint8Array])[] = [
    ["entities in entities", `<!DOCTYPE r [<!ENTITY l0 "lol">${laughs}]>${listed("&l20;")}`],
    ["an entity from a file", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${listed("&x;")}`],
    ["depth", listed("<list>".repeat(30_000))],
    ["depth, closed", listed(`${"<list>".repeat(10_000)}${"</list>".repeat(10_000)}`)],
    ["20,000 entries", listed(`<list>${"<entry uri='sip:a@b'/>".repeat(10_000)}</list>`)],
    ["attributes", listed(`<list ${Array.from({ length: 20_000 }, (_, n) => `a${n}=''`).join(" ")}/>`)],
    ["more than is taken", listed("x".repeat(1_000_000))],
    ["another document", "<html/>"],
    ["no XML", "\u0000".repeat(10_000)],
    ["half a character", Buffer.from([0x3c, 0x61, 0x3e, 0xf0, 0x9f, 0x3c])],
    ["nothing", ""],
  ];
  for (const [what, body] of rows) {
    await t.test(what, async () => {
      const { status } = await asAlice("PUT", lists, body, xml);
      assert.ok(status >= 400 && status < 500, `${status}`);
      await witness.conversationGoesOn();
    });
  }
  const { status, text } = await asAlice("GET", lists);
  assert.ok(status === 200 && !text.includes("<entry"), text);
  assert.deepEqual(failed, []);
});
