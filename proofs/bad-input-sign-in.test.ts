import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { textOf } from "../src/xml/element.ts";
import { Witness } from "./bad-input-witness.ts";
import { type Stage, type StageOptions, setStage } from "./play-stage.ts";
import type { Player } from "./player.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const header = "<stream:stream from='ours.example' id='...' version='1.0' xml:lang='en'>";
const coded = (text: string) => Buffer.from(text).toString("base64");

async function opened(stage: Stage, name = "stranger"): Promise<Player> {
  const player = stage.stranger(name);
  player.opens();
  await player.receives(header);
  await player.receives("<stream:features>...</stream:features>");
  return player;
}

async function secured(stage: Stage): Promise<Player> {
  const player = stage.stranger("stranger", "xmpp-client-tls");
  await player.secures("xmpp-client");
  player.opens();
  await player.receives(header);
  await player.receives("<stream:features>...</stream:features>");
  return player;
}

const failure = (condition: string) =>
  `<failure xmlns='${sasl}'><${condition}/><text xml:lang='en'>...</text></failure>`;
const auth = (mechanism: string, data: string) => `<auth xmlns='${sasl}' mechanism='${mechanism}'>${data}</auth>`;

/** One stage and its witnesses. */
async function set(t: Parameters<typeof setStage>[0], options: StageOptions = {}) {
  const stage = await setStage(t, options);
  return { stage, witness: await Witness.of(stage) };
}

/** The log line and the figure of one failed sign-in. */
function isTold(stage: Stage, mechanism: string, code: string, times = 1): void {
  const lines = stage.log.lines.filter(({ what, fields }) => what === "sign-in failed" && fields.fault === code);
  assert.equal(lines.filter(({ fields }) => fields.mechanism === mechanism).length, times, stage.log.text());
  assert.equal(stage.metrics.value("comity_sign_ins_total", mechanism, code), times);
}

test("RFC 6120 §6.5.4: a password before TLS", async (t) => {
  const stage = await setStage(t, { clientTlsRequired: true });
  const stranger = await opened(stage);
  stranger.sends(auth("PLAIN", coded("\0alice\0secret")));
  await stranger.receives(failure("encryption-required"));
  stranger.sends(auth("SCRAM-SHA-256", coded("n,,n=alice,r=abc")));
  await stranger.receives(failure("encryption-required"));
  isTold(stage, "PLAIN", "tls-required");
});

test("RFC 6120 §6.5: what fails, and how", async (t) => {
  const { stage, witness } = await set(t, { limits: { saslTriesMax: 100 } });
  const stranger = await secured(stage);
  const rows: readonly (readonly [what: string, says: string, condition: string, mechanism: string, code: string])[] = [
    ["an unknown mechanism", auth("X-MAGIC", "="), "invalid-mechanism", "unknown", "sasl-invalid-mechanism"],
    ["bad base64", auth("SCRAM-SHA-256", "n,,!"), "incorrect-encoding", "SCRAM-SHA-256", "sasl-incorrect-encoding"],
    ["no UTF-8", auth("PLAIN", "AP8A/w=="), "malformed-request", "PLAIN", "sasl-malformed"],
    ["nothing of use", auth("PLAIN", coded("alice")), "malformed-request", "PLAIN", "sasl-malformed"],
    [
      "in another's name",
      auth("PLAIN", coded("bob@ours.example\0alice\0secret")),
      "invalid-authzid",
      "PLAIN",
      "sasl-invalid-authzid",
    ],
    ["a wrong password", auth("PLAIN", coded("\0alice\0wrong")), "not-authorized", "PLAIN", "sasl-not-authorized"],
    [
      "a response to nothing",
      `<response xmlns='${sasl}'>abcd</response>`,
      "malformed-request",
      "unknown",
      "sasl-malformed",
    ],
    ["giving up", `<abort xmlns='${sasl}'/>`, "aborted", "unknown", "sasl-aborted"],
    ["a huge name", auth("PLAIN", coded(`\0${"a".repeat(5000)}\0x`)), "not-authorized", "PLAIN", "sasl-not-authorized"],
  ];
  for (const [what, says, condition, mechanism, code] of rows) {
    await t.test(what, async () => {
      const before = stage.metrics.value("comity_sign_ins_total", mechanism, code);
      stranger.sends(says);
      await stranger.receives(failure(condition));
      await witness.conversationGoesOn();
      assert.equal(stage.metrics.value("comity_sign_ins_total", mechanism, code) - before, 1);
      assert.equal(stage.log.lines.at(-1)?.fields.fault, code);
    });
  }
  // the stream is none the worse for it
  stranger.sends(auth("PLAIN", coded("\0alice\0secret")));
  await stranger.receives(`<success xmlns='${sasl}'/>`);
});

test("RFC 5802 §9: nobody learns who has an account", async (t) => {
  const { stage } = await set(t, { limits: { saslTriesMax: 100 } });
  const stranger = await secured(stage);
  const salts = new Map<string, string>();
  for (const name of ["alice", "nobody", "alice", "nobody"]) {
    stranger.sends(auth("SCRAM-SHA-256", coded(`n,,n=${name},r=abc`)));
    const challenge = Buffer.from(
      textOf(await stranger.receives(`<challenge xmlns='${sasl}'>...</challenge>`)),
      "base64",
    ).toString();
    const [, nonce = "", salt = "", rounds] = /^r=abc([^,]+),s=([^,]+),i=(\d+)/.exec(challenge) ?? [];
    assert.equal(rounds, "2");
    assert.equal(Buffer.from(salt, "base64").length, 16);
    assert.equal(salts.get(name) ?? salt, salt, "the same salt each time");
    salts.set(name, salt);
    stranger.sends(`<response xmlns='${sasl}'>${coded(`c=biws,r=abc${nonce},p=${"A".repeat(43)}=`)}</response>`);
    await stranger.receives(failure("not-authorized"));
    stranger.sends(auth("PLAIN", coded(`\0${name}\0wrong`)));
    await stranger.receives(failure("not-authorized"));
  }
});

test("RFC 6120 §6.4.5: too many tries on one connection", async (t) => {
  const { stage, witness } = await set(t, { limits: { saslTriesMax: 3 } });
  const stranger = await secured(stage);
  await witness.during("client", "sasl-too-many-tries", async () => {
    for (let count = 0; count < 3; count++) {
      stranger.sends(auth("PLAIN", coded("\0alice\0wrong")));
      await stranger.receives(failure("not-authorized"));
    }
    await stranger.isTurnedAway("policy-violation");
  });
  isTold(stage, "PLAIN", "sasl-not-authorized", 3);
});

test("RFC 6120 §13.12: too many tries from one address", async (t) => {
  const { stage, witness } = await set(t, { limits: { saslTriesPerAddressPerMinuteMax: 2 } });
  for (let count = 0; count < 2; count++) {
    const stranger = await secured(stage);
    stranger.sends(auth("PLAIN", coded("\0alice\0wrong")));
    await stranger.receives(failure("not-authorized"));
  }
  const late = await secured(stage);
  late.sends(auth("PLAIN", coded("\0alice\0secret")));
  await late.receives(failure("temporary-auth-failure"));
  await witness.conversationGoesOn();
});

test("half-open: connected and silent, on every port", async (t) => {
  const stage = await setStage(t, { limits: { unauthenticatedMs: 150, closeMs: 100 } });
  const witness = await Witness.of(stage);
  for (const kind of ["xmpp-client", "xmpp-client-tls", "xmpp-server", "xmpp-server-tls"] as const) {
    await witness.during(kind.includes("client") ? "client" : "server", "stream-timeout", async () => {
      const silent = stage.stranger("silent", kind);
      while ((await silent.hears()).name !== "closed");
    });
  }
});

test("half-open: in the middle of a handshake, of a header, of signing in, and before binding", async (t) => {
  const stage = await setStage(t, { limits: { unauthenticatedMs: 150, closeMs: 100 } });
  const witness = await Witness.of(stage);
  const halves: Readonly<Record<string, () => Promise<Player>>> = {
    handshake: async () => {
      const player = stage.stranger("stranger", "xmpp-client-tls");
      player.sends(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]));
      return player;
    },
    starttls: async () => {
      const player = await opened(stage);
      player.sends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
      return player;
    },
    header: async () => {
      const player = stage.stranger();
      player.sends("<?xml version='1.0'?><stream:stream to='ours");
      return player;
    },
    "sign-in": async () => {
      const player = await opened(stage);
      player.sends(auth("SCRAM-SHA-256", coded("n,,n=alice,r=abc")));
      return player;
    },
    binding: async () => {
      const player = stage.stranger();
      await player.authenticates("alice");
      return player;
    },
  };
  for (const [what, half] of Object.entries(halves)) {
    await t.test(what, async () => {
      await witness.during("client", "stream-timeout", async () => {
        const player = await half();
        while ((await player.hears()).name !== "closed");
      });
    });
  }
});

test("a slow trickle lives no longer than a silent connection", async (t) => {
  const stage = await setStage(t, { limits: { unauthenticatedMs: 150, closeMs: 100 } });
  const witness = await Witness.of(stage);
  await witness.during("client", "stream-timeout", async () => {
    const slow = stage.stranger("slow");
    let over = false;
    const heard = (async () => {
      while ((await slow.hears()).name !== "closed");
      over = true;
    })();
    while (!over) {
      slow.sends(" ");
      await setTimeout(10);
    }
    await heard;
  });
});

test("no more connections from one address than connectionsPerAddressMax", async (t) => {
  const stage = await setStage(t, { limits: { connectionsPerAddressMax: 4 } });
  const witness = await Witness.of(stage);
  const third = await opened(stage, "third");
  await opened(stage, "fourth");
  const fifth = stage.stranger("fifth");
  await fifth.isCutOff();
  await witness.conversationGoesOn();
  assert.equal(stage.metrics.value("comity_connections_refused_total", "connectionsPerAddressMax"), 1);
  assert.ok(stage.log.lines.some(({ what, level }) => what === "connection refused" && level === "warn"));
  // a place that becomes free is free
  await third.leaves();
  await witness.conversationGoesOn();
  await opened(stage, "sixth");
});
