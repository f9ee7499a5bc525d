import type { Answer, Job, Target } from "./job.ts";
import { held } from "./sign-in.ts";
import { Agent } from "./sip-agent.ts";
import { messaged } from "./sip-message.ts";
import { published, publishedAlone } from "./sip-publish.ts";
import { registered } from "./sip-register.ts";
import { answered, poured, sipRelayed } from "./sip-relay.ts";
import { crossed } from "./sip-to-xmpp.ts";
import type { SipLoad } from "./sip-workloads.ts";

/** The SIP half of the driver. */
export async function sipAnswer(job: Job, { kind, transport, form }: SipLoad): Promise<Answer> {
  const inFlight = form === "w8" ? 8 : 1;
  switch (kind) {
    case "floor":
      if (form === "answer") return { counted: await answered(job, transport) };
      if (form === "in" || form === "out") return { counted: await poured(job, form) };
      return { counted: await sipRelayed(job, transport, inFlight) };
    case "message":
      return { counted: await messaged(job, transport, inFlight) };
    case "publish":
      return { counted: await published(job, transport) };
    case "alone":
      return { counted: await publishedAlone(job, transport) };
    case "register":
      return { counted: await registered(job, transport) };
    case "to-xmpp":
      return { counted: await crossed(job, inFlight) };
    case "idle": {
      const [target] = job.targets as [Target];
      return { memory: await held(job, (number) => Agent.register(transport, target, number % job.users)) };
    }
  }
}
