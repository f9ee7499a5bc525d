import assert from "node:assert/strict";
import { test } from "node:test";
import { Witness } from "./bad-input-witness.ts";
import { identityOf, type Stage, setStage } from "./play-stage.ts";
import type { Player } from "./player.ts";

const declared = "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'";
const attributes = Array.from({ length: 100 }, (_, at) => ` a${at}='x'`).join("");
const ours = "<stream:stream from='ours.example' to='theirs.example' id='...' version='1.0' xml:lang='en'>";

/** A foreign server that has said who it claims to be, and proved nothing. */
async function opened(stage: Stage): Promise<Player> {
  const player = stage.stranger("foreign", "xmpp-server");
  player.sends(
    `<stream:stream xmlns='jabber:server' ${declared} from='theirs.example' to='ours.example' version='1.0'>`,
  );
  await player.receives(ours);
  await player.receives("<stream:features>...</stream:features>");
  return player;
}

test("bad input on a server's stream", async (t) => {
  const stage = await setStage(t, { partners: [{ domain: "*", tls: "optional" }] });
  const witness = await Witness.of(stage);
  const rows: readonly (readonly [what: string, says: string, condition: string, code: string])[] = [
    [
      "a stanza before proof",
      "<message from='a@theirs.example' to='carol@ours.example'><body>x</body></message>",
      "not-authorized",
      "stream-not-authorized",
    ],
    [
      "a stanza from a local person",
      "<message from='dave@ours.example' to='carol@ours.example'/>",
      "not-authorized",
      "stream-not-authorized",
    ],
    ["a stanza without sender", "<message to='carol@ours.example'/>", "not-authorized", "stream-not-authorized"],
    ["a comment", "<!-- x -->", "restricted-xml", "xml-restricted"],
    ["malformed XML", "<message></iq>", "not-well-formed", "xml-not-well-formed"],
    ["too many attributes", `<message${attributes}/>`, "policy-violation", "xml-too-many-attributes"],
    ["a giant before proof", `<message>${"x".repeat(20_000)}`, "policy-violation", "xml-stanza-too-big"],
    [
      "an element nobody knows",
      "<hello xmlns='urn:example:unknown'/>",
      "unsupported-stanza-type",
      "stream-unsupported-stanza",
    ],
    [
      "a stanza of clients",
      "<message xmlns='jabber:client' from='a@theirs.example' to='carol@ours.example'/>",
      "unsupported-stanza-type",
      "stream-unsupported-stanza",
    ],
  ];
  for (const [what, says, condition, code] of rows) {
    await t.test(what, async () => {
      const foreign = await opened(stage);
      await witness.during("server", code, async () => {
        foreign.sends(says);
        await foreign.isTurnedAway(condition);
      });
    });
  }
});

test("XEP-0220: results and verdicts nobody asked for change nothing", async (t) => {
  const stage = await setStage(t, { partners: [{ domain: "*", tls: "optional" }] });
  const witness = await Witness.of(stage);
  const foreign = await opened(stage);
  foreign.sends("<db:result from='theirs.example' to='ours.example' type='valid'/>");
  foreign.sends("<db:verify from='theirs.example' to='ours.example' id='x' type='valid'/>");
  foreign.sends("<message from='a@theirs.example' to='carol@ours.example'><body>x</body></message>");
  let last = "";
  for (let next = await foreign.hears(); next.name !== "closed"; next = await foreign.hears()) last = next.name;
  assert.equal(last, "/stream");
  assert.deepEqual(
    stage.node.links().filter(({ stage: at }) => at === "up"),
    [],
  );
  await witness.conversationGoesOn();
});

test("XEP-0220 §2.1: a key of a domain whose server cannot be asked proves nothing", async (t) => {
  const stage = await setStage(t, { partners: [{ domain: "*", tls: "optional" }] });
  const witness = await Witness.of(stage);
  const foreign = await opened(stage);
  foreign.sends("<db:result from='theirs.example' to='ours.example'>0123456789abcdef</db:result>");
  await foreign.receives("<db:result from='ours.example' to='theirs.example' type='error'>...</db:result>");
  await witness.during("server", "stream-not-authorized", async () => {
    foreign.sends("<message from='a@theirs.example' to='carol@ours.example'><body>x</body></message>");
    await foreign.isTurnedAway("not-authorized");
  });
});

test("XEP-0220 §2.4: as the authority: our word only on keys we made", async (t) => {
  const stage = await setStage(t, { partners: [{ domain: "*", tls: "optional" }] });
  const foreign = await opened(stage);
  foreign.sends("<db:verify from='theirs.example' to='ours.example' id='abc'>0123456789abcdef</db:verify>");
  await foreign.receives("<db:verify from='ours.example' to='theirs.example' id='abc' type='invalid'/>");
});

test("RFC 6120 §4.9.3.6: a domain that is not served here", async (t) => {
  const stage = await setStage(t);
  const witness = await Witness.of(stage);
  await witness.during("server", "host-unknown", async () => {
    const foreign = stage.stranger("foreign", "xmpp-server");
    foreign.sends(
      `<stream:stream xmlns='jabber:server' ${declared} from='theirs.example' to='nobodys.example' version='1.0'>`,
    );
    await foreign.receives(ours);
    await foreign.isTurnedAway("host-unknown");
  });
});

test("RFC 6120 §8.1.2.2: a proved server speaks for its own domain, to ours, and for nobody else", async (t) => {
  const stage = await setStage(t);
  const witness = await Witness.of(stage);
  const identity = await identityOf("theirs.example");
  const carol = await stage.present("alice");
  const rows: readonly (readonly [what: string, says: string, condition: string])[] = [
    ["from another domain", "<message from='a@other.example' to='alice@ours.example'/>", "invalid-from"],
    ["from ours", "<message from='dave@ours.example' to='alice@ours.example'/>", "invalid-from"],
    ["to a domain not proved", "<message from='a@theirs.example' to='a@other.example'/>", "invalid-from"],
    ["from nobody", "<message to='alice@ours.example'/>", "improper-addressing"],
  ];
  for (const [what, says, condition] of rows) {
    await t.test(what, async () => {
      const foreign = await proved(stage, identity);
      foreign.sends("<message from='a@theirs.example' to='alice@ours.example'><body>x</body></message>");
      await carol.receives("<message from='a@theirs.example' to='alice@ours.example'><body>x</body></message>");
      await witness.during("server", condition, async () => {
        foreign.sends(says);
        await foreign.isTurnedAway(condition);
      });
      await carol.receivesNothing();
    });
  }
});

/** A foreign server that has proved its domain by its certificate. */
async function proved(stage: Stage, identity: Awaited<ReturnType<typeof identityOf>>): Promise<Player> {
  const player = stage.stranger("foreign", "xmpp-server-tls");
  await player.secures("xmpp-server", identity);
  const header = `<stream:stream xmlns='jabber:server' ${declared} from='theirs.example' to='ours.example' version='1.0'>`;
  player.sends(header);
  await player.receives(ours);
  await player.receives("<stream:features>...</stream:features>");
  player.sends("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
  await player.receives("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
  player.sends(header);
  await player.receives(ours);
  await player.receives("<stream:features>...</stream:features>");
  return player;
}
