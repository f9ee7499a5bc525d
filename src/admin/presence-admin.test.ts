import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { no, ok } from "../base/result.ts";
import type { AuditEntry, PrivacyRules } from "../base/store.ts";
import { noRules } from "../presence/privacy-change.ts";
import type { Node } from "./node.ts";
import { PresenceAdmin } from "./presence-admin.ts";

const now = Date.UTC(2026, 10, 26);

/** A node that remembers what it was asked; what it answers is proved in the plays. */
function setUp() {
  const asked: string[] = [];
  const audit: AuditEntry[] = [];
  let rules: PrivacyRules = noRules;
  const node = {
    presence: {
      explain: async (who: { text: string }, by?: { text: string }) => asked.push(`explain ${who.text} ${by?.text}`),
      watchers: async (who: { text: string }) => asked.push(`watchers ${who.text}`),
    },
    privacy: {
      get: async () => rules,
      change: async (owner: string, edit: (before: PrivacyRules) => PrivacyRules) => {
        asked.push(`change ${owner}`);
        const after = edit(rules);
        if (after.entries.length > 3) return no(fault("privacy-full"));
        rules = after;
        return ok(after);
      },
    },
    calendars: {
      tell: (who: { text: string }, word: object) => asked.push(`calendar ${who.text} ${JSON.stringify(word)}`),
    },
  };
  const admin = new PresenceAdmin({
    clock: { now: () => now },
    store: {
      accounts: {
        find: async (address) =>
          address === "alice@ours.example" ? { address, keys: [], digests: [], createdAt: 0 } : undefined,
      },
      audit: { append: async (entry) => void audit.push(entry) },
    },
  });
  return { admin, node: node as unknown as Node, asked, audit };
}

test("addresses are read before they are asked about, and must be local people's", async () => {
  const { admin, node, asked } = setUp();
  await admin.explain(node, "Alice@Ours.example", undefined);
  await admin.explain(node, "alice@ours.example", "Bob@Theirs.example");
  await admin.watchers(node, "alice@ours.example");
  const known = ["explain alice@ours.example undefined", "explain alice@ours.example bob@theirs.example"];
  assert.deepEqual(asked, [...known, "watchers alice@ours.example"]);
  const code = async (answer: Promise<{ ok: boolean; fault?: { code: string } }>) => (await answer).fault?.code;
  assert.equal(await code(admin.explain(node, "alice", undefined)), "jid-malformed");
  assert.equal(await code(admin.explain(node, "alice@ours.example", "a@b..c")), "domain-malformed");
  for (const answer of [
    admin.explain(node, "nobody@ours.example", undefined),
    admin.watchers(node, "nobody@ours.example"),
    admin.privacy(node, "nobody@ours.example"),
    admin.setPrivacy("cli:0", node, "nobody@ours.example", {}),
    admin.setCalendar("cli:0", node, "nobody@ours.example", { state: "free", until: undefined, note: "" }),
  ]) {
    assert.equal(await code(answer), "account-unknown");
  }
  assert.equal(asked.length, 3);
});

test("SUB-10: lists hold people and domains, canonical; each change is audited with what it did", async () => {
  const { admin, node, audit } = setUp();
  const set = (request: Parameters<PresenceAdmin["setPrivacy"]>[3]) =>
    admin.setPrivacy("cli:0", node, "Alice@ours.example", request);
  const done = await set({
    otherwise: "block",
    allow: ["Bob@Theirs.example"],
    hide: ["Eve@X.example"],
    block: ["BAD.example"],
  });
  const entries = [
    { who: "bob@theirs.example", rule: "allow" },
    { who: "eve@x.example", rule: "hide" },
    { who: "bad.example", rule: "block" },
  ];
  assert.deepEqual(done, ok({ address: "alice@ours.example", default: "block", entries }));
  assert.deepEqual(await admin.privacy(node, "alice@ours.example"), done);
  const refused = await set({ clear: ["b..c"] });
  assert.deepEqual(refused, no(fault("domain-malformed", "b..c")));
  assert.deepEqual(await set({ block: ["c.example", "d.example"] }), no(fault("privacy-full")));
  assert.deepEqual(audit, [
    {
      at: now,
      actor: "cli:0",
      action: "user.privacy",
      subject: "alice@ours.example",
      detail: "default block, allow bob@theirs.example, hide eve@x.example, block bad.example",
    },
  ]);
});

test("MAP-11: a calendar's word goes to the node and into the audit, without its note; one that is over is refused", async () => {
  const { admin, node, asked, audit } = setUp();
  const tell = (until: number | undefined) =>
    admin.setCalendar("api:calendars", node, "alice@ours.example", { state: "in-a-meeting", until, note: "secret" });
  assert.deepEqual(await tell(now + 60_000), ok("alice@ours.example"));
  assert.deepEqual(await tell(undefined), ok("alice@ours.example"));
  assert.deepEqual(await tell(now), no(fault("bad-request", "`until` is over already")));
  assert.equal(
    asked[0],
    `calendar alice@ours.example {"state":"in-a-meeting","until":${now + 60_000},"note":"secret"}`,
  );
  assert.deepEqual(
    audit.map(({ actor, action, detail }) => [actor, action, detail]),
    [
      ["api:calendars", "presence.calendar", "in-a-meeting until 2026-11-26T00:01:00.000Z"],
      ["api:calendars", "presence.calendar", "in-a-meeting"],
    ],
  );
});
