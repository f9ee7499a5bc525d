import type { Metrics } from "../base/metrics.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";

const publishMs = 1_000;

/** Methods counted by name; whatever else the network invents is "OTHER", so that no stranger makes series. */
const methods = [
  "OTHER",
  "REGISTER",
  "MESSAGE",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "OPTIONS",
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
];

const numbers: ReadonlyMap<string, number> = new Map(methods.map((method, number) => [method, number]));

/** The class of a status; 0: no answer came. */
const outcomes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx", "6xx"];

type Direction = "in" | "out";

/** SIP's counts of the hot path as plain numbers, handed to the metrics once a second. */
export class SipTally {
  /** Messages sent again over UDP. */
  retransmissions = 0;
  /** Transactions under way now. */
  underWay = 0;
  readonly #metrics: Metrics;
  readonly #wheel: Wheel;
  /** For each direction, method and outcome. */
  readonly #counts: Record<Direction, number[]> = { in: zeros(), out: zeros() };
  readonly #alarm = new Alarm(() => this.#publish());

  constructor(metrics: Metrics, wheel: Wheel) {
    this.#metrics = metrics;
    this.#wheel = wheel;
  }

  /** A request has its final answer; `status` 0: none came. */
  answered(direction: Direction, method: string, status: number): void {
    const counts = this.#counts[direction];
    const at = (numbers.get(method) ?? 0) * outcomes.length + Math.floor(status / 100);
    counts[at] = (counts[at] as number) + 1;
    if (!this.#alarm.isSet) this.#wheel.set(this.#alarm, publishMs);
  }

  #publish(): void {
    for (const direction of ["in", "out"] as const) {
      for (const [at, count] of this.#counts[direction].entries()) {
        if (count === 0) continue;
        const method = methods[Math.floor(at / outcomes.length)] ?? "OTHER";
        const outcome = outcomes[at % outcomes.length] ?? "none";
        this.#metrics.series("comity_sip_requests_total", direction, method, outcome).add(count);
      }
      this.#counts[direction].fill(0);
    }
    this.#metrics.series("comity_sip_transactions").set(this.underWay);
    if (this.retransmissions > 0) this.#metrics.series("comity_sip_retransmissions_total").add(this.retransmissions);
    this.retransmissions = 0;
  }
}

function zeros(): number[] {
  return methods.flatMap(() => outcomes.map(() => 0));
}
