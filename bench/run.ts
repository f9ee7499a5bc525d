import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { lacking, type Program } from "../interop/packages.ts";
import { contestsOf, type Part, rowsOf } from "./contest.ts";
import { Field } from "./field.ts";
import { isGateway, isKamailios } from "./gateway-workloads.ts";
import type { Outcome, Workload } from "./job.ts";
import { help, type Options, readOptions } from "./options.ts";
import type { Peer } from "./peer.ts";
import { comity } from "./peer-comity.ts";
import { ejabberd } from "./peer-ejabberd.ts";
import { floor } from "./peer-floor.ts";
import { gateway, lackingGateway } from "./peer-gateway.ts";
import { kamailio, kamailio8, lackingKamailio } from "./peer-kamailio.ts";
import { prosody } from "./peer-prosody.ts";
import { sipFloor } from "./peer-sip-floor.ts";
import type { Row } from "./row.ts";
import { isSip, sipLoad } from "./sip-workloads.ts";
import { tables } from "./table.ts";

/** `npm run bench`: every workload with every peer, interleaved, and one table. README.md says how to read it. */
const options = readOptions(process.argv.slice(2));
if (options === undefined) console.log(help);
else await bench(options);

async function bench(options: Options): Promise<void> {
  if (availableParallelism() < 2) throw new Error("the server and the driver need a core each");
  const without = await lacking("unbound");
  if (without !== undefined) throw new Error(`the bench needs a DNS server: ${without}`);
  const peers = [floor, sipFloor, ...(await chosen(options))];
  const suitsPeer = (name: string, workload: Workload): boolean =>
    peers.some((peer) => peer.name === name && suits(peer, workload));
  const contests = contestsOf(
    options.workloads,
    peers.map(({ name }) => name),
    suitsPeer,
  );
  const field = await Field.make(options, peers);
  const results = new Map<string, Outcome[]>();
  try {
    // Interleaved, so that an hour when the machine is slow is slow for all of them.
    for (let run = 1; run <= options.runs; run++) {
      for (const contest of contests) {
        const outcomes = await field.measure(contest);
        console.error(`${run}/${options.runs} ${contest.workload}`);
        for (const [at, { peer, workload }] of contest.parts.entries()) {
          const outcome = outcomes[at] as Outcome;
          const id = `${workload} ${peer}`;
          results.set(id, [...(results.get(id) ?? []), outcome]);
          console.error(`  ${id}: ${brief(outcome)}`);
        }
      }
    }
  } finally {
    await field.close();
  }
  const rows = rowsOf(contests).map((part) => rowOf(part, results));
  console.log(`\nNode ${process.version}, ${cpus()[0]?.model}; server on one core, driver on another\n`);
  console.log(tables(rows));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 1)}\n`);
  if (rows.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
}

/** The peers asked for that are there; says which are not. */
async function chosen(options: Options): Promise<Peer[]> {
  const found: Peer[] = [];
  for (const peer of [comity, prosody, ejabberd, kamailio, kamailio8, gateway]) {
    if (!options.peers.includes(peer.name) || !suitsAny(peer, options)) continue;
    const why = await lackingPeer(peer);
    if (why === undefined) found.push(peer);
    else console.error(`without ${peer.name}: ${why}`);
  }
  return found;
}

async function lackingPeer(peer: Peer): Promise<string | undefined> {
  if (peer === comity) return undefined;
  if (peer === gateway) return lackingGateway();
  return peer === kamailio || peer === kamailio8 ? lackingKamailio() : lacking(peer.name as Program);
}

function suitsAny(peer: Peer, { workloads }: Options): boolean {
  return workloads.some((workload) => suits(peer, workload));
}

/** The floors know the raw workloads and memory, the servers all others of what they speak. */
function suits({ speaks, startGateway, mangled }: Peer, workload: Workload): boolean {
  if (isGateway(workload)) return startGateway !== undefined && (mangled === undefined || isKamailios(workload));
  if (workload === "x4") return speaks.includes("raw") || speaks.includes("xmpp");
  if (workload.startsWith("raw")) return speaks.includes("raw");
  if (!isSip(workload)) return speaks.includes("xmpp");
  const { kind } = sipLoad(workload);
  if (kind === "floor") return speaks.includes("sip-raw");
  return speaks.includes("sip") && (kind !== "to-xmpp" || speaks.includes("xmpp"));
}

function rowOf({ workload, peer }: Part, results: ReadonlyMap<string, readonly Outcome[]>): Row {
  const outcomes = results.get(`${workload} ${peer}`) ?? [];
  return {
    workload,
    peer,
    figures: outcomes.flatMap((each) => ("figures" in each ? [each.figures] : [])),
    memory: outcomes.flatMap((each) => ("memory" in each ? [each.memory] : [])),
    failures: outcomes.flatMap((each) => ("failed" in each ? [each.failed] : [])),
  };
}

function brief(outcome: Outcome): string {
  if ("failed" in outcome) return `failed: ${outcome.failed}`;
  if ("memory" in outcome) {
    const { rssKib, baseRssKib, connections } = outcome.memory;
    return `${((rssKib - baseRssKib) / connections).toFixed(1)} KiB each`;
  }
  const { units, seconds, serverCpuUs } = outcome.figures;
  const cpu = serverCpuUs.reduce((sum, each) => sum + each, 0) / units;
  return `${cpu.toFixed(1)} µs per unit, ${(units / seconds).toFixed(0)}/s`;
}
