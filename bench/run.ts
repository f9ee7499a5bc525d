import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { lacking, type Program } from "../interop/packages.ts";
import { Field } from "./field.ts";
import type { Outcome, Workload } from "./job.ts";
import { help, type Options, readOptions } from "./options.ts";
import type { Peer } from "./peer.ts";
import { comity } from "./peer-comity.ts";
import { ejabberd } from "./peer-ejabberd.ts";
import { floor } from "./peer-floor.ts";
import { prosody } from "./peer-prosody.ts";
import { type Row, tables } from "./table.ts";

/** `npm run bench`: every workload with every peer, interleaved, and one table. README.md says how to read it. */
const options = readOptions(process.argv.slice(2));
if (options === undefined) console.log(help);
else await bench(options);

async function bench(options: Options): Promise<void> {
  if (availableParallelism() < 2) throw new Error("the server and the driver need a core each");
  const without = await lacking("unbound");
  if (without !== undefined) throw new Error(`the bench needs a DNS server: ${without}`);
  const peers = [floor, ...(await chosen(options))];
  const field = await Field.make(options, peers);
  const results = new Map<string, Outcome[]>();
  try {
    // Interleaved, so that an hour when the machine is slow is slow for all of them.
    for (let run = 0; run < options.runs; run++) {
      for (const workload of options.workloads) {
        for (const peer of peers.filter((each) => suits(each, workload))) {
          const outcome = await field.measure(peer, workload);
          const id = `${workload} ${peer.name}`;
          results.set(id, [...(results.get(id) ?? []), outcome]);
          console.error(`${run + 1}/${options.runs} ${id}: ${brief(outcome)}`);
        }
      }
    }
  } finally {
    await field.close();
  }
  const rows = options.workloads.flatMap((workload) =>
    peers.filter((peer) => suits(peer, workload)).map((peer) => rowOf(workload, peer, results)),
  );
  console.log(`\nNode ${process.version}, ${cpus()[0]?.model}; server on one core, driver on another\n`);
  console.log(tables(rows));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 1)}\n`);
  if (rows.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
}

/** The peers asked for that are there; says which are not. */
async function chosen(options: Options): Promise<Peer[]> {
  const found: Peer[] = [];
  for (const peer of [comity, prosody, ejabberd]) {
    if (!options.peers.includes(peer.name)) continue;
    const why = peer === comity ? undefined : await lacking(peer.name as Program);
    if (why === undefined) found.push(peer);
    else console.error(`without ${peer.name}: ${why}`);
  }
  return found;
}

/** The floor knows the raw workloads and memory, the servers all but the raw ones. */
function suits(peer: Peer, workload: Workload): boolean {
  const raw = workload.startsWith("raw");
  return workload === "x4" || raw === (peer === floor);
}

function rowOf(workload: Workload, peer: Peer, results: ReadonlyMap<string, readonly Outcome[]>): Row {
  const outcomes = results.get(`${workload} ${peer.name}`) ?? [];
  return {
    workload,
    peer: peer.name,
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
