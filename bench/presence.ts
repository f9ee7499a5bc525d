import { Client, inParallel } from "./client.ts";
import { type Counted, type Job, type Target, userName } from "./job.ts";
import { MarkCounter } from "./lane.ts";
import { Window } from "./window.ts";

export const contacts = 20;

/**
 * `x3`: users in groups of 21; the first of each changes its presence, the other twenty see it. The next change follows when
 * all have seen the last.
 */
export async function broadcast(job: Job): Promise<Counted> {
  const [target] = job.targets as [Target];
  const window = new Window();
  const groups = Math.floor(job.users / (contacts + 1));
  const clients = await inParallel(groups * (contacts + 1), job.atOnce, async (number) => {
    const client = await Client.signIn(target, number, "SCRAM-SHA-1");
    await client.available();
    return client;
  });
  const parties: Party[] = [];
  for (let group = 0; group < groups; group++) {
    const first = group * (contacts + 1);
    const publisher = clients[first] as Client;
    const watchers = clients.slice(first + 1, first + 1 + contacts);
    await befriend(target, publisher, first, watchers);
    parties.push(new Party(publisher, watchers, window));
  }
  for (const party of parties) party.publish();
  const figures = await window.measure(job, () => parties.filter((party) => party.stalled).length);
  for (const client of clients) client.destroy();
  return figures;
}

/** Subscribes the watchers to the publisher, unless they are already: then the publisher's presence comes by itself. */
export async function befriend(
  target: Target,
  publisher: Client,
  first: number,
  watchers: readonly Client[],
): Promise<void> {
  const address = `${userName(first)}@${target.domain}`;
  let asked = "";
  publisher.onBytes = (bytes) => {
    asked += bytes.toString("latin1");
    asked = asked.replace(/<presence [^>]*type=['"]subscribe['"][^>]*>/g, (presence) => {
      const [, from = ""] = /from=['"]([^'"/]*)/.exec(presence) ?? [];
      publisher.write(`<presence type='subscribed' to='${from}'/>`);
      return "";
    });
  };
  for (const watcher of watchers) watcher.write(`<presence type='subscribe' to='${address}'/>`);
  // A change that everybody sees says that all are subscribed; it is repeated, because it may overtake a subscription.
  const seen = Promise.all(watchers.map((watcher) => watcher.until(/<status>ready<\/status>.*<\/presence>/s)));
  const timer = setInterval(() => publisher.write("<presence><status>ready</status></presence>"), 250);
  try {
    await seen;
  } finally {
    clearInterval(timer);
  }
  // Until nothing of the preparation is under way.
  publisher.write("<presence><status>quiet</status></presence>");
  await Promise.all(watchers.map((watcher) => watcher.until(/<status>quiet<\/status>.*<\/presence>/s)));
}

const stalledMs = 1_000;

class Party {
  readonly #publisher: Client;
  readonly #window: Window;
  #sentMs = 0;
  #missing = 0;
  #number = 0;

  constructor(publisher: Client, watchers: readonly Client[], window: Window) {
    this.#publisher = publisher;
    this.#window = window;
    publisher.onBytes = () => {};
    for (const watcher of watchers) {
      const counter = new MarkCounter("</presence>");
      watcher.onBytes = (piece) => this.#seen(counter.count(piece));
    }
  }

  publish(): void {
    this.#missing += contacts;
    this.#sentMs = performance.now();
    const show = this.#number++ % 2 === 0 ? "away" : "dnd";
    this.#publisher.write(
      `<presence><show>${show}</show><status>in a meeting until ${this.#number % 10} o'clock</status></presence>`,
    );
  }

  #seen(count: number): void {
    const nowMs = performance.now();
    for (let i = 0; i < count; i++) this.#window.done(this.#sentMs, nowMs);
    this.#missing -= count;
    if (count > 0 && this.#missing <= 0) {
      this.#missing = 0;
      this.publish();
    }
  }

  get stalled(): boolean {
    return performance.now() - this.#sentMs > stalledMs;
  }
}
