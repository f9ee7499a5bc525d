import { parseArgs } from "node:util";
import { isGateway } from "./gateway-workloads.ts";
import { type Workload, workloads } from "./job.ts";
import { isSip } from "./sip-workloads.ts";

export type Options = {
  readonly workloads: readonly Workload[];
  readonly peers: readonly string[];
  readonly runs: number;
  readonly seconds: number;
  readonly users: number;
  readonly idle: number;
  readonly json: string | undefined;
  readonly profiles: string | undefined;
};

export const help = `npm run bench -- [options] [NAMES]: Comity beside bare relays, Prosody, ejabberd and Kamailio, in one run.

  NAMES            only these: "xmpp", "sip" or "gateway" for one part, workloads, several at once by how they begin (sip-message),
                   and peers; what they are compared with is there too. Only where it is named: kamailio-8, with the
                   eight workers it has by default
  --only LIST      the same with commas: x2-w1,comity,prosody
  --runs N         measurements of each, interleaved (3)
  --seconds N      length of one measurement (4)
  --users N        accounts on a server (100)
  --idle N         idle connections to hold (1000)
  --json FILE      write every figure there too
  --profiles DIR   Comity writes a CPU profile of each measurement there; its figures are then some per cent too high
  --quick          one short run of few workloads, under a minute: whether it works, not how fast anything is

${Object.entries(workloads)
  .map(([name, what]) => `  ${name.padEnd(20)}${what}`)
  .join("\n")}`;

const usualPeers = ["comity", "prosody", "ejabberd", "kamailio", "kamailio-prosody"];
export const peerNames = [...usualPeers, "kamailio-8"];
const quickSip: readonly Workload[] = ["sip-floor-udp-w1", "sip-message-udp-w1", "sip-publish-tls", "sip-register-tcp"];
const quickWorkloads: readonly Workload[] = ["raw-w1", "x2-w1", "x3-r20", "x1-scram", "x4", ...quickSip];

/** What the command line asks for; undefined when it asks for help. Throws what is wrong with it. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      runs: { type: "string" },
      seconds: { type: "string" },
      users: { type: "string" },
      idle: { type: "string" },
      json: { type: "string" },
      profiles: { type: "string" },
    },
  });
  if (values.help === true) return undefined;
  const { quick } = values;
  const all = Object.keys(workloads) as Workload[];
  const named = [...positionals, ...(values.only?.split(",") ?? [])].filter((name) => name !== "");
  for (const name of named) {
    if (!peerNames.includes(name) && !all.some((workload) => isNamed(workload, name)))
      throw new Error(`there is no workload and no peer ${name}\n\n${help}`);
  }
  const usual = quick ? quickWorkloads : all;
  const asked = all.filter((workload) => named.some((name) => isNamed(workload, name)));
  const peers = peerNames.filter((name) => named.includes(name));
  return {
    workloads: asked.length === 0 ? usual : asked,
    peers: peers.length === 0 ? (quick ? ["comity", "kamailio"] : usualPeers) : peers,
    runs: count("runs", values.runs, quick ? 1 : 3, 20),
    seconds: count("seconds", values.seconds, quick ? 1 : 4, 60),
    users: count("users", values.users, quick ? 22 : 100, 1000),
    idle: count("idle", values.idle, quick ? 100 : 1000, 10_000),
    json: values.json,
    profiles: values.profiles,
  };
}

function isNamed(workload: Workload, name: string): boolean {
  if (name === "xmpp") return !isSip(workload) && !isGateway(workload);
  return workload === name || workload.startsWith(`${name}-`);
}

function count(name: string, text: string | undefined, usual: number, most: number): number {
  const number = text === undefined ? usual : Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new Error(`--${name} takes a number from 1 to ${most}`);
}
