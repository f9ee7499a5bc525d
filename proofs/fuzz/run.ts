import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { SimRandom } from "../../src/sim/random.ts";

/** One file of this folder: throws when, with the numbers it is given, something does not keep a promise. */
export type FuzzModule = {
  readonly name: string;
  /** `random` answers a whole number from 0 up to, not including, its limit. */
  readonly fuzz: (random: (limit: number) => number, rounds: number) => void;
};

const notModules = ["run.ts"];

/** All files of this folder but this one. */
export async function fuzzModules(): Promise<readonly FuzzModule[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && !notModules.includes(file));
  return Promise.all(files.sort().map((file): Promise<FuzzModule> => import(`./${file}`)));
}

/** Rounds that come from one seed. */
const roundsPerSeed = 50;

/**
 * Runs a module from seed to seed; answers what was thrown and the seed that does it again. `tell` hears of every seed.
 */
export function runModule(
  module: FuzzModule,
  seed: number,
  rounds: number,
  tell: (done: number) => void = () => {},
): { readonly error: unknown; readonly seed: number; readonly rounds: number } | undefined {
  for (let done = 0; done < rounds; done += roundsPerSeed) {
    const one = seed + done / roundsPerSeed;
    const most = Math.min(roundsPerSeed, rounds - done);
    const random = new SimRandom(one);
    try {
      module.fuzz((limit) => random.below(limit), most);
    } catch (error) {
      return { error, seed: one, rounds: most };
    }
    tell(done + most);
  }
  return undefined;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: "string", default: "20000" }, seed: { type: "string" } },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds);
  const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
  const modules = (await fuzzModules()).filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (modules.length === 0 || !Number.isSafeInteger(rounds) || !Number.isSafeInteger(seed)) {
    console.error("usage: node proofs/fuzz/run.ts [--rounds N] [--seed S] [module ...]");
    return 2;
  }
  let failures = 0;
  for (const module of modules) {
    const tenth = Math.ceil(rounds / 10);
    let next = tenth;
    const failure = runModule(module, seed, rounds, (done) => {
      if (done < next) return;
      console.log(`${module.name}: ${done} of ${rounds} rounds`);
      next += tenth;
    });
    if (failure === undefined) continue;
    failures++;
    console.error(failure.error);
    const again = `--seed ${failure.seed} --rounds ${failure.rounds} ${module.name}`;
    console.error(`${module.name} failed; again: node proofs/fuzz/run.ts ${again}`);
  }
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
