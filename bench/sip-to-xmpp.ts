import { Client, inParallel } from "./client.ts";
import type { Counted, Job, Target } from "./job.ts";
import { MarkCounter } from "./lane.ts";
import { type Agent, type Form, over, register } from "./sip-agent.ts";
import { messageTo } from "./sip-message.ts";
import { Window } from "./window.ts";

const stalledMs = 1_000;

/** `sip-to-xmpp`: MESSAGE from a user on SIP over TLS to one on XMPP; complete when it has arrived and 200 is back. */
export async function crossed(job: Job, inFlight: number): Promise<Counted> {
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
  const crossings = senders.map(
    (sender, pair) => new Crossing(sender, receivers[pair] as Client, job.pairs + pair, window),
  );
  for (const crossing of crossings) for (let count = 0; count < inFlight; count++) crossing.send();
  const figures = await window.measure(job, () => crossings.filter((crossing) => crossing.stalled).length);
  for (const client of receivers) client.destroy();
  await over(job, senders);
  return figures;
}

/** One pair. Messages arrive and are answered in the order they were sent: the n-th is complete when n of either have come. */
class Crossing {
  readonly #sender: Agent;
  readonly #form: Form;
  readonly #window: Window;
  /** When those were sent that are under way, the oldest first. */
  readonly #sentMs: number[] = [];
  /** Of those under way. */
  #arrived = 0;
  #answered = 0;

  constructor(sender: Agent, receiver: Client, number: number, window: Window) {
    this.#sender = sender;
    this.#form = messageTo(`sip:user${number}@${sender.domain}`);
    this.#window = window;
    const counter = new MarkCounter("</message>");
    receiver.onBytes = (bytes) => {
      this.#arrived += counter.count(bytes);
      this.#complete();
    };
  }

  send(): void {
    this.#sentMs.push(performance.now());
    this.#sender.request(this.#form, this.#done);
  }

  get stalled(): boolean {
    const [oldestMs] = this.#sentMs;
    return oldestMs === undefined || performance.now() - oldestMs > stalledMs;
  }

  readonly #done = (status: number): void => {
    if (status === 200) this.#answered++;
    else this.#window.failed(`MESSAGE to XMPP was answered with ${status}`);
    this.#complete();
  };

  #complete(): void {
    for (; this.#arrived > 0 && this.#answered > 0; this.#arrived--, this.#answered--) {
      this.#window.done(this.#sentMs.shift() ?? 0, performance.now());
      this.send();
    }
  }
}
