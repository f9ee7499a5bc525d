import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startComity } from "./comity.ts";
import { addressOnly } from "./dns.ts";
import type { Network } from "./network.ts";
import { lacking } from "./packages.ts";
import type { Process } from "./process.ts";
import { Setting } from "./setting.ts";
import { domain, password, SipSetting } from "./sip-setting.ts";

/** Two servers of one domain, of SIPp, found by what Unbound says of them: the first says 503, then dies (RFC 3263 §4.3). */
const skip = (await lacking("unbound", "sipp", "slixmpp")) ?? false;

const far = "far.example";
const hosts = { first: 41, second: 42 } as const;
const scenario = fileURLToPath(new URL("sipp/serve.xml", import.meta.url));

const zone = (network: Network) => ({
  ...addressOnly(domain, network.address(30)),
  [`_sip._tcp.${far}`]: {
    SRV: [
      { priority: 1, weight: 0, port: 5060, target: `first.${far}` },
      { priority: 2, weight: 0, port: 5060, target: `second.${far}` },
    ],
  },
  [`first.${far}`]: { A: [network.address(hosts.first)] },
  [`second.${far}`]: { A: [network.address(hosts.second)] },
});

describe("a SIP domain with two servers, found over Unbound", { skip, timeout: 120_000 }, () => {
  let setting: Setting;
  let sip: SipSetting;
  let first: Process;

  const serves = (host: number, status: string): Process => {
    const { network } = setting;
    const at = network.address(host);
    const log = ["-trace_msg", "-message_file", join(network.folder, `sipp-${host}.messages`)];
    const own = join(network.folder, `serve-${host}.xml`);
    writeFileSync(own, readFileSync(scenario, "utf8").replace("200 OK", status));
    const place = ["-t", "t1", "-i", at, "-p", "5060", "-nostdin"];
    return setting.keep(network.start(`sipp ${at}`, ["sipp", "-sf", own, ...place, ...log]));
  };
  const heardBy = (host: number): string => {
    const file = join(setting.network.folder, `sipp-${host}.messages`);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const until = async (what: string, is: () => boolean): Promise<void> => {
    for (let count = 0; count < 100 && !is(); count++) await sleep(100);
    assert.ok(is(), `${what}\n${heardBy(hosts.first)}\n${heardBy(hosts.second)}`);
  };

  before(async () => {
    setting = await Setting.start(zone);
    first = serves(hosts.first, "503 Service Unavailable");
    serves(hosts.second, "200 OK");
    const comity = await startComity(setting, {
      host: 30,
      domains: [{ name: domain, identity: await setting.authority.issue({ names: [domain] }) }],
      users: { [`alice@${domain}`]: password },
      limits: { sipServerRestMs: 2_000 },
      sip: true,
    });
    sip = SipSetting.of(setting, comity);
    const known = Object.values(hosts).flatMap((host) => ["--address", setting.network.address(host)]);
    await comity.command("partner", "add", far, "--type", "simple", ...known);
  });
  after(() => setting?.close());

  test("what the first refuses or is not there for, the second gets; the operator sees it", { timeout: 60_000 }, () =>
    setting.play(async (signIn) => {
      const alice = await signIn("slixmpp", sip.account("alice"));
      alice.message(`m1@${far}`, "refused first");
      await until("the second has it", () => heardBy(hosts.second).includes("refused first"));
      assert.match(heardBy(hosts.first), /refused first/);
      const address = setting.network.address(hosts.first);
      await sip.comity.process.line(
        (line) => line.includes("SIP server left for others") && line.includes(address),
        5_000,
      );
      await first.stop();
      alice.message(`m1@${far}`, "nobody there");
      await until("the second has that as well", () => heardBy(hosts.second).includes("nobody there"));
    }),
  );
});
