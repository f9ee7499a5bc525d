import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import type { PemIdentity } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { TwinOptions } from "../twin/options.ts";
import { Twin } from "../twin/twin.ts";
import { systemClock } from "../world/clock.ts";
import { ensureDevelopmentCertificates, filesIn } from "../world/development-certificates.ts";
import { processLog } from "../world/log.ts";
import { systemNetwork } from "../world/network.ts";
import { systemRandom } from "../world/random.ts";
import { signalled } from "./signals.ts";
import { type ExitCode, exitCodes, failWith, say } from "./terminal.ts";
import { serveTwinControl } from "./twin-control.ts";

/** What the command line says of a stand-in, in its own words: files by name, the partner as host and port. */
export type TwinPlan = Omit<TwinOptions, "identity" | "trusted" | "peer"> & {
  /** Where its certificates lie or are made, when no files are named: the data folder of the node that is tried. */
  readonly home: string;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly peer?: { readonly host: string; readonly port: number } | undefined;
  /** What the partner's certificate has to name, where that is not its host. */
  readonly peerName?: string | undefined;
  readonly control: number;
};

/** Runs a stand-in until it is told to stop. */
export async function runTwin(plan: TwinPlan): Promise<ExitCode> {
  const options = await optionsOf(plan);
  if (!options.ok) return failWith(options.fault);
  const clock = systemClock();
  const terminal = process.stdout.isTTY === true;
  const log = processLog({ levels: { default: "info" }, form: terminal ? "human" : "json", colours: terminal });
  const doors = { clock, log, network: systemNetwork(clock), random: systemRandom() };
  const twin = new Twin(doors, options.value);
  const started = await twin.start();
  if (!started.ok) return failWith(started.fault);
  const steering = await serveTwinControl(twin, plan.control);
  if (!steering.ok) {
    await twin.close();
    return failWith(steering.fault);
  }
  const { address, port } = twin.at;
  const names = [...twin.personas.keys()].join(", ");
  say(`ready: ${plan.profile} for ${plan.domain} on ${address} port ${port}, people ${names}`);
  for (const [transport, at] of Object.entries(twin.frontEnd?.at ?? {})) {
    say(`clients sign in over ${transport} on ${at.address} port ${at.port}`);
  }
  say(`steer it: curl http://127.0.0.1:${steering.value.port}/state`);
  const asked = {
    reload: () => {},
    stopping: () => {},
    drain: async () => {
      await steering.value.close();
      await twin.close();
    },
    failed: (error: Error) => log.write("error", "twin", "our own bug", { stack: error.stack }),
  };
  const ended = await signalled(asked);
  return ended === "drained" ? exitCodes.ok : exitCodes.failed;
}

async function optionsOf(plan: TwinPlan): Promise<Result<TwinOptions>> {
  const { home, peer, peerName, control: _control, cert: _cert, key: _key, ca: _ca, ...rest } = plan;
  const files =
    plan.cert === undefined && plan.transport === "tls" ? await developmentFiles(home, plan.domain) : ok(plan);
  if (!files.ok) return files;
  const { cert, key, ca } = files.value;
  let identity: PemIdentity | undefined;
  let trusted = "";
  try {
    if (cert !== undefined && key !== undefined) {
      identity = { certificate: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
    }
    if (ca !== undefined) trusted = readFileSync(ca, "utf8");
  } catch (error) {
    return no(fault("cert-unreadable", (error as Error).message));
  }
  if (peer === undefined) return ok({ ...rest, identity, trusted });
  try {
    const { address } = await lookup(peer.host);
    const numeric = address === peer.host;
    const host = peerName ?? (numeric ? (rest.peerDomains[0] ?? peer.host) : peer.host);
    return ok({ ...rest, identity, trusted, peer: { address, port: peer.port, host } });
  } catch {
    return no(fault("dns-no-such-name", peer.host));
  }
}

type Files = Pick<TwinPlan, "cert" | "key" | "ca">;

/** A certificate by the development CA of a node's data folder, which that node believes as well. */
async function developmentFiles(home: string, domain: string): Promise<Result<Files>> {
  const folder = join(home, "certs");
  const parsed = parseDomainName(domain);
  if (!parsed.ok) return parsed;
  const [files] = filesIn(folder, [parsed.value]);
  if (files === undefined) return no(fault("cert-missing", domain));
  const made = await ensureDevelopmentCertificates(folder, [files], Date.now());
  return made.ok ? ok({ cert: files.certificate, key: files.key, ca: made.value.authorityFile }) : made;
}
