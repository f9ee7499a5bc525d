import assert from "node:assert/strict";
import { test } from "node:test";
import { sdpOf } from "../../src/twin/message-body.ts";
import type { Asked, Probe } from "../../src/twin/probe.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [m1, alice] = ["m1@contoso.example", "alice@ours.example"];

const offer = sdpOf("192.0.2.44", 5060, "message", "null", "text/plain");
const invite = { method: "INVITE", contentType: "application/sdp", body: offer } as const;
const presence = ["Event", "presence"] as const;

type Case = {
  readonly id: string;
  readonly what: string;
  readonly asked: Omit<Asked, "to"> & { readonly to?: string };
  readonly status: number;
  /** A header of the answer, and what it must say. */
  readonly says?: readonly [name: string, value: RegExp];
  /** What its body must be. */
  readonly describes?: RegExp;
};

/** What is not done here, and the final answer by which a Microsoft server or client understands that (sip-wire 3.6, R17). */
const cases: readonly Case[] = [
  {
    id: "I-7",
    what: "a conversation of many, as of 2005",
    asked: { ...invite, headers: [["Require", "com.microsoft.rtc-multiparty"]] },
    status: 420,
    says: ["unsupported", /^com\.microsoft\.rtc-multiparty$/],
  },
  {
    id: "I-8",
    what: "an invitation to a conference",
    asked: { method: "INVITE", contentType: "application/ms-conf-invite+xml", body: "<Conferencing/>" },
    status: 488,
  },
  {
    id: "R17 files",
    what: "a file",
    asked: {
      method: "INVITE",
      contentType: "application/sdp",
      body: "v=0\r\no=- 0 0 IN IP4 192.0.2.44\r\ns=session\r\nc=IN IP4 192.0.2.44\r\nt=0 0\r\nm=x-ms-filetransfer 5060 tcp *\r\n",
    },
    status: 488,
  },
  {
    id: "R17 media",
    what: "a call",
    asked: {
      method: "INVITE",
      contentType: "application/sdp",
      body: "v=0\r\no=- 0 0 IN IP4 192.0.2.44\r\ns=session\r\nc=IN IP4 192.0.2.44\r\nt=0 0\r\nm=audio 5060 RTP/AVP 0\r\n",
    },
    status: 488,
    says: ["warning", /^304 /],
  },
  {
    id: "3.6 conference",
    what: "an invitation by a conference, which describes itself as a person does",
    asked: { ...invite, to: "alice@ours.example;gruu;opaque=app:conf:focus:id:1" },
    status: 488,
    says: ["warning", /^304 /],
  },
  {
    id: "RFC 3264 §6",
    what: "a call with texts beside it: the texts alone are taken",
    asked: { ...invite, body: offer.replace("m=message", "m=audio 5062 RTP/AVP 0\r\nm=message") },
    status: 200,
    describes: /\r\nm=audio 0 RTP\/AVP 0\r\nm=message \d+ sip sip:alice@ours\.example\r\n/,
  },
  {
    id: "RFC 3261 §14.2",
    what: "a session that is to become a call; it stays what it is",
    asked: { ...invite, body: offer.replace(/m=message.*/s, "m=audio 5062 RTP/AVP 0\r\n"), inSession: true },
    status: 488,
    says: ["warning", /^304 /],
  },
  {
    id: "3.6 file transfer",
    what: "a file as Lync offers it",
    asked: {
      method: "INVITE",
      contentType: 'multipart/mixed; boundary="b"',
      body: "--b\r\nContent-Type: application/ms-filetransfer+xml\r\n\r\n<request/>\r\n--b--\r\n",
    },
    status: 488,
  },
  {
    id: "3.6 x-msmsgsinvite",
    what: "a file as Messenger offers it, within a session",
    asked: {
      method: "MESSAGE",
      contentType: "text/x-msmsgsinvite; charset=UTF-8",
      body: "Application-Name: File Transfer\r\n",
      inSession: true,
    },
    status: 415,
    says: ["accept", /text\/plain/],
  },
  { id: "3.6 REFER", what: "a transfer", asked: { method: "REFER" }, status: 405, says: ["allow", /MESSAGE/] },
  { id: "3.6 SERVICE", what: "a service", asked: { method: "SERVICE" }, status: 405, says: ["allow", /INVITE/] },
  { id: "3.6 PUBLISH", what: "a publication", asked: { method: "PUBLISH", headers: [presence] }, status: 405 },
  ...["vnd-microsoft-roaming-self", "conference", "presence.winfo"].map((event) => ({
    id: `3.6 ${event}`,
    what: `a subscription to ${event}`,
    asked: { method: "SUBSCRIBE", headers: [["Event", event] as const] },
    status: 489,
    says: ["allow-events", /^presence$/] as const,
  })),
  { id: "3.6 REGISTER", what: "a registration", asked: { method: "REGISTER" }, status: 403 },
  {
    id: "3.6 Content-Encoding",
    what: "a compressed text",
    asked: {
      method: "MESSAGE",
      contentType: "text/plain",
      body: "xxxx",
      headers: [["Content-Encoding", "zz"]],
      inSession: true,
    },
    status: 415,
  },
  {
    id: "3.6 Require",
    what: "an extension nobody knows",
    asked: { ...invite, headers: [["Require", "tea-time"]] },
    status: 420,
    says: ["unsupported", /^tea-time$/],
  },
  {
    id: "R12",
    what: "Proxy-Require with an option nobody knows",
    asked: { method: "SUBSCRIBE", headers: [presence, ["Proxy-Require", "tea-time"]] },
    status: 420,
    says: ["unsupported", /^tea-time$/],
  },
  {
    id: "2.1",
    what: "presence in none of our formats",
    asked: { method: "SUBSCRIBE", headers: [presence, ["Accept", "application/msrtc-event-categories+xml"]] },
    status: 406,
  },
  {
    id: "RT-14",
    what: "somebody who is not here",
    asked: { ...invite, to: "nobody@ours.example" },
    status: 404,
    says: ["ms-diagnostics-public", /^1003;/],
  },
  { id: "RT-14", what: "a domain that is not ours", asked: { ...invite, to: "bob@elsewhere.example" }, status: 404 },
  {
    id: "R17 types",
    what: "a text of a type nobody can show",
    asked: { method: "MESSAGE", contentType: "image/gif", body: "GIF89a", inSession: true },
    status: 415,
    says: ["accept", /text\/plain/],
  },
  {
    id: "3.4",
    what: "INFO of another kind; the session lives",
    asked: { method: "INFO", contentType: "application/csta+xml", body: "<x/>", inSession: true },
    status: 415,
  },
  {
    id: "3.3",
    what: "an empty wake-up, which is taken and shown to nobody",
    asked: { method: "MESSAGE", inSession: true },
    status: 200,
  },
  {
    id: "3.1 OPTIONS",
    what: "a question what is known here",
    asked: { method: "OPTIONS" },
    status: 200,
    says: ["allow", /MESSAGE/],
  },
  { id: "3.1", what: "an INVITE without a description", asked: { method: "INVITE" }, status: 200 },
];

const header = ({ headers }: Probe, name: string) =>
  headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);

test("sip-wire 3.6, R17, R20: what is not done here is refused as written, with a reason; the session lives", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  const from = person(twin, "m1");
  const first = twin.say(from, alice, "first");
  await until("a session is there", () => first.status === 200, twin);
  for (const { id, what, asked, status, says, describes } of cases) {
    const found = await twin.probe(from, { to: alice, ...asked });
    const shown = `${id}, ${what}: ${found.status} ${found.reason} ${JSON.stringify(found.headers)}`;
    assert.equal(found.status, status, shown);
    if (says !== undefined) assert.match(header(found, says[0]).join(", "), says[1], shown);
    if (describes !== undefined) assert.match(found.body, describes, shown);
    if (status < 300) continue;
    // R20: else their servers log that we said nothing (1034, 1036).
    const [diagnostics = ""] = header(found, "ms-diagnostics-public");
    assert.match(diagnostics, /^\d+;.*source="ours\.example"/, shown);
    assert.doesNotMatch(diagnostics, /^103[3-6]/, shown);
    // R19, 7.1: never 503, 6xx or a challenge to a federated peer.
    assert.ok(![401, 407, 503].includes(found.status) && found.status < 600, shown);
  }
  const last = twin.say(from, alice, "last");
  await until("the session lives", () => last.status === 200, twin);
  assert.deepEqual(
    local.reads.flat().map(({ text }) => text),
    ["first", "last"],
  );
  assert.deepEqual(twin.violations, []);
});

test("R6, 4.2: what a request claims of its own trust is not believed, and not passed on", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010");
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "hello");
  await until("M1 reads", () => twin.state.users.m1?.heard.length === 1, twin);
  const claim = "ms-source-type=AuthorizedServer;ms-source-verified-user=verified";
  const headers = [
    ["ms-edge-proxy-message-trust", claim] as const,
    ["P-Asserted-Identity", `<sip:bob@ours.example>`] as const,
  ];
  const found = await twin.probe(person(twin, "m1"), {
    method: "MESSAGE",
    to: alice,
    contentType: "text/plain",
    body: "from whom?",
    headers,
    inSession: true,
  });
  assert.equal(found.status, 200);
  await until("it is M1's", () => local.reads.flat().length === 1, twin);
  assert.deepEqual(local.reads.flat(), [{ from: m1, text: "from whom?" }]);
  assert.deepEqual(twin.violations, []);
});
