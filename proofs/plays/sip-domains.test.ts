import assert from "node:assert/strict";
import { test } from "node:test";
import type { ZoneEntry } from "../../src/dns/zone.ts";
import { addPartner, partnerOf, person, twinFor, until } from "../partner-stage.ts";
import { identityOf, setStage } from "../play-stage.ts";

const srv = (target: string, port: number): ZoneEntry => ({ SRV: [{ priority: 0, weight: 0, port, target }] });

/** They write, are answered, and see each other, whatever the domains are called. */
const domains = [
  ["DOM-04 (a): they are the domain above ours", "example"],
  ["DOM-04 (b): they are a domain below ours", "branch.ours.example"],
  ["DOM-04 (c): they are beside us", "contoso.example"],
] as const;
for (const [what, domain] of domains) {
  test(`${what}: ${domain} and ours.example`, async (t) => {
    const stage = await setStage(t);
    const twin = await twinFor(t, stage, "lync2010", { domain });
    await addPartner(stage, { domain, type: "lync2010", routes: [{ host: "127.0.0.1", port: twin.at.port }] });
    const alice = await stage.present("alice");
    alice.sends(`<message to='m1@${domain}' type='chat' id='1'><body>to them</body></message>`);
    await until("M1 reads", () => JSON.stringify(twin.state).includes("to them"), twin);
    twin.say(person(twin, "m1"), "alice@ours.example", "from them");
    await alice.receives(
      `<message type='chat' from='m1@${domain}' to='alice@ours.example'><body>from them</body></message>`,
    );
    alice.sends(`<presence to='m1@${domain}' type='subscribe'/>`);
    await alice.receives(`<presence from='m1@${domain}/sip' to='alice@ours.example'/>`);
    assert.deepEqual(twin.violations, []);
  });
}

test("DOM-02, DOM-03: several domains of ours with one partner, each by its own name", async (t) => {
  const stage = await setStage(t, { domains: ["branch.example"] });
  const twin = await partnerOf(t, stage, "lync2010", { peerDomains: ["ours.example", "branch.example"] });
  const m1 = person(twin, "m1");
  const alice = await stage.present("alice");
  const erin = stage.stranger("erin", "xmpp-client", "branch.example");
  await erin.signsIn("erin", "desk");
  await erin.isAvailable();
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>from ours</body></message>");
  await until("M1 reads Alice", () => JSON.stringify(twin.state).includes("from ours"), twin);
  erin.sends("<message to='m1@contoso.example' type='chat' id='1'><body>from the branch</body></message>");
  await until("M1 reads Erin", () => JSON.stringify(twin.state).includes("from the branch"), twin);
  assert.match(JSON.stringify(twin.state), /"with":"erin@branch\.example"/);
  twin.say(m1, "erin@branch.example", "hello branch");
  await erin.receives(
    "<message type='chat' from='m1@contoso.example' to='erin@branch.example'><body>hello branch</body></message>",
  );
  await alice.receivesNothing();
});

test("RT-18: a partner that is one of our domains in the file gets nothing, and the log says so", async (t) => {
  const stage = await setStage(t, { domains: ["branch.example"] });
  await addPartner(stage, { domain: "branch.example", type: "lync2010" });
  const told = stage.log.lines.find(({ what }) => what === "SIP partner configured otherwise too");
  assert.deepEqual(told?.fields, { domain: "branch.example", fault: "partner-is-ours" });
  const alice = await stage.present("alice");
  alice.sends("<message to='nobody@branch.example' type='chat' id='1'><body>?</body></message>");
  assert.match(JSON.stringify(await alice.hears()), /service-unavailable/);
});

test("RT-17: a partner that has a row under federation.partners too stays on SIP, and the log says so", async (t) => {
  const stage = await setStage(t, { partners: [{ domain: "contoso.example", tls: "optional" }] });
  const twin = await partnerOf(t, stage, "lync2010");
  const told = stage.log.lines.find(({ what }) => what === "SIP partner configured otherwise too");
  assert.deepEqual(told?.fields, { domain: "contoso.example", fault: "partner-is-xmpp" });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>over SIP</body></message>");
  await until("M1 reads", () => JSON.stringify(twin.state).includes("over SIP"), twin);
});

test("FLW-11: NOTIFYs addressed to the routing FQDN, where our Contact leads, reach whoever watches", async (t) => {
  const stage = await setStage(t, { sip: { advertise: "routing.ours.example" } });
  const twin = await partnerOf(t, stage, "lync2010");
  const m1 = person(twin, "m1");
  const alice = await stage.present("alice");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
  const [watcher] = twin.state.users.m1?.watchers ?? [];
  assert.match(watcher?.target ?? "", /^sip:routing\.ours\.example:\d+;transport=tls/);
  twin.setState(m1, "away");
  await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'><show>away</show></presence>");
});

test("--name: an SRV record that leads outside the partner's domain, whose certificate carries another name", async (t) => {
  const hosted = "sipfed.provider.example";
  const zone: Record<string, ZoneEntry> = { [hosted]: { A: ["127.0.0.1"] } };
  const stage = await setStage(t, { zone });
  const identity = await identityOf(hosted);
  const twin = await twinFor(t, stage, "sfb2019", {
    host: hosted,
    identity: { certificate: identity.cert, key: identity.key },
  });
  zone["_sipfederationtls._tcp.contoso.example"] = srv(hosted, twin.at.port);
  await addPartner(stage, { domain: "contoso.example", type: "sfb2019" });
  const alice = await stage.present("alice");
  alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>without</body></message>");
  assert.match(JSON.stringify(await alice.hears()), /not-authorized/);
  await addPartner(stage, { domain: "contoso.example", type: "sfb2019", names: [hosted] });
  alice.sends("<message to='m1@contoso.example' type='chat' id='2'><body>with the name</body></message>");
  await until("M1 reads", () => JSON.stringify(twin.state).includes("with the name"), twin);
  twin.say(person(twin, "m1"), "alice@ours.example", "back");
  await alice.receives(
    "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>back</body></message>",
  );
});

test("SET-02, SUB-10: users read a partner's description where they ask about its domain, and where its people ask", async (t) => {
  const stage = await setStage(t);
  const twin = await twinFor(t, stage, "lync2010");
  await addPartner(stage, {
    domain: "contoso.example",
    type: "lync2010",
    description: "Contoso & partners",
    routes: [{ host: "127.0.0.1", port: twin.at.port }],
  });
  const alice = await stage.present("alice");
  alice.sends("<iq type='get' id='d' to='contoso.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
  const answer = JSON.stringify(await alice.hears());
  assert.match(answer, /"gateway"/);
  assert.match(answer, /Contoso & partners/);
  twin.subscribe(person(twin, "m1"), "alice@ours.example");
  await alice.receives(
    "<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'><status>Contoso &amp; partners</status></presence>",
  );
  // what else may be asked of the domain is not served there
  alice.sends("<iq type='get' id='v' to='contoso.example'><query xmlns='jabber:iq:version'/></iq>");
  assert.match(JSON.stringify(await alice.hears()), /service-unavailable/);
});

test("--rate, PAR-07: a partner is sent no more than so many requests a second", async (t) => {
  const stage = await setStage(t);
  const twin = await twinFor(t, stage, "lync2010");
  await addPartner(stage, {
    domain: "contoso.example",
    type: "lync2010",
    rate: 4,
    routes: [{ host: "127.0.0.1", port: twin.at.port }],
  });
  const alice = await stage.present("alice");
  const count = 14;
  const began = Date.now();
  for (let at = 0; at < count; at++) {
    alice.sends(`<message to='m1@contoso.example' type='chat' id='${at}'><body>text ${at}.</body></message>`);
  }
  await until("M1 reads the last", () => JSON.stringify(twin.state).includes(`text ${count - 1}.`), twin);
  // INVITE and 14 texts: a second's worth at once, the others at 4 a second
  assert.ok(Date.now() - began >= 2_000, `${Date.now() - began} ms`);
});

test("DOM-06: another default domain counts at once, and nobody is dropped", async (t) => {
  const stage = await setStage(t, { domains: ["branch.example"] });
  const alice = await stage.present("alice");
  const asked = async (): Promise<string> => {
    const stranger = stage.stranger();
    stranger.sends(
      "<?xml version='1.0'?><stream:stream version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    return String((await stranger.hears()).attrs.from);
  };
  assert.equal(await asked(), "ours.example");
  const { settings } = stage;
  const applied = await stage.node.apply({ ...settings, domains: new Map([...settings.domains].reverse()) });
  assert.ok(applied.ok);
  assert.equal(await asked(), "branch.example");
  await alice.receivesNothing();
});
