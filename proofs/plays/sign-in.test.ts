import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "../play-stage.ts";

const header = "<stream:stream from='ours.example' id='...' version='1.0' xml:lang='en'>";
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

test("RFC 6120 §9.1: a whole client conversation", async (t) => {
  const stage = await setStage(t, { clientTlsRequired: true });
  const juliet = stage.stranger("alice");
  // §9.1.1: TLS
  juliet.opens("ours.example", " from='alice@ours.example' xml:lang='en'");
  await juliet.receives(header.replace(" version", " to='alice@ours.example' version"));
  await juliet.receives(
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
  );
  juliet.sends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  await juliet.receives("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  await juliet.secures();
  juliet.opens("ours.example", " from='alice@ours.example' xml:lang='en'");
  await juliet.receives(header.replace(" version", " to='alice@ours.example' version"));
  // §9.1.2: SASL
  await juliet.receives(
    `<stream:features>
       <mechanisms xmlns='${sasl}'>
         <mechanism>SCRAM-SHA-256-PLUS</mechanism><mechanism>SCRAM-SHA-1-PLUS</mechanism>
         <mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism>
       </mechanisms>...
     </stream:features>`,
  );
  await juliet.provesItself("alice", "secret", "SHA-1");
  juliet.opens("ours.example", " from='alice@ours.example' xml:lang='en'");
  await juliet.receives(header.replace(" version", " to='alice@ours.example' version"));
  // §9.1.3: resource binding
  await juliet.receives(
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind>...</stream:features>",
  );
  juliet.sends(
    "<iq id='yhc13a95' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>",
  );
  await juliet.receives(
    `<iq id='yhc13a95' type='result'>
       <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@ours.example/balcony</jid></bind>
     </iq>`,
  );
  // §9.1.4: stanzas
  const romeo = await signedInOverTls(stage, "bob");
  juliet.sends(
    "<message from='alice@ours.example/balcony' id='ju2ba41c' to='bob@ours.example/orchard' type='chat' xml:lang='en'><body>Art thou not Romeo, and a Montague?</body></message>",
  );
  await romeo.receives(
    "<message from='alice@ours.example/balcony' id='ju2ba41c' to='bob@ours.example/orchard' type='chat' xml:lang='en'><body>Art thou not Romeo, and a Montague?</body></message>",
  );
  romeo.sends(
    "<message id='ju2ba41d' to='alice@ours.example/balcony' type='chat'><body>Neither, fair saint, if either thee dislike.</body></message>",
  );
  await juliet.receives(
    "<message from='bob@ours.example/orchard' id='ju2ba41d' to='alice@ours.example/balcony' type='chat'><body>Neither, fair saint, if either thee dislike.</body></message>",
  );
  // §9.1.5: close
  juliet.sends("</stream:stream>");
  await juliet.isTurnedAway();
  assert.equal(stage.metrics.value("comity_sign_ins_total", "SCRAM-SHA-1", "ok"), 1);
});

/** XEP-0368: direct TLS with ALPN; and PLAIN, which TLS allows. */
async function signedInOverTls(stage: Awaited<ReturnType<typeof setStage>>, user: string) {
  const player = stage.stranger(user, "xmpp-client-tls");
  const socket = await player.secures("xmpp-client");
  assert.equal(socket.alpnProtocol, "xmpp-client");
  player.opens();
  await player.receives(header);
  await player.receives("<stream:features>...</stream:features>");
  const said = Buffer.from(`\0${user}\0secret`).toString("base64");
  player.sends(`<auth xmlns='${sasl}' mechanism='PLAIN'>${said}</auth>`);
  await player.receives(`<success xmlns='${sasl}'/>`);
  player.opens();
  await player.receives(header);
  await player.receives("<stream:features>...</stream:features>");
  await player.binds("orchard");
  return player;
}

test("XEP-0368 §4: a client that asks for another protocol by ALPN gets no handshake", async (t) => {
  const stage = await setStage(t);
  await assert.rejects(stage.stranger("stranger", "xmpp-client-tls").secures("h2"));
});

test("RFC 6120 §7.7.2.2: the same resource again: the older session goes", async (t) => {
  const stage = await setStage(t);
  const first = await stage.present("alice", "desk");
  const second = await stage.person("alice", "desk");
  await first.isTurnedAway("conflict");
  second.jid = "alice@ours.example/desk";
  await second.receivesNothing();
  assert.equal(stage.node.sessions().length, 1);
});

test("RFC 6120 §7.6: the server makes up a resource where none is asked for", async (t) => {
  const stage = await setStage(t);
  const alice = stage.stranger("alice");
  await alice.authenticates("alice");
  alice.sends("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  const iq = await alice.receives(
    "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@ours.example/...</jid></bind></iq>",
  );
  assert.ok(JSON.stringify(iq).length > 60);
});

test("RFC 6120 §7.6.2.1: as many devices as allowed, and one more", async (t) => {
  const stage = await setStage(t, { limits: { sessionsPerUserMax: 2 } });
  await stage.person("alice", "one");
  await stage.person("alice", "two");
  const third = stage.stranger("alice/three");
  await third.authenticates("alice");
  third.sends(
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>three</resource></bind></iq>",
  );
  await third.receives(
    "<iq type='error' id='b'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>",
  );
});

test("RFC 6120 §7.7.2.1, §7.1: a resource that cannot be one, and a second one", async (t) => {
  const stage = await setStage(t);
  const alice = stage.stranger("alice");
  await alice.authenticates("alice");
  alice.sends(
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>a\u200eb\u0378</resource></bind></iq>",
  );
  await alice.receives(
    "<iq type='error' id='b'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>",
  );
  await alice.binds("desk");
  alice.sends("<iq type='set' id='c'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  await alice.receives("<iq type='error' id='c' from='alice@ours.example' to='alice@ours.example/desk'>...</iq>");
});
