import type { Metrics, Series } from "../base/metrics.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";

export type StanzaName = "message" | "presence" | "iq";
export type Side = "client" | "server";

const publishMs = 1000;

/** Counts of the hot path as plain numbers, handed to the metrics once a second. */
export class Tally {
  readonly client: SideTally;
  readonly server: SideTally;
  #presenceChanges = 0;
  readonly #counted: () => void;
  readonly #rows: readonly (readonly [Series, () => number])[];
  readonly #alarm = new Alarm(() => this.#publish());

  constructor(metrics: Metrics, wheel: Wheel) {
    const counted = () => wheel.set(this.#alarm, publishMs);
    this.#counted = counted;
    this.client = new SideTally(counted);
    this.server = new SideTally(counted);
    const row = (side: Side, tally: SideTally, name: StanzaName) =>
      [
        [metrics.series("comity_stanzas_in_total", side, name), () => tally.take("in", name)],
        [metrics.series("comity_stanzas_out_total", side, name), () => tally.take("out", name)],
      ] as const;
    const rows = (["message", "presence", "iq"] as const).flatMap((name) => [
      ...row("client", this.client, name),
      ...row("server", this.server, name),
    ]);
    const changes = metrics.series("comity_presence_changes_total");
    this.#rows = [...rows, [changes, () => this.#takePresenceChanges()]];
  }

  /** Somebody's composed presence is another. */
  presenceChanged(): void {
    if (this.#presenceChanges++ === 0) this.#counted();
  }

  #takePresenceChanges(): number {
    const changes = this.#presenceChanges;
    this.#presenceChanges = 0;
    return changes;
  }

  #publish(): void {
    this.client.published();
    this.server.published();
    for (const [series, take] of this.#rows) {
      const amount = take();
      if (amount > 0) series.add(amount);
    }
  }
}

class SideTally {
  #in = { message: 0, presence: 0, iq: 0 };
  #out = { message: 0, presence: 0, iq: 0 };
  #due = false;
  readonly #counted: () => void;

  /** `counted` is called with the first count after each publication. */
  constructor(counted: () => void) {
    this.#counted = counted;
  }

  received(name: StanzaName): void {
    this.#in[name]++;
    if (!this.#due) this.#first();
  }

  sent(name: StanzaName): void {
    this.#out[name]++;
    if (!this.#due) this.#first();
  }

  published(): void {
    this.#due = false;
  }

  #first(): void {
    this.#due = true;
    this.#counted();
  }

  take(way: "in" | "out", name: StanzaName): number {
    const counts = way === "in" ? this.#in : this.#out;
    const amount = counts[name];
    counts[name] = 0;
    return amount;
  }
}

/** RFC 6120 §8: the three kinds of stanza. */
export function isStanzaName(name: string): name is StanzaName {
  return name === "message" || name === "presence" || name === "iq";
}
