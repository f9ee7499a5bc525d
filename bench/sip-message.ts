import type { Counted, Job } from "./job.ts";
import { type Agent, type Form, over, register } from "./sip-agent.ts";
import type { Transport } from "./sip-workloads.ts";
import { Window } from "./window.ts";

const stalledMs = 1_000;
const text = "Wherefore art thou Romeo? Deny thy father and refuse thy name; or, if thou wilt not, be but sworn.";

/** A MESSAGE as the usual client writes it (RFC 3428). */
export function messageTo(address: string): Form {
  return {
    method: "MESSAGE",
    uri: address,
    to: address,
    headers: "User-Agent: Bench/1.0\r\nContent-Type: text/plain;charset=UTF-8\r\n",
    body: text,
  };
}

/** `sip-message`: user 2n sends to the address of user 2n+1, whose device answers 200, which comes back. */
export async function messaged(job: Job, transport: Transport, inFlight: number): Promise<Counted> {
  const window = new Window();
  const agents = await register(job, transport, 2 * job.pairs);
  const pairs = Array.from({ length: job.pairs }, (_, pair) => {
    return new Pair(agents[2 * pair] as Agent, agents[2 * pair + 1] as Agent, window);
  });
  for (const pair of pairs) for (let count = 0; count < inFlight; count++) pair.send();
  const figures = await window.measure(job, () => pairs.filter((pair) => pair.stalled).length);
  if (pairs.some((pair) => pair.answered > pair.delivered)) throw new Error("200 came back for what was not delivered");
  return { ...figures, resent: await over(job, agents) };
}

class Pair {
  delivered = 0;
  answered = 0;
  readonly #sender: Agent;
  readonly #form: Form;
  readonly #window: Window;
  #lastMs = performance.now();

  constructor(sender: Agent, receiver: Agent, window: Window) {
    this.#sender = sender;
    this.#form = messageTo(receiver.address);
    this.#window = window;
    receiver.onRequest = (request) => {
      if (request.startsWith("MESSAGE ")) this.delivered++;
    };
  }

  send(): void {
    this.#sender.request(this.#form, this.#done);
  }

  get stalled(): boolean {
    return performance.now() - this.#lastMs > stalledMs;
  }

  readonly #done = (status: number, _: string, sentMs: number): void => {
    if (status !== 200) {
      this.#window.failed(`MESSAGE was answered with ${status}`);
      return;
    }
    this.answered++;
    this.#lastMs = performance.now();
    this.#window.done(sentMs, this.#lastMs);
    this.send();
  };
}
