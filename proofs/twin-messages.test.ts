import assert from "node:assert/strict";
import { test } from "node:test";
import { control } from "../src/twin/control.ts";
import { describes, type Extra, type Got, inDialog, Rehearsal } from "./twin-partner.ts";

// Instant messages both ways: sessions, texts, typing, ends, and how a stand-in is steered.

const text = { contentType: "text/plain; charset=UTF-8", body: "hello" } as const;

/** Bob takes every session and every text. */
function takes(it: Rehearsal): void {
  it.onRequest = (got) => {
    if (!got.start.startsWith("ACK ")) it.answer(got, 200, got.start.startsWith("INVITE ") ? describes : {});
  };
}

/** A session that Bob has opened. */
async function opened(it: Rehearsal, callId = "one") {
  const line = await it.connect();
  const invited = await it.ask(line, "INVITE", describes, callId);
  const way = inDialog(invited);
  it.tell(line, "ACK", way, callId);
  return {
    line,
    way,
    invited,
    ask: (method: string, extra: Extra = {}) => it.ask(line, method, { ...way, ...extra }, callId),
  };
}

const status = (got: Got): string => got.start.split(" ")[1] ?? "";

test("it opens a session, says what waited, types, and ends it (3.1, 3.7)", async (t) => {
  const it = await Rehearsal.begin(t, { profile: "ocs2007" });
  takes(it);
  it.twin.say(it.alice, "bob@ours.example", "one");
  it.twin.say(it.alice, "bob@ours.example", "two");
  const invite = await it.hears("INVITE");
  assert.match(invite.body, /\r\nm=x-ms-message 5060 sip null\r\na=accept-types:text\/plain /);
  assert.match(invite.one("ms-conversation-id"), /^\d+$/);
  const first = /ms-body=([^;]+)/.exec(invite.one("ms-text-format"))?.[1] ?? "";
  assert.equal(Buffer.from(first, "base64").toString(), "one"); // I-1
  await it.hears("ACK");
  const [one, two] = [await it.hears("MESSAGE"), await it.hears("MESSAGE", 2)];
  assert.deepEqual(new Set([one.body, two.body]), new Set(["one", "two"]));
  assert.match(one.one("content-type"), /^text\/plain; charset=UTF-8;msgr=[^=]+$/); // I-11
  await it.until("said", () => it.twin.state.users.alice?.said.every((said) => said.status === 200) === true);
  assert.ok(it.twin.type(it.alice, "bob@ours.example"));
  assert.match((await it.hears("INFO")).body, /<status status="type"\/>/);
  assert.ok(it.twin.refresh(it.alice, "bob@ours.example"));
  await it.hears("ACK", 2);
  assert.ok(it.twin.bye(it.alice, "bob@ours.example"));
  await it.hears("BYE");
  it.twin.say(it.alice, "bob@ours.example", "three");
  assert.notEqual((await it.hears("INVITE", 3)).one("call-id"), invite.one("call-id")); // I-12
  assert.deepEqual(it.twin.violations, []);
});

test("the requests of one dialog leave over several connections (1.2)", async (t) => {
  const it = await Rehearsal.begin(t);
  takes(it);
  for (const n of [1, 2, 3, 4, 5, 6]) it.twin.say(it.alice, "bob@ours.example", `${n}`);
  await it.hears("MESSAGE", 6);
  await it.until("all up", () => it.twin.state.links.filter(({ up }) => up).length === 4);
  for (const n of [1, 2, 3, 4, 5, 6]) it.twin.say(it.alice, "bob@ours.example", `${n}`);
  await it.hears("MESSAGE", 12);
  const used = new Set(it.got.filter(({ start }) => start.startsWith("MESSAGE ")).map(({ line }) => line));
  assert.ok(used.size >= 4, `${used.size} connections`);
});

for (const [form, type, body] of [
  ["html", /^text\/html/, /<span>a &lt;b&gt;<\/span>/],
  ["rtf", /^text\/rtf$/, /^\{\\rtf1.*a <b>\}$/],
  ["multipart", /^multipart\/alternative; boundary=/, /text\/plain; charset=UTF-8\r\n\r\na <b>\r\n.*text\/html/s],
  ["related", /^multipart\/related; boundary=/, /image\/gif/],
] as const) {
  test(`a text as ${form} (I-10)`, async (t) => {
    const it = await Rehearsal.begin(t);
    takes(it);
    it.twin.say(it.alice, "bob@ours.example", "a <b>", form);
    const message = await it.hears("MESSAGE");
    assert.match(message.one("content-type"), type);
    assert.match(message.body, body);
  });
}

test("who says that the text in the INVITE was shown is not told it again (R16)", async (t) => {
  const it = await Rehearsal.begin(t);
  it.twin.say(it.alice, "bob@ours.example", "once");
  it.answer(await it.hears("INVITE"), 200, { ...describes, headers: ["Supported: ms-text-format"] });
  await it.hears("ACK");
  assert.deepEqual(
    it.twin.state.users.alice?.said.map((said) => said.status),
    [200],
  );
});

test("a refused INVITE is acknowledged, and the sender reads why (4.1)", async (t) => {
  for (const [said, words] of [
    [486, "not delivered: does not want to be disturbed"],
    [480, "not delivered: offline or could not be reached"],
  ] as const) {
    const it = await Rehearsal.begin(t);
    it.twin.say(it.alice, "bob@ours.example", "hello");
    const invite = await it.hears("INVITE");
    it.answer(invite, said);
    const ack = await it.hears("ACK");
    assert.equal(ack.one("via"), invite.one("via")); // RFC 3261 §17.1.1.3
    assert.equal(it.twin.state.users.alice?.said[0]?.words, words);
  }
});

test("481 to a text ends the session; the next one opens another (R18)", async (t) => {
  const it = await Rehearsal.begin(t);
  it.onRequest = (got) => {
    if (got.start.startsWith("MESSAGE ")) it.answer(got, 481);
    else if (got.start.startsWith("INVITE ")) it.answer(got, 200, describes);
  };
  it.twin.say(it.alice, "bob@ours.example", "lost");
  await it.until("over", () => it.twin.state.users.alice?.sessions[0]?.state === "over");
  it.twin.say(it.alice, "bob@ours.example", "again");
  await it.hears("INVITE", 2);
});

test("typing and texts are taken; other bodies are not (3.3, 3.4)", async (t) => {
  const it = await Rehearsal.begin(t);
  const { ask } = await opened(it);
  const typing = {
    contentType: "application/xml",
    body: '<?xml version="1.0"?><KeyboardActivity><status status="type"/></KeyboardActivity>',
  };
  assert.equal(status(await ask("INFO", typing)), "200");
  assert.deepEqual(it.twin.state.users.alice?.typing, { "bob@ours.example": "type" });
  assert.equal(status(await ask("MESSAGE", text)), "200");
  assert.deepEqual(it.twin.state.users.alice?.typing, {});
  assert.deepEqual(it.broken, []);
  assert.equal(status(await ask("MESSAGE", { contentType: "message/cpim", body: "x" })), "415");
  assert.equal(status(await ask("INFO", { contentType: "text/plain", body: "x" })), "415");
  assert.equal(status(await ask("MESSAGE", { ...text, body: "x".repeat(8001) })), "200");
  assert.deepEqual(it.broken, ["3.3", "3.4", "I-9"]);
});

test("MESSAGE outside a session is refused (R15)", async (t) => {
  const it = await Rehearsal.begin(t);
  assert.equal(status(await it.ask(await it.connect(), "MESSAGE", text)), "405");
  assert.deepEqual(it.broken, ["R15"]);
});

/** what is switched on, what Bob sends, and what he is answered. */
const onDemand: readonly (readonly [string, number, "INVITE" | "MESSAGE" | "INFO", string])[] = [
  ["invite-status", 486, "INVITE", "486"],
  ["invite-status", 480, "INVITE", "480"],
  ["message-status", 606, "MESSAGE", "606"],
  ["message-status", 481, "MESSAGE", "481"],
  ["info-status", 480, "INFO", "480"],
  ["forgets-dialogs", 100, "MESSAGE", "481"],
];

for (const [quirk, value, method, answered] of onDemand) {
  test(`${quirk} ${value}`, async (t) => {
    const it = await Rehearsal.begin(t);
    const { ask, line } = await opened(it);
    const set = await control(it.twin, { method: "POST", path: "/quirks", body: JSON.stringify({ [quirk]: value }) });
    assert.equal(set.status, 200);
    const got = method === "INVITE" ? await it.ask(line, method, describes) : await ask(method, text);
    assert.equal(status(got), answered);
    if (value === 606) assert.match(got.one("warning"), /^309 /);
    if (value === 480 && method === "INFO") assert.equal(status(await ask("MESSAGE", text)), "481");
  });
}

test("an offline person cannot be reached, one nobody knows does not exist", async (t) => {
  const it = await Rehearsal.begin(t);
  const line = await it.connect();
  it.twin.setState(it.alice, "offline");
  assert.equal(status(await it.ask(line, "INVITE", describes)), "480");
  const unknown = await it.ask(line, "INVITE", { ...describes, uri: "sip:nobody@contoso.example" });
  assert.equal(status(unknown), "404");
  assert.match(unknown.one("ms-diagnostics"), /^1003;/);
});

test("AOL refuses more than two with 488, Microsoft with 420 (3.6)", async (t) => {
  for (const [profile, answered] of [
    ["aol", "488"],
    ["lync2010", "420"],
  ] as const) {
    const it = await Rehearsal.begin(t, { profile });
    const many = { ...describes, headers: ["Require: com.microsoft.rtc-multiparty"] };
    assert.equal(status(await it.ask(await it.connect(), "INVITE", many)), answered);
  }
});

test("a slow 200: 100 and 180 at once, then silence (I-3); CANCEL meanwhile", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "slow-200": 1 } });
  const line = await it.connect();
  assert.equal(status(await it.ask(line, "INVITE", describes, "one")), "200");
  const heard = it.got.filter((got) => got.one("call-id") === "one").map(status);
  assert.deepEqual(heard, ["100", "180", "200"]);
  const cseq = it.tell(line, "INVITE", describes, "two");
  await it.until("ringing", () => it.got.some((got) => got.one("call-id") === "two" && status(got) === "180"));
  it.tell(line, "CANCEL", {}, "two", cseq);
  await it.until("487", () => it.got.some((got) => got.one("call-id") === "two" && status(got) === "487"));
});

test("two 200s: who keeps both is seen (I-2)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "two-200s": 1 } });
  const line = await it.connect();
  const first = await it.ask(line, "INVITE", describes, "one");
  await it.until("two", () => it.got.filter((got) => status(got) === "200").length === 2);
  const [, second] = it.got.filter((got) => status(got) === "200");
  assert.ok(second);
  assert.notEqual(inDialog(first).toTag, inDialog(second).toTag);
  assert.equal(first.one("call-id"), second.one("call-id"));
  it.tell(line, "ACK", inDialog(first), "one");
  it.tell(line, "ACK", inDialog(second), "one");
  assert.equal(status(await it.ask(line, "BYE", inDialog(second), "one")), "200");
  const { sessions } = it.twin.state.users.alice ?? { sessions: [] };
  assert.deepEqual(
    sessions.map(({ state, fork }) => [state, fork]),
    [
      ["up", false],
      ["over", true],
    ],
  );
});

test("all connections die on the third text, unanswered (I-13)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "drop-after-messages": 3 } });
  const { line, way } = await opened(it);
  for (const body of ["1", "2", "3"]) it.tell(line, "MESSAGE", { ...way, ...text, body }, "one");
  await it.until("closed", () => line.closed);
  assert.equal(it.twin.state.users.alice?.heard.length, 2);
});

test("an idle session is ended (I-12)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "idle-bye": 1 } });
  it.onRequest = (got) => it.answer(got, 200);
  await opened(it);
  await it.hears("BYE");
});

test("any request may be sent, and what came back is told (3.6)", async (t) => {
  const it = await Rehearsal.begin(t);
  it.onRequest = (got) => it.answer(got, 405, { headers: ["Allow: INVITE"] });
  const body = JSON.stringify({ method: "SERVICE", to: "bob@ours.example", headers: { Require: "com.microsoft.x" } });
  const { status: http, value } = await control(it.twin, { method: "POST", path: "/users/alice/send", body });
  assert.equal(http, 200);
  assert.equal((value as { status: number }).status, 405);
  assert.equal((await it.hears("SERVICE")).one("require"), "com.microsoft.x");
});

test("an INVITE sent so is acknowledged, and ended when it was taken", async (t) => {
  const it = await Rehearsal.begin(t);
  it.onRequest = (got) => {
    if (!got.start.startsWith("ACK ")) it.answer(got, 200, got.start.startsWith("INVITE ") ? describes : {});
  };
  const told = await it.twin.probe(it.alice, { method: "INVITE", to: "bob@ours.example", ...describes });
  assert.equal(told.status, 200);
  await it.hears("ACK");
  await it.hears("BYE");
  await it.until("forgotten", () => it.twin.state.dialogs === 0);
});

/** method, path, body, status. */
const steering: readonly (readonly [string, string, string, number])[] = [
  ["GET", "/state", "", 200],
  ["GET", "/quirks", "", 200],
  ["GET", "/other", "", 404],
  ["PUT", "/state", "", 405],
  ["POST", "/quirks", '{"piggyback":true,"slow-200":25}', 200],
  ["POST", "/quirks", '{"nothing-like-it":true}', 400],
  ["POST", "/quirks", '{"piggyback":"yes"}', 400],
  ["POST", "/quirks", "[", 400],
  ["POST", "/users/alice/presence", '{"state":"busy","note":"at it"}', 200],
  ["POST", "/users/alice/presence", '{"state":"happy"}', 400],
  ["POST", "/users/carol/presence", '{"state":"busy"}', 404],
  ["POST", "/users/alice/type", '{"to":"bob@ours.example"}', 409],
  ["POST", "/users/alice/say", '{"to":"bob"}', 400],
  ["POST", "/users/alice/say", '{"to":"bob@ours.example"}', 400],
  ["POST", "/users/alice/say", '{"to":"bob@ours.example","text":"x","form":"ink"}', 400],
  ["POST", "/users/alice/consent", '{"to":"*","consent":"perhaps"}', 400],
  ["POST", "/users/alice/send", '{"to":"bob@ours.example","method":"X","headers":{"a":"b\\r\\nc"}}', 400],
  ["POST", "/users/alice/dance", '{"to":"bob@ours.example"}', 404],
  ["POST", "/drop", "", 200],
  ["POST", "/restart", "", 200],
];

test("how it is steered, and what is not understood", async (t) => {
  const it = await Rehearsal.begin(t, { peer: undefined });
  for (const [method, path, body, expected] of steering) {
    const answer = await control(it.twin, { method, path, body });
    assert.equal(answer.status, expected, `${method} ${path} ${body}`);
  }
  assert.equal(it.alice.state, "busy");
  assert.equal(it.twin.quirks["slow-200"], 25);
});
