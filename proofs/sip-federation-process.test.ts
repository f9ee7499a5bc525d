import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../src/world/clock.ts";
import { systemNetwork } from "../src/world/network.ts";
import { systemRandom } from "../src/world/random.ts";
import { comity, type Running, startComity, temporaryHome } from "./comity-process.ts";
import { person, standIn, until } from "./partner-stage.ts";
import { authorityPem, identityOf } from "./play-stage.ts";
import { Player } from "./player.ts";
import { XmppPerson } from "./xmpp-person.ts";

/** A port that stays the node's over its restarts, as a port in a configuration does. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const [m1Address, alice] = ["m1@contoso.example", "alice@ours.example"];

/** A node as its operator has it, with Alice, and a Lync server's stand-in as its partner. */
async function set(t: TestContext) {
  const [sip, xmpp] = [await freePort(), await freePort()];
  const home = temporaryHome(
    t,
    `domains: [{ name: ours.example, certificate: ours.pem, key: ours.key }]
listeners:
  - { kind: sip-tls, address: 127.0.0.1, port: ${sip} }
  - { kind: xmpp-client, address: 127.0.0.1, port: ${xmpp} }
tls: { clients: optional, trust: { system: false, files: [authority.pem] } }
limits: { sipCatchUpMs: 500 }
`,
  );
  const identity = await identityOf("ours.example");
  writeFileSync(join(home, "ours.pem"), identity.cert);
  writeFileSync(join(home, "ours.key"), identity.key, { mode: 0o600 });
  writeFileSync(join(home, "authority.pem"), await authorityPem());
  const clock = systemClock();
  const doors = { clock, random: systemRandom(), network: systemNetwork(clock) };
  const twin = await standIn(t, doors, sip, "lync2010");
  let node: Running = await startComity(t, home);
  const does = async (...args: readonly string[]) => {
    const done = await comity([...args, "--home", home]);
    assert.equal(done.code, 0, done.err);
  };
  await does("user", "add", alice, "--password", "secret");
  await does("partner", "add", "contoso.example", "--type", "lync2010", "--route", `127.0.0.1:${twin.at.port}`);
  return {
    twin,
    m1: person(twin, "m1"),
    async signIn(): Promise<XmppPerson> {
      const player = new Player({ name: "alice", port: xmpp, script: [] });
      t.after(() => player.socket.destroy());
      await player.signsIn("alice", "desk");
      return XmppPerson.from(player);
    },
    async dies(): Promise<void> {
      node.signal("SIGKILL");
      await node.ended;
    },
    async starts(): Promise<void> {
      node = await startComity(t, home);
    },
  };
}

test("SUB-17: subscriptions both ways survive kill -9: in their dialogs, with a CSeq no lower than any before", async (t) => {
  const { twin, m1, signIn, dies, starts } = await set(t);
  const before = await signIn();
  twin.subscribe(m1, alice);
  await until("Alice is asked", () => before.asked(m1Address), twin);
  await before.accepts(m1Address);
  const seen = () => twin.state.users.m1?.sees[alice];
  await until("M1 sees Alice", () => seen()?.state === "available", twin);
  await before.adds(m1Address);
  await until("Alice sees M1", () => before.shown(m1Address)[0] === "available", twin);
  // More NOTIFYs than there were when it was last kept.
  for (const state of ["busy", "away", "busy", "available"] as const) {
    await before.is(state);
    await until("M1 sees it", () => seen()?.state === state, twin);
  }
  const callIds = () => twin.watched.of(m1).map(({ dialog }) => dialog.callId);
  const ours = callIds();
  await dies();
  twin.setState(m1, "busy"); // nobody hears of it
  await starts();
  const local = await signIn();
  await until("Alice sees what M1 became meanwhile", () => local.shown(m1Address)[0] === "away Busy", twin);
  assert.deepEqual(callIds(), ours, "in the dialog there was");
  await local.is("away");
  await until("M1 sees Alice", () => seen()?.state === "away", twin);
  assert.equal(seen()?.subscription, "active");
  assert.deepEqual(twin.violations, []);
});

test("a session that kill -9 took: 481 to the text in it; in the next one it arrives, and answers do", async (t) => {
  const { twin, m1, signIn, dies, starts } = await set(t);
  const before = await signIn();
  twin.say(m1, alice, "before");
  await until("Alice reads", () => before.reads.flat().length === 1, twin);
  await dies();
  await starts();
  const local = await signIn();
  const lost = twin.say(m1, alice, "into a session that is gone");
  await until("M1 is told", () => lost.status === 481, twin);
  const said = twin.say(m1, alice, "again");
  await until("it is taken", () => said.status === 200, twin);
  await local.says(m1Address, "welcome back");
  const heard = () => (twin.state.users.m1?.heard ?? []).map(({ text }) => text);
  await until("M1 reads the answer", () => heard().includes("welcome back"), twin);
  assert.deepEqual(
    local.reads.flat().map(({ text }) => text),
    ["again"],
  );
  assert.deepEqual(twin.violations, []);
});
