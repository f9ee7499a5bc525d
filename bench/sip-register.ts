import type { Counted, Job } from "./job.ts";
import { type Agent, over, register } from "./sip-agent.ts";
import type { Transport } from "./sip-workloads.ts";
import { Window } from "./window.ts";

const stalledMs = 1_000;

/** `sip-register`: every user refreshes its registration as soon as the last refresh is answered. */
export async function registered(job: Job, transport: Transport): Promise<Counted> {
  const window = new Window();
  const agents = await register(job, transport, job.users);
  let ended = false;
  const lastMs = new Map<Agent, number>();
  const refresh = (agent: Agent): void => {
    agent.request(agent.registration(3600), (status, _, sentMs) => {
      if (status !== 200) return window.failed(`REGISTER was answered with ${status}`);
      const nowMs = performance.now();
      lastMs.set(agent, nowMs);
      window.done(sentMs, nowMs);
      if (!ended) refresh(agent);
    });
  };
  for (const agent of agents) refresh(agent);
  const overdue = (agent: Agent): boolean => performance.now() - (lastMs.get(agent) ?? 0) > stalledMs;
  const figures = await window.measure(job, () => agents.filter(overdue).length);
  ended = true;
  return { ...figures, resent: await over(job, agents) };
}
