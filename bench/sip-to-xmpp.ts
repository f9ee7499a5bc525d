import { Client, inParallel } from "./client.ts";
import type { Figures, Job, Target } from "./job.ts";
import { MarkCounter } from "./lane.ts";
import { type Agent, over, register } from "./sip-agent.ts";
import { messageTo } from "./sip-message.ts";
import { Window } from "./window.ts";

const stalledMs = 1_000;

/** `sip-to-xmpp`: MESSAGE from a user on SIP over TLS to one on XMPP; complete when it has arrived and 200 is back. */
export async function crossed(job: Job): Promise<Figures> {
  const [, xmpp] = job.targets as [Target, Target?];
  if (xmpp === undefined) throw new Error("the server has no XMPP");
  const window = new Window();
  const agents = await register(job, "tls", 2 * job.pairs);
  const senders = agents.slice(0, job.pairs);
  // The others are to be on XMPP alone.
  await over(job, agents.slice(job.pairs));
  const receivers = await inParallel(job.pairs, job.atOnce, async (number) => {
    const client = await Client.signIn(xmpp, job.pairs + number, "SCRAM-SHA-1");
    await client.available();
    return client;
  });
  const lanes = senders.map((sender, pair) => crossing(sender, receivers[pair] as Client, job.pairs + pair, window));
  for (const lane of lanes) lane.send();
  const figures = await window.measure(job, () => lanes.filter((lane) => lane.stalled()).length);
  for (const client of receivers) client.destroy();
  await over(job, senders);
  return figures;
}

function crossing(sender: Agent, receiver: Client, number: number, window: Window) {
  const form = messageTo(`sip:user${number}@${sender.domain}`);
  const counter = new MarkCounter("</message>");
  let missing = 0;
  let beganMs = 0;
  const send = (): void => {
    missing = 2;
    beganMs = performance.now();
    sender.request(form, (status) => {
      if (status === 200) arrived(1);
      else window.failed(`MESSAGE to XMPP was answered with ${status}`);
    });
  };
  const arrived = (count: number): void => {
    missing -= count;
    if (count === 0 || missing > 0) return;
    window.done(beganMs, performance.now());
    send();
  };
  receiver.onBytes = (bytes) => arrived(counter.count(bytes));
  return { send, stalled: () => performance.now() - beganMs > stalledMs };
}
