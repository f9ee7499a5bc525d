import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { addPartner, partnerOf, person, standIn, twinFor, until } from "../partner-stage.ts";
import { identityOf, type Stage, setStage } from "../play-stage.ts";
import { XmppPerson } from "../xmpp-person.ts";

const [m1, alice] = ["m1@contoso.example", "alice@ours.example"];

const pemOf = async (...order: Parameters<typeof identityOf>) => {
  const { cert, key } = await identityOf(...order);
  return { certificate: cert, key };
};

const logged = (stage: Stage, what: RegExp) => stage.log.lines.some((line) => what.test(JSON.stringify(line)));

const heard = (twin: Awaited<ReturnType<typeof partnerOf>>) =>
  (twin.state.users.m1?.heard ?? []).map(({ text }) => text);

const readBy = (local: XmppPerson) => local.reads.flat().map(({ text }) => text);

test("a certificate that has expired: nothing passes either way, the operator reads why, the writer gets the text back", async (t) => {
  const stage = await setStage(t);
  const identity = await pemOf("contoso.example", { notAfter: Date.now() - 60_000 });
  const twin = await partnerOf(t, stage, "lync2010", { identity });
  const local = await XmppPerson.signsIn(stage, "alice");
  const said = twin.say(person(twin, "m1"), alice, "hello?");
  await until("M1 is refused", () => said.status === 403, twin);
  await local.says(m1, "are you there?");
  await until("it comes back with words", () => readBy(local).length === 1, twin);
  assert.match(readBy(local)[0] ?? "", /comes back: [A-Z]\w+ /);
  assert.ok(logged(stage, /not proved.*cert-expired/), stage.log.text());
  assert.ok(logged(stage, /not trusted.*cert-expired/), stage.log.text());
  assert.deepEqual(heard(twin), []);
});

test("a certificate expires while its connections stand: from then on they prove nothing; with a new one all goes on", async (t) => {
  const stage = await setStage(t);
  const until3 = Math.ceil(Date.now() / 1_000) * 1_000 + 4_000;
  const twin = await partnerOf(t, stage, "lync2010", {
    identity: await pemOf("contoso.example", { notAfter: until3 }),
  });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "in time");
  await until("M1 reads", () => heard(twin).includes("in time"), twin);
  const before = twin.say(person(twin, "m1"), alice, "me too");
  await until("Alice reads", () => before.status === 200, twin);
  await sleep(until3 - Date.now() + 1_100);
  const late = twin.say(person(twin, "m1"), alice, "too late");
  await until("M1 is refused", () => late.status === 403, twin);
  await local.says(m1, "too late as well");
  await until("it comes back", () => readBy(local).some((text) => text.startsWith("(comes back")), twin);
  assert.deepEqual(heard(twin), ["in time"]);
  // Their administrator has renewed it.
  const { port } = twin.at;
  await twin.close();
  const renewed = await twinFor(t, stage, "lync2010", { port });
  await local.says(m1, "good again");
  await until("M1 reads", () => heard(renewed).includes("good again"), renewed);
  const after = renewed.say(person(renewed, "m1"), alice, "indeed");
  await until("Alice reads", () => after.status === 200, renewed);
  assert.deepEqual(
    readBy(local).filter((text) => !text.startsWith("(")),
    ["me too", "indeed"],
  );
  assert.deepEqual(renewed.violations, []);
});

test("a partner floods: what is over the limit is refused with a time to wait; others are served as ever", async (t) => {
  const stage = await setStage(t, { limits: { sipPartnerRequestsPerSecondMax: 50 } });
  const twin = await partnerOf(t, stage, "lync2010");
  const neighbour = await standIn(t, stage.world, stage.port("sip-tls"), "lync2010", {
    domain: "fabrikam.example",
    identity: await pemOf("fabrikam.example"),
  });
  await addPartner(stage, {
    domain: "fabrikam.example",
    type: "lync2010",
    routes: [{ host: "127.0.0.1", port: neighbour.at.port }],
  });
  const local = await XmppPerson.signsIn(stage, "alice");
  const bob = await XmppPerson.signsIn(stage, "bob");
  const flooder = person(twin, "m1");
  const first = twin.say(flooder, alice, "0");
  await until("it begins well", () => first.status === 200, twin);
  const texts = Array.from({ length: 400 }, (_, number) => twin.say(flooder, alice, `${number + 1}`));
  const kind = neighbour.say(person(neighbour, "m1"), alice, "from a neighbour");
  const began = Date.now();
  await bob.says(alice, "from a colleague");
  await until("Bob's arrives", () => readBy(local).includes("from a colleague"), twin);
  assert.ok(Date.now() - began < 3_000);
  await until("the neighbour's arrives", () => kind.status === 200, neighbour);
  await until("each is answered", () => texts.every(({ status }) => status !== 0), twin, 20);
  const taken = texts.filter(({ status }) => status === 200);
  const refused = texts.filter(({ status }) => status === 500); // R19: no 503 to a Microsoft server
  assert.equal(taken.length + refused.length, texts.length, texts.map(({ status }) => status).join(" "));
  assert.ok(refused.length >= 100 && taken.length >= 50, `${taken.length} taken, ${refused.length} refused`);
  assert.ok(refused.every(({ words }) => words !== ""));
  // What was accepted is read, once; what was refused is not.
  const numbers = readBy(local).filter((text) => /^\d+$/.test(text));
  assert.deepEqual(new Set(numbers), new Set(["0", ...taken.map(({ text }) => text)]));
  assert.equal(numbers.length, taken.length + 1);
  const complaints = stage.log.lines.filter(({ what }) => what === "SIP partner sends more than is taken");
  assert.equal(complaints.length, 1);
  // When it has calmed down it is served again.
  await sleep(2_000);
  const later = twin.say(flooder, alice, "sorry");
  await until("it is taken", () => later.status === 200, twin);
});

test("PAR-07: a burst of ours goes out at the partner's pace; nothing is lost and the order stays", async (t) => {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "lync2010"); // its edge takes 20 a second, and one a second from whoever sends more
  const local = await XmppPerson.signsIn(stage, "alice");
  const texts = Array.from({ length: 50 }, (_, number) => `t${number}`);
  for (const text of texts) await local.says(m1, text);
  await until("M1 reads them all", () => heard(twin).length === texts.length, twin, 20);
  assert.deepEqual(heard(twin), texts);
  assert.deepEqual(twin.violations, []);
});

test("DNS is gone: a partner's servers are where they last were; whoever was never found is told to the writer", async (t) => {
  const zone: Record<string, ZoneEntry> = { "sip.contoso.example": { A: ["127.0.0.1"] } };
  const stage = await setStage(t, { zone });
  const twin = await twinFor(t, stage, "lync2010", { peer: undefined });
  zone["_sipfederationtls._tcp.contoso.example"] = {
    SRV: [{ priority: 0, weight: 0, port: twin.at.port, target: "sip.contoso.example" }],
  };
  for (const domain of ["contoso.example", "fabrikam.example"]) await addPartner(stage, { domain, type: "lync2010" });
  const local = await XmppPerson.signsIn(stage, "alice");
  await local.says(m1, "found");
  await until("M1 reads", () => heard(twin).includes("found"), twin);
  stage.dns.servfailPercent = 100;
  stage.world.resolver.flush();
  twin.drop();
  await local.says(m1, "found again");
  await until("M1 reads on", () => heard(twin).includes("found again"), twin);
  assert.ok(logged(stage, /last known/), stage.log.text());
  await local.says("m1@fabrikam.example", "nobody knows where");
  await until(
    "it comes back with words",
    () => readBy(local).some((text) => /^\(comes back: [A-Z]\w+ /.test(text)),
    twin,
  );
  assert.deepEqual(twin.violations, []);
});
