import type { Job, Outcome, Target } from "./job.ts";
import { held } from "./sign-in.ts";
import { Agent } from "./sip-agent.ts";
import { messaged } from "./sip-message.ts";
import { published, publishedAlone } from "./sip-publish.ts";
import { registered } from "./sip-register.ts";
import { answered, poured, sipRelayed } from "./sip-relay.ts";
import { crossed } from "./sip-to-xmpp.ts";
import type { SipLoad } from "./sip-workloads.ts";

/** The SIP half of the driver. */
export async function sipOutcome(job: Job, { kind, transport, form }: SipLoad): Promise<Outcome> {
  const inFlight = form === "w8" ? 8 : 1;
  switch (kind) {
    case "floor":
      if (form === "answer") return { figures: await answered(job, transport) };
      if (form === "in" || form === "out") return { figures: await poured(job, form) };
      return { figures: await sipRelayed(job, transport, inFlight) };
    case "message":
      return { figures: await messaged(job, transport, inFlight) };
    case "publish":
      return { figures: await published(job, transport) };
    case "alone":
      return { figures: await publishedAlone(job, transport) };
    case "register":
      return { figures: await registered(job, transport) };
    case "to-xmpp":
      return { figures: await crossed(job, inFlight) };
    case "idle": {
      const [target] = job.targets as [Target];
      return { memory: await held(job, (number) => Agent.register(transport, target, number % job.users)) };
    }
  }
}
