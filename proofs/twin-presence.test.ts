import assert from "node:assert/strict";
import { test } from "node:test";
import { personStates } from "../src/twin/persona.ts";
import { readLikeSipe, writeDialect } from "../src/twin/pidf-dialect.ts";
import { profiles } from "../src/twin/profile.ts";
import { quirksWith } from "../src/twin/quirk.ts";
import { type Extra, inDialog, presence, Rehearsal } from "./twin-partner.ts";

// Presence both ways: how a stand-in's people are seen, and what they see.

const pidf = { contentType: "application/pidf+xml" } as const;

test("200 at once, then NOTIFY in the dialect of OCS, and again on each change", async (t) => {
  const it = await Rehearsal.begin(t);
  it.onRequest = (got) => it.answer(got, 200);
  const line = await it.connect();
  const taken = await it.ask(line, "SUBSCRIBE", presence);
  assert.match(taken.start, / 200 /);
  assert.equal(taken.one("expires"), "3600");
  assert.equal(taken.one("event"), "presence");
  const first = await it.hears("NOTIFY");
  assert.match(first.one("subscription-state"), /^active;expires=3[56]\d\d$/);
  assert.match(first.body, /<basic>open<\/basic><\/status>/);
  it.twin.setState(it.alice, "in-a-meeting");
  const second = await it.hears("NOTIFY", 2);
  assert.match(second.body, /<ep:activities><ep:activity>busy<\/ep:activity><\/ep:activities>/);
  assert.match(second.body, /entity="sip:alice@contoso\.example"/);
  const way = inDialog(taken);
  assert.match((await it.ask(line, "SUBSCRIBE", { ...presence, ...way }, taken.one("call-id"))).start, / 200 /);
  await it.hears("NOTIFY", 3);
  const off = { ...way, headers: ["Event: presence", "Accept: application/pidf+xml", "Expires: 0"] };
  assert.match((await it.ask(line, "SUBSCRIBE", off, taken.one("call-id"))).start, / 200 /);
  assert.match((await it.hears("NOTIFY", 4)).one("subscription-state"), /^terminated/);
  assert.deepEqual(it.twin.violations, []);
});

test("the quirks of the 200: no Event (P-1), a document within (P-4), a state in small letters", async (t) => {
  const it = await Rehearsal.begin(t, {
    quirks: { "no-event-in-200": 1, piggyback: 1, "state-in-200": 1, "upper-case": 0 },
  });
  const taken = await it.ask(await it.connect(), "SUBSCRIBE", presence);
  assert.equal(taken.one("event"), "");
  assert.equal(taken.one("ms-piggyback-cseq"), "1");
  assert.match(taken.body, /<basic>open<\/basic>/);
  assert.ok(taken.names.includes("subscription-state"));
});

test("names of responses in capitals (R2), a folded From in requests", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "folded-lines": 1 } });
  const taken = await it.ask(await it.connect(), "SUBSCRIBE", presence);
  assert.ok(taken.names.includes("RECORD-ROUTE"));
  assert.match((await it.hears("NOTIFY")).text, /\r\nFrom: "Alice"\r\n\t<sip:alice/);
});

test("NOTIFY before the 200 (P-2)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "notify-first": 1 } });
  await it.ask(await it.connect(), "SUBSCRIBE", presence);
  const order = it.got.map(({ start }) => start.split(" ")[0]).filter((word) => word !== "NEGOTIATE");
  assert.deepEqual(order, ["NOTIFY", "SIP/2.0"]);
});

test("AOL: no Event, NOTIFY first, an entity without scheme (P-3), people nobody knows are offline", async (t) => {
  const it = await Rehearsal.begin(t, { profile: "aol" });
  const line = await it.connect();
  assert.equal((await it.ask(line, "SUBSCRIBE", presence)).one("event"), "");
  assert.match((await it.hears("NOTIFY")).body, /entity="alice@contoso\.example"/);
  const unknown = { ...presence, uri: "sip:Nobody@contoso.example" };
  assert.match((await it.ask(line, "SUBSCRIBE", unknown)).start, / 200 /);
  assert.match((await it.hears("NOTIFY", 2)).body, /entity="nobody@contoso\.example".*<basic>closed/);
});

test("BENOTIFY instead of NOTIFY; an answer to it is seen (P-5, R11)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { benotify: 1 } });
  await it.ask(await it.connect(), "SUBSCRIBE", presence);
  const told = await it.hears("BENOTIFY");
  assert.match(told.one("cseq"), / BENOTIFY$/);
  assert.deepEqual(it.broken, []);
  it.answer(told, 200);
  await it.until("seen", () => it.broken.includes("R11"));
});

test("one more NOTIFY after the end; to take it is wrong (P-6)", async (t) => {
  for (const [status, broken] of [
    [481, []],
    [200, ["P-6"]],
  ] as const) {
    const it = await Rehearsal.begin(t, { quirks: { "notify-after-unsubscribe": 1 } });
    it.onRequest = (got) => it.answer(got, got.one("subscription-state") === "active;expires=60" ? status : 200);
    const line = await it.connect();
    const taken = await it.ask(line, "SUBSCRIBE", presence, "one");
    const off = { ...inDialog(taken), headers: ["Event: presence", "Accept: application/pidf+xml", "Expires: 0"] };
    await it.ask(line, "SUBSCRIBE", off, "one");
    await it.hears("NOTIFY", 3);
    await it.ask(line, "OPTIONS");
    assert.deepEqual(it.broken, broken);
  }
});

/** what is asked for, and what is said to it. */
const refusals: readonly (readonly [string, Extra, string, Record<string, number>?])[] = [
  ["nobody", { ...presence, uri: "sip:nobody@contoso.example" }, "404"],
  ["another domain", { ...presence, uri: "sip:alice@elsewhere.example" }, "404"],
  ["another event", { headers: ["Event: dialog"] }, "489"],
  ["only a document it does not write", { headers: ["Event: presence", "Accept: application/xpidf+xml"] }, "406"],
  ["too short a time", presence, "423", { "min-expires": 7200 }],
  ["anything, when it is told to", presence, "603", { "subscribe-status": 603 }],
];

for (const [what, extra, status, quirks] of refusals) {
  test(`SUBSCRIBE refused: ${what}`, async (t) => {
    const it = await Rehearsal.begin(t, quirks === undefined ? {} : { quirks });
    assert.match((await it.ask(await it.connect(), "SUBSCRIBE", extra)).start, new RegExp(` ${status} `));
  });
}

test("consent: pending until allowed; blocked looks offline; refused ends", async (t) => {
  const it = await Rehearsal.begin(t);
  it.onRequest = (got) => it.answer(got, 200);
  it.twin.consent(it.alice, "*", "ask");
  await it.ask(await it.connect(), "SUBSCRIBE", presence);
  const first = await it.hears("NOTIFY");
  assert.match(first.one("subscription-state"), /^pending/);
  assert.equal(first.body, "");
  it.twin.consent(it.alice, "bob@ours.example", "allow");
  assert.match((await it.hears("NOTIFY", 2)).body, />open</);
  it.twin.consent(it.alice, "bob@ours.example", "block");
  assert.match((await it.hears("NOTIFY", 3)).body, />closed</);
  it.twin.consent(it.alice, "bob@ours.example", "refuse");
  assert.equal((await it.hears("NOTIFY", 4)).one("subscription-state"), "terminated;reason=rejected");
});

test("it watches as a Communicator does (2.3), and shows what SIPE would", async (t) => {
  const it = await Rehearsal.begin(t);
  it.twin.subscribe(it.alice, "Bob@ours.example");
  const asked = await it.hears("SUBSCRIBE");
  assert.match(asked.one("accept"), /^application\/msrtc-event-categories\+xml, .*application\/pidf\+xml/);
  it.answer(asked, 200, { headers: ["Expires: 3600"] });
  const line = await it.connect();
  const to = inDialog(asked);
  const document = (status: string) =>
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@ours.example"><tuple id="a"><status>${status}</status></tuple></presence>`;
  const notify = (state: string, body: string) =>
    it.ask(
      line,
      "NOTIFY",
      { ...to, headers: ["Event: presence", `Subscription-State: ${state}`], ...(body === "" ? {} : pidf), body },
      asked.one("call-id"),
    );
  const shown = () => it.twin.state.users.alice?.sees["bob@ours.example"];
  assert.match((await notify("pending", "")).start, / 200 /);
  assert.equal(shown()?.subscription, "pending");
  await notify("active;expires=3600", document("<basic>open</basic>"));
  assert.equal(shown()?.state, "available");
  const old = 'xmlns:ep="urn:ietf:params:xml:ns:pidf:status:rpid-status"';
  await notify(
    "active",
    document(`<basic>open</basic><ep:activities ${old}><ep:activity>busy</ep:activity></ep:activities>`),
  );
  assert.equal(shown()?.state, "busy");
  await notify("active", document("<basic>closed</basic>"));
  assert.equal(shown()?.state, "offline");
  assert.deepEqual(it.twin.violations, []);
  await notify("active", "no document");
  assert.deepEqual(it.broken, ["R14"]);
  await notify("terminated;reason=deactivated", "");
  assert.equal(shown()?.subscription, "terminated");
  assert.match((await notify("active", document("<basic>open</basic>"))).start, / 481 /);
});

test("423 is taken at its word, 481 opens another dialog, 403 ends it (2.2)", async (t) => {
  const it = await Rehearsal.begin(t);
  it.twin.subscribe(it.alice, "bob@ours.example");
  const first = await it.hears("SUBSCRIBE");
  assert.equal(first.one("expires"), "3600");
  it.answer(first, 423, { headers: ["Min-Expires: 7200"] });
  const second = await it.hears("SUBSCRIBE", 2);
  assert.equal(second.one("expires"), "7200");
  it.answer(second, 481);
  const third = await it.hears("SUBSCRIBE", 3);
  assert.notEqual(third.one("call-id"), second.one("call-id"));
  it.answer(third, 403);
  await it.until("refused", () => it.twin.state.users.alice?.sees["bob@ours.example"]?.subscription === "refused");
});

const expires = { headers: ["Expires: 3600"] } as const;

/** what is done wrong to its SUBSCRIBE, and the rule. */
const answers: readonly (readonly [string, number, Extra, string])[] = [
  ["no Contact", 200, { headers: ["Expires: 3600"], without: "Contact" }, "1.4"],
  ["no Expires", 200, {}, "2.3"],
  ["a longer time than asked", 200, { headers: ["Expires: 99999"] }, "2.3"],
  ["Record-Route left out", 200, { headers: ["Expires: 3600"], without: "Record-Route" }, "R3"],
  ["a Via left out", 200, { headers: ["Expires: 3600"], without: "Via" }, "1.4"],
  [
    "a Via changed",
    200,
    { ...expires, change: (text) => text.replace("ms-received-cid=5F00", "ms-received-cid=5f00") },
    "1.4",
  ],
  [
    "From changed",
    200,
    { ...expires, change: (text) => text.replace('From: "Alice"', "From: Alice") },
    "RFC 3261 §8.2.6.2",
  ],
  ["no tag in To", 200, { ...expires, change: (text) => text.replace(";tag=bobs", "") }, "RFC 3261 §8.2.6.2"],
  ["no Content-Length", 200, { headers: ["Expires: 3600"], without: "Content-Length" }, "1.4"],
  ["benotify agreed to", 200, { headers: ["Expires: 3600", "Supported: ms-benotify"] }, "R11"],
  ["a failure without a reason", 404, { without: "ms-diagnostics-public" }, "R20"],
  ["503", 503, {}, "R19"],
  ["600", 600, {}, "R19"],
];

for (const [what, status, extra, rule] of answers) {
  test(`seen in an answer: ${what}`, async (t) => {
    const it = await Rehearsal.begin(t);
    it.twin.subscribe(it.alice, "bob@ours.example");
    it.answer(await it.hears("SUBSCRIBE"), status, extra);
    await it.until(rule, () => it.broken.includes(rule));
  });
}

test("what each state looks like, and is read again (2.4)", () => {
  const persona = { name: "a", display: "A & B", uri: "sip:a@contoso.example", epid: "01", note: "" };
  const seen = personStates.map((state) => {
    const text = writeDialect({ ...persona, state }, profiles.ocs2007, quirksWith({ "utf16-declared": 1 }));
    assert.match(text, /^<\?xml version="1\.0" encoding="utf-16"\?>/); // P-7
    const read = readLikeSipe(Buffer.from(text));
    assert.equal(read?.displayName, "A & B");
    return `${state}: ${read?.state}`;
  });
  assert.deepEqual(seen, [
    "available: available",
    "idle: away",
    "busy: busy",
    "on-the-phone: busy",
    "in-a-meeting: busy",
    "dnd: busy",
    "brb: away",
    "lunch: away",
    "away: away",
    "out-of-office: away",
    "offline: offline",
  ]);
});
