import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Zone } from "../src/dns/zone.ts";
import type { TwinState } from "../src/twin/state.ts";
import type { Account } from "./clients.ts";
import { type Comity, startComity } from "./comity.ts";
import { befriend, chat } from "./conversation.ts";
import { served } from "./dns.ts";
import type { Network } from "./network.ts";
import { lacking } from "./packages.ts";
import { startProsody } from "./prosody.ts";
import { Setting } from "./setting.ts";

/**
 * Domains nobody configured, found by what Unbound says of them: one on Prosody, one that only SIP reaches (a stand-in). Nothing is
 * known of either but its DNS and its certificate.
 */
const skip = (await lacking("unbound", "prosody", "slixmpp")) ?? false;

const launcher = fileURLToPath(new URL("../bin/comity", import.meta.url));
const [ours, mail, overXmpp, overSip] = ["ours.example", "mail.example", "xmpp.example", "sip.example"] as const;
const hosts = { ours: 30, prosody: 10, twin: 40 } as const;
const control = 5099;
const password = "pencil";

function zone(network: Network): Zone {
  const srv = (port: number, target: string) => ({ SRV: [{ priority: 0, weight: 0, port, target }] });
  const at = network.address(hosts.ours);
  return {
    ...served(ours, at),
    ...served(mail, at),
    [`_sipfederationtls._tcp.${ours}`]: srv(5061, `sip.${ours}`),
    [`sip.${ours}`]: { A: [at] },
    ...served(overXmpp, network.address(hosts.prosody)),
    [`_sipfederationtls._tcp.${overSip}`]: srv(5061, `edge.${overSip}`),
    [`edge.${overSip}`]: { A: [network.address(hosts.twin)] },
  };
}

describe("SET-13: open federation over Unbound", { skip, timeout: 300_000 }, () => {
  let setting: Setting;
  let comity: Comity;

  before(async () => {
    setting = await Setting.start(zone);
    const { authority, network } = setting;
    // EML-09: the certificate of our domain carries the domain of its people's email addresses.
    const [our, their, edge] = await Promise.all([
      authority.issue({ names: [ours, mail, `sip.${ours}`] }),
      authority.issue({ names: [overXmpp] }),
      authority.issue({ names: [`edge.${overSip}`] }),
    ]);
    const users = Object.fromEntries(["alice", "bob"].map((user) => [`${user}@${ours}`, password]));
    const place = ["--domain", overSip, "--host", `edge.${overSip}`, "--address", network.address(hosts.twin)];
    const peer = ["--port", "5061", "--peer", `${network.address(hosts.ours)}:5061`, "--peer-name", `sip.${ours}`];
    const proof = ["--cert", edge.certificate, "--key", edge.key, "--ca", authority.path];
    const people = ["--peer-domain", ours, "--user", "m1", "--control", `${control}`];
    const twin = setting.keep(
      network.start("twin", [launcher, "twin", "sfb2019", ...place, ...peer, ...proof, ...people]),
    );
    [comity] = await Promise.all([
      startComity(setting, {
        host: hosts.ours,
        domains: [{ name: ours, identity: our }],
        users,
        sip: true,
        federation: { open: { sip: true }, emailAddresses: true },
      }),
      startProsody(setting, {
        host: hosts.prosody,
        tlsRequired: true,
        domains: [{ name: overXmpp, identity: their, dialback: false, users: { romeo: password } }],
      }),
      twin.line(/^steer it/, 30_000),
    ]);
  });
  after(() => setting?.close());

  const account = (jid: string): Account => ({
    jid,
    password,
    address: setting.network.address(jid.endsWith(ours) ? hosts.ours : hosts.prosody),
    ca: setting.authority.path,
  });

  const steer = async (path: string, body?: object): Promise<string> => {
    const url = `http://127.0.0.1:${control}${path}`;
    const given = body === undefined ? [] : ["-X", "POST", "-d", JSON.stringify(body)];
    return (await setting.network.run(["curl", "-s", ...given, url], 10_000)).join("\n");
  };

  /** Looks, for twenty seconds at most, until the stand-in knows a text. */
  const heard = async (text: string): Promise<void> => {
    let state = "";
    for (let count = 0; count < 40; count++) {
      state = await steer("/state");
      if (state.includes(text)) return;
      await sleep(500);
    }
    assert.fail(`${text} was not heard: ${state}`);
  };

  test(
    "a domain that names SIP servers is met over SIP, one that names XMPP servers over XMPP",
    { timeout: 120_000 },
    () =>
      setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", account(`alice@${ours}`));
        const romeo = await signIn("slixmpp", account(`romeo@${overXmpp}`));
        alice.message(`m1@${overSip}`, "hello over SIP");
        await heard("hello over SIP");
        await steer("/users/m1/say", { to: `alice@${ours}`, text: "and back" });
        await alice.expect({ event: "message", from: `m1@${overSip}`, body: "and back" });
        await befriend(alice, romeo);
        await chat(alice, romeo);
        const lines = await comity.command("federation", "discovered", "--json");
        const { discovered } = JSON.parse(lines.join("\n")) as { discovered: { domain: string; protocol: string }[] };
        const met = discovered.map(({ domain, protocol }) => `${domain} ${protocol}`).sort();
        assert.deepEqual(met, [`${overSip} sip`, `${overXmpp} xmpp`]);
        assert.match((await comity.command("partner", "list")).join("\n"), /sip\.example +sfb2019 +DNS/);
        const told = (await comity.command("federation", "discover", overSip)).join("\n");
        assert.match(told, /_sipfederationtls\._tcp\.sip\.example: there/);
        assert.match(told, /_xmpp-server\._tcp\.sip\.example: none/);
        const { violations } = JSON.parse(await steer("/state")) as TwinState;
        assert.deepEqual(violations, []);
      }),
  );

  test(
    "SET-15: a denied domain is refused over either protocol, at once and until it is allowed",
    { timeout: 120_000 },
    () =>
      setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", account(`alice@${ours}`));
        const romeo = await signIn("slixmpp", account(`romeo@${overXmpp}`));
        alice.message(romeo.jid, "before");
        await romeo.expect({ event: "message", body: "before" });
        await comity.command("federation", "deny", overXmpp);
        await comity.command("federation", "deny", overSip);
        alice.message(romeo.jid, "denied");
        await alice.expect({ event: "message", from: romeo.jid, type: "error" });
        alice.message(`m1@${overSip}`, "denied too");
        await alice.expect({ event: "message", from: `m1@${overSip}`, type: "error" });
        const links = (await comity.links()).filter(({ stage }) => stage === "up");
        assert.deepEqual(links, []);
        romeo.message(alice.jid, "from the denied");
        await romeo.expect({ event: "message", from: alice.jid, type: "error" });
        await comity.command("federation", "allow", overXmpp);
        await comity.command("federation", "allow", overSip);
        alice.message(romeo.jid, "after");
        await romeo.expect({ event: "message", body: "after" });
      }),
  );

  test("EML-01 to EML-09: over XMPP Bob is his email address, and nobody under his own", { timeout: 120_000 }, () =>
    setting.play(async (signIn) => {
      await comity.command("user", "email", `bob@${ours}`, `bob.jones@${mail}`);
      const bob = await signIn("slixmpp", account(`bob@${ours}`));
      const romeo = await signIn("slixmpp", account(`romeo@${overXmpp}`));
      bob.message(romeo.jid, "by mail name");
      await romeo.expect({ event: "message", from: `bob.jones@${mail}`, body: "by mail name" });
      romeo.message(`bob.jones@${mail}`, "hello Bob");
      await bob.expect({ event: "message", from: romeo.jid, body: "hello Bob" });
      // presence both ways
      romeo.presence({ to: `bob.jones@${mail}`, type: "subscribe" });
      await bob.expect({ event: "presence", from: romeo.jid, type: "subscribe" });
      bob.presence({ to: romeo.jid, type: "subscribed" });
      await romeo.expect({ event: "presence", from: `bob.jones@${mail}`, type: "available" });
      // EML-04: what is sent to the address he has here is dropped
      romeo.message(`bob@${ours}`, "by his other name");
      romeo.message(`bob.jones@${mail}`, "last");
      await bob.expect({ event: "message", body: "last" });
      assert.ok(!bob.has({ event: "message", body: "by his other name" }));
      // EML-03: Alice, who has none, is known by the address she has here
      const alice = await signIn("slixmpp", account(`alice@${ours}`));
      alice.message(romeo.jid, "I have none");
      await romeo.expect({ event: "message", from: `alice@${ours}`, body: "I have none" });
      const domains = (await comity.command("domain", "list")).join("\n");
      assert.match(domains, /mail\.example +1 +system +that of ours\.example$/m);
    }),
  );

  test("SUB-25: sharing switched off and on is told over XMPP, both ways", { timeout: 120_000 }, () =>
    setting.play(async (signIn) => {
      const alice = await signIn("slixmpp", account(`alice@${ours}`));
      const romeo = await signIn("slixmpp", account(`romeo@${overXmpp}`));
      const seeEachOther = async (type: string) => {
        await romeo.expect({ event: "presence", from: alice.jid, type });
        await alice.expect({ event: "presence", from: romeo.jid, type });
      };
      await seeEachOther("available");
      await comity.reconfigured((config) => ({ ...config, presence: { sharing: false } }));
      await seeEachOther("unavailable");
      await comity.reconfigured((config) => ({ ...config, presence: { sharing: true } }));
      await seeEachOther("available");
    }),
  );

  test(
    "EML-06, EML-07: with contacts there already the old name leaves, and the new one asks",
    { timeout: 120_000 },
    () =>
      setting.play(async (signIn) => {
        const alice = await signIn("slixmpp", account(`alice@${ours}`));
        const romeo = await signIn("slixmpp", account(`romeo@${overXmpp}`));
        // friends since the first of these tests
        await romeo.expect({ event: "presence", from: alice.jid, type: "available" });
        await alice.expect({ event: "presence", from: romeo.jid, type: "available" });
        await comity.command("user", "email", `alice@${ours}`, `alice.smith@${mail}`);
        await romeo.expect({ event: "presence", from: `alice@${ours}`, type: "unavailable" });
        await romeo.expect({ event: "presence", from: `alice.smith@${mail}`, type: "subscribe" });
        romeo.presence({ to: `alice.smith@${mail}`, type: "subscribed" });
        await alice.expect({ event: "presence", from: romeo.jid, type: "available" });
        alice.message(romeo.jid, "by my new name");
        await romeo.expect({ event: "message", from: `alice.smith@${mail}`, body: "by my new name" });
        await comity.command("user", "email", `alice@${ours}`, "--clear");
      }),
  );
});
