import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Partners } from "../../src/admin/partners.ts";
import { SimLog } from "../../src/sim/log.ts";
import { Twin } from "../../src/twin/twin.ts";
import { authorityPem, identityOf, type Stage, setStage } from "../play-stage.ts";

const profiles = ["ocs2007", "ocs2007r2", "lync2010", "sfb2019"] as const;

/** A stand-in for contoso.example that is a partner of the stage, with two people. */
async function partnerOf(t: TestContext, stage: Stage, profile: (typeof profiles)[number]): Promise<Twin> {
  const identity = await identityOf("contoso.example");
  const { clock, random, network } = stage.world;
  const twin = new Twin(
    { clock, random, network, log: new SimLog(clock) },
    {
      profile,
      domain: "contoso.example",
      peerDomains: ["ours.example"],
      address: "127.0.0.1",
      port: 0,
      peer: { address: "127.0.0.1", port: stage.port("sip-tls"), host: "ours.example" },
      transport: "tls",
      identity: { certificate: identity.cert, key: identity.key },
      trusted: await authorityPem(),
      users: ["m1", "m2"],
    },
  );
  const started = await twin.start();
  assert.ok(started.ok, started.ok ? "" : started.fault.detail);
  t.after(() => twin.close());
  const partners = new Partners(stage.world, { isLocal: (domain) => domain === "ours.example", isXmpp: () => false });
  const put = await partners.put("cli:0", {
    domain: "contoso.example",
    type: profile,
    routes: [{ host: "127.0.0.1", port: twin.at.port }],
  });
  assert.ok(put.ok);
  await sleep(50);
  return twin;
}

/** Looks, for two seconds at most, until it is so. */
async function until(what: string, is: () => boolean, twin: Twin): Promise<void> {
  for (let count = 0; count < 100 && !is(); count++) await sleep(20);
  assert.ok(is(), `${what}: ${JSON.stringify(twin.state, null, 1)}`);
}

const person = (twin: Twin, name: string) => {
  const found = twin.person(name);
  assert.ok(found);
  return found;
};

for (const profile of profiles) {
  test(`system.md 11.4 against ${profile}: presence both ways, messages both ways, blocks`, async (t) => {
    const stage = await setStage(t);
    const twin = await partnerOf(t, stage, profile);
    const m1 = person(twin, "m1");
    const alice = await stage.present("alice");
    // M1 adds Alice, and she is asked
    twin.subscribe(m1, "alice@ours.example");
    await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
    alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
    const sees = () => JSON.stringify(twin.state);
    await until("M1 sees Alice", () => /alice@ours\.example[^}]*"available"/.test(sees()), twin);
    // Alice adds M1
    alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
    await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
    twin.setState(m1, "busy");
    await alice.receives(
      "<presence from='m1@contoso.example/sip' to='alice@ours.example'><show>away</show><status>Busy</status></presence>",
    );
    twin.setState(m1, "available");
    await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
    alice.sends("<presence><show>dnd</show></presence>");
    await alice.hears();
    await until("M1 sees Alice busy", () => /alice@ours\.example[^}]*"busy"/.test(sees()), twin);
    // Alice writes, M1 answers in the same session
    alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>héllo</body></message>");
    await until("M1 reads", () => sees().includes("héllo"), twin);
    twin.say(m1, "alice@ours.example", "hi there");
    await alice.receives(
      "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>hi there</body></message>",
    );
    // M1 opens the window
    const m2 = person(twin, "m2");
    twin.say(m2, "alice@ours.example", "good morning");
    await alice.receives(
      "<message type='chat' from='m2@contoso.example' to='alice@ours.example'><body>good morning</body></message>",
    );
    assert.deepEqual(twin.violations, []);
  });
}
