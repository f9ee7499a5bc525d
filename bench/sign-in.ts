import { setTimeout as sleep } from "node:timers/promises";
import { Client, inParallel, type Mechanism } from "./client.ts";
import { cpuUs, memoryKib, treeOf } from "./gauge.ts";
import type { Counted, Job, MemoryFigures, Target } from "./job.ts";
import { Window } from "./window.ts";

/** `x1`: so many at once connect, sign in, ask for the roster, go online and leave, over and over. */
export async function signedIn(job: Job, mechanism: Mechanism): Promise<Counted> {
  const [target] = job.targets as [Target];
  const window = new Window();
  let over = false;
  let failure: unknown;
  const workers = Array.from({ length: Math.min(job.atOnce, job.users) }, async (_, worker) => {
    // Each takes turns among users of its own: two sign-ins of one device would end each other.
    for (let user = worker; !over; user = user + job.atOnce < job.users ? user + job.atOnce : worker) {
      const beganMs = performance.now();
      const client = await Client.signIn(target, user, mechanism);
      await client.available();
      await client.close();
      window.done(beganMs, performance.now());
    }
  });
  const all = Promise.all(workers).catch((error) => {
    failure = error;
  });
  const figures = await window.measure(job, () => 0);
  over = true;
  await all;
  if (failure !== undefined) throw failure;
  return figures;
}

const settleMs = 4_000;

/** A connection that can be held. */
export type Held = { close(): Promise<void> };

/** Opens one device of a user after the other for `x4`; bare connections for the floor. */
export function signedInDevice(job: Job): (number: number) => Promise<Held> {
  const [target] = job.targets as [Target];
  return async (number) => {
    if (job.users === 0) return Client.bare(target);
    const resource = `bench${Math.floor(number / job.users)}`;
    const client = await Client.signIn(target, number % job.users, "SCRAM-SHA-1", resource);
    await client.available();
    client.onBytes = () => {};
    return client;
  };
}

/** `x4`: what the server's memory grows by when it holds idle connections. */
export async function held(job: Job, open: (number: number) => Promise<Held>): Promise<MemoryFigures> {
  const [pid = 0] = job.pids;
  // The first connections load and compile what the later ones share.
  const first = await inParallel(Math.min(50, job.idle), job.atOnce, open);
  await Promise.all(first.map((client) => client.close()));
  await sleep(settleMs / 2);
  const tree = treeOf(pid);
  const base = memoryKib(tree);
  const clients = await inParallel(job.idle, job.atOnce, open);
  await sleep(settleMs);
  const cpu = cpuUs(tree);
  await sleep(1_000);
  const idleCpu = (cpuUs(tree) - cpu) / 1e6;
  const now = memoryKib(treeOf(pid));
  await inParallel(clients.length, job.atOnce, (number) => (clients[number] as Held).close());
  const { rss: baseRssKib, pss: basePssKib } = base;
  return { connections: clients.length, baseRssKib, basePssKib, rssKib: now.rss, pssKib: now.pss, idleCpu };
}
