import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { systemClock } from "../../src/world/clock.ts";
import { systemNetwork } from "../../src/world/network.ts";
import { addPartner, twinFor, until as untilTwin } from "../partner-stage.ts";
import { type Stage, type StageOptions, setStage } from "../play-stage.ts";
import { ScriptedSipServer } from "../scripted-sip-server.ts";

/**
 * A partner with two servers (RFC 3263 §4.3): what the first does not take, the second gets, once, with the same identity and in a
 * transaction of its own; and a server that failed is left alone for a while.
 */

const network = systemNetwork(systemClock());

const contoso = { domain: "contoso.example", type: "simple", addresses: ["127.0.0.1"] };

const srv = (...ports: readonly number[]): ZoneEntry => ({
  SRV: ports.map((port, at) => ({ priority: at, weight: 0, port, target: `s${at}.contoso.example` })),
});

async function twoServers(t: TestContext, options: StageOptions = {}) {
  const [first, second] = [await ScriptedSipServer.start(t, network), await ScriptedSipServer.start(t, network)];
  const zone: Record<string, ZoneEntry> = {
    "_sip._tcp.contoso.example": srv(first.port, second.port),
    "s0.contoso.example": { A: ["127.0.0.1"] },
    "s1.contoso.example": { A: ["127.0.0.1"] },
  };
  const stage = await setStage(t, { ...options, zone });
  await addPartner(stage, contoso);
  return { first, second, stage, zone };
}

async function until(what: string, is: () => boolean, seconds = 5): Promise<void> {
  for (let count = 0; count < seconds * 50 && !is(); count++) await sleep(20);
  assert.ok(is(), what);
}

const writes = (text: string) => `<message to='m1@contoso.example' type='chat'><body>${text}</body></message>`;
const logged = (stage: Stage, what: string) => stage.log.lines.filter((line) => line.what === what);
const moved = (stage: Stage, why: string) => stage.metrics.value("comity_sip_next_servers_total", why);
const resting = (stage: Stage) => stage.metrics.value("comity_sip_servers_resting");

test("503: the next server gets the same request in another transaction; later ones go there at once", async (t) => {
  const { first, second, stage } = await twoServers(t);
  first.conduct = 503;
  const alice = await stage.present("alice");
  alice.sends(writes("one"));
  await until("the second has it", () => second.texts.includes("one"));
  const [refused, taken] = [first.of("MESSAGE")[0], second.of("MESSAGE")[0]];
  assert.ok(refused !== undefined && taken !== undefined);
  assert.equal(taken.callId, refused.callId);
  assert.equal(taken.fromTag, refused.fromTag);
  assert.deepEqual(taken.cseq, refused.cseq);
  assert.notEqual(taken.via?.branch, refused.via?.branch);
  alice.sends(writes("two"));
  await until("the second has that too", () => second.texts.includes("two"));
  assert.deepEqual(first.texts, ["one"]);
  assert.equal(moved(stage, "unavailable"), 1);
  assert.equal(resting(stage), 1);
  assert.equal(stage.node.counts.sip.resting, 1);
  assert.equal(logged(stage, "SIP server left for others").length, 1);
  const { steps } = await stage.node.testPartner("contoso.example");
  const servers = steps.find(({ what }) => what === "servers");
  assert.match(
    servers?.words ?? "",
    new RegExp(`tcp 127\\.0\\.0\\.1:${first.port} \\(unavailable, for \\d+ s more\\)`),
  );
  assert.equal(logged(stage, "SIP request goes to the next server").length, 1);
});

test("the connection breaks amid requests: the next server gets them in their order; nobody is told of a failure", async (t) => {
  const { first, second, stage } = await twoServers(t);
  const texts = Array.from({ length: 12 }, (_, number) => `t${number}`);
  first.conduct = () => (first.texts.length < texts.length ? "silent" : "dies");
  const alice = await stage.present("alice");
  for (const text of texts) alice.sends(writes(text));
  await until("the second has all", () => second.texts.length === texts.length);
  assert.deepEqual(second.texts, texts);
  assert.equal(moved(stage, "lost"), texts.length);
  // It may have been this connection only: the next request asks the first again.
  assert.equal(resting(stage), 0);
});

test("PAR-07: what has no other server to go to comes back at once, and takes no turn of those that wait", async (t) => {
  const stage = await setStage(t);
  const only = await ScriptedSipServer.start(t, network);
  const routes = [{ host: "127.0.0.1", port: only.port, transport: "tcp" }];
  await addPartner(stage, { ...contoso, routes, rate: 5 });
  const texts = Array.from({ length: 10 }, (_, number) => `t${number}`);
  let died = 0;
  only.conduct = () => {
    if (only.texts.length < texts.length) return "silent";
    died = Date.now();
    return "dies";
  };
  const alice = await stage.present("alice");
  for (const text of texts) alice.sends(writes(text));
  await until("all are under way, and lost", () => died > 0);
  for (let count = 0; count < texts.length; count++) {
    const back = await alice.hears();
    assert.equal(back.attrs.type, "error");
  }
  assert.ok(Date.now() - died < 1_000, `${Date.now() - died} ms`);
});

test("the first is not there at all: it is asked once, and not again before its rest is over", async (t) => {
  const { first, second, stage } = await twoServers(t, { limits: { sipServerRestMs: 1_000 } });
  const { port } = first;
  first.close();
  const alice = await stage.present("alice");
  alice.sends(writes("one"));
  await until("the second has it", () => second.texts.includes("one"));
  assert.equal(resting(stage), 1);
  // Asked for a sign of life when its time is over, it is still not there, and rests for longer.
  await sleep(1_600);
  assert.equal(resting(stage), 1);
  // It is back, and found so before a message has to find out.
  const back = await ScriptedSipServer.start(t, network);
  const { zone } = stage.dns as { zone: Record<string, ZoneEntry> };
  zone["_sip._tcp.contoso.example"] = srv(back.port, second.port);
  stage.world.resolver.flush();
  await until("the record that is gone is forgotten", () => resting(stage) === 0, 4);
  alice.sends(writes("two"));
  await until("it arrives", () => second.texts.includes("two") || back.texts.includes("two"));
  assert.notEqual(port, back.port);
});

test("a server that was out of order and answers again is chosen by its priority again, without a message having to try", async (t) => {
  const { first, second, stage } = await twoServers(t, { limits: { sipServerRestMs: 600 } });
  first.conduct = 503;
  const alice = await stage.present("alice");
  alice.sends(writes("one"));
  await until("the second has it", () => second.texts.includes("one"));
  await until("the first is asked, and is no better", () => first.of("OPTIONS").length === 1);
  assert.equal(resting(stage), 1);
  first.conduct = 200;
  await until("it is asked again, later than before", () => resting(stage) === 0);
  assert.equal(first.of("OPTIONS").length, 2);
  alice.sends(writes("two"));
  await until("the first has it", () => first.texts.includes("two"));
  assert.deepEqual(second.texts, ["one"]);
  assert.equal(logged(stage, "SIP server in use again").length, 1);
});

test("both answer 503: whoever wrote is told, and a SIP device reads 500, for only this domain is out of order", async (t) => {
  const { first, second, stage } = await twoServers(t);
  first.conduct = 503;
  second.conduct = 503;
  const bob = await stage.sipPerson("bob", "tcp");
  assert.equal(await bob.tells("m1@contoso.example", "anybody?"), 500);
  assert.deepEqual([first.texts, second.texts], [["anybody?"], ["anybody?"]]);
  const alice = await stage.present("alice");
  alice.sends(writes("and now?"));
  await alice.receives(
    "<message type='error' from='m1@contoso.example' to='alice@ours.example/desk'><error type='wait'>" +
      "<internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xml:lang='en' " +
      "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>The other side&apos;s server has trouble. (503)</text></error></message>",
  );
  // Both rest, so both are asked all the same.
  assert.equal(first.texts.length, 2);
});

test("RFC 3261 §21.5.4: a 503 with Retry-After is obeyed, by the next server while there is one, else with words", async (t) => {
  const { first, second, stage } = await twoServers(t);
  first.conduct = { status: 503, headers: "Retry-After: 2 (soon)\r\n" };
  const bob = await stage.sipPerson("bob", "tcp");
  assert.equal(await bob.tells("m1@contoso.example", "one"), 200);
  assert.deepEqual(second.texts, ["one"]);
  second.conduct = { status: 503, headers: "Retry-After: 2\r\n" };
  assert.equal(await bob.tells("m1@contoso.example", "two"), 500);
  assert.equal(await bob.tells("m1@contoso.example", "three"), 500);
  // Nothing was sent to either meanwhile.
  assert.deepEqual([first.texts, second.texts], [["one"], ["one", "two"]]);
  first.conduct = 200;
  second.conduct = 200;
  await until("the time they named is over", () => resting(stage) === 0);
  assert.equal(await bob.tells("m1@contoso.example", "four"), 200);
  assert.deepEqual(first.texts, ["one", "four"]);
});

test("local devices: the proxy of a Path that answers 503 is passed by", async (t) => {
  const { first, second, stage } = await twoServers(t);
  first.conduct = 503;
  const bob = await stage.sipClient("bob", "tcp");
  await bob.registers(600, "Path: <sip:contoso.example;lr>", "Supported: path");
  bob.close();
  const carol = await stage.sipPerson("carol", "tcp");
  assert.equal(await carol.tells("bob@ours.example", "by the second"), 200);
  assert.deepEqual([first.texts, second.texts], [["by the second"], ["by the second"]]);
  assert.equal(first.of("MESSAGE")[0]?.callId, second.of("MESSAGE")[0]?.callId);
  assert.equal(await carol.tells("bob@ours.example", "at once"), 200);
  assert.deepEqual(first.texts, ["by the second"]);
});

test("a subscription goes to the next server as well, and stands", async (t) => {
  const { first, second, stage } = await twoServers(t);
  first.conduct = 503;
  const alice = await stage.present("alice");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  await until("the second is asked", () => second.of("SUBSCRIBE").length === 1);
  assert.equal(first.of("SUBSCRIBE")[0]?.callId, second.of("SUBSCRIBE")[0]?.callId);
});

test("an INVITE answered 503 opens the conversation at the next server", async (t) => {
  const first = await ScriptedSipServer.start(t, network);
  first.conduct = 503;
  const stage = await setStage(t);
  const twin = await twinFor(t, stage, "ocs2007r2", {
    transport: "tcp",
    peer: { address: "127.0.0.1", port: stage.port("sip-tcp"), host: "127.0.0.1" },
    host: "127.0.0.1",
  });
  const route = (port: number, priority: number) => ({ host: "127.0.0.1", port, transport: "tcp", priority });
  await addPartner(stage, {
    ...contoso,
    type: "ocs2007r2",
    routes: [route(first.port, 1), route(twin.at.port, 2)],
  });
  const alice = await stage.present("alice");
  alice.sends(writes("hello"));
  await untilTwin("M1 reads", () => JSON.stringify(twin.state.users).includes('"hello"'), twin);
  assert.equal(first.of("INVITE").length, 1);
  assert.equal(moved(stage, "unavailable"), 1);
});

test("64*T1 without any response: the next server; one that said 100 is waited for; who wrote is told what became of it", async (t) => {
  await Promise.all([
    (async () => {
      const { first, second, stage } = await twoServers(t);
      first.conduct = "silent";
      const alice = await stage.present("alice");
      alice.sends(writes("one"));
      await sleep(500);
      alice.sends(writes("right behind"));
      await until("the second has both, for their connection is given up", () => second.texts.length === 2, 36);
      assert.deepEqual(second.texts, ["one", "right behind"]);
      assert.equal(moved(stage, "silent"), 1);
      assert.equal(moved(stage, "lost"), 1);
      const began = Date.now();
      alice.sends(writes("two"));
      await until("nobody waits for the first any more", () => second.texts.includes("two"));
      assert.ok(Date.now() - began < 2_000);
      assert.equal(first.texts.length, 2);
    })(),
    (async () => {
      const { first, second, stage } = await twoServers(t);
      first.conduct = ({ body }) => (body.includes("held up") ? "only 100" : "silent");
      const alice = await stage.present("alice");
      alice.sends(writes("one"));
      alice.sends(writes("held up"));
      await until("the second has it", () => second.texts.includes("one"), 36);
      // The other one has a server that works on it: two of them might each deliver it.
      await alice.receives(
        "<message type='error' from='m1@contoso.example' to='alice@ours.example/desk'><error type='wait'>" +
          "<remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xml:lang='en' " +
          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>The other side has not said whether this arrived; it may have.</text></error></message>",
      );
      assert.deepEqual(second.texts, ["one"]);
      // It has said something, so it lives, and is asked first as before.
      assert.equal(resting(stage), 0);
    })(),
  ]);
});
