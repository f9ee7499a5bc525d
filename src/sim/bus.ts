import type { Bus } from "../base/bus.ts";
import type { Clock } from "../base/clock.ts";
import type { SimRandom } from "./random.ts";

type Listener = { readonly node: string; readonly on: (payload: Uint8Array, from: string) => void };

/** How a node stands on the bus: its own clock, so that nothing reaches it when it is dead. */
export type BusPlace = { readonly node: string; readonly clock: Clock; readonly random: SimRandom };

/** The bus of all simulated nodes: every message takes its time, in order from each sender to each listener. */
export class SimBusHub {
  readonly #delayMs: readonly [number, number];
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #directory = new Map<string, { node: string; value: Uint8Array }>();

  constructor(delayMs: readonly [number, number]) {
    this.#delayMs = delayMs;
  }

  join({ node, clock, random }: BusPlace): Bus {
    const own = new Set<Listener>();
    let open = true;
    let lastAtMs = 0;

    /** Runs after a delay, never before what this node asked for earlier. */
    const later = (then: () => void): void => {
      lastAtMs = Math.max(lastAtMs, clock.monotonicMs() + random.between(this.#delayMs));
      clock.after(lastAtMs - clock.monotonicMs(), then);
    };
    const answer = <T>(work: () => T): Promise<T> =>
      open
        ? new Promise((resolve) => later(() => resolve(work())))
        : Promise.reject(new Error(`bus: node ${node} has left`));

    return {
      node,
      publish: (subject, payload) => {
        if (!open) return;
        for (const listener of this.#listeners.get(subject) ?? []) {
          later(() => {
            if (this.#listeners.get(subject)?.has(listener)) listener.on(payload, node);
          });
        }
      },
      subscribe: (subject, on) => {
        const listener = { node, on };
        const all = this.#listeners.get(subject) ?? new Set();
        this.#listeners.set(subject, all.add(listener));
        own.add(listener);
        return () => {
          all.delete(listener);
          own.delete(listener);
        };
      },
      put: (key, value) => answer(() => void this.#directory.set(key, { node, value })),
      get: (key) => answer(() => this.#directory.get(key)?.value),
      remove: (key) => answer(() => void this.#directory.delete(key)),
      close: async () => {
        open = false;
        this.forget(node);
      },
    };
  }

  /** The node is gone: nobody calls it any more, and its entries leave the directory. */
  forget(node: string): void {
    for (const all of this.#listeners.values()) {
      for (const listener of all) if (listener.node === node) all.delete(listener);
    }
    for (const [key, entry] of this.#directory) if (entry.node === node) this.#directory.delete(key);
  }
}
