import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ZoneEntry } from "../src/dns/zone.ts";
import { DnsServer } from "./dns-server.ts";
import { PartnerProcess } from "./partner-process.ts";
import { person, until } from "./partner-stage.ts";

const [m1Address, alice] = ["m1@contoso.example", "alice@ours.example"];

/** A node with a Lync server's stand-in as its partner. */
async function set(t: TestContext) {
  const place = await PartnerProcess.begin(t, "lync2010");
  await place.adds("--type", "lync2010");
  return { place, twin: place.twin, m1: person(place.twin, "m1") };
}

test("SUB-17: subscriptions both ways survive kill -9: in their dialogs, with a CSeq no lower than any before", async (t) => {
  const { place, twin, m1 } = await set(t);
  const before = await place.signIn();
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
  await place.dies();
  twin.setState(m1, "busy"); // nobody hears of it
  await place.starts();
  const local = await place.signIn();
  await until("Alice sees what M1 became meanwhile", () => local.shown(m1Address)[0] === "away Busy", twin);
  assert.deepEqual(callIds(), ours, "in the dialog there was");
  await local.is("away");
  await until("M1 sees Alice", () => seen()?.state === "away", twin);
  assert.equal(seen()?.subscription, "active");
  assert.deepEqual(twin.violations, []);
});

test("a session that kill -9 took: 481 to the text in it; in the next one it arrives, and answers do", async (t) => {
  const { place, twin, m1 } = await set(t);
  const before = await place.signIn();
  twin.say(m1, alice, "before");
  await until("Alice reads", () => before.reads.flat().length === 1, twin);
  await place.dies();
  await place.starts();
  const local = await place.signIn();
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

test("SET-13, SUB-17: a domain nobody configured is watched again after kill -9, over the protocol it was met by", async (t) => {
  const zone: Record<string, ZoneEntry> = { "far.example": { A: ["127.0.0.1"] } };
  const dns = await DnsServer.start(zone);
  t.after(() => dns.close());
  const yaml = `dns: { servers: ["${dns.address}"] }\nfederation: { open: { sip: true } }\n`;
  const place = await PartnerProcess.begin(t, "sfb2019", yaml, { domain: "far.example", host: "far.example" });
  const { twin } = place;
  zone["_sipfederationtls._tcp.far.example"] = {
    SRV: [{ priority: 0, weight: 0, port: twin.at.port, target: "far.example" }],
  };
  const [m1, far] = [person(twin, "m1"), "m1@far.example"];
  const before = await place.signIn();
  await before.adds(far);
  await until("Alice sees M1", () => before.shown(far)[0] === "available", twin);
  const callIds = () => twin.watched.of(m1).map(({ dialog }) => dialog.callId);
  const ours = callIds();
  const list = /^DISCOVERED, NOT CONFIGURED +TYPE +BECAUSE +AT *\nfar\.example +sfb2019 +DNS +\d{4}-/m;
  assert.match(await place.does("partner", "list"), list);
  await place.dies();
  // the next start finds it kept; so does whoever asks meanwhile
  assert.match(await place.does("partner", "list"), list);
  twin.setState(m1, "away");
  dns.asked.splice(0);
  await place.starts();
  const local = await place.signIn();
  await until("Alice sees what M1 became meanwhile", () => local.shown(far)[0] === "away", twin);
  assert.deepEqual(callIds(), ours, "in the dialog there was");
  assert.ok(!dns.asked.some((asked) => asked.includes("_xmpp-server")), dns.asked.join(", "));
  const shown = await place.does("partner", "show", "far.example");
  assert.match(shown, /^domain +far\.example \(discovered, not configured\)\nspeaks +sip, as sfb2019\nbecause +DNS\n/);
  await place.does("federation", "deny", "far.example");
  await until("M1 is watched no more", () => local.shown(far)[0] === "offline", twin);
  assert.match(await place.does("federation", "discovered"), /No unknown domain was met/);
  await place.dies();
  assert.match(await place.does("federation", "discovered"), /No unknown domain was met/);
  assert.deepEqual(twin.violations, []);
});
