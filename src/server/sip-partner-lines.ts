import type { Result } from "../base/result.ts";
import type { Flow } from "./sip-flow.ts";

/** After an attempt at another connection has failed; twice as long after each further one, at most the last. */
const pausesMs = { first: 1_000, most: 60_000 } as const;

/**
 * Our own connections to one partner: one, and more while much is under way on each of them (sip-wire 1.2). No dialog belongs to
 * any: what is under way on one that breaks fails, and everything else goes by the others.
 */
export class SipPartnerLines {
  readonly #flows: Flow[] = [];
  #opening = false;
  #notBeforeMs = 0;
  #pauseMs: number = pausesMs.first;

  /** The first stands for as long as it can; the others only while they are needed. */
  get flows(): readonly Flow[] {
    return this.#flows;
  }

  add(flow: Flow): void {
    if (!this.#flows.includes(flow)) this.#flows.push(flow);
  }

  remove(flow: Flow): void {
    const at = this.#flows.indexOf(flow);
    if (at >= 0) this.#flows.splice(at, 1);
  }

  /** Opens another, unless that is being done, or the last attempt failed just now. Never rejects. */
  grow(nowMs: number, open: () => Promise<Result<Flow>>): void {
    if (this.#opening || nowMs < this.#notBeforeMs) return;
    this.#opening = true;
    open().then(
      ({ ok }) => this.#opened(ok, nowMs),
      () => this.#opened(false, nowMs),
    );
  }

  #opened(ok: boolean, nowMs: number): void {
    this.#opening = false;
    this.#notBeforeMs = ok ? 0 : nowMs + this.#pauseMs;
    this.#pauseMs = ok ? pausesMs.first : Math.min(2 * this.#pauseMs, pausesMs.most);
  }
}
