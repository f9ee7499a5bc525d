import type { Metrics } from "../base/metrics.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";

const publishMs = 1_000;

/** Methods counted by name; whatever else the network invents is "OTHER", so that no stranger makes series. */
const methods = new Set([
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
]);

type Direction = "in" | "out";

/** SIP's counts of the hot path as plain numbers, handed to the metrics once a second. */
export class SipTally {
  /** Messages sent again over UDP. */
  retransmissions = 0;
  /** Transactions under way now. */
  underWay = 0;
  readonly #metrics: Metrics;
  readonly #wheel: Wheel;
  readonly #counts = new Map<string, number>();
  readonly #alarm = new Alarm(() => this.#publish());

  constructor(metrics: Metrics, wheel: Wheel) {
    this.#metrics = metrics;
    this.#wheel = wheel;
  }

  /** A request has its final answer; `status` 0: none came. */
  answered(direction: Direction, method: string, status: number): void {
    const key = `${direction} ${methods.has(method) ? method : "OTHER"} ${status === 0 ? "none" : Math.floor(status / 100)}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (!this.#alarm.isSet) this.#wheel.set(this.#alarm, publishMs);
  }

  #publish(): void {
    for (const [key, count] of this.#counts) {
      const [direction = "", method = "", outcome = ""] = key.split(" ");
      const words = outcome === "none" ? "none" : `${outcome}xx`;
      this.#metrics.series("comity_sip_requests_total", direction, method, words).add(count);
    }
    this.#counts.clear();
    this.#metrics.series("comity_sip_transactions").set(this.underWay);
    if (this.retransmissions > 0) this.#metrics.series("comity_sip_retransmissions_total").add(this.retransmissions);
    this.retransmissions = 0;
  }
}
