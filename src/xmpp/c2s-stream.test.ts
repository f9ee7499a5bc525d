import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { limitsWith } from "../base/limits.ts";
import type { Account } from "../base/store.ts";
import { type Element, el } from "../xml/element.ts";
import type { StreamHeader } from "../xml/framer.ts";
import * as c2s from "./c2s-stream.ts";
import { type Jid, parseJid } from "./jid.ts";
import { ns } from "./ns.ts";
import { unbound } from "./sasl-channel-binding.ts";
import { keysFrom } from "./scram-keys.ts";

function domain(text: string): DomainName {
  const found = parseDomainName(text);
  assert.ok(found.ok);
  return found.value;
}

function jid(text: string): Jid {
  const found = parseJid(text);
  assert.ok(found.ok);
  return found.value;
}

const ours = [domain("im.example.com"), domain("plain.example.com"), domain("any.example.com")];
const setup: c2s.Setup = {
  serves: (asked) => ours.includes(asked),
  fallback: domain("im.example.com"),
  tls: (asked) => (asked === ours[0] ? "required" : asked === ours[1] ? "none" : "optional"),
  mechanisms: ["SCRAM-SHA-256", "PLAIN", "SCRAM-SHA-256-PLUS"],
  sm: true,
  fakeSecret: Buffer.from("secret"),
  iterations: 4096,
  limits: limitsWith({ saslTriesMax: 2, stanzaBytesMax: 262_144, idleClientMs: 900_000 }),
};

const salt = Buffer.from("salt of juliet !");
const salted = (password: string) => pbkdf2Sync(password, salt, 4096, 32, "sha256");
const juliet: Account = {
  address: "juliet@im.example.com",
  keys: [keysFrom("SHA-256", salted("pencil"), salt, 4096)],
  digests: [],
  createdAt: 0,
};

// What happens, in short.
const header: StreamHeader = {
  name: "stream",
  ns: ns.stream,
  contentNs: ns.client,
  prefixes: { stream: ns.stream },
  attrs: { to: "im.example.com", version: "1.0" },
};
const open = (attrs: Readonly<Record<string, string>> = {}, change: Partial<StreamHeader> = {}): c2s.Event => ({
  kind: "open",
  header: { ...header, attrs: { ...header.attrs, ...attrs }, ...change },
  streamId: "s1",
});
const says = (element: Element): c2s.Event => ({ kind: "element", element, nonce: "srv" });
const secured: c2s.Event = { kind: "secured", binding: { ...unbound, "tls-exporter": Buffer.alloc(32, 7) } };
const starttls = says(el("starttls", ns.tls));
const plain = (password: string) =>
  says(el("auth", ns.sasl, { mechanism: "PLAIN" }, Buffer.from(`\0juliet\0${password}`).toString("base64")));
const found: c2s.Event = { kind: "account", account: juliet };
const derived = (password: string): c2s.Event => ({ kind: "derived", salted: salted(password) });
const bind = (resource?: string, attrs: Readonly<Record<string, string>> = { type: "set", id: "b1" }) =>
  says(
    el(
      "iq",
      ns.client,
      attrs,
      el("bind", ns.bind, {}, resource === undefined ? undefined : el("resource", ns.bind, {}, resource)),
    ),
  );
const bound: c2s.Event = { kind: "bound", jid: jid("juliet@im.example.com/balcony") };
const message = says(el("message", ns.client, { to: "romeo@example.net" }, el("body", ns.client, {}, "Art thou?")));
const enable = says(el("enable", ns.sm, { resume: "true", max: "60" }));
const resume = says(el("resume", ns.sm, { previd: "p1", h: "7" }));
const end = (code: "system-shutdown" | "xml-not-well-formed"): c2s.Event => ({
  kind: "end",
  fault: fault(code),
  streamId: "s9",
});

/** RFC 6120 §9.1, the part before the resource, each event in its place. */
const signedIn = [open(), starttls, secured, open(), plain("pencil"), found, derived("pencil"), open()] as const;

/** Plays the events; the last state and, of each event, what came out. */
function play(...events: readonly c2s.Event[]): { readonly state: c2s.State; readonly said: readonly string[][] } {
  let state: c2s.State = c2s.begin;
  const said = events.map((event) => {
    const answer = c2s.on(state, event, setup);
    state = answer.next;
    return answer.effects.map(short);
  });
  return { state, said };
}

/** What the last event brought. */
function last(...events: readonly c2s.Event[]): readonly string[] {
  return play(...events).said.at(-1) ?? [];
}

function short(effect: c2s.Effect): string {
  switch (effect.kind) {
    case "send":
      return shortXml(effect.text);
    case "close":
      return `${shortXml(effect.text)} close${effect.fault === undefined ? "" : ` ${effect.fault.code}`}`.trim();
    case "find-account":
      return `find ${effect.address}`;
    case "signed-in":
      return `signed in ${effect.address.text} ${effect.mechanism}`;
    case "sign-in-failed":
      return `failed ${effect.fault.code}`;
    case "bind":
      return `bind ${effect.address.text} ${effect.resource ?? "any"}`;
    case "resume":
      return `resume ${effect.address.text} ${effect.previd} ${effect.h}`;
    case "enable-sm":
      return `enable-sm ${effect.resume} ${effect.maxSeconds}`;
    case "ready":
      return `ready ${effect.jid.full}${effect.resumed ? " resumed" : ""}`;
    default:
      return effect.kind;
  }
}

/** XML without what the rows need not repeat: namespaces, texts, the header's fixed part. */
function shortXml(text: string): string {
  return text
    .replace(/<text[^>]*>[^<]*<\/text>/g, "")
    .replace("<?xml version='1.0'?><stream:stream xml:lang='en'", "<stream")
    .replace(/ xmlns(:\w+)?='[^']*'/g, "")
    .replace(" version='1.0'>", ">");
}

const required = "<stream:features><starttls><required/></starttls></stream:features>";
const mechanisms =
  "<mechanisms><mechanism>SCRAM-SHA-256-PLUS</mechanism><mechanism>SCRAM-SHA-256</mechanism>" +
  "<mechanism>PLAIN</mechanism></mechanisms>" +
  "<sasl-channel-binding><channel-binding type='tls-exporter'/></sasl-channel-binding>";
const afterSignIn =
  "<bind><required/></bind><session><optional/></session><sm/><ver/><sub/>" +
  "<limits><max-bytes>262144</max-bytes><idle-seconds>900</idle-seconds></limits>";
const ourHeader = "<stream from='im.example.com' id='s1'>";
const error = (condition: string) => `<stream:error><${condition}/></stream:error></stream:stream> close`;

test("RFC 6120 §9.1: from the first header to the bound resource", () => {
  const rows: readonly (readonly [event: c2s.Event, at: c2s.State["at"], ...said: readonly string[]])[] = [
    [open(), "open", `${ourHeader}${required}`],
    [starttls, "handshake", "<proceed/>", "start-tls"],
    [secured, "header"],
    [open(), "open", `${ourHeader}<stream:features>${mechanisms}</stream:features>`],
    [plain("pencil"), "open", "find juliet@im.example.com"],
    [found, "open", "derive"],
    [derived("pencil"), "header", "<success/>", "signed in juliet@im.example.com PLAIN", "restart"],
    [
      open({ from: "juliet@im.example.com" }),
      "open",
      `<stream from='im.example.com' to='juliet@im.example.com' id='s1'><stream:features>${afterSignIn}</stream:features>`,
    ],
    [bind("balcony"), "binding", "bind juliet@im.example.com balcony"],
    [
      bound,
      "ready",
      "<iq type='result' id='b1'><bind><jid>juliet@im.example.com/balcony</jid></bind></iq>",
      "ready juliet@im.example.com/balcony",
    ],
    [enable, "ready", "enable-sm true 60"],
    [{ kind: "timer", streamId: "s2" }, "ready"],
    [{ kind: "peer-closed", streamId: "s2" }, "closed", "</stream:stream> close"],
    [message, "closed"],
  ];
  let state: c2s.State = c2s.begin;
  for (const [event, at, ...said] of rows) {
    const answer = c2s.on(state, event, setup);
    state = answer.next;
    assert.deepEqual([state.at, ...answer.effects.map(short)], [at, ...said]);
  }
});

test("direct TLS comes before the first header", () => {
  assert.deepEqual(last(secured, open()), [`${ourHeader}<stream:features>${mechanisms}</stream:features>`]);
});

test("what is offered before TLS is the domain's own matter", () => {
  const scram = "<mechanisms><mechanism>SCRAM-SHA-256</mechanism></mechanisms>";
  assert.deepEqual(last(open({ to: "any.example.com" })), [
    `<stream from='any.example.com' id='s1'><stream:features><starttls/>${scram}</stream:features>`,
  ]);
  assert.deepEqual(last(open({ to: "plain.example.com" })), [
    `<stream from='plain.example.com' id='s1'><stream:features>${scram}</stream:features>`,
  ]);
});

test("a header that is wrong gets ours and the error (RFC 6120 §4.9.1.2)", () => {
  const rows: readonly (readonly [event: c2s.Event, condition: string, code: string])[] = [
    [open({ to: "example.net" }), "host-unknown", "host-unknown"],
    [open({ to: "a..b" }), "host-unknown", "host-unknown"],
    [open({}, { attrs: { version: "1.0" } }), "host-unknown", "host-unknown"],
    [open({}, { attrs: { to: "im.example.com" } }), "unsupported-version", "stream-unsupported-version"],
    [open({ version: "x" }), "unsupported-version", "stream-unsupported-version"],
    [open({}, { ns: "urn:x" }), "invalid-namespace", "invalid-namespace"],
    [open({}, { contentNs: ns.server }), "invalid-namespace", "invalid-namespace"],
    [open({ from: "@" }), "invalid-from", "invalid-from"],
  ];
  for (const [event, condition, code] of rows) {
    const { state, said } = play(event);
    assert.equal(state.at, "closed");
    assert.deepEqual(said.at(-1), [`${ourHeader}${error(condition)} ${code}`]);
  }
});

test("after signing in the header must fit who signed in (RFC 6120 §4.7.1)", () => {
  const begun = signedIn.slice(0, -1);
  const romeo = "<stream from='im.example.com' to='romeo@im.example.com' id='s1'>";
  assert.deepEqual(last(...begun, open({ from: "romeo@im.example.com" })), [
    `${romeo}${error("invalid-from")} invalid-from`,
  ]);
  assert.deepEqual(last(...begun, open({ to: "any.example.com" })), [
    `<stream from='any.example.com' id='s1'>${error("host-unknown")} host-unknown`,
  ]);
});

test("nothing but what is on offer, and each only once", () => {
  const closing = (condition: string, code: string) => [`${error(condition)} ${code}`];
  const notAuthorized = closing("not-authorized", "stream-not-authorized");
  const twice = closing("policy-violation", "stream-policy-violation");
  const unsupported = closing("unsupported-stanza-type", "stream-unsupported-stanza");
  const tlsFailure = ["<failure/></stream:stream> close stream-policy-violation"];
  const unexpected = ["<failed><unexpected-request/></failed>"];
  const stray = says(el("hello", "urn:x"));
  const session = says(el("iq", ns.client, { type: "set", id: "s" }, el("session", ns.session)));
  const ready = [...signedIn, bind(), bound];
  const rows: readonly (readonly [name: string, events: readonly c2s.Event[], said: readonly string[]])[] = [
    ["a message before TLS", [open(), message], notAuthorized],
    ["a message before sign-in", [secured, open(), message], notAuthorized],
    ["a bind before sign-in", [secured, open(), bind()], notAuthorized],
    ["a message before the resource", [...signedIn, message], notAuthorized],
    ["a session before the resource", [...signedIn, session], notAuthorized],
    ["something before sign-in", [secured, open(), stray], notAuthorized],
    ["something after sign-in", [...signedIn, stray], unsupported],
    ["something after the resource", [...ready, stray], unsupported],
    ["TLS twice", [secured, open(), starttls], tlsFailure],
    ["TLS after sign-in", [...signedIn, starttls], tlsFailure],
    ["TLS where there is none", [open({ to: "plain.example.com" }), starttls], tlsFailure],
    ["another word of TLS", [open(), says(el("proceed", ns.tls))], notAuthorized],
    ["sign-in twice", [...signedIn, plain("pencil")], twice],
    ["sign-in on a ready stream", [...ready, plain("pencil")], twice],
    ["another word of SASL", [secured, open(), says(el("success", ns.sasl))], notAuthorized],
    ["enabling before sign-in", [secured, open(), enable], unexpected],
    ["enabling before the resource", [...signedIn, enable], unexpected],
    ["enabling twice", [...ready, enable, enable], unexpected],
    ["resuming before sign-in", [secured, open(), resume], unexpected],
    ["resuming with a resource", [...ready, resume], unexpected],
    ["resuming what", [...signedIn, says(el("resume", ns.sm, { h: "1" }))], ["<failed><bad-request/></failed>"]],
    ["counting before sign-in", [secured, open(), says(el("r", ns.sm))], notAuthorized],
    ["counting without counting", [...ready, says(el("r", ns.sm))], []],
    ["the client's own stream error", [open(), says(el("error", ns.stream))], ["</stream:stream> close"]],
    ["an element out of turn", [...signedIn, bind(), message], twice],
  ];
  for (const [name, events, said] of rows) assert.deepEqual(last(...events), said, name);
});

test("sign-in fails, and after saslTriesMax the stream ends", () => {
  const failure = "<failure><not-authorized/></failure>";
  const wrong = [plain("pen"), found, derived("pen")];
  assert.deepEqual(last(secured, open(), ...wrong), [failure, "failed sasl-not-authorized"]);
  assert.deepEqual(last(secured, open(), ...wrong, ...wrong), [
    failure,
    "failed sasl-not-authorized",
    `${error("policy-violation")} sasl-too-many-tries`,
  ]);
  const { said } = play(secured, open(), ...wrong, plain("pencil"), found, derived("pencil"));
  assert.equal(said.at(-1)?.at(-1), "restart", "a second try may succeed");
});

test("tries are counted across TLS, and a failed store is not the client's fault", () => {
  const any = open({ to: "any.example.com" });
  const aborted = says(el("abort", ns.sasl));
  const many = last(any, aborted, starttls, secured, any, aborted);
  assert.equal(many.at(-1), `${error("policy-violation")} sasl-too-many-tries`);
  const gone: c2s.Event = { kind: "failed", fault: fault("store-unavailable") };
  assert.deepEqual(last(secured, open(), plain("pencil"), gone, plain("pencil"), gone), [
    "<failure><temporary-auth-failure/></failure>",
    "failed store-unavailable",
  ]);
});

test("passwords never come before TLS", () => {
  const encryption = ["<failure><encryption-required/></failure>", "failed tls-required"];
  assert.deepEqual(last(open(), plain("pencil")), encryption);
  assert.deepEqual(last(open({ to: "plain.example.com" }), plain("pencil")), encryption);
  const scram = says(el("auth", ns.sasl, { mechanism: "SCRAM-SHA-256" }, Buffer.from("n,,n=a,r=b").toString("base64")));
  assert.deepEqual(last(open(), scram), encryption, "where TLS is required, no other way either");
  assert.deepEqual(last(open({ to: "any.example.com" }), scram), ["find a@any.example.com"]);
});

test("binding (RFC 6120 §7)", () => {
  const iqError = (type: string, condition: string, id = " id='b1'") =>
    `<iq type='error'${id}><error type='${type}'><${condition}/></error></iq>`;
  const badRequest = iqError("modify", "bad-request");
  const conflict: c2s.Event = { kind: "not-bound", fault: fault("resource-conflict") };
  const rows: readonly (readonly [name: string, events: readonly c2s.Event[], said: readonly string[]])[] = [
    ["without a wish", [bind()], ["bind juliet@im.example.com any"]],
    ["with an empty wish", [bind("")], ["bind juliet@im.example.com any"]],
    ["with a wish to be made canonical", [bind("Bal\u00a0cony")], ["bind juliet@im.example.com Bal cony"]],
    ["with a bad wish", [bind("a\u0007")], [badRequest]],
    ["as a question", [bind("x", { type: "get", id: "b1" })], [badRequest]],
    ["without an id", [bind("x", { type: "set" })], [iqError("modify", "bad-request", "")]],
    ["refused", [bind("x"), conflict], [iqError("cancel", "conflict")]],
    ["refused, then again", [bind("x"), conflict, bind("y")], ["bind juliet@im.example.com y"]],
    ["twice", [bind("x"), bound, bind("y")], [iqError("cancel", "not-allowed")]],
  ];
  for (const [name, events, said] of rows) assert.deepEqual(last(...signedIn, ...events), said, name);
});

test("resuming instead of binding (XEP-0198 §5)", () => {
  const asked = [...signedIn, resume];
  assert.deepEqual(last(...asked), ["resume juliet@im.example.com p1 7"]);
  const resumed: c2s.Event = { kind: "resumed", jid: jid("juliet@im.example.com/balcony"), h: 9 };
  const good = play(...asked, resumed);
  assert.equal(good.state.at, "ready");
  assert.deepEqual(good.said.at(-1), ["<resumed previd='p1' h='9'/>", "ready juliet@im.example.com/balcony resumed"]);
  assert.deepEqual(last(...asked, resumed, enable), ["<failed><unexpected-request/></failed>"]);
  assert.deepEqual(last(...asked, { kind: "not-resumed", h: 5 }), ["<failed h='5'><item-not-found/></failed>"]);
  assert.deepEqual(last(...asked, { kind: "not-resumed", h: undefined }, bind("x")), ["bind juliet@im.example.com x"]);
});

test("a stream can end at any moment, with our header before the error", () => {
  const fresh = "<stream from='im.example.com' id='s9'>";
  const timer: c2s.Event = { kind: "timer", streamId: "s9" };
  const closedByPeer: c2s.Event = { kind: "peer-closed", streamId: "s9" };
  const rows: readonly (readonly [events: readonly c2s.Event[], said: string])[] = [
    [[end("xml-not-well-formed")], `${fresh}${error("not-well-formed")} xml-not-well-formed`],
    [[open(), end("xml-not-well-formed")], `${error("not-well-formed")} xml-not-well-formed`],
    [[open(), starttls, end("system-shutdown")], "close system-shutdown"],
    [[secured, end("system-shutdown")], `${fresh}${error("system-shutdown")} system-shutdown`],
    [[...signedIn, bind(), bound, end("system-shutdown")], `${error("system-shutdown")} system-shutdown`],
    [[timer], `${fresh}${error("connection-timeout")} stream-timeout`],
    [[...signedIn, timer], `${error("connection-timeout")} stream-timeout`],
    [[open(), closedByPeer], "</stream:stream> close"],
    [[closedByPeer], `${fresh}</stream:stream> close`],
  ];
  for (const [events, said] of rows) assert.deepEqual(last(...events), [said]);
});

test("the owner is told when to keep what arrives, and when larger limits hold", () => {
  const rows: readonly (readonly [events: readonly c2s.Event[], waits: boolean, signedIn: boolean])[] = [
    [[], false, false],
    [[open()], false, false],
    [[open(), starttls], true, false],
    [[secured, open(), plain("pencil")], true, false],
    [[secured, open(), plain("pencil"), found], true, false],
    [[...signedIn], false, true],
    [[...signedIn, bind()], true, true],
    [[...signedIn, bind(), bound], false, true],
    [[...signedIn, resume], true, true],
  ];
  for (const [events, waits, isSignedIn] of rows) {
    const { state } = play(...events);
    assert.deepEqual([c2s.waits(state), c2s.isSignedIn(state)], [waits, isSignedIn]);
  }
});

test("answers that nobody waits for change nothing", () => {
  const late: readonly c2s.Event[] = [
    found,
    derived("pencil"),
    bound,
    { kind: "not-bound", fault: fault("resource-conflict") },
    { kind: "resumed", jid: jid("juliet@im.example.com/x"), h: 0 },
    { kind: "not-resumed", h: 0 },
  ];
  for (const event of late) assert.deepEqual(last(secured, open(), event), [], event.kind);
});
