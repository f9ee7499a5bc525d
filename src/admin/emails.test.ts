import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ownStore } from "../../proofs/own-store.ts";
import { emailSubject } from "../federation/email-names.ts";
import { localBus } from "../world/bus.ts";
import { systemClock } from "../world/clock.ts";
import { threadPoolDerive } from "../world/derive.ts";
import { systemRandom } from "../world/random.ts";
import { Accounts } from "./accounts.ts";
import { Emails } from "./emails.ts";
import { Partners } from "./partners.ts";

async function setUp(t: TestContext) {
  const store = ownStore(t);
  const bus = localBus("test");
  const told: string[] = [];
  bus.subscribe(emailSubject, (payload) => told.push(Buffer.from(payload).toString("utf8")));
  const doors = { bus, clock: systemClock(), derive: threadPoolDerive(2), random: systemRandom(), store };
  const rules = {
    isLocal: (domain: string) => domain === "ours.example",
    isXmpp: (domain: string) => domain === "xmpp.example",
  };
  const accounts = new Accounts(doors, { ...rules, iterations: () => 4096, digests: () => [] });
  for (const user of ["asmith", "bjones"]) assert.ok((await accounts.add("test", `${user}@ours.example`, "x")).ok);
  return { emails: new Emails(doors, rules), partners: new Partners(doors, rules), accounts, store, told };
}

test("EML-03, EML-08: an address is a person's, its domain system-managed while they have it; each change audited", async (t) => {
  const { emails, accounts, store, told } = await setUp(t);
  assert.ok((await emails.addDomain("cli:7", "Later.example")).ok);
  const set = await emails.set("cli:7", "ASmith@ours.example", "Alice.Smith@Mail.example");
  assert.deepEqual(set, { ok: true, value: { address: "asmith@ours.example", email: "alice.smith@mail.example" } });
  assert.deepEqual(await emails.domains(), [
    { domain: "later.example", managed: "administrator", users: 0 },
    { domain: "mail.example", managed: "system", users: 1 },
  ]);
  // EML-08: what somebody's address is in is the system's; written by hand too, it stays when the last user goes
  assert.ok((await emails.addDomain("cli:7", "mail.example")).ok);
  assert.equal((await emails.domains())[1]?.managed, "system");
  const used = await emails.removeDomain("cli:7", "mail.example");
  assert.equal(used.ok ? "" : used.fault.code, "email-domain-unknown");
  assert.ok((await accounts.remove("cli:7", "asmith@ours.example")).ok);
  assert.deepEqual(await emails.list(), []);
  assert.equal((await emails.domains())[1]?.managed, "administrator");
  assert.ok((await emails.removeDomain("cli:7", "mail.example")).ok);
  assert.equal((await emails.domains()).length, 1);
  const audit = await store.audit.list(10);
  assert.deepEqual(
    audit
      .map(({ action, subject, detail }) => `${action} ${subject} ${detail}`.trim())
      .reverse()
      .slice(2),
    [
      "domain.add later.example",
      "user.email asmith@ours.example alice.smith@mail.example",
      "domain.add mail.example",
      "user.remove asmith@ours.example",
      "domain.remove mail.example",
    ],
  );
  assert.equal(told.length, 5);
});

const refused: readonly (readonly [what: string, address: string, email: string, fault: string])[] = [
  ["EML-03: no whole address", "bjones", "alice", "email-unreadable"],
  ["EML-03: nothing before the @", "bjones", "@mail.example", "email-unreadable"],
  ["DOM-01: a domain that is an address", "bjones", "b@192.0.2.1", "email-unreadable"],
  ["DOM-01: a last label that begins with a digit", "bjones", "b@mail.1example", "email-unreadable"],
  ["DOM-01: a label that begins with a hyphen", "bjones", "b@-mail.example", "email-unreadable"],
  ["DOM-01: more than 255 characters", "bjones", `b@${"a.".repeat(130)}example`, "email-unreadable"],
  ["EML-05, DOM-05: another's email address", "bjones", "ALICE@mail.example", "email-taken"],
  ["EML-05, DOM-05: another's address here", "bjones", "asmith@ours.example", "email-taken"],
  ["EML-09: a domain of an XMPP partner", "bjones", "b@xmpp.example", "email-domain-foreign"],
  ["EML-09: a domain of a SIP partner", "bjones", "b@sip.example", "email-domain-foreign"],
  ["somebody who is not here", "nobody", "n@mail.example", "account-unknown"],
];
for (const [what, user, email, code] of refused) {
  test(`refuses ${what}`, async (t) => {
    const { emails, partners } = await setUp(t);
    assert.ok((await emails.set("cli:7", "asmith@ours.example", "alice@mail.example")).ok);
    assert.ok((await partners.put("cli:7", { domain: "sip.example", type: "simple" })).ok);
    const set = await emails.set("cli:7", `${user}@ours.example`, email);
    assert.equal(set.ok ? "" : set.fault.code, code);
    assert.equal((await emails.list()).length, 1);
  });
}

test("DOM-03, RT-18: a domain of our email addresses is no partner's", async (t) => {
  const { emails, partners } = await setUp(t);
  assert.ok((await emails.set("cli:7", "asmith@ours.example", "alice@mail.example")).ok);
  const put = await partners.put("cli:7", { domain: "mail.example", type: "simple" });
  assert.equal(put.ok ? "" : put.fault.code, "partner-is-ours");
});

test("one's own address is a fine email address, and nothing takes it away again", async (t) => {
  const { emails } = await setUp(t);
  assert.ok((await emails.set("cli:7", "asmith@ours.example", "asmith@ours.example")).ok);
  assert.ok((await emails.set("cli:7", "asmith@ours.example", "")).ok);
  assert.deepEqual(await emails.get("asmith@ours.example"), {
    ok: true,
    value: { address: "asmith@ours.example", email: "" },
  });
});
