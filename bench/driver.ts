import { chatted, relayed } from "./chat.ts";
import { gatewayFigures } from "./gateway-driver.ts";
import { isGateway } from "./gateway-workloads.ts";
import type { Answer, GatewayJob, Job } from "./job.ts";
import { broadcast } from "./presence.ts";
import { held, signedIn, signedInDevice } from "./sign-in.ts";
import { sipAnswer } from "./sip-driver.ts";
import { isSip, sipLoad } from "./sip-workloads.ts";

/** The load driver: a process of its own for each measurement. Its argument is the job, its last line of output the outcome. */
const job = JSON.parse(process.argv[2] ?? "") as Job;

async function outcome(): Promise<Answer> {
  const { workload } = job;
  if (isGateway(workload)) return { counted: await gatewayFigures(job as GatewayJob, workload) };
  if (isSip(workload)) return sipAnswer(job, sipLoad(workload));
  switch (workload) {
    case "raw-w1":
      return { counted: await relayed(job, 1) };
    case "raw-w8":
      return { counted: await relayed(job, 8) };
    case "x2-w1":
    case "x5-w1":
      return { counted: await chatted(job, 1) };
    case "x2-w8":
    case "x5-w8":
      return { counted: await chatted(job, 8) };
    case "x3-r20":
      return { counted: await broadcast(job) };
    case "x1-scram":
      return { counted: await signedIn(job, "SCRAM-SHA-1") };
    case "x1-plain":
      return { counted: await signedIn(job, "PLAIN") };
    case "x4":
      return { memory: await held(job, signedInDevice(job)) };
  }
}

const answer: Answer = await outcome().catch((error: Error) => ({ failed: error.message }));
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
