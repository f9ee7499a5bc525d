import { Client, inParallel } from "./client.ts";
import { type Counted, type Job, type Target, userName } from "./job.ts";
import { Lane, MarkCounter } from "./lane.ts";
import { Window } from "./window.ts";

const bytes = 200;

/** `raw`: records through the bare relay, between sockets 2n and 2n+1. */
export async function relayed(job: Job, inFlight: number): Promise<Counted> {
  const [target] = job.targets as [Target];
  const window = new Window();
  const clients = await inParallel(2 * job.pairs, job.atOnce, async (number) => {
    const client = await Client.bare(target);
    client.write(String(number).padStart(8, "0"));
    return client;
  });
  await Promise.all(clients.map((client) => client.until(/ready\.\.\./)));
  const lanes = Array.from({ length: job.pairs }, (_, pair) => {
    const [sender, receiver] = [clients[2 * pair] as Client, clients[2 * pair + 1] as Client];
    const lane = new Lane(sender, window, Buffer.alloc(bytes, "x"), inFlight);
    let rest = 0;
    receiver.onBytes = (piece) => {
      rest += piece.length;
      const count = Math.floor(rest / bytes);
      rest -= count * bytes;
      lane.arrived(count);
    };
    return lane;
  });
  return run(job, window, lanes, clients);
}

/**
 * `x2` and `x5`: messages from user 2n to user 2n+1, on the same server or from the first server to the second, addressed to
 * the bare address.
 */
export async function chatted(job: Job, inFlight: number): Promise<Counted> {
  const [from, to = from] = job.targets as [Target, Target?];
  const window = new Window();
  const clients = await inParallel(2 * job.pairs, job.atOnce, async (number) => {
    const client = await Client.signIn(number % 2 === 0 ? from : to, number, "SCRAM-SHA-1");
    await client.available();
    return client;
  });
  const lanes: Lane[] = [];
  for (let pair = 0; pair < job.pairs; pair++) {
    const [sender, receiver] = [clients[2 * pair] as Client, clients[2 * pair + 1] as Client];
    const message = chatMessage(`${userName(2 * pair + 1)}@${to.domain}`);
    // One by hand: across servers it opens the link.
    sender.write(message);
    await receiver.until(/<\/message>/);
    const lane = new Lane(sender, window, message, inFlight);
    const counter = new MarkCounter("</message>");
    receiver.onBytes = (piece) => lane.arrived(counter.count(piece));
    sender.onBytes = () => {};
    lanes.push(lane);
  }
  return run(job, window, lanes, clients);
}

function chatMessage(to: string): Buffer {
  const head = `<message to='${to}' type='chat' id='m0000001'><body>`;
  const tail = "</body></message>";
  return Buffer.from(head + "Wherefore art thou? ".repeat(10).slice(0, bytes - head.length - tail.length) + tail);
}

async function run(job: Job, window: Window, lanes: readonly Lane[], clients: readonly Client[]): Promise<Counted> {
  for (const lane of lanes) lane.begin();
  const figures = await window.measure(job, () => lanes.filter((lane) => lane.stalled).length);
  for (const client of clients) client.destroy();
  return figures;
}
