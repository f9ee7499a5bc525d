import assert from "node:assert/strict";
import { test } from "node:test";
import { addPartner, person, twinFor, until } from "../partner-stage.ts";
import { identityOf, type Stage, setStage } from "../play-stage.ts";

const gateway = "sip.oscar.aol.com";
const srv = (target: string, port: number) => ({ SRV: [{ priority: 0, weight: 0, port, target }] });

/** What the people of a stand-in have heard so far. */
const heard = (twin: Awaited<ReturnType<typeof twinFor>>) => JSON.stringify(twin.state.users);

/** AOL's gateway as a stand-in: its certificate carries the gateway's name. */
async function aolTwin(t: Parameters<typeof twinFor>[0], stage: Stage, domain = "aol.com") {
  return twinFor(t, stage, "aol", { domain, host: gateway });
}

test("RT-02, RT-05: a domain AOL hosts is reached by AOL's own record, and its people by AOL's certificate", async (t) => {
  const zone = { [gateway]: { A: ["127.0.0.1"] }, "hosted.example": { A: ["127.0.0.9"] } };
  const stage = await setStage(t, { zone });
  const identity = await identityOf(gateway);
  const twin = await twinFor(t, stage, "aol", {
    domain: "hosted.example",
    host: gateway,
    identity: { certificate: identity.cert, key: identity.key },
  });
  Object.assign(zone, { "_sipfederationtls._tcp.aol.com": srv(gateway, twin.at.port) });
  await addPartner(stage, { domain: "hosted.example", type: "aol" });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@hosted.example' type='chat' id='1'><body>to hosted</body></message>");
  await until("M1 reads", () => heard(twin).includes("to hosted"), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "from hosted");
  await alice.receives(
    "<message type='chat' from='m1@hosted.example' to='alice@ours.example'><body>from hosted</body></message>",
  );
});

test("RT-03, RT-04: aim.com is aol.com, and a user is shown the address they typed", async (t) => {
  const zone = { [gateway]: { A: ["127.0.0.1"] } };
  const stage = await setStage(t, { zone });
  const twin = await aolTwin(t, stage);
  Object.assign(zone, { "_sipfederationtls._tcp.aol.com": srv(gateway, twin.at.port) });
  await addPartner(stage, { domain: "aol.com", type: "aol" });
  const alice = await stage.present("alice");
  const typed = "m\\201@aim.com";
  alice.sends(`<presence to='${typed}' type='subscribe'/>`);
  await alice.receives(`<presence from='${typed}/sip' to='alice@ours.example'/>`);
  alice.sends(`<message to='${typed}' type='chat' id='1'><body>to aim</body></message>`);
  await until("M1 reads", () => heard(twin).includes("to aim"), twin);
  const m1 = person(twin, "m1");
  twin.say(m1, "alice@ours.example", "from aol");
  await alice.receives(`<message type='chat' from='${typed}' to='alice@ours.example'><body>from aol</body></message>`);
  // they end the session and begin one themselves
  twin.bye(m1, "alice@ours.example");
  await alice.receives(
    `<message type='chat' from='${typed}' to='alice@ours.example'><gone xmlns='http://jabber.org/protocol/chatstates'/></message>`,
  );
  twin.say(m1, "alice@ours.example", "again");
  await alice.receives(
    `<message type='chat' from='${typed}' to='alice@ours.example'><body>again</body><thread>...</thread></message>`,
  );
  // they ask to see her: it is the contact she has
  twin.subscribe(m1, "alice@ours.example");
  await alice.receives(`<presence type='subscribe' from='${typed}' to='alice@ours.example'/>`);
  assert.deepEqual(twin.violations, []);
});

test("AOL's addresses are looked at in DNS again and again, and changes are told", async (t) => {
  const zone: Record<string, object> = {
    [gateway]: { A: ["127.0.0.1"] },
    "_sipfederationtls._tcp.aol.com": srv(gateway, 5061),
  };
  const stage = await setStage(t, { zone, limits: { partnerAddressesMs: 100 } });
  const flush = () => stage.world.resolver.flush();
  const state = () => stage.node.partnerState("aol.com").addresses;
  const comes = async (what: string, is: () => boolean) => {
    for (let count = 0; count < 100 && !is(); count++) await new Promise((done) => setTimeout(done, 20));
    assert.ok(is(), `${what}: ${JSON.stringify(state())}`);
  };
  await addPartner(stage, { domain: "aol.com", type: "aol", addresses: ["127.0.0.1"] });
  await comes("as expected", () => state()?.found.join() === "127.0.0.1");
  assert.deepEqual(stage.node.surprisingPartners, []);
  zone[gateway] = { A: ["127.0.0.1", "127.0.0.2"] };
  flush();
  await comes("one more", () => state()?.added.join() === "127.0.0.2");
  assert.deepEqual(stage.node.surprisingPartners, ["aol.com"]);
  const told = () => stage.log.lines.filter(({ what }) => what === "SIP partner's addresses changed");
  assert.equal(told().length, 1);
  assert.equal(told()[0]?.fields.added, "127.0.0.2");
  assert.equal(stage.metrics.value("comity_partner_address_changes_total", "aol.com"), 1);
  assert.equal(stage.metrics.value("comity_partner_addresses_unexpected"), 1);
  // DNS fails: what was found stands, and the failure is told once
  zone[gateway] = { failing: "servfail" };
  flush();
  await comes("failed", () => state()?.failed !== "");
  assert.deepEqual(state()?.added, ["127.0.0.2"]);
  // the administrator takes the new ones in
  zone[gateway] = { A: ["127.0.0.1", "127.0.0.2"] };
  flush();
  await addPartner(stage, { domain: "aol.com", type: "aol", addresses: ["127.0.0.1", "127.0.0.2"] });
  await comes("as expected again", () => state()?.added.length === 0 && state()?.expected.length === 2);
  assert.deepEqual(stage.node.surprisingPartners, []);
});

test("RT-09, RT-10, SET-32: the backup route when the first is not there; RT-01: static wins over DNS", async (t) => {
  const stage = await setStage(t, { zone: { "_sipfederationtls._tcp.contoso.example": srv("nowhere.example", 1) } });
  const twin = await twinFor(t, stage, "lync2010");
  const routes = [
    { host: "127.0.0.1", port: twin.at.port, priority: 2 },
    { host: "127.0.0.1", port: 1, priority: 1 },
    { host: "127.0.0.1", port: 2, priority: 1, inService: false },
  ];
  await addPartner(stage, { domain: "contoso.example", type: "lync2010", routes });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>by the backup</body></message>");
  await until("M1 reads", () => heard(twin).includes("by the backup"), twin);
});

test("RT-08: direct federation with OCS over TCP, proved by address alone", async (t) => {
  const stage = await setStage(t);
  const twin = await twinFor(t, stage, "ocs2007", {
    transport: "tcp",
    peer: { address: "127.0.0.1", port: stage.port("sip-tcp"), host: "ours.example" },
  });
  const routes = [{ host: "127.0.0.1", port: twin.at.port, transport: "tcp" }];
  await addPartner(stage, { domain: "contoso.example", type: "ocs2007", routes, addresses: ["127.0.0.1"] });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>no edge</body></message>");
  await until("M1 reads", () => heard(twin).includes("no edge"), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "none here either");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>none here either</body></message>",
  );
  // the same from an address nobody wrote is not believed
  await addPartner(stage, { domain: "contoso.example", type: "ocs2007", routes, addresses: ["127.0.0.7"] });
  const m2 = person(twin, "m2");
  const refused = twin.say(m2, "alice@ours.example", "who am I?");
  await until("it is refused", () => refused.status === 403, twin);
});

test("RT-11: another organisation by way of a partner's Microsoft server", async (t) => {
  const stage = await setStage(t);
  // far.example has no edge we know: contoso's server carries what is between us
  const identity = await identityOf("edge.contoso.example");
  const twin = await twinFor(t, stage, "lync2010", {
    domain: "far.example",
    host: "edge.contoso.example",
    identity: { certificate: identity.cert, key: identity.key },
  });
  await addPartner(stage, {
    domain: "far.example",
    type: "lync2010",
    routes: [{ host: "127.0.0.1", port: twin.at.port }],
    names: ["edge.contoso.example"],
  });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@far.example' type='chat' id='1'><body>far away</body></message>");
  await until("M1 reads", () => heard(twin).includes("far away"), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "from afar");
  await alice.receives(
    "<message type='chat' from='m1@far.example' to='alice@ours.example'><body>from afar</body></message>",
  );
});

test("RT-14: people who are not here are 404 to a partner", async (t) => {
  const stage = await setStage(t);
  const twin = await twinFor(t, stage, "lync2010");
  await addPartner(stage, {
    domain: "contoso.example",
    type: "lync2010",
    routes: [{ host: "127.0.0.1", port: twin.at.port }],
  });
  const said = twin.say(person(twin, "m1"), "nobody@ours.example", "anyone?");
  await until("it is refused", () => said.status === 404, twin);
});
