import type { Counted, Job, Target } from "./job.ts";
import { type Link, openLink } from "./sip-link.ts";
import type { Transport } from "./sip-workloads.ts";
import { Window } from "./window.ts";

/** As long as a MESSAGE and a 200 of the driver's are. */
export const requestBytes = 600;
export const responseBytes = 400;
const stalledMs = 1_000;
/** A datagram that is not there by then is lost. */
const lostMs = 1_000;

/** `sip-floor`: a record from one to the other of a pair, a shorter one back, and the next. */
export async function sipRelayed(job: Job, transport: Transport, inFlight: number): Promise<Counted> {
  const window = new Window();
  const links = await opened(job, transport, 2 * job.pairs);
  await greeted(links);
  const pairs = Array.from({ length: job.pairs }, (_, pair) => {
    const receiver = links[2 * pair + 1] as Link;
    const response = line(responseBytes);
    receiver.onBytes = counting(requestBytes, (count) => receiver.send(response.repeat(count)));
    return new Exchange(links[2 * pair] as Link, line(requestBytes), responseBytes, inFlight, window);
  });
  return run(job, window, pairs, links);
}

/** `sip-floor-udp-in`: eight datagrams in for a small one out; `-out`: the other way. A unit is one of the eight. */
export async function poured(job: Job, way: "in" | "out"): Promise<Counted> {
  const window = new Window();
  // No more than the server's socket holds at once.
  const links = await opened(job, "udp", 16);
  const [request, response, inFlight] = way === "in" ? ["i".padEnd(requestBytes, "x"), 1, 8] : ["o", requestBytes, 1];
  const exchanges = links.map((link) => new Exchange(link, request, response, inFlight, window, way));
  return run(job, window, exchanges, links);
}

/** `sip-floor-…-answer`: every user has a line answered with a shorter one, and then the next. */
export async function answered(job: Job, transport: Transport): Promise<Counted> {
  const window = new Window();
  const links = await opened(job, transport, job.users);
  if (transport !== "udp") await greeted(links, "a");
  const request = transport === "udp" ? "a".padEnd(requestBytes, "x") : line(requestBytes);
  const exchanges = links.map((link) => new Exchange(link, request, responseBytes, 1, window));
  return run(job, window, exchanges, links);
}

class Exchange {
  readonly #link: Link;
  readonly #request: string;
  readonly #inFlight: number;
  readonly #window: Window;
  readonly #way: "in" | "out" | undefined;
  #lastMs = performance.now();
  #come = 0;

  constructor(
    link: Link,
    request: string,
    response: number,
    inFlight: number,
    window: Window,
    way?: "in" | "out" | undefined,
  ) {
    this.#link = link;
    this.#request = request;
    this.#inFlight = inFlight;
    this.#window = window;
    this.#way = way;
    link.onBytes = counting(response, (count) => this.#arrived(count));
  }

  begin(): void {
    this.#lastMs = performance.now();
    this.#send(this.#inFlight);
  }

  /** Begins again what has come to a halt. */
  nudge(): void {
    if (performance.now() - this.#lastMs > lostMs) this.begin();
  }

  get stalled(): boolean {
    return performance.now() - this.#lastMs > stalledMs;
  }

  #arrived(count: number): void {
    const nowMs = performance.now();
    const units = this.#way === "in" ? 8 * count : count;
    for (let unit = 0; unit < units; unit++) this.#window.done(this.#lastMs, nowMs);
    this.#lastMs = nowMs;
    if (this.#way === "out") {
      this.#come += count;
      if (this.#come % 8 === 0) this.#send(1);
    } else this.#send(units);
  }

  #send(count: number): void {
    if (this.#link.transport === "udp") for (let sent = 0; sent < count; sent++) this.#link.send(this.#request);
    else this.#link.send(this.#request.repeat(count));
  }
}

async function run(job: Job, window: Window, exchanges: readonly Exchange[], links: readonly Link[]): Promise<Counted> {
  for (const exchange of exchanges) exchange.begin();
  const timer = setInterval(() => {
    for (const exchange of exchanges) if (links[0]?.transport === "udp") exchange.nudge();
  }, lostMs / 2);
  const figures = await window.measure(job, () => exchanges.filter((exchange) => exchange.stalled).length);
  clearInterval(timer);
  for (const link of links) link.close();
  return figures;
}

async function opened(job: Job, transport: Transport, count: number): Promise<Link[]> {
  const [target] = job.targets as [Target];
  const links: Link[] = [];
  while (links.length < count) links.push(await openLink(transport, target));
  return links;
}

/** Tells the server who is who, each in eight characters, and waits until it has all pairs together. */
async function greeted(links: readonly Link[], first = ""): Promise<void> {
  const ready = links.map((link, number) => {
    link.send(first + String(number).padStart(8 - first.length, "0"));
    return new Promise<void>((done) => {
      link.onBytes = () => done();
    });
  });
  await Promise.all(ready);
}

function line(bytes: number): string {
  return `${"x".repeat(bytes - 1)}\n`;
}

/** Says how many records of so many bytes have become whole with each piece; one datagram is one record. */
export function counting(size: number, take: (count: number) => void): (bytes: Buffer) => void {
  let rest = 0;
  return (bytes) => {
    rest += bytes.length;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) take(count);
  };
}
