import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Witness } from "./bad-input-witness.ts";
import { type Stage, setStage } from "./play-stage.ts";
import type { Player } from "./player.ts";

const limits = { stanzaBytesMax: 65_536, unauthenticatedMs: 20_000 };
const declared = "xmlns:stream='http://etherx.jabber.org/streams'";
const attributes = Array.from({ length: 100 }, (_, at) => ` a${at}='x'`).join("");
const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;">]><lolz>&lol1;</lolz>`;
const notUtf8 = Buffer.concat([
  Buffer.from("<message><body>"),
  Buffer.from([0xc3, 0x28, 0xff]),
  Buffer.from("</body></message>"),
]);

type Row = readonly [what: string, says: string | Uint8Array, condition: string, code: string];

/** What is wrong wherever it stands: inside a stream before sign-in and after it. */
const anywhere: readonly Row[] = [
  ["malformed XML", "<message><body></message>", "not-well-formed", "xml-not-well-formed"],
  ["a stray ampersand", "<message><body>R&D</body></message>", "not-well-formed", "xml-not-well-formed"],
  ["a character XML forbids", "<message><body>&#0;</body></message>", "not-well-formed", "xml-not-well-formed"],
  ["an attribute twice", "<message id='a' id='b'/>", "not-well-formed", "xml-not-well-formed"],
  ["a DOCTYPE with entities", laughs, "restricted-xml", "xml-restricted"],
  ["an entity nobody declared", "<message><body>&lol;</body></message>", "restricted-xml", "xml-restricted"],
  ["a comment", "<!-- hello -->", "restricted-xml", "xml-restricted"],
  ["a comment in a stanza", "<message><!-- hello --></message>", "restricted-xml", "xml-restricted"],
  ["a processing instruction", "<message><?php echo 1 ?></message>", "restricted-xml", "xml-restricted"],
  ["bad UTF-8", notUtf8, "bad-format", "xml-bad-utf8"],
  ["an unbound prefix", "<message><x:body/></message>", "bad-namespace-prefix", "xml-bad-prefix"],
  ["depth", `<message>${"<a>".repeat(200)}`, "policy-violation", "xml-too-deep"],
  ["too many attributes", `<message${attributes}/>`, "policy-violation", "xml-too-many-attributes"],
  ["a name without end", `<${"n".repeat(5000)}`, "policy-violation", "xml-name-too-long"],
  ["a giant stanza", `<message><body>${"x".repeat(100_000)}`, "policy-violation", "xml-stanza-too-big"],
  ["a giant attribute", `<message id='${"x".repeat(100_000)}`, "policy-violation", "xml-stanza-too-big"],
  ["a giant end tag", `<message></message${" ".repeat(100_000)}`, "policy-violation", "xml-stanza-too-big"],
];

const beforeSignIn: readonly Row[] = [
  ...anywhere,
  [
    "a stanza before sign-in",
    "<message to='carol@ours.example'><body>x</body></message>",
    "not-authorized",
    "stream-not-authorized",
  ],
  [
    "a stanza of servers",
    "<message xmlns='jabber:server' to='carol@ours.example'/>",
    "not-authorized",
    "stream-not-authorized",
  ],
  [
    "binding before sign-in",
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    "not-authorized",
    "stream-not-authorized",
  ],
  ["acknowledgements before sign-in", "<r xmlns='urn:xmpp:sm:3'/>", "not-authorized", "stream-not-authorized"],
  ["text between stanzas", "hello", "not-well-formed", "xml-not-well-formed"],
];

const afterSignIn: readonly Row[] = [
  ...anywhere,
  [
    "an element nobody knows",
    "<hello xmlns='urn:example:unknown'/>",
    "unsupported-stanza-type",
    "stream-unsupported-stanza",
  ],
  [
    "a stanza of servers",
    "<message xmlns='jabber:server' to='carol@ours.example'/>",
    "unsupported-stanza-type",
    "stream-unsupported-stanza",
  ],
  [
    "signing in again",
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>",
    "policy-violation",
    "stream-policy-violation",
  ],
  ["another's name", "<message from='carol@ours.example' to='dave@ours.example'/>", "invalid-from", "invalid-from"],
  ["a sender that is no address", "<message from='@' to='dave@ours.example'/>", "invalid-from", "invalid-from"],
];

const header = (more: string, ns = "jabber:client") => `<stream:stream xmlns='${ns}' ${declared} ${more}>`;

/** Instead of a header. */
const firstThings: readonly Row[] = [
  ["no version", header("to='ours.example'"), "unsupported-version", "stream-unsupported-version"],
  ["an unknown host", header("to='theirs.example' version='1.0'"), "host-unknown", "host-unknown"],
  ["no host", header("version='1.0'"), "host-unknown", "host-unknown"],
  ["a host that cannot be one", header("to='a b' version='1.0'"), "host-unknown", "host-unknown"],
  [
    "the servers' namespace",
    header("to='ours.example' version='1.0'", "jabber:server"),
    "invalid-namespace",
    "invalid-namespace",
  ],
  [
    "another stream namespace",
    "<stream:stream xmlns='jabber:client' xmlns:stream='urn:x' to='ours.example' version='1.0'>",
    "invalid-namespace",
    "invalid-namespace",
  ],
  ["an element that is no stream", "<html>", "invalid-namespace", "invalid-namespace"],
  ["HTTP", "GET / HTTP/1.1\r\nHost: ours.example\r\n\r\n", "not-well-formed", "xml-not-well-formed"],
  ["a DOCTYPE", `<?xml version='1.0'?><!DOCTYPE stream SYSTEM "http://x/">`, "restricted-xml", "xml-restricted"],
  [
    "another encoding",
    `<?xml version='1.0' encoding='UTF-16'?><stream:stream>`,
    "unsupported-encoding",
    "xml-unsupported-encoding",
  ],
  ["a giant header", `<stream:stream to='${"x".repeat(100_000)}`, "policy-violation", "xml-stanza-too-big"],
];

async function opened(stage: Stage): Promise<Player> {
  const player = stage.stranger();
  player.opens();
  await player.receives("<stream:stream from='ours.example' id='...' version='1.0' xml:lang='en'>");
  await player.receives("<stream:features>...</stream:features>");
  return player;
}

test("bad input before sign-in", async (t) => {
  const stage = await setStage(t, { limits });
  const witness = await Witness.of(stage);
  for (const [what, says, condition, code] of beforeSignIn) {
    await t.test(what, async () => {
      const stranger = await opened(stage);
      await witness.during("client", code, async () => {
        stranger.sends(says);
        await stranger.isTurnedAway(condition);
      });
    });
  }
});

test("bad input instead of a stream", async (t) => {
  const stage = await setStage(t, { limits });
  const witness = await Witness.of(stage);
  for (const [what, says, condition, code] of firstThings) {
    await t.test(what, async () => {
      const stranger = stage.stranger();
      await witness.during("client", code, async () => {
        stranger.sends(says);
        // RFC 6120 §4.9.1.2: the server's own header goes before the error
        await stranger.receives("<stream:stream from='ours.example' id='...' version='1.0' xml:lang='en'>");
        await stranger.isTurnedAway(condition);
      });
    });
  }
});

test("bad input after sign-in", async (t) => {
  const stage = await setStage(t, { limits });
  const witness = await Witness.of(stage);
  for (const [what, says, condition, code] of afterSignIn) {
    await t.test(what, async () => {
      const alice = await stage.person("alice");
      await witness.during("client", code, async () => {
        alice.sends(says);
        await alice.isTurnedAway(condition);
      });
    });
  }
});

test("RFC 6120 §5.4.3.3: bytes after <starttls/>", async (t) => {
  const stage = await setStage(t, { limits });
  const witness = await Witness.of(stage);
  const stranger = await opened(stage);
  await witness.during("client", "starttls-injection", async () => {
    stranger.sends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message/>");
    await stranger.receives("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    await stranger.isCutOff();
  });
});

test("garbage on every port", async (t) => {
  const stage = await setStage(t, { limits });
  const witness = await Witness.of(stage);
  const hello = Buffer.concat([
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    randomBytes(502),
  ]);
  const garbage: readonly (readonly [string, string | Uint8Array])[] = [
    ["HTTP", "GET / HTTP/1.1\r\nHost: ours.example\r\n\r\n"],
    ["a ClientHello", hello],
    ["random bytes", randomBytes(2000)],
    ["zeros", Buffer.alloc(2000)],
  ];
  for (const kind of ["xmpp-client", "xmpp-client-tls", "xmpp-server", "xmpp-server-tls"] as const) {
    for (const [what, bytes] of garbage) {
      if (bytes === hello && kind.endsWith("-tls")) continue; // is none there
      await t.test(`${what} to ${kind}`, async () => {
        const lines = stage.log.lines.length;
        const stranger = stage.stranger("stranger", kind);
        stranger.sends(bytes);
        while ((await stranger.hears()).name !== "closed");
        await witness.conversationGoesOn();
        const told = stage.log.lines.slice(lines).filter(({ level }) => level === "warn");
        assert.equal(told.length, 1, stage.log.text());
      });
    }
  }
});
